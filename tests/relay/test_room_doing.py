"""What goes on with a party."""

from __future__ import annotations

import pytest

from dragoman.domain.room import Doing, Trouble
from dragoman.relay.room_doing import GIVE_UP_S, HEARING_S, LEAST_VOICE_S, UNCLEAR_S, DoingOf

pytestmark = pytest.mark.unit


def now(
    doing: DoingOf, at: float, *, being_heard: bool = False, interpreted: bool = True, trouble: Trouble = Trouble.NONE
) -> tuple[Doing, Trouble] | None:
    return doing.changed(at, being_heard=being_heard, interpreted=interpreted, trouble=trouble)


def spoke(seconds: float, until: float) -> DoingOf:
    doing = DoingOf()
    for number in range(round(seconds / 0.02)):
        doing.voice(0.02, until - seconds + number * 0.02)
    return doing


def test_a_turn_is_heard_translated_and_spoken() -> None:
    doing = spoke(1.0, 10.0)
    assert now(doing, 10.0) == (Doing.HEARING, Trouble.NONE)
    assert now(doing, 10.1) is None, "told once"
    assert now(doing, 10.1 + HEARING_S) == (Doing.TRANSLATING, Trouble.NONE)
    doing.spoken()
    assert now(doing, 11.0, being_heard=True) == (Doing.SPEAKING, Trouble.NONE)
    assert now(doing, 12.0) == (Doing.LISTENING, Trouble.NONE)
    assert doing.told == (Doing.LISTENING, Trouble.NONE)


def test_a_cough_is_not_translated() -> None:
    doing = spoke(LEAST_VOICE_S - 0.1, 10.0)
    assert now(doing, 10.0) == (Doing.HEARING, Trouble.NONE)
    assert now(doing, 11.0) == (Doing.LISTENING, Trouble.NONE)


def test_coughs_far_apart_are_not_added_up() -> None:
    doing = DoingOf()
    for number in range(20):
        doing.voice(0.1, number * 2.0)
    assert now(doing, 40.0) is None


def test_nothing_is_awaited_for_ever_nor_where_nobody_interprets() -> None:
    assert now(spoke(1.0, 10.0), 10.1 + GIVE_UP_S) is None
    assert now(spoke(1.0, 10.0), 11.0, interpreted=False) is None


def test_trouble_goes_before_all_else() -> None:
    doing = spoke(1.0, 10.0)
    assert now(doing, 10.0, trouble=Trouble.AWAY) == (Doing.TROUBLE, Trouble.AWAY)
    assert now(doing, 10.0, trouble=Trouble.INTERPRETER) == (Doing.TROUBLE, Trouble.INTERPRETER)
    assert now(doing, 10.0) == (Doing.HEARING, Trouble.NONE)


def test_what_was_not_understood_is_told_for_a_while() -> None:
    doing = spoke(1.0, 10.0)
    doing.unclear(11.0)
    assert now(doing, 11.0) == (Doing.TROUBLE, Trouble.UNCLEAR)
    assert now(doing, 11.1 + UNCLEAR_S) == (Doing.LISTENING, Trouble.NONE)
