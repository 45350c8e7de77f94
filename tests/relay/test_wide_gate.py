"""The echo gate at a browser's rate."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.relay.wide_gate import WideGate
from tests.fakes.page import FRAME, SILENT, WIDE, as_wide
from tests.fakes.recorded import sentences

pytestmark = pytest.mark.script

SOUND = as_wide(b"".join(sentences()[:4]))
SPOKEN = [SOUND[at : at + FRAME] for at in range(0, len(SOUND) - len(SOUND) % FRAME, FRAME)]
DELAY = 8


def echoed(frame: bytes) -> bytes:
    return (np.frombuffer(frame, "<i2") // 2).astype("<i2").tobytes()


def loudness(audio: bytes) -> float:
    return float(np.square(np.frombuffer(audio, "<i2").astype(float)).sum())


def test_an_echo_of_what_was_played_is_silenced_once_the_way_is_known() -> None:
    gate = WideGate(WIDE)
    came = passed = 0.0
    for number, frame in enumerate(SPOKEN):
        now = number * 0.02
        gate.played(frame, now)
        back = echoed(SPOKEN[number - DELAY]) if number >= DELAY else SILENT
        through = gate.pass_through(back, now + 0.02)
        assert through in (back, bytes(FRAME))
        if number > len(SPOKEN) // 2:
            came, passed = came + loudness(back), passed + loudness(through)
    assert passed < came / 10


def test_where_nothing_is_played_everything_passes() -> None:
    gate = WideGate(WIDE)
    for number, frame in enumerate(SPOKEN[:200]):
        assert gate.pass_through(frame, number * 0.02) == frame
    gate.cleared(5.0)
