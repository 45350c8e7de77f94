"""Frames that say whose they are to the ear: five tones in 20 ms, which a resampler and mu-law leave where they are.

Each tone is one of six of its own group. Three tell the frame's number (as far as 216: 4.3 s), two tell the lane, by a
sign that changes from frame to frame: one frame may look like another lane's, ten in a row do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE

EACH: Final = 6
GROUPS: Final = 5
NUMBERS: Final = EACH**3
SIGNS: Final = EACH**2
TONES_HZ: Final = 400 + 100 * np.arange(GROUPS * EACH)
"""By 100 Hz: within 20 ms, and within half of it, none sounds like another."""
LOUDNESS: Final = 3000.0
CLEAR: Final = 0.7
"""The weakest of the five tones, as a share of its full strength, from which on a frame counts as heard."""
ROW_MS: Final = 6
"""Frames of one row are found at most this much nearer or further apart than they are."""
ROW_FRAMES: Final = 25
"""So many frames are enough to place a row."""
QUIET: Final = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES

Whole = npt.NDArray[np.int64]
Wave = npt.NDArray[np.float64]


def _all_frames() -> list[bytes]:
    """Every frame there is, by number * SIGNS + sign, each 20 ms of mu-law."""
    time_s = np.arange(PCMU_FRAME_BYTES) / 8000
    phases = np.random.default_rng(3).uniform(0, 2 * np.pi, TONES_HZ.size)
    tones = LOUDNESS * np.sin(2 * np.pi * TONES_HZ[:, None] * time_s + phases[:, None])
    picks = product(*(range(group * EACH, (group + 1) * EACH) for group in range(GROUPS)))
    return [g711.encode(np.rint(tones[list(picked)].sum(axis=0)).astype(np.int16)) for picked in picks]


_FRAMES: Final = _all_frames()


def signs(call: int, side: int) -> Whole:
    """The sign of each of a lane's 216 numbers."""
    return np.random.default_rng([call, side]).integers(0, SIGNS, NUMBERS)


def speech(number: int, sign: int) -> bytes:
    """One frame (160 bytes of mu-law)."""
    return _FRAMES[number % NUMBERS * SIGNS + sign]


@dataclass(frozen=True, slots=True)
class Found:
    """Frames in the order in which they were heard. `at`: the sample at which each begins, 3 ms off at worst."""

    at: Whole
    number: Whole
    sign: Whole


def find(audio: Wave, rate_hz: int, hop_ms: int) -> Found:
    """All frames within `audio` (16 bit samples at `rate_hz`), wherever they begin."""
    size, hop = rate_hz * FRAME_MS // 1000, rate_hz * hop_ms // 1000
    if audio.size < size:
        nothing = np.zeros(0, np.int64)
        return Found(nothing, nothing, nothing)
    windows = np.lib.stride_tricks.sliding_window_view(audio, size)[::hop]
    turns = np.exp(-2j * np.pi * np.outer(np.arange(size) / rate_hz, TONES_HZ))
    strength = np.hypot(windows @ turns.real, windows @ turns.imag) * 2 / (size * LOUDNESS)
    by_group = strength.reshape(-1, GROUPS, EACH)
    digits = by_group.argmax(axis=2)
    clear = by_group.max(axis=2).min(axis=1)
    code = digits @ EACH ** np.arange(GROUPS - 1, -1, -1)
    best = np.flatnonzero((clear > CLEAR) & (clear == _loudest_near(clear, FRAME_MS // 2 // hop_ms)))
    best = best[np.flatnonzero(np.diff(best, prepend=-FRAME_MS) * hop_ms > FRAME_MS // 2)]  # of equals the first
    return Found(best * hop, code[best] // SIGNS, code[best] % SIGNS)


def settled(found: Found, audio: Wave, rate_hz: int) -> Wave:
    """Where each frame begins, in samples, to within 1 ms: those in a row are 20 ms apart, so a row is placed once."""
    size = rate_hz * FRAME_MS // 1000
    apart = np.abs(np.diff(found.at) - size) > size * ROW_MS // FRAME_MS
    breaks = np.flatnonzero((np.diff(found.number) % NUMBERS != 1) | apart) + 1
    placed = found.at.astype(np.float64)
    for row in np.split(np.arange(found.at.size), breaks):
        if not row.size:
            continue
        first = max(0, int(found.at[row[0]]) - size // 2)
        fine = find(audio[first : first + size * (min(row.size, ROW_FRAMES) + 2)], rate_hz, 1)
        steps = (fine.number - found.number[row[0]]) % NUMBERS
        of_row = steps < min(row.size, ROW_FRAMES)
        if of_row.any():
            placed[row] = first + np.median((fine.at - size * steps)[of_row]) + size * np.arange(row.size)
    return placed


def _loudest_near(clear: Wave, reach: int) -> Wave:
    """The largest among each value's neighbours, `reach` to each side: two frames never begin within 10 ms."""
    padded = np.pad(clear, reach)
    nearest: Wave = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    return nearest
