"""A party's phone at the carrier: plays as Twilio does, and brings back an echo where it is a speakerphone."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bench.ear.phone import ECHO_FRAMES, LATE_FRAMES, Phone
from dragoman.audio import g711
from dragoman.audio.level import dbfs, voiced
from dragoman.domain.speech import Heard, LegClosed, LegEvent, Reached

pytestmark = pytest.mark.unit

LOUD = g711.encode((8000 * np.sin(np.arange(160) * 0.7)).astype(np.int16))


def phone(*, speakerphone: bool = False) -> tuple[Phone, list[LegEvent]]:
    made = Phone("p", random.Random(1), speakerphone=speakerphone)
    events: list[LegEvent] = []
    made.attach(events.append)
    return made, events


def beats(one: Phone, count: int) -> None:
    for _ in range(count):
        one.beat()


def reached(events: list[LegEvent]) -> list[str]:
    return [event.name for event in events if isinstance(event, Reached)]


def test_what_is_sent_is_heard_a_little_late_and_its_mark_comes_when_it_was() -> None:
    one, events = phone()
    one.play(LOUD * 5)
    one.mark("end")
    beats(one, 4)
    assert reached(events) == []
    beats(one, 1 + LATE_FRAMES)
    assert reached(events) == ["end"]
    assert b"".join(one.ear).strip(b"\xff") == (LOUD * 5).strip(b"\xff")


def test_a_clear_brings_marks_back_and_silence() -> None:
    one, events = phone()
    one.play(LOUD * 50)
    one.mark("end")
    beats(one, 6)
    one.clear()
    beats(one, 5)
    assert reached(events) == ["end"]
    assert not any(voiced(frame) for frame in one.ear[6:])
    assert one.clears == 1


def test_a_mark_in_an_empty_buffer_comes_back_with_the_next_beat() -> None:
    one, events = phone()
    one.mark("now")
    assert reached(events) == []
    beats(one, 1)
    assert reached(events) == ["now"]


def test_the_microphone_brings_a_frame_each_20_ms_when_it_was_said() -> None:
    one, events = phone()
    one.speak(np.tile(g711.decode(LOUD), 3))
    beats(one, 6)
    heard = [event for event in events if isinstance(event, Heard)]
    assert [event.at_ms for event in heard] == [0, 20, 40, 60, 80, 100]
    assert [voiced(event.audio) for event in heard] == [False, True, True, True, False, False]


@pytest.mark.parametrize("speakerphone", [False, True])
def test_only_a_speakerphone_hears_its_ear_120_ms_late_and_12_db_quieter(speakerphone: bool) -> None:
    one, events = phone(speakerphone=speakerphone)
    one.play(LOUD * 30)
    beats(one, 40)
    microphone = [event.audio for event in events if isinstance(event, Heard)]
    played = [voiced(frame) for frame in one.ear]
    echoed = [voiced(frame) for frame in microphone]
    if not speakerphone:
        assert not any(echoed)
        return
    assert echoed.index(True) - played.index(True) == ECHO_FRAMES + 1, "and a frame is sent when it is over"
    assert dbfs(LOUD) - dbfs(microphone[echoed.index(True) + 5]) == pytest.approx(12, abs=0.5)


def test_closing_is_told_once() -> None:
    one, events = phone()
    one.close()
    one.close()
    beats(one, 3)
    assert events == [LegClosed(clean=True)]
