"""Gain, fades and mixing of mu-law audio, by tables: a frame costs 0 to 8 us."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711
from dragoman.domain.audio import PCMU_SILENCE

MUTE_DB: Final = -60.0
"""From here down a gain means silence."""

Sums = npt.NDArray[np.int32]
"""Samples wider than 16 bit: sums before they are clipped."""

_SILENCE: Final = bytes([PCMU_SILENCE])
_EXPAND: Final = g711.EXPAND.astype(np.int32)
_EXPAND_REAL: Final = g711.EXPAND.astype(np.float32)
_SUMS: Final = 1 << 17
"""How many sums two 16 bit samples can have, at most."""


def _compress_sums() -> npt.NDArray[np.uint8]:
    sums = np.arange(_SUMS)
    sums = np.where(sums >= _SUMS // 2, sums - _SUMS, sums)
    clipped = np.clip(sums, -32768, 32767).astype(np.int16)
    return np.frombuffer(g711.encode(clipped), dtype=np.uint8)


_COMPRESS_SUM: Final = _compress_sums()
"""The mu-law byte of a sum of two samples, clipped at full scale; negative sums count from the end."""


def gain_of(db: float) -> float:
    """The factor that a gain in dB stands for: 1.0 for 0 dB, 0.0 from -60 dB down."""
    return 0.0 if db <= MUTE_DB else float(10 ** (db / 20))


class Gain:
    """A fixed gain on mu-law bytes, by one table lookup per byte (0.2 us a frame)."""

    def __init__(self, db: float) -> None:
        self.db = db
        self._table = _table(db)

    def __call__(self, audio: bytes) -> bytes:
        return audio.translate(self._table)


def _table(db: float) -> bytes:
    if db <= MUTE_DB:
        return _SILENCE * 256
    louder = np.rint(g711.EXPAND * 10 ** (db / 20))
    return g711.encode(np.clip(louder, -32768, 32767).astype(np.int16))


def mix(one: bytes, other: bytes) -> bytes:
    """Two mu-law pieces at once, clipped at full scale; the shorter one counts as silence after its end."""
    if not one or not other:
        return one or other
    return _mixed(_EXPAND.take(_codes(one)), other)


def mix_at(own: bytes, other: bytes, first: float, last: float) -> bytes:
    """`own` at a gain that runs from `first` to `last` over its length, and `other` as it is, both at once.

    Gains are factors from 0.0 to 1.0 (`gain_of`). The last sample has the gain `last` and the first is one step away
    from `first`, so that pieces which continue each other's gain make one straight line. The shorter piece counts as
    silence after its end. Cheap where nothing is to be done: 0.0 gives `other` itself, 1.0 without `other` gives `own`.
    """
    if not (0.0 <= first <= 1.0 and 0.0 <= last <= 1.0):
        raise ValueError(f"gains are factors from 0 to 1, not {first:g} to {last:g}")
    if not own:
        return other
    if first != last:
        return _mixed(_ramped(own, first, last), other)
    if last == 1.0:
        return mix(own, other)
    if last == 0.0:
        return other + _SILENCE * (len(own) - len(other))
    return _mixed(_scaled(last).take(_codes(own)), other)


def fade(audio: bytes, first: float, last: float) -> bytes:
    """Mu-law audio with a gain that runs from `first` to `last` (1.0 = as it is) over its length; as `mix_at`."""
    return mix_at(audio, b"", first, last)


def _codes(audio: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(audio, dtype=np.uint8)


def _mixed(own: Sums, other: bytes) -> bytes:
    """Add mu-law audio to samples of ours, which may be written to, and compress."""
    size = len(other)
    if size == own.size:
        own += _EXPAND.take(_codes(other))
    elif size > own.size:
        total = _EXPAND.take(_codes(other))
        total[: own.size] += own
        own = total
    elif size:
        own[:size] += _EXPAND.take(_codes(other))
    return _COMPRESS_SUM.take(own, mode="wrap").tobytes()


@functools.lru_cache(maxsize=16)
def _scaled(gain: float) -> Sums:
    """All 256 samples at a gain: for the few that stay the same from frame to frame."""
    scaled: Sums = np.rint(g711.EXPAND * gain).astype(np.int32)
    return scaled


@functools.lru_cache(maxsize=16)
def _steps(size: int) -> npt.NDArray[np.float32]:
    """From just above 0 to 1, for pieces of a length."""
    return (np.arange(1, size + 1) / size).astype(np.float32)


def _ramped(own: bytes, first: float, last: float) -> Sums:
    gains = _steps(len(own)) * np.float32(last - first) + np.float32(first)
    gains *= _EXPAND_REAL.take(_codes(own))
    ramped: Sums = np.rint(gains).astype(np.int32)
    return ramped
