"""Which engine served, and what the parties are told."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Notice, Role
from dragoman.domain.speech import TroubleKind
from dragoman.relay.moves import ORIGINAL, Move, Moves

pytestmark = pytest.mark.unit


def move(before: str, after: str, role: Role = Role.CALLER) -> Move:
    return Move(role, before, after, TroubleKind.AUTH, 12.5)


def test_another_engine_needs_no_words() -> None:
    moves = Moves()
    assert moves.note(move("a", "b"), 1.0, without=False) is None
    assert moves.all == (move("a", "b"),)


def test_the_loss_of_the_interpreter_is_told_once_and_so_is_its_return() -> None:
    moves = Moves()
    told = [
        moves.note(move("a", ORIGINAL), 10.0, without=True),
        moves.note(move("a", ORIGINAL, Role.AGENT), 11.0, without=True),
        moves.note(move(ORIGINAL, "a"), 20.0, without=True),
        moves.note(move(ORIGINAL, "a", Role.AGENT), 21.0, without=False),
    ]
    assert told == [Notice.INTERPRETER_DOWN, None, None, Notice.INTERPRETER_BACK]


def test_the_time_without_counts_from_the_first_lane_that_fell() -> None:
    moves = Moves()
    assert moves.without_s(5.0) == 0
    moves.note(move("a", ORIGINAL), 10.0, without=True)
    moves.note(move("a", ORIGINAL, Role.AGENT), 12.0, without=True)
    assert moves.without_s(15.0) == 5
    moves.note(move(ORIGINAL, "a"), 20.0, without=False)
    assert moves.without_s(25.0) == 0


def test_when_none_is_wanted_any_more_nobody_is_without() -> None:
    moves = Moves()
    moves.note(move("a", ORIGINAL), 10.0, without=True)
    moves.settle()
    assert moves.without_s(99.0) == 0


def test_its_form_in_the_record() -> None:
    assert move("a", ORIGINAL).as_json() == {
        "leg": "caller",
        "from": "a",
        "to": "original",
        "why": "auth",
        "at_s": 12.5,
    }
