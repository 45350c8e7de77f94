"""What reaches one page of a room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import LaneEffect, Mark, Play
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.room_ear import RoomEar
from dragoman.relay.taking_turns import SaidAll, Say
from tests.fakes.page import WIDE, wide_frame

pytestmark = pytest.mark.script


def ear() -> RoomEar:
    made = RoomEar(WIDE, EarPlan())
    made.joined()
    return made


def played(effects: Sequence[LaneEffect]) -> bytes:
    return b"".join(effect.audio for effect in effects if isinstance(effect, Play))


def heard_out(one: RoomEar, seconds: float, began: float = 0.0) -> tuple[bytes, list[str]]:
    """What is played from now on, and the marks."""
    audio, marks = b"", []
    for number in range(round(seconds / 0.02)):
        effects = one.tick(began + number * 0.02)
        audio += played(effects)
        marks += [effect.name for effect in effects if isinstance(effect, Mark)]
    return audio, marks


def test_who_spoke_is_told_when_it_was_heard() -> None:
    one = ear()
    sound = b"".join(wide_frame(number) for number in range(5))
    assert played(one.say(Say("v1", "c1", sound), 0.0)) == sound
    effects = one.say(SaidAll("v1", "c1", "g0.1"), 0.0)
    audio, marks = heard_out(one, 1.0)
    marks += [effect.name for effect in effects if isinstance(effect, Mark)]
    assert audio == b""
    assert one.speech_ms(0.05) > 0
    assert one.speech_ms(0.05, "v1") > 0
    assert one.speech_ms(0.05, "v2") == 0
    (mark,) = marks
    assert one.reached(mark, 0.2) == [("v1", "g0.1")]
    assert one.reached(mark, 0.3) == []


def test_an_ear_that_is_away_keeps_what_is_said() -> None:
    one = ear()
    one.left()
    sound = b"".join(wide_frame(number) for number in range(20))
    assert played(one.say(Say("v1", "c1", sound), 0.0)) == b""
    one.joined()
    audio, _ = heard_out(one, 2.0, 1.0)
    assert audio == sound


def test_what_is_dropped_is_neither_heard_nor_said_again() -> None:
    one = ear()
    sound = b"".join(wide_frame(number) for number in range(50))
    first = played(one.say(Say("v1", "c1", sound), 0.0))
    one.drop("v1", "c1")
    audio, _ = heard_out(one, 3.0, 0.02)
    assert WIDE.ms(len(first + audio)) <= 140
    assert one.say_again(4.0) == ()


def test_each_own_voice_has_its_level() -> None:
    one = ear()
    value = 8000
    frame = np.full(480, value, "<i2").tobytes()
    one.say(Say("v1", "c1", b"".join(wide_frame(number) for number in range(200))), 0.0)
    levels = []
    for number in range(20):
        effects = one.original("p2", frame, OriginalMode.DUCK, number * 0.02)
        levels.append(np.frombuffer(played(effects), "<i2").astype(int))
    mixed, spoken = levels[10], np.frombuffer(wide_frame(0), "<i2")
    assert abs(mixed.mean()) < value / 4 + abs(spoken.mean()), "the original is down while the interpreter speaks"
    assert one.original("p3", frame, OriginalMode.OFF, 0.5) == ()


def test_an_own_voice_alone_comes_as_it_is_and_stops_when_it_is_not_wanted() -> None:
    one = ear()
    out = b"".join(played(one.original("p2", wide_frame(n), OriginalMode.FULL, n * 0.02)) for n in range(10))
    assert b"".join(wide_frame(number) for number in range(10)) in out
    for number in range(10, 15):
        played(one.original("p2", wide_frame(number), OriginalMode.OFF, number * 0.02))
    assert one.original("p2", wide_frame(15), OriginalMode.OFF, 0.3) == ()


def test_ducking_can_be_set() -> None:
    frame = np.full(480, 8000, "<i2").tobytes()
    heights = []
    for db in (-6.0, -40.0):
        one = ear()
        one.duck(db)
        one.say(Say("v1", "c1", b"".join(wide_frame(number) for number in range(200))), 0.0)
        faded = [played(one.original("p2", frame, OriginalMode.DUCK, n * 0.02)) for n in range(10)][-1]
        heights.append(np.frombuffer(faded, "<i2").astype(int).mean())
    assert heights[0] - heights[1] == pytest.approx(8000 * (0.5 - 0.01), rel=0.05)


def test_turns_are_the_playouts() -> None:
    one = ear()
    one.turns = True
    assert one.turns
    assert not one.busy
