"""Which voice says which syllable at what level, 20 ms by 20 ms, in an 8 kHz recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.ear.sounds import LEVEL_DBFS, RATE_HZ, SYMBOLS, Voice
from dragoman.audio import g711
from dragoman.domain.audio import FRAME_MS

HOP: Final = RATE_HZ * FRAME_MS // 1000
WINDOW: Final = 2 * HOP
"""40 ms around each frame's middle: partials 40 Hz apart are told apart, and a border is off by half a frame."""
BIN_HZ: Final = 10
_BATCH: Final = 2000

PLAIN_DBFS: Final = LEVEL_DBFS - 14.0
"""A voice at full level is nowhere quieter than this, one that is ducked (18 dB) nowhere louder."""
AUDIBLE_DBFS: Final = -55.0
"""What is quieter is silence to the ear."""
ENGINE_DBFS: Final = -44.0
"""What is quieter means nothing to an engine."""
_FLOOR: Final = 1e-12

Levels = npt.NDArray[np.float64]
Symbols = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Trace:
    """Per frame of 20 ms: how loud anything is; per voice how loud it is, and with which syllable."""

    loudness: Levels
    levels: dict[Voice, Levels]
    symbols: dict[Voice, Symbols]

    @property
    def frames(self) -> int:
        return int(self.loudness.size)

    def audible(self) -> npt.NDArray[np.bool_]:
        return self.loudness > AUDIBLE_DBFS

    def plain(self, voice: Voice) -> Symbols:
        """The syllable that this voice says at full level, -1 where it says none."""
        return np.where(self.levels[voice] > PLAIN_DBFS, self.symbols[voice], -1)

    def understood(self, voice: Voice) -> npt.NDArray[np.bool_]:
        """Where an engine would hear this voice."""
        return self.levels[voice] > ENGINE_DBFS


def trace(audio: bytes) -> Trace:
    """Listen to 8 kHz mu-law; what is not a whole frame at the end is left out."""
    sound = _whole_frames(audio)
    count = sound.size // HOP
    found = [_batch(sound, at, min(_BATCH, count - at)) for at in range(0, count, _BATCH)]
    levels, symbols = {}, {}
    for voice in Voice:
        power = np.concatenate([one[voice] for one in found]) if found else np.empty((0, SYMBOLS))
        symbols[voice] = power.argmax(axis=1) if count else np.empty(0, np.int64)
        levels[voice] = _db(power.max(axis=1)) if count else np.empty(0)
    return Trace(loudness(audio), levels, symbols)


def loudness(audio: bytes) -> Levels:
    """RMS of each whole frame of 20 ms, in dB relative to full scale."""
    frames = _whole_frames(audio).reshape(-1, HOP)
    return _db(np.mean(np.square(frames), axis=1)) if frames.size else np.empty(0)


def _whole_frames(audio: bytes) -> Levels:
    sound: Levels = g711.decode(audio).astype(np.float64) / 32768
    return sound[: sound.size // HOP * HOP]


def _batch(sound: Levels, first: int, count: int) -> dict[Voice, Levels]:
    """Power of each syllable of each voice in `count` frames from `first` on."""
    around = (WINDOW - HOP) // 2
    begin, end = first * HOP - around, (first + count) * HOP + around
    piece = sound[max(begin, 0) : end]
    piece = np.pad(piece, (max(-begin, 0), max(end - sound.size, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(piece, WINDOW)[::HOP]
    shape = np.hanning(WINDOW)
    power = np.square(np.abs(np.fft.rfft(windows * shape, RATE_HZ // BIN_HZ))) * 2 / shape.sum() ** 2
    return {
        voice: np.stack(
            [sum(power[:, hz // BIN_HZ] for hz in voice.partials_hz(symbol)) for symbol in range(SYMBOLS)], axis=1
        )
        for voice in Voice
    }


def _db(power: Levels) -> Levels:
    decibels: Levels = 10 * np.log10(power + _FLOOR)
    return decibels
