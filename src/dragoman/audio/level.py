"""How loud mu-law audio is, without decoding it: a table of energies, and counting loud bytes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from dragoman.audio.g711 import EXPAND

FULL_SCALE: Final = 32768.0
SILENCE_DBFS: Final = -96.0
"""What digital silence is reported as."""

_ENERGY: Final = np.square(EXPAND.astype(np.float64))


def rms(audio: bytes) -> float:
    """Root mean square of mu-law audio, 0 to 32124."""
    if not audio:
        return 0.0
    return math.sqrt(float(_ENERGY[np.frombuffer(audio, dtype=np.uint8)].mean()))


def dbfs(audio: bytes) -> float:
    """Level of mu-law audio in dB relative to full scale; SILENCE_DBFS for digital silence."""
    level = rms(audio)
    return max(SILENCE_DBFS, 20 * math.log10(level / FULL_SCALE)) if level else SILENCE_DBFS


def amplitude(level_dbfs: float) -> float:
    """The rms that a level stands for."""
    return FULL_SCALE * 10 ** (level_dbfs / 20)


class Loudness:
    """Tells frames that may hold speech from quiet ones: the gate's cheap test (0.3 us a frame).

    A frame is voiced when more than `share` of its samples are louder than `threshold_dbfs`: a sine of that rms passes,
    single clicks do not.
    """

    def __init__(self, threshold_dbfs: float = -42.0, share: float = 0.15) -> None:
        limit = amplitude(threshold_dbfs)
        self._quiet = bytes(code for code in range(256) if abs(int(EXPAND[code])) <= limit)
        self._share = share

    def voiced(self, audio: bytes) -> bool:
        """Whether mu-law audio is loud for long enough."""
        return len(audio.translate(None, self._quiet)) > self._share * len(audio)
