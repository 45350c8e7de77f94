"""One interpreter at a time in one ear."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.relay.taking_turns import PATIENCE_S, SILENT_S, SaidAll, Say, Saying, TakingTurns
from tests.fakes.page import SILENT, WIDE, wide_frame

pytestmark = pytest.mark.unit


def say(voice: str, number: int) -> Say:
    return Say(voice, "c1", wide_frame(number))


def end(voice: str, mark: str = "m") -> SaidAll:
    return SaidAll(voice, "c1", mark)


def test_one_alone_is_heard_at_once() -> None:
    turns = TakingTurns(WIDE)
    for one in (say("a", 0), say("a", 1), end("a"), say("a", 2)):
        assert list(turns.say(one, 0.0)) == [one]
    assert not turns.waiting


def test_the_second_waits_for_the_end_of_the_firsts_utterance() -> None:
    turns = TakingTurns(WIDE)
    first: list[Saying] = [say("a", 0), say("a", 1), end("a")]
    second: list[Saying] = [say("b", 10), say("b", 11), end("b", "n")]
    heard: list[Saying] = []
    for one, other in zip(first[:2], second[:2], strict=True):
        heard += [*turns.say(one, 0.0), *turns.say(other, 0.0)]
    assert heard == first[:2]
    assert turns.waiting
    assert list(turns.say(first[2], 0.1)) == [first[2], *second[:2]]
    assert list(turns.say(second[2], 0.2)) == [second[2]]


def test_a_third_waits_for_longer_than_the_second() -> None:
    turns = TakingTurns(WIDE)
    turns.say(say("a", 0), 0.0)
    for at, voice in enumerate("bc"):
        turns.say(say(voice, at), 0.1 * (at + 1))
        turns.say(end(voice), 0.1 * (at + 1))
    assert [one.voice for one in turns.say(end("a"), 1.0)] == ["a", "b", "b", "c", "c"]


def test_one_that_falls_silent_gives_way() -> None:
    turns = TakingTurns(WIDE)
    turns.say(say("a", 0), 0.0)
    turns.say(say("b", 1), 0.5)
    assert list(turns.tick(SILENT_S)) == []
    assert list(turns.tick(SILENT_S + 0.1)) == [say("b", 1)]
    assert list(turns.say(say("a", 2), SILENT_S + 0.2)) == []
    assert turns.waiting


def test_one_that_never_stops_gives_way_to_who_has_waited_for_long() -> None:
    turns = TakingTurns(WIDE)
    now, heard = 0.0, []
    turns.say(say("b", 0), 0.0)
    while now < PATIENCE_S + 1:
        heard += [one.voice for one in (*turns.say(say("b", 0), now), *turns.say(say("a", 1), now))]
        now += 0.5
    assert set(heard[: round(PATIENCE_S / 0.5)]) == {"b"}
    assert heard[-1] == "a"


def test_silence_without_end_keeps_nobody_waiting_and_is_not_heard() -> None:
    turns = TakingTurns(WIDE)
    for number in range(50):
        now = number * 0.02
        assert list(turns.say(Say("a", "c1", SILENT), now)) == []
        assert list(turns.say(say("b", number), now)) == [say("b", number)]
    turns.say(end("b"), 1.0)
    (heard,) = turns.say(say("a", 99), 1.0)
    assert isinstance(heard, Say)
    assert heard.audio == SILENT * 5 + wide_frame(99), "but for what is just before the first word"


def test_the_pauses_of_who_speaks_are_heard() -> None:
    turns = TakingTurns(WIDE)
    turns.say(say("a", 0), 0.0)
    assert list(turns.say(Say("a", "c1", SILENT), 0.5)) == [Say("a", "c1", SILENT)]
    assert list(turns.say(Say("a", "c1", SILENT), SILENT_S + 0.1)) == [], "then it has ended"


def test_what_is_dropped_while_it_waits_is_not_heard() -> None:
    turns = TakingTurns(WIDE)
    turns.say(say("a", 0), 0.0)
    turns.say(say("b", 1), 0.0)
    turns.say(end("b"), 0.0)
    turns.drop("b", "c1")
    turns.drop("nobody", "c1")
    assert list(turns.say(end("a"), 0.1)) == [end("a"), end("b")]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.floats(0.0, 3.0)), max_size=60))
def test_nothing_that_is_voiced_is_lost_or_reordered(script: Sequence[tuple[str, bool, float]]) -> None:
    turns = TakingTurns(WIDE)
    said: dict[str, list[Saying]] = {"a": [], "b": [], "c": []}
    heard: dict[str, list[Saying]] = {"a": [], "b": [], "c": []}
    now = 0.0
    for number, (voice, ends, after_s) in enumerate(script):
        now += after_s
        one: Saying = end(voice, str(number)) if ends else say(voice, number)
        said[voice].append(one)
        for each in turns.say(one, now):
            heard[each.voice].append(each)
    for _ in range(10):
        now += PATIENCE_S
        for each in turns.tick(now):
            heard[each.voice].append(each)
    assert heard == said
    assert not turns.waiting
