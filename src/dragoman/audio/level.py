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


SPEECH_DBFS: Final = -42.0
"""What is quieter than this on a phone line is room noise."""
SPEECH_SHARE: Final = 0.15


def quiet_codes(threshold_dbfs: float) -> bytes:
    """All mu-law bytes whose sample is no louder than a threshold."""
    limit = amplitude(threshold_dbfs)
    return bytes(code for code in range(256) if abs(int(EXPAND[code])) <= limit)


_QUIET: Final = quiet_codes(SPEECH_DBFS)


def voiced(audio: bytes, quiet: bytes = _QUIET) -> bool:
    """Whether mu-law audio is loud for long enough to hold speech: the gate's cheap test (0.3 us a frame).

    More than 15 % of the samples must be louder than the threshold (-42 dBFS, or that of `quiet_codes`): a sine of that
    rms passes, single clicks do not.
    """
    return len(audio.translate(None, quiet)) > SPEECH_SHARE * len(audio)
