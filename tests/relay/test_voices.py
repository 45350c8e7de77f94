"""Several own voices in one ear."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.relay.voices import KEPT_FRAMES, STALE_S, Voices
from tests.fakes.page import WIDE

pytestmark = pytest.mark.unit


def tone(value: int) -> bytes:
    return np.full(480, value, "<i2").tobytes()


def level(frame: bytes | None) -> int | None:
    return None if frame is None else int(np.frombuffer(frame, "<i2")[0])


def test_one_alone_is_heard_as_it_is() -> None:
    voices = Voices(WIDE)
    assert [level(voices.heard("a", tone(number), number * 0.02)) for number in range(3)] == [0, 1, 2]


def test_two_at_once_are_one_stream() -> None:
    voices = Voices(WIDE)
    out = []
    for number in range(10):
        now = number * 0.02
        out.append((level(voices.heard("a", tone(100), now)), level(voices.heard("b", tone(7), now + 0.01))))
    assert out == [(100, None), *[(107, None)] * 9]


def test_when_the_first_stops_the_other_keeps_the_time_and_loses_nothing() -> None:
    voices = Voices(WIDE)
    voices.heard("a", tone(100), 0.0)
    heard = [level(voices.heard("b", tone(number), 0.02 * number)) for number in range(1, 12)]
    assert heard[: round(STALE_S / 0.02)] == [None] * 5
    assert heard[5:] == [2, 3, 4, 5, 6, 7][: len(heard[5:])], "but for the first, which is too old"


def test_a_burst_of_the_other_is_bounded() -> None:
    voices = Voices(WIDE)
    voices.heard("a", tone(0), 0.0)
    for number in range(20):
        voices.heard("b", tone(number), 0.01)
    heard = [level(voices.heard("a", tone(0), 0.02 * number)) for number in range(1, KEPT_FRAMES + 2)]
    assert heard == [15, 16, 17, 18, 19, 0]
