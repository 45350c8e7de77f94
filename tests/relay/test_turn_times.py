"""How long the caller waited."""

from __future__ import annotations

import pytest

from dragoman.relay.playout import Finished, Started
from dragoman.relay.turn_times import Turns, TurnTimes

pytestmark = pytest.mark.unit


def test_a_turn_from_the_callers_last_word_to_the_ear() -> None:
    turns = Turns()
    turns.stopped(1.0, 1.5)
    turns.response()
    turns.delta("i1", 1.9, fixed=False)
    assert turns.all[0].wait_s is None
    turns.delta("i1", 2.1, fixed=False)
    turns.noted([Started("i1", 102.0, 102.04), Finished("i1", 103.0, 960.0)], 100.0)
    assert turns.all == [TurnTimes(1, 1.9, 1.0, 1.5, 2.0, 2.04, 3.0)]
    assert turns.all[0].wait_s == 1.04
    assert turns.all[0].as_json()["wait_s"] == 1.04
    assert turns.all[0].as_json()["told_s"] == 1.5


def test_a_greeting_answers_nobody() -> None:
    turns = Turns()
    turns.response()
    turns.delta("i1", 0.3, fixed=True)
    assert (turns.all[0].stopped_s, turns.all[0].wait_s, turns.all[0].fixed) == (None, None, True)


def test_a_filler_is_a_turn_and_the_answer_behind_it_another() -> None:
    turns = Turns()
    turns.stopped(1.0, 1.5)
    for item, at_s, fixed in (("i1", 2.0, True), ("i2", 5.0, False), ("i3", 9.0, False)):
        turns.response()
        turns.delta(item, at_s, fixed=fixed)
    assert [one.stopped_s for one in turns.all] == [1.0, 1.0, None]
    assert [one.number for one in turns.all] == [1, 2, 3]


def test_items_of_one_response_are_one_turn_from_the_first_to_the_last() -> None:
    turns = Turns()
    turns.response()
    turns.delta("i1", 1.0, fixed=False)
    turns.delta("i2", 2.0, fixed=False)
    turns.noted([Started("i1", 101.0, 101.1), Started("i2", 103.0, 103.1), Started("other", 1.0, 1.0)], 100.0)
    turns.noted([Finished("i1", 103.0, 1.0), Finished("i2", 104.0, 1.0, cleared=True)], 100.0)
    assert turns.all == [TurnTimes(1, 1.0, None, None, 1.0, 1.1, 4.0, cut=True)]


def test_a_caller_who_goes_on_has_not_stopped() -> None:
    turns = Turns()
    turns.stopped(1.0, 1.5)
    turns.began()
    turns.delta("i1", 2.0, fixed=False)
    assert turns.all[0].stopped_s is None


def test_an_answer_is_awaited_from_the_end_of_the_callers_turn_until_it_begins() -> None:
    turns = Turns()
    assert not turns.owed
    turns.stopped(1.0, 1.2)
    assert turns.owed
    turns.delta("filler", 2.0, fixed=True)
    turns.response()
    assert turns.owed, "a filler is no answer"
    turns.delta("answer", 3.0, fixed=False)
    assert not turns.owed


def test_what_is_played_is_known_by_its_label() -> None:
    turns = Turns()
    assert not turns.knows("item1.a")
    turns.delta("item1.a", 1.0, fixed=False)
    assert turns.knows("item1.a")
    assert not turns.knows("item1.b")
