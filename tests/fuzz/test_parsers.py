"""Every parser takes anything: it reads it, or raises the one error that it promises."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.effort import effort
from tests.fuzz.mutations import any_text, each_fault, encoded, mutated, mutated_text, of_outline, torn
from tests.fuzz.parsers import PARSERS, Form, Parser, text

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
