"""Machine sounds: is this a beep, a ring, a key tone rather than a voice?

A tone has nearly all its energy in one or two narrow bands; a voice spreads over harmonics that move.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio.g711 import EXPAND
from dragoman.audio.level import amplitude
from dragoman.domain.audio import PCMU_FRAME_BYTES

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
_SAMPLES: Final = EXPAND.astype(np.float32)

_Wave = npt.NDArray[np.float32]


def _spectra(samples: _Wave) -> _Wave:
    """The energy in each bin, of each row of samples: without its offset, windowed."""
    samples = samples - samples.mean(axis=-1, keepdims=True)
    waves = np.fft.rfft(samples * np.hanning(samples.shape[-1]))
    energies: _Wave = (waves.real**2 + waves.imag**2).astype(np.float32)
    return energies


def _frame_waves() -> _Wave:
    """All that is done to a frame before energies are taken, as one product: the real parts' columns, the imaginary."""
    impulses = np.eye(PCMU_FRAME_BYTES) - 1 / PCMU_FRAME_BYTES
    waves = np.fft.rfft(impulses * np.hanning(PCMU_FRAME_BYTES))
    return np.hstack([waves.real, waves.imag]).astype(np.float32)


_FRAME_WAVES: Final = _frame_waves()
_FRAME_BINS: Final = PCMU_FRAME_BYTES // 2 + 1


def _frame_spectrum(samples: _Wave) -> _Wave:
    """As `_spectra` of one frame, at half the price."""
    waves = samples @ _FRAME_WAVES
    waves *= waves
    energies: _Wave = waves[:_FRAME_BINS] + waves[_FRAME_BINS:]
    return energies


@dataclass(frozen=True, slots=True)
class Peaks:
    """Where the two narrow bands are that a tone is made of, the stronger first."""

    first_hz: float
    second_hz: float


def peaks(audio: bytes) -> Peaks | None:
    """What mu-law audio (one frame, or a longer piece) is made of when it is a tone; None when it is none."""
    if len(audio) < SHORTEST_SAMPLES:
        return None
    samples = _SAMPLES.take(np.frombuffer(audio, dtype=np.uint8))
    size = samples.size
    if float(samples @ samples) < size * _FLOOR**2:
        return None
    spectrum = _frame_spectrum(samples) if size == PCMU_FRAME_BYTES else _spectra(samples)
    wanted = CONCENTRATED * float(np.add.reduce(spectrum))
    bin_hz = RATE_HZ / size
    reach = max(BAND_BINS, round(BAND_HZ / bin_hz))
    first, at_peak, first_energy = _take(spectrum, reach)
    # No bin of the second band is stronger than the first one's peak: most voices are known to be none by that.
    if first * bin_hz < LOWEST_HZ or first_energy + (2 * reach + 1) * at_peak < wanted:
        return None
    second, _, second_energy = _take(spectrum, reach)
    return Peaks(first * bin_hz, second * bin_hz) if first_energy + second_energy >= wanted > 0 else None


def _take(spectrum: _Wave, reach: int) -> tuple[int, float, float]:
    """The strongest bin, its energy and its band's; the band is wiped out of the spectrum."""
    peak = int(spectrum.argmax())
    at_peak = float(spectrum[peak])
    band = spectrum[max(0, peak - reach) : peak + reach + 1]
    energy = float(np.add.reduce(band))
    band[:] = 0
    return peak, at_peak, energy


def is_tone(audio: bytes) -> bool:
    """Whether one frame (or a longer piece) of mu-law audio is made of one or two pure tones."""
    return peaks(audio) is not None
