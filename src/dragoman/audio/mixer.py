"""Gain, fades and mixing of mu-law audio."""

from __future__ import annotations

from typing import Final

import numpy as np

from dragoman.audio import g711
from dragoman.domain.audio import PCMU_SILENCE

MUTE_DB: Final = -60.0
"""From here down a gain means silence."""


class Gain:
    """A fixed gain on mu-law bytes, by one table lookup per byte (0.2 us a frame)."""

    def __init__(self, db: float) -> None:
        self.db = db
        self._table = _table(db)

    def __call__(self, audio: bytes) -> bytes:
        return audio.translate(self._table)


def _table(db: float) -> bytes:
    if db <= MUTE_DB:
        return bytes([PCMU_SILENCE]) * 256
    louder = np.rint(g711.EXPAND * 10 ** (db / 20))
    return g711.encode(np.clip(louder, -32768, 32767).astype(np.int16))


def mix(one: bytes, other: bytes) -> bytes:
    """Two mu-law pieces at once, clipped at full scale; the shorter one counts as silence after its end."""
    if len(one) < len(other):
        one, other = other, one
    total = g711.decode(one).astype(np.int32)
    total[: len(other)] += g711.decode(other)
    return g711.encode(np.clip(total, -32768, 32767).astype(np.int16))


def fade(audio: bytes, first: float, last: float) -> bytes:
    """Mu-law audio with a gain that runs from `first` to `last` (1.0 = as it is) over its length."""
    if not audio:
        return b""
    ramp = np.linspace(first, last, len(audio))
    return g711.encode(np.clip(np.rint(g711.decode(audio) * ramp), -32768, 32767).astype(np.int16))
