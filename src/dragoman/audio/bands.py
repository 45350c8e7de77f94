"""How loud mu-law audio is in each of some bands of frequency, frame by frame."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import EXPAND
from dragoman.audio.level import FULL_SCALE
from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE

Levels = npt.NDArray[np.float32]
"""dB relative to full scale, a column per band."""

Powers = npt.NDArray[np.float32]
"""The same as shares of full scale's power."""

EDGES_HZ: Final = (200, 400, 600, 900, 1300, 1800, 2500, 3500)
"""Where bands begin and end: narrow where voices have most of their power."""

BANDS: Final = len(EDGES_HZ) - 1

FLOOR_DBFS: Final = -70.0
"""What is quieter than this in a band is reported as this."""

_BIN_HZ: Final = 8000 / PCMU_FRAME_BYTES
_BINS: Final = np.arange(int(EDGES_HZ[0] / _BIN_HZ), int(EDGES_HZ[-1] / _BIN_HZ))
_WINDOW: Final = np.hanning(PCMU_FRAME_BYTES + 2)[1:-1]
# Scaled so that a sine's power comes out as its mean square, by Parseval; real signals have their power in two halves.
_SCALE: Final = 2 / (PCMU_FRAME_BYTES * float(np.square(_WINDOW).sum()))
_SAMPLES: Final = (EXPAND.astype(np.float64) / FULL_SCALE).astype(np.float32)
_LEAST: Final = np.float32(10 ** (FLOOR_DBFS / 10))


def _waves() -> npt.NDArray[np.float32]:
    """The windowed cosines and sines of all bins, a column each: one product, at a third of the price of an FFT."""
    turns = np.outer(np.arange(PCMU_FRAME_BYTES), _BINS) / PCMU_FRAME_BYTES * (2 * np.pi)
    shape = (_WINDOW * np.sqrt(_SCALE))[:, None]
    waves: npt.NDArray[np.float32] = (np.hstack([np.cos(turns), np.sin(turns)]) * shape).astype(np.float32)
    return waves


def _bands_of_waves() -> npt.NDArray[np.float32]:
    """Which band a wave counts in: 1 there, else 0."""
    hz = np.tile(_BINS, 2)[:, None] * _BIN_HZ
    return ((hz >= EDGES_HZ[:-1]) & (hz < EDGES_HZ[1:])).astype(np.float32)


_WAVES: Final = _waves()
_BANDS_OF_WAVES: Final = _bands_of_waves()


def band_powers(audio: bytes) -> Powers:
    """Of each 20 ms frame of mu-law, a row per frame; a short last one counts as if silence followed."""
    audio += bytes([PCMU_SILENCE]) * (-len(audio) % PCMU_FRAME_BYTES)
    samples = _SAMPLES.take(np.frombuffer(audio, dtype=np.uint8)).reshape(-1, PCMU_FRAME_BYTES)
    waves = np.matmul(samples, _WAVES)
    waves *= waves
    powers: Powers = np.matmul(waves, _BANDS_OF_WAVES)
    return powers


def band_levels(audio: bytes) -> Levels:
    """The same in dB, never below the floor."""
    powers = band_powers(audio)
    np.maximum(powers, _LEAST, out=powers)
    np.log10(powers, out=powers)
    powers *= np.float32(10)
    return powers
