"""What a microphone falls to between sounds, by bands of frequency: neither the party's voice nor an echo."""

from __future__ import annotations

from typing import Final

import numpy as np

from dragoman.audio.bands import BANDS, FLOOR_DBFS, Levels, Powers
from dragoman.relay.echo_returns import Matrix

NOISE_FALL_DB: Final = 1.0
NOISE_RISE_DB: Final = 0.05
"""Steps per frame that is quieter than the noise, or is not."""
FIRST_NOISE_DBFS: Final = -48.0
"""What the first frame says, but no more than this in any band."""

_DB: Final = np.float32(np.log(10) / 10)


def power(levels: Levels) -> Powers:
    """Of levels in dB."""
    powers: Powers = np.exp(levels * _DB)
    return powers


class Noise:
    """`levels` in dB, and the power that noise `explains`: up to `margin_db` above them."""

    def __init__(self, margin_db: float) -> None:
        self.levels = np.full(BANDS, FLOOR_DBFS, np.float32)
        self.explains = power(self.levels)
        self._margin_db = np.float32(margin_db)
        self._is_new = True

    def learn(self, heard: Matrix) -> None:
        """A row per frame; never below the quietest of them, or what it was, by more than one step."""
        if self._is_new:
            self.levels = np.minimum(heard[0], np.float32(FIRST_NOISE_DBFS))
            self._is_new = False
        least = np.minimum(heard.min(axis=0), self.levels) - np.float32(NOISE_FALL_DB)
        falls = (heard < self.levels).sum(axis=0, dtype=np.float32)
        falls *= np.float32(NOISE_FALL_DB + NOISE_RISE_DB)
        self.levels += np.float32(NOISE_RISE_DB * len(heard)) - falls
        np.maximum(self.levels, least, out=self.levels)
        self.explains = power(self.levels + self._margin_db)
