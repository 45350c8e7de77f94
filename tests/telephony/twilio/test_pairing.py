"""One-time words that tie an arriving leg to its call."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.pairing import DIGITS, Pairings

pytestmark = pytest.mark.unit


def test_a_word_leads_to_its_call_once() -> None:
    pairings = Pairings(ttl_s=60)
    digits = pairings.digits("call-1", now=0)
    assert len(digits) == DIGITS
    assert digits.isdigit()
    assert pairings.take(digits, "CA1", now=1) == "call-1"
    assert pairings.take(digits, "CA2", now=2) is None


def test_a_repeated_webhook_gets_the_same_answer() -> None:
    pairings = Pairings(ttl_s=60)
    word = pairings.word("call-1", now=0)
    assert [pairings.take(word, "CA1", now=at) for at in (1, 2, 3)] == ["call-1"] * 3


def test_what_was_never_made_leads_nowhere() -> None:
    assert Pairings(ttl_s=60).take("0000000000", "CA1", now=0) is None


def test_a_word_expires() -> None:
    pairings = Pairings(ttl_s=60)
    digits = pairings.digits("call-1", now=0)
    assert pairings.take(digits, "CA1", now=60) == "call-1"
    assert pairings.take(digits, "CA1", now=60.1) is None


def test_a_forgotten_word_leads_nowhere() -> None:
    pairings = Pairings(ttl_s=60)
    word = pairings.word("call-1", now=0)
    pairings.forget(word)
    pairings.forget("")
    assert pairings.take(word, "CA1", now=0) is None


def test_fifty_at_once_are_not_crossed() -> None:
    pairings = Pairings(ttl_s=60)
    words = {f"call-{number}": pairings.digits(f"call-{number}", now=0) for number in range(50)}
    assert len(set(words.values())) == 50
    for call_id, word in reversed(words.items()):
        assert pairings.take(word, f"CA-{call_id}", now=5) == call_id


def test_the_table_is_bounded_and_sweeps_itself() -> None:
    pairings = Pairings(ttl_s=60, limit=10)
    first = pairings.digits("first", now=0)
    for number in range(30):
        pairings.digits(f"call-{number}", now=1)
    assert len(pairings) == 10
    assert pairings.take(first, "CA1", now=1) is None
    pairings.digits("late", now=100)
    assert len(pairings) == 1


def test_words_outlive_the_process() -> None:
    before, after = Pairings(ttl_s=60), Pairings(ttl_s=60)
    on_its_way, arrived = before.digits("call-1", now=0), before.word("call-1", now=0)
    before.word("call-2", now=0)
    assert before.take(arrived, "CA1", now=1) == "call-1"
    keepsake = before.keepsake("call-1", now=10)
    after.remember("call-1", keepsake, now=1000)
    assert len(after) == 2
    assert after.take(on_its_way, "CA2", now=1049) == "call-1"
    assert after.take(arrived, "CA9", now=1049) is None, "taken by another leg in the earlier process"
    assert after.take(arrived, "CA1", now=1049) == "call-1"
    assert after.take(on_its_way, "CA2", now=1051) is None, "no older than it was"


def test_nothing_is_kept_of_a_call_without_words_and_what_cannot_be_read_is_nothing() -> None:
    pairings = Pairings(ttl_s=60)
    assert pairings.keepsake("call-1", now=0) == ""
    for broken in ("", "[", '{"word": 1}', "[[1, 2, 3]]"):
        pairings.remember("call-1", broken, now=0)
    assert len(pairings) == 0


def test_a_word_that_is_known_stays_as_it_is() -> None:
    pairings = Pairings(ttl_s=60)
    word = pairings.word("call-1", now=0)
    keepsake = pairings.keepsake("call-1", now=0)
    assert pairings.take(word, "CA1", now=1) == "call-1"
    pairings.remember("call-1", keepsake, now=2)
    assert pairings.take(word, "CA2", now=3) is None
