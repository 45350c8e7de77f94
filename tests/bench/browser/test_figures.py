"""Gaps and overlaps in a recorded tone."""

from __future__ import annotations

import numpy as np
import pytest

from bench.browser.figures import Heard, listened
from dragoman.audio.g711 import Samples

pytestmark = pytest.mark.unit

RATE_HZ = 24_000


def tone(ms: int) -> Samples:
    """Nothing but the tone."""
    at_s = np.arange(RATE_HZ * ms // 1000) / RATE_HZ
    return (8000 * np.sin(2 * np.pi * 2040 * at_s)).astype(np.int16)


def silence(ms: int) -> Samples:
    return np.zeros(RATE_HZ * ms // 1000, np.int16)


def test_a_whole_tone_has_neither() -> None:
    assert listened(np.concatenate((silence(100), tone(2000), silence(50))), RATE_HZ) == Heard(2.0, 0, 0, 0)


def test_gaps_are_counted_and_measured() -> None:
    sound = np.concatenate((silence(100), tone(500), silence(20), tone(500), silence(40), tone(500), silence(100)))
    assert listened(sound, RATE_HZ) == Heard(1.56, 2, 60, 0)


def test_two_sounds_at_once_are_an_overlap() -> None:
    sound = tone(1000)
    sound[RATE_HZ // 2 : RATE_HZ // 2 + RATE_HZ // 10] *= 2
    assert listened(sound, RATE_HZ).overlaps == 1


@pytest.mark.parametrize("sound", [silence(500), silence(0)])
def test_silence_is_no_tone(sound: Samples) -> None:
    assert listened(sound, RATE_HZ) == Heard(0.0, 0, 0, 0)
