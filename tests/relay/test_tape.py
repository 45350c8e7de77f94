"""What is kept of what an interpreter was given."""

from __future__ import annotations

import pytest

from dragoman.relay.tape import LEAST_VOICE_BYTES, PAUSE_BYTES, Tape, Voice
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.unit

CLICK = LEAST_VOICE_BYTES // 160 - 1


def tape(*runs: int, kept_s: float = 10.0, began: float = 100.0) -> Tape:
    """Frames in real time: so many voiced, so many silent, and so on."""
    made, now, number = Tape(kept_s), began, 0
    for index, count in enumerate(runs):
        for _ in range(count):
            now += 0.02
            number += 1
            made.add(SILENT if index % 2 else frame(number), now)
    return made


def test_an_empty_tape() -> None:
    empty = Tape(10.0)
    assert (empty.start, empty.end, empty.since(0), empty.stretches(0)) == (0, 0, b"", [])
    assert empty.said_at(0) == 0.0


def test_it_keeps_exactly_so_much() -> None:
    made = Tape(0.05)
    for number in range(10):
        made.add(frame(number), number * 0.02)
    assert (made.start, made.end) == (1200, 1600)
    assert made.since(0) == b"".join(frame(number) for number in (7, 8, 9))[80:]
    assert made.since(1500) == frame(9)[60:]
    assert made.since(1600) == b""


def test_a_piece_longer_than_what_is_kept() -> None:
    made = Tape(0.05)
    audio = b"".join(frame(number) for number in range(10))
    made.add(audio, 5.0)
    assert (made.start, made.since(0)) == (1200, audio[-400:])
    assert made.said_at(1200) == pytest.approx(4.95)


def test_when_it_was_said() -> None:
    made = tape(5, began=50.0)
    assert made.said_at(0) == pytest.approx(50.0)
    assert made.said_at(240) == pytest.approx(50.03)
    assert made.said_at(800) == pytest.approx(50.1)


def test_a_gap_in_time_is_none_on_the_tape() -> None:
    made = tape(2, began=0.0)
    made.add(frame(9), 30.02)
    assert made.said_at(319) == pytest.approx(0.04, abs=0.001)
    assert made.said_at(320) == pytest.approx(30.0)


def test_pauses_divide_stretches() -> None:
    pause = PAUSE_BYTES // 160
    assert tape(10, pause - 1, 10).stretches(0) == [Voice(0, (19 + pause) * 160, 20 * 160)]
    assert tape(10, pause, 10).stretches(0) == [
        Voice(0, 1600, 1600),
        Voice((10 + pause) * 160, (20 + pause) * 160, 1600),
    ]


def test_clicks_are_no_voice() -> None:
    assert tape(CLICK, 50, CLICK, 50).stretches(0) == []
    assert [one.voiced for one in tape(CLICK, 2, CLICK, 50).stretches(0)] == [2 * CLICK * 160]


def test_stretches_from_a_place_on() -> None:
    made = tape(20, 30, 20)
    assert [one.began for one in made.stretches(0)] == [0, 50 * 160]
    assert [one.began for one in made.stretches(10 * 160 + 1)] == [11 * 160, 50 * 160]
    assert made.stretches(5000 * 160) == []


def test_its_length_in_seconds() -> None:
    assert Voice(8000, 20000, 4000).length_s == 1.5


def test_a_breath_between_two_words() -> None:
    made = tape(20, 5, 20, 5, 20)
    assert made.breath_before(60 * 160, 0) == 50 * 160
    assert made.breath_before(49 * 160, 0) == 25 * 160
    assert made.breath_before(15 * 160, 0) == 15 * 160
    assert tape(20, 2, 20).breath_before(30 * 160, 0) == 30 * 160, "that is within a word"


def test_wiped() -> None:
    made = tape(20)
    made.wipe()
    made.add(frame(1), 7.0)
    assert (made.start, made.end, made.since(0)) == (0, 160, frame(1))


def test_what_has_just_begun_is_voice() -> None:
    assert tape(0, 50, 2).stretches(0) == [Voice(8000, 8320, 320)]
    assert tape(0, 50, 2, 1).stretches(0) == []
