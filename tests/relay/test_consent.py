"""The account of what parties were told and agreed to."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.relay.consent import Answered, ConsentLedger, Speaker, Told

pytestmark = pytest.mark.unit

TOLD = Told(Role.CALLER, "announce", "Una IA interpreta.", "3", "es", Speaker.US, 2.0)


def test_what_was_heard_to_its_end_says_so() -> None:
    ledger = ConsentLedger()
    ledger.began("announce.1", TOLD)
    assert [one.whole for one in ledger.told] == [False]
    ended = ledger.ended("announce.1", 8.5, whole=True)
    assert ended is not None
    assert (ended.heard_s, ended.whole) == (8.5, True)
    assert ledger.told == (ended,)


def test_what_was_cut_off_says_so() -> None:
    ledger = ConsentLedger()
    ledger.began("announce.1", TOLD)
    ended = ledger.ended("announce.1", 4.0, whole=False)
    assert ended is not None
    assert not ended.whole


def test_an_end_counts_once_and_only_for_what_was_told() -> None:
    ledger = ConsentLedger()
    ledger.began("announce.1", TOLD)
    assert ledger.ended("repeat.2", 3.0, whole=True) is None
    assert ledger.ended("announce.1", 4.0, whole=False)
    assert ledger.ended("announce.1", 5.0, whole=True) is None
    assert not ledger.told[0].whole


def test_answers_are_kept_in_order() -> None:
    ledger = ConsentLedger()
    answers = (Answered(Role.AGENT, agreed=True, at_s=4.0), Answered(Role.CALLER, agreed=False, at_s=40.0))
    for one in answers:
        ledger.answered(one)
    assert ledger.answers == answers
    assert answers[1].as_json() == {"leg": "caller", "agreed": False, "at_s": 40.0}


def test_the_log_does_not_hold_the_words() -> None:
    assert "Una IA interpreta." in TOLD.as_json().values()
    assert "Una IA interpreta." not in TOLD.as_log().values()
