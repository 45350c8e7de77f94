"""Machine sounds: is this a beep, a ring, a key tone rather than a voice?

A tone has nearly all its energy in one or two narrow bands; a voice spreads over harmonics that move.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import EXPAND
from dragoman.audio.level import amplitude

RATE_HZ: Final = 8000
SHORTEST_SAMPLES: Final = 80
FLOOR_DBFS: Final = -45.0
"""Quieter audio is no tone."""
CONCENTRATED: Final = 0.99
"""Share of the energy that the two strongest bands of a tone hold; 1 frame in 20 of a voice has as much."""
BAND_HZ: Final = 100.0
BAND_BINS: Final = 2
"""How far a band reaches beside its peak: the window's own width."""
LOWEST_HZ: Final = 250.0
"""Lower tones are hum or a deep voice, not a signal."""

_FLOOR: Final = amplitude(FLOOR_DBFS)
_SAMPLES: Final = EXPAND.astype(np.float64)
_WINDOWS_KEPT: Final = 16
"""Pieces are frames, and few other lengths."""

_Wave = npt.NDArray[np.float64]


@functools.lru_cache(_WINDOWS_KEPT)
def _window(samples: int) -> _Wave:
    return np.hanning(samples)


@dataclass(frozen=True, slots=True)
class Peaks:
    """The share of energy in the two strongest narrow bands, and where they are."""

    share: float
    first_hz: float
    second_hz: float

    @property
    def pure(self) -> bool:
        return self.share >= CONCENTRATED and self.first_hz >= LOWEST_HZ


def peaks(audio: bytes) -> Peaks | None:
    """The two strongest bands of mu-law audio; None when it is too short or too quiet."""
    if len(audio) < SHORTEST_SAMPLES:
        return None
    samples = _SAMPLES.take(np.frombuffer(audio, dtype=np.uint8))
    size = samples.size
    if float(samples @ samples) < size * _FLOOR**2:
        return None
    samples -= np.add.reduce(samples) / size
    samples *= _window(size)
    waves = np.fft.rfft(samples)
    spectrum: _Wave = waves.real**2 + waves.imag**2
    total = float(np.add.reduce(spectrum))
    bin_hz = RATE_HZ / size
    reach = max(BAND_BINS, round(BAND_HZ / bin_hz))
    first, first_energy = _take(spectrum, reach)
    second, second_energy = _take(spectrum, reach)
    return Peaks((first_energy + second_energy) / total if total else 0.0, first * bin_hz, second * bin_hz)


def _take(spectrum: _Wave, reach: int) -> tuple[int, float]:
    """The strongest bin and its band's energy; the band is wiped out of the spectrum."""
    peak = int(spectrum.argmax())
    band = slice(max(0, peak - reach), peak + reach + 1)
    energy = float(np.add.reduce(spectrum[band]))
    spectrum[band] = 0
    return peak, energy


def is_tone(audio: bytes) -> bool:
    """Whether one frame (or a longer piece) of mu-law audio is made of one or two pure tones."""
    found = peaks(audio)
    return found is not None and found.pure
