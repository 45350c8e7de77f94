"""How loud mu-law audio is in each of some bands of frequency, frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import EXPAND
from dragoman.audio.level import FULL_SCALE
from dragoman.domain.audio import PCMU_FRAME_BYTES

Levels = npt.NDArray[np.float32]
"""dB relative to full scale, one value per band."""

EDGES_HZ: Final = (200, 400, 600, 900, 1300, 1800, 2500, 3500)
"""Where bands begin and end: narrow where voices have most of their power."""

BANDS: Final = len(EDGES_HZ) - 1

FLOOR_DBFS: Final = -70.0
"""What is quieter than this in a band is reported as this."""

_BIN_HZ: Final = 8000 / PCMU_FRAME_BYTES
_FIRST, *_REST = (int(edge / _BIN_HZ) for edge in EDGES_HZ)
_SPLITS: Final = np.array([_FIRST, *_REST[:-1]]) - _FIRST
_LAST: Final = _REST[-1]
_WINDOW: Final = np.hanning(PCMU_FRAME_BYTES + 2)[1:-1]
# Scaled so that a sine's power comes out as its mean square, by Parseval; real signals have their power in two halves.
_SCALE: Final = 2 / (PCMU_FRAME_BYTES * float(np.square(_WINDOW).sum()))
_SAMPLES: Final = (EXPAND.astype(np.float64) / FULL_SCALE).astype(np.float32)
_SHAPE: Final = (_WINDOW * np.sqrt(_SCALE)).astype(np.float32)
_LEAST: Final = np.float32(10 ** (FLOOR_DBFS / 10))


def band_levels(frame: bytes) -> Levels:
    """Levels of one 20 ms frame of mu-law in each band; a shorter one counts as if silence followed.

    Raises ValueError for more than a frame.
    """
    samples = _SAMPLES[np.frombuffer(frame, dtype=np.uint8)]
    spectrum = np.fft.rfft(samples * _SHAPE[: len(frame)], PCMU_FRAME_BYTES)[_FIRST:_LAST]
    power = np.add.reduceat(spectrum.real**2 + spectrum.imag**2, _SPLITS)
    levels: Levels = np.log10(np.maximum(power, _LEAST)) * np.float32(10)
    return levels
