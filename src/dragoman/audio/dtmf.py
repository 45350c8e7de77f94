"""Key tones (DTMF) as sound: a row's pitch and a column's together (ITU-T Q.23), long enough for any receiver (Q.24).

G.711 is lossless to them, so they can be sent in band, as any other sound of a line.
"""

from __future__ import annotations

import functools
from typing import Final

import numpy as np

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat

ROWS_HZ: Final = (697.0, 770.0, 852.0, 941.0)
COLUMNS_HZ: Final = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS: Final = ("123A", "456B", "789C", "*0#D")
"""By row and column."""

TONE_MS: Final = 100
PAUSE_MS: Final = 80
"""A receiver must take 40 ms of each (Q.24): this leaves room for what a line eats of it."""

ROW_DBM0: Final = -8.0
COLUMN_DBM0: Final = -6.0
"""The column is louder by 2 dB, for lines lose more of it; a receiver takes far more of a twist."""

FADE_MS: Final = 3
"""At both ends of the tone, lest it click."""

FULL_SCALE_DBM0: Final = 3.17
FULL_SCALE: Final = 32636.0
"""A sine that just fills mu-law (G.711), as 16 bit samples."""


@functools.cache
def key_sound(
    key: str, fmt: AudioFormat = AudioFormat.PCMU_8K, *, tone_ms: int = TONE_MS, pause_ms: int = PAUSE_MS
) -> bytes:
    """One key of `0-9*#ABCD`: the tone, with half of the pause before and half behind it.

    So a tone keeps its distance from what was played before and after, too. Raise ValueError for another key.
    """
    row_hz, column_hz = pitches(key)
    turns = 2 * np.pi * np.arange(fmt.rate_hz * tone_ms // 1000) / fmt.rate_hz
    wave = _peak(ROW_DBM0) * np.sin(row_hz * turns) + _peak(COLUMN_DBM0) * np.sin(column_hz * turns)
    fade = fmt.rate_hz * FADE_MS // 1000
    wave[:fade] *= np.linspace(0, 1, fade)
    wave[-fade:] *= np.linspace(1, 0, fade)
    sound = np.rint(wave).astype(np.int16)
    pause = fmt.silence(pause_ms / 2)
    return pause + to_bytes(sound, fmt) + pause


def pitches(key: str) -> tuple[float, float]:
    """The row's and the column's, in Hz. Raise ValueError for what is no key."""
    for row_hz, keys in zip(ROWS_HZ, KEYS, strict=True):
        column = keys.find(key)
        if len(key) == 1 and column >= 0:
            return row_hz, COLUMNS_HZ[column]
    raise ValueError(f"{key!r} is no key of a telephone")


def _peak(dbm0: float) -> float:
    """The peak of a sine of this level."""
    return FULL_SCALE * float(10 ** ((dbm0 - FULL_SCALE_DBM0) / 20))
