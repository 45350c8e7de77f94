"""Sounds of the emulated network, mu-law at 8 kHz: what stands for speech, Flex's beep, hold music."""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from zlib import crc32

import numpy as np

from dragoman.audio import g711

_RATE_HZ: Final = 8000
_TUNE_HZ: Final = (262.0, 330.0, 392.0, 523.0, 392.0, 330.0, 294.0, 247.0)


@lru_cache(maxsize=256)
def tone(hz: float, ms: int, level: float = 0.1) -> bytes:
    """A sine of `ms`; `level` is its peak, 1.0 being full scale. Ends fade over 5 ms, so that it does not click."""
    at = np.arange(_RATE_HZ * ms // 1000)
    fade = np.minimum(np.minimum(at, at[::-1]) / 40, 1.0)
    sound = 32767 * level * fade * np.sin(2 * np.pi * hz * at / _RATE_HZ)
    return g711.encode(np.rint(sound).astype(np.int16))


def murmur(text: str, ms_per_character: float) -> bytes:
    """A soft tone that stands for `text` spoken: the same text gives the same tone, longer texts longer ones."""
    ms = min(8000, max(60, round(len(text) * ms_per_character)))
    return tone(300.0 + crc32(text.encode()) % 12 * 25, ms, 0.03)


def beep() -> bytes:
    """The 0.4 s with which Flex's conference greets somebody new."""
    return tone(440.0, 400, 0.15)


@lru_cache(maxsize=1)
def hold_music() -> bytes:
    """Four seconds of a simple tune, to be repeated."""
    return b"".join(tone(hz, 500, 0.08) for hz in _TUNE_HZ)
