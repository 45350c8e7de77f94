"""How loud PCM16 is, louder, quieter and both at once: what `level` and `mixer` do for mu-law. Any rate."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import level, mixer

_LOUDEST: Final = 32767

Wide = npt.NDArray[np.int16]


def _samples(audio: bytes) -> Wide:
    return np.frombuffer(audio, dtype="<i2")


def _clipped(sound: npt.NDArray[np.float32]) -> bytes:
    return np.clip(np.rint(sound), -_LOUDEST - 1, _LOUDEST).astype("<i2").tobytes()


def dbfs(audio: bytes) -> float:
    """Level in dB relative to full scale; SILENCE_DBFS for digital silence."""
    if not audio:
        return level.SILENCE_DBFS
    mean = float(np.square(_samples(audio).astype(np.float64)).mean())
    return max(level.SILENCE_DBFS, 10 * math.log10(mean / level.FULL_SCALE**2)) if mean else level.SILENCE_DBFS


def voiced(audio: bytes, threshold_dbfs: float = level.SPEECH_DBFS) -> bool:
    """As `level.voiced`: whether it is loud for long enough to hold speech."""
    if not audio:
        return False
    limit = level.amplitude(threshold_dbfs)
    samples = _samples(audio)
    loud = np.count_nonzero((samples > limit) | (samples < -limit))
    return bool(loud > level.SPEECH_SHARE * samples.size)


class Gain:
    """A fixed gain, in dB; clipped at full scale. From -60 dB down it is silence."""

    def __init__(self, db: float) -> None:
        self.db = db
        self._factor = np.float32(0.0 if db <= mixer.MUTE_DB else 10 ** (db / 20))

    def __call__(self, audio: bytes) -> bytes:
        return _clipped(_samples(audio) * self._factor)


def mix(one: bytes, other: bytes) -> bytes:
    """Two pieces at once, clipped at full scale; the shorter one counts as silence after its end."""
    if not one or not other:
        return one or other
    if len(one) < len(other):
        one, other = other, one
    total = _samples(one).astype(np.int32)
    total[: len(other) // 2] += _samples(other)
    # Whole numbers: half the time of `_clipped`, and a room of eight does this 3000 times a second.
    np.minimum(total, _LOUDEST, out=total)
    np.maximum(total, -_LOUDEST - 1, out=total)
    return total.astype("<i2").tobytes()


def mix_at(own: bytes, other: bytes, first: float, last: float) -> bytes:
    """As `mixer.mix_at`: `own` at a gain that runs from `first` to `last` (factors), and `other` as it is."""
    if not (0.0 <= first <= 1.0 and 0.0 <= last <= 1.0):
        raise ValueError(f"gains are factors from 0 to 1, not {first:g} to {last:g}")
    if not own:
        return other
    if first == last == 1.0:
        return mix(own, other)
    if first == last == 0.0:
        return other + bytes(max(len(own) - len(other), 0))
    size = len(own) // 2
    gains = (np.arange(1, size + 1) / size * (last - first) + first).astype(np.float32)
    return mix(_clipped(_samples(own) * gains), other)


def fade(audio: bytes, first: float, last: float) -> bytes:
    """With a gain that runs from `first` to `last` (1.0 = as it is) over its length."""
    return mix_at(audio, b"", first, last)
