"""Every parser takes anything: it reads it, or raises the one error that it promises."""

from __future__ import annotations

import contextlib
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import effort
from tests.fuzz.mutations import any_text, each_fault, encoded, mutated, mutated_text, of_outline, torn
from tests.fuzz.parsers import DOORS, MESSAGES, PARSERS, STORED, Form, Parser, text

pytestmark = pytest.mark.unit

every_parser = pytest.mark.parametrize("parser", PARSERS, ids=str)
messages = pytest.mark.parametrize("parser", [one for one in PARSERS if one.form is Form.JSON], ids=str)


def tried(parser: Parser, raw: bytes) -> None:
    with contextlib.suppress(*parser.raises):
        parser.read(raw)


@every_parser
def test_good_input_is_read(parser: Parser) -> None:
    for good in parser.good:
        try:
            parser.read(good)
        except Exception as error:
            if "refused" not in parser.name:
                raise AssertionError(good[:300]) from error


@every_parser
@effort(0.25)
@given(st.data())
def test_noise(parser: Parser, data: st.DataObject) -> None:
    if parser.form is Form.TEXT:
        raw = encoded(data.draw(any_text))
    else:
        raw = data.draw(st.binary(max_size=200) | st.sampled_from(parser.good).flatmap(torn))
    tried(parser, raw)


@messages
@effort(0.2)
@given(st.data())
def test_any_json_of_the_right_outline(parser: Parser, data: st.DataObject) -> None:
    tried(parser, data.draw(of_outline(parser.good)))


@messages
@effort(0.6)
@given(st.data())
def test_good_messages_with_something_wrong(parser: Parser, data: st.DataObject) -> None:
    tried(parser, data.draw(mutated(parser.good)))


@pytest.mark.parametrize("parser", [one for one in PARSERS if one.form is Form.TEXT], ids=str)
@effort(0.4)
@given(st.data())
def test_good_texts_with_something_wrong(parser: Parser, data: st.DataObject) -> None:
    tried(parser, encoded(data.draw(mutated_text([text(good) for good in parser.good]))))


@messages
def test_each_member_odd_in_each_way(parser: Parser) -> None:
    seen: set[str] = set()
    for good in parser.good:
        for message in each_fault(good, seen):
            tried(parser, message)


# ---- Large input -----------------------------------------------------------------------------------------------------

LARGE_BYTES = 64 * 1024
"""What a message, a body or a webhook may hold at most."""
MEMORY_BYTES = 16 * 1024 * 1024

UNITS = (
    *(
        b"a",
        b" ",
        b"\n",
        b"9",
        b"=",
        b'"',
        b"'",
        b"[",
        b"]",
        b"{",
        b"(",
        b".",
        b",",
        b";",
        b":",
        b"#",
        b"+",
        b"-",
        b"%41",
    ),
    *(
        b"\\",
        b"\xff",
        b"\0",
        b"\xc3\xa9",
        b"a ",
        b"a.",
        b"a=1\n",
        b"[a]\n",
        b"[[a]]\n",
        b"^a<b>$ ",
        b"sip:a@",
        b"<",
        b"|",
    ),
    *(
        b"[],",
        b"{},",
        b"0,",
        b'"a":1,',
        b'"",',
        b"1=again ",
        b"caller:",
        b"try again in ",
        b"AAAA",
        b"Hola. ",
        b"https://",
    ),
)


@pytest.mark.parametrize("parser", [*MESSAGES, *DOORS, *STORED], ids=str)
def test_much_of_one_thing_takes_neither_long_nor_much_memory(parser: Parser) -> None:
    """How long is bounded by pytest's own timeout for the whole of it: what is quadratic would not get there."""
    tracemalloc.start()
    try:
        for unit in UNITS:
            body = (unit * (LARGE_BYTES // len(unit)))[:LARGE_BYTES]
            for raw in (body, b"[" + body.rstrip(b",") + b"]", b'{"x":[' + body.rstrip(b",") + b"]}"):
                if parser.form is Form.TEXT:
                    raw = raw.decode("utf-8", "replace").encode()
                tracemalloc.reset_peak()
                before, _ = tracemalloc.get_traced_memory()
                tried(parser, raw)
                assert tracemalloc.get_traced_memory()[1] - before < MEMORY_BYTES, unit
    finally:
        tracemalloc.stop()
