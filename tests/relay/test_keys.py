"""What a pressed key asks for, given how the call is carried."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.domain.call import Role
from dragoman.domain.control import Change, PersonAsked
from dragoman.domain.manner import AS_USUAL, Interpreting
from dragoman.keys import USUAL, parse_keys
from dragoman.relay.keys import BOUNCE_S, Keypad

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT


def test_whoever_presses_hears_it_again() -> None:
    pad = Keypad(parse_keys(USUAL))
    assert pad.pressed(CALLER, "7", AS_USUAL, 1.0) == Change(say_again=CALLER)
    assert pad.pressed(AGENT, "7", AS_USUAL, 1.0) == Change(say_again=AGENT)


def test_a_person_is_asked_for() -> None:
    assert Keypad(parse_keys(USUAL)).pressed(AGENT, "0", AS_USUAL, 1.0) == PersonAsked(AGENT)


def test_a_key_without_an_action_does_nothing() -> None:
    pad = Keypad(parse_keys("caller: 7=again; agent: off"))
    assert pad.pressed(AGENT, "7", AS_USUAL, 1.0) is None
    assert pad.pressed(CALLER, "1", AS_USUAL, 1.0) is None
    assert pad.pressed(CALLER, "7", AS_USUAL, 1.0) == Change(say_again=CALLER)


def test_recording_pauses_and_goes_on() -> None:
    pad = Keypad(parse_keys(USUAL))
    assert pad.pressed(CALLER, "9", AS_USUAL, 1.0) == Change(recording=False)
    assert pad.pressed(AGENT, "9", replace(AS_USUAL, recording=False), 2.0) == Change(recording=True)


def test_interpreting_comes_back_as_it_was() -> None:
    pad = Keypad(parse_keys(USUAL))
    one_way = replace(AS_USUAL, interpreting=Interpreting.TO_CALLER)
    assert pad.pressed(AGENT, "5", one_way, 1.0) == Change(interpreting=Interpreting.OFF)
    off = replace(AS_USUAL, interpreting=Interpreting.OFF)
    assert pad.pressed(CALLER, "5", off, 2.0) == Change(interpreting=Interpreting.TO_CALLER)


def test_interpreting_that_began_turned_off_is_turned_on() -> None:
    off = replace(AS_USUAL, interpreting=Interpreting.OFF)
    assert Keypad(parse_keys(USUAL)).pressed(AGENT, "5", off, 1.0) == Change(interpreting=Interpreting.ON)


def test_a_key_told_twice_is_one_press() -> None:
    pad = Keypad(parse_keys(USUAL))
    off = Change(interpreting=Interpreting.OFF)
    assert pad.pressed(CALLER, "5", AS_USUAL, 1.0) == off
    assert pad.pressed(CALLER, "5", AS_USUAL, 1.0 + BOUNCE_S / 2) is None
    assert pad.pressed(CALLER, "5", AS_USUAL, 1.0 + BOUNCE_S) is None, "held down: told again and again"
    assert pad.pressed(AGENT, "5", AS_USUAL, 1.0 + BOUNCE_S / 2) == off, "the other side's key is another press"
    assert pad.pressed(CALLER, "5", AS_USUAL, 1.0 + 2 * BOUNCE_S + 0.01) == off
