"""Who gives the seat up is heard out; who takes it waits."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import Captioned, InterpreterEvent, Ready, Side, SpeechBegan, Spoke, SpokeAll
from dragoman.relay.succession import QUIET_S, Succession
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.unit

WORD = Spoke(frame(1), "u1")


def test_while_nobody_leaves_nobody_waits() -> None:
    succession = Succession()
    assert not succession.waits(WORD, 10.0)
    assert not succession


def test_who_leaves_is_heard_out_and_the_rest_follows_in_order() -> None:
    succession = Succession()
    assert succession.last_says(WORD, 10.0) == Spoke(frame(1), "retired.u1")
    said: list[InterpreterEvent] = [WORD, SpokeAll("u1"), Spoke(frame(2), "u2")]
    assert [succession.waits(one, 10.1) for one in said] == [True] * 3
    assert succession
    succession.last_says(WORD, 10.3)
    assert succession.due(10.2 + QUIET_S) == []
    assert succession.due(10.3 + QUIET_S) == said
    assert not succession
    assert not succession.waits(WORD, 10.3 + QUIET_S)


def test_what_is_said_behind_what_waits_waits_too() -> None:
    succession = Succession()
    succession.last_says(WORD, 10.0)
    succession.waits(WORD, 10.1)
    assert succession.waits(SpokeAll("u1"), 20.0)
    assert succession.due(20.0) == [WORD, SpokeAll("u1")]


def test_captions_wait_for_nobody_and_silence_keeps_nobody_waiting() -> None:
    succession = Succession()
    assert succession.last_says(Ready(), 10.0) == Ready()
    succession.last_says(Spoke(SILENT), 10.0)
    assert not succession.waits(WORD, 10.1)
    succession.last_says(WORD, 10.2)
    assert not succession.waits(Captioned(Side.SOURCE, "hola", "u1"), 10.3)
    assert not succession.waits(SpeechBegan("u1", 0), 10.3)


def test_what_waits_is_said_at_once_when_it_must_be() -> None:
    succession = Succession()
    succession.last_says(WORD, 10.0)
    succession.waits(WORD, 10.1)
    assert succession.due(10.1, at_once=True) == [WORD]
