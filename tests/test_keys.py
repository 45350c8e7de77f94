"""The setting that says which key does what."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.call import Role
from dragoman.domain.control import KeyAction
from dragoman.keys import DIGITS, USUAL, KeyMap, parse_keys

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
AGAIN, PERSON, INTERPRETING, PAUSE = KeyAction


def keys(text: str) -> dict[Role, dict[str, KeyAction]]:
    read = parse_keys(text)
    return {role: {one: does for one in DIGITS if (does := read.action(role, one))} for role in Role}


USUAL_KEYS = {"0": PERSON, "7": AGAIN, "5": INTERPRETING, "9": PAUSE}


@pytest.mark.parametrize("text", ["", USUAL, " ; ", "0=person, 7=AGAIN ,5=Interpreting\t9=pause-recording;"])
def test_the_usual_keys(text: str) -> None:
    assert keys(text) == {CALLER: USUAL_KEYS, AGENT: USUAL_KEYS}


def test_each_side_its_own() -> None:
    read = keys("caller: 0=person 7=again 9=pause-recording; AGENT:7=again #=interpreting a=again")
    assert read[CALLER] == {"0": PERSON, "7": AGAIN, "9": PAUSE}
    assert read[AGENT] == {"7": AGAIN, "#": INTERPRETING, "A": AGAIN}


def test_a_side_that_is_not_named_keeps_the_usual_keys() -> None:
    assert keys("agent: *=again") == {CALLER: USUAL_KEYS, AGENT: {"*": AGAIN}}


def test_without_any_keys() -> None:
    assert keys("off") == {CALLER: {}, AGENT: {}}
    assert keys("caller: OFF") == {CALLER: {}, AGENT: USUAL_KEYS}


def test_the_key_of_an_action() -> None:
    read = parse_keys("caller: 8=person 0=person; agent: 7=again")
    assert read.key(CALLER, PERSON) == "8"
    assert read.key(AGENT, PERSON) == ""
    assert isinstance(read, KeyMap)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0", "'0' in the part '0' is no key with its action: write it like 7=again"),
        ("0 = person", "'0' in the part '0 = person' is no key with its action"),
        ("caller: 0=people", "'people' in the part 'caller: 0=people' is no action: take one of again, person"),
        ("0=", "'' in the part '0=' is no action"),
        ("=again", "'' in the part '=again' is no key of a phone"),
        ("10=again", "'10' in the part '10=again' is no key of a phone"),
        ("E=again", "'E' in the part 'E=again' is no key of a phone"),
        ("٣=again", "no key of a phone"),
        ("7=again 7=person", "has the key 7 twice"),
        ("a=again A=person", "has the key A twice"),
        ("agents: 7=again", "begins with 'agents': write caller: or agent:"),
        (": 7=again", "begins with ''"),
        ("caller: agent: 7=again", "begins with 'caller: agent'"),
        ("caller:", "the part 'caller:' has no keys"),
        ("caller: 7=again; caller: 0=person", "has two parts for the caller"),
        ("7=again; agent: 0=person", "the part '7=again' does not say whose keys they are"),
        ("agent: 0=person; 7=again", "the part '7=again' does not say whose keys they are"),
        ("off 7=again", "'off' in the part 'off 7=again' is no key with its action"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_part(text: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_keys(text)
    assert said in str(caught.value)


@given(st.text(max_size=40) | st.text(alphabet="calergnt:;=0719#* ,", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(parse_keys(text), KeyMap)
