"""What must be heard before something is done."""

from __future__ import annotations

import pytest

from dragoman.domain.assistant_effects import EndTalk, EndWhy, Perform, Say
from dragoman.domain.tools import HangUp, SendDigits
from dragoman.relay.last_words import LONGEST_S, PATIENCE_S, LastWords

pytestmark = pytest.mark.unit

BYE = Perform(HangUp("Bye."))
IDLE = EndTalk(EndWhy.IDLE)


def test_ours_are_said_and_heard_to_their_end() -> None:
    last = LastWords()
    assert last.after_ours("Bye.", (BYE,), 0.0) == (Say("Bye."),)
    last.response_began("Bye.")
    last.spoke()
    assert last.due(9.0, heard=True) == ()
    assert last.response_ended(9.5) == ()
    assert last.due(10.0, heard=False) == ()
    assert last.wait
    assert last.due(12.0, heard=True) == (BYE,)
    assert not last.wait
    assert last.due(13.0, heard=True) == ()


def test_other_responses_are_not_taken_for_them() -> None:
    last = LastWords()
    last.after_ours("Bye.", (BYE,), 0.0)
    for said in ("", "One moment."):
        last.response_began(said)
        last.spoke()
        assert last.response_ended(1.0) == ()
        assert last.due(1.0, heard=True) == ()


def test_the_minds_own_are_heard_to_their_end() -> None:
    last = LastWords()
    last.after_mind("Bye.", (BYE,), 0.0)
    last.response_began("One moment.")
    last.spoke()
    assert last.response_ended(0.5) == ()
    assert last.due(0.6, heard=True) == ()
    last.response_began("")
    last.spoke()
    assert last.response_ended(1.0) == ()
    assert last.due(1.1, heard=False) == ()
    assert last.due(3.0, heard=True) == (BYE,)


def test_where_it_keeps_silent_they_are_said_for_it() -> None:
    last = LastWords()
    last.after_mind("Bye.", (BYE,), 0.0)
    last.response_began("")
    assert last.response_ended(1.0) == (Say("Bye."),)
    last.response_began("Bye.")
    last.response_ended(1.5)
    assert last.due(1.6, heard=True) == (BYE,)


def test_where_there_are_none_it_is_done_when_the_mind_has_nothing_to_say() -> None:
    last = LastWords()
    last.after_mind("", (BYE,), 0.0)
    last.response_began("")
    assert last.response_ended(1.0) == ()
    assert last.due(1.0, heard=True) == (BYE,)


def test_an_answer_that_does_not_come_is_not_waited_for() -> None:
    last = LastWords()
    last.after_mind("Bye.", (BYE,), 100.0)
    assert last.due(100.0 + PATIENCE_S - 0.1, heard=True) == ()
    assert last.due(100.0 + PATIENCE_S, heard=True) == (Say("Bye."),)
    assert last.due(100.0 + 2 * PATIENCE_S - 0.1, heard=True) == ()
    assert last.due(100.0 + 2 * PATIENCE_S, heard=True) == (BYE,)


def test_patience_counts_from_the_last_sound() -> None:
    last = LastWords()
    last.after_ours("Bye.", (BYE,), 0.0)
    assert last.due(PATIENCE_S + 1, heard=False) == ()
    assert last.due(2 * PATIENCE_S, heard=True) == ()
    assert last.due(2 * PATIENCE_S + 1, heard=True) == (BYE,)


def test_nothing_lasts_longer_than_the_longest() -> None:
    last = LastWords()
    last.after_ours("Bye.", (BYE,), 100.0)
    last.response_began("Bye.")
    assert last.due(100.0 + LONGEST_S - 0.1, heard=False) == ()
    assert last.due(100.0 + LONGEST_S, heard=False) == (BYE,)


def test_what_waited_already_is_done_with_it() -> None:
    last = LastWords()
    keys = Perform(SendDigits("1"))
    last.after_mind("Done.", (keys,), 0.0)
    last.after_ours("Bye.", (BYE,), 1.0)
    last.response_began("Bye.")
    last.response_ended(2.0)
    assert last.due(2.0, heard=True) == (keys, BYE)


def test_only_the_end_of_an_idle_call_can_be_revoked() -> None:
    last = LastWords()
    assert not last.revocable
    last.after_ours("Nobody there?", (IDLE,), 0.0)
    assert last.revocable
    last.revoke()
    assert not last.wait
    assert last.due(100.0, heard=True) == ()
    last.after_ours("Bye.", (IDLE, BYE), 0.0)
    assert not last.revocable
