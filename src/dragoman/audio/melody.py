"""Is this music? What plays it holds its pitches; of what is said, little stays on one for a fifth of a second.

For pieces of some seconds, asked now and then: 2 ms for 6 s. Not found: music without pitches (drums alone), and music
behind a voice that is as loud.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from dragoman.audio.convert import to_samples
from dragoman.audio.level import SPEECH_DBFS, amplitude
from dragoman.domain.audio import AudioFormat

RATE_HZ: Final = 8000
HELD: Final = 0.6
"""So much of what is loud stays on its pitch: of made-up music 0.65 to 1.0 in any 6 s; of recorded sentences at most
0.03, of the slowest and deepest of the embedded voices, which says numbers and "aaah", 0.38."""
LEAST_LOUD_S: Final = 2.0
"""A ring or a key is no music."""
LOWEST_HZ: Final = 150
HIGHEST_HZ: Final = 2500
SPREAD: Final = 0.02

_WINDOW: Final = 512
_HOP: Final = 256
_SIZE: Final = 2048
_BIN_HZ: Final = RATE_HZ / _SIZE
_LONG: Final = 5
"""Windows on one pitch: 192 ms."""
_BAND: Final = slice(round(LOWEST_HZ / _BIN_HZ), round(HIGHEST_HZ / _BIN_HZ))
_LOUD: Final = amplitude(SPEECH_DBFS)
_SHAPE: Final = np.hanning(_WINDOW)

_Wave = npt.NDArray[np.float64]


def is_music(audio: bytes, fmt: AudioFormat) -> bool:
    """Whether most of what is loud in it is. What is too short, or too quiet, is not."""
    loud_s, held = held_share(audio, fmt)
    return loud_s >= LEAST_LOUD_S and held >= HELD


def held_share(audio: bytes, fmt: AudioFormat) -> tuple[float, float]:
    """How many seconds of it are loud, and which share of those (0 to 1) stays on its pitch."""
    samples = _at_8_khz(audio, fmt)
    if samples.size < _WINDOW:
        return 0.0, 0.0
    windows = sliding_window_view(samples, _WINDOW)[::_HOP]
    loud = np.sqrt(np.square(windows).mean(axis=1)) > _LOUD
    count = int(loud.sum())
    if not count or loud.size < _LONG:
        return 0.0, 0.0
    pitches = (np.abs(np.fft.rfft(windows * _SHAPE, _SIZE))[:, _BAND].argmax(axis=1) + _BAND.start) * _BIN_HZ
    runs = sliding_window_view(pitches, _LONG)
    even = np.ptp(runs, axis=1) <= np.maximum(SPREAD * runs.mean(axis=1), 1.5 * _BIN_HZ)
    even &= sliding_window_view(loud, _LONG).all(axis=1)
    held = np.convolve(even, np.ones(_LONG)) > 0
    return count * _HOP / RATE_HZ, float((held & loud).sum()) / count


def _at_8_khz(audio: bytes, fmt: AudioFormat) -> _Wave:
    samples = to_samples(audio, fmt).astype(np.float64)
    steps = fmt.rate_hz // RATE_HZ
    made: _Wave = samples[: samples.size // steps * steps].reshape(-1, steps).mean(axis=1)
    return made
