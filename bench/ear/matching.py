"""Which syllables of what was to be heard were heard, when, and how much of each.

A recording is a row of runs (the same syllable, frame after frame). What was to be heard is a row of syllables in
order. The best way to lay the one along the other, so that as much as possible is explained, tells which were heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from bench.ear.listening import Symbols
from dragoman.domain.audio import FRAME_MS

WHOLE: Final = 0.78
"""So much of a syllable is all of it: speech may be played up to 1.25 times as fast."""
BORDER_MS: Final = FRAME_MS
"""A syllable's border is known to half a frame on either side."""
NEXT: Final = 0.5
"""So many frames a syllable is worth more right after the one before it: nothing is skipped that need not be."""
LATE: Final = 0.1
LATE_MOST: Final = 1.0
"""So many frames it is worth less for each second that it is late: the rest of what was cut off is no later phrase."""


@dataclass(frozen=True, slots=True)
class Expected:
    """A syllable that is to be heard: not before `ready_ms`, when its sound came into being."""

    symbol: int
    length_ms: int
    ready_ms: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an expected syllable; times are those of the recording, None when nothing was."""

    heard_ms: int = 0
    begins_ms: int | None = None
    ends_ms: int | None = None

    def whole(self, of: Expected) -> bool:
        return self.heard_ms >= WHOLE * of.length_ms - BORDER_MS


@dataclass(frozen=True, slots=True)
class _Run:
    symbol: int
    first: int
    count: int


def runs(symbols: Symbols) -> list[_Run]:
    """Stretches of one syllable; silence (-1) is left out."""
    if not symbols.size:
        return []
    borders = [0, *(np.flatnonzero(np.diff(symbols)) + 1).tolist(), symbols.size]
    return [_Run(int(symbols[a]), a, b - a) for a, b in pairwise(borders) if symbols[a] >= 0]


def match(symbols: Symbols, expected: Sequence[Expected]) -> list[Heard]:
    """One answer for each that was expected, in order. `symbols` is per frame, -1 for silence."""
    found = runs(symbols)
    if not found or not expected:
        return [Heard() for _ in expected]
    heard = [Heard() for _ in expected]
    for run, place in zip(found, _places(found, expected), strict=True):
        if place is not None:
            heard[place] = _joined(heard[place], run)
    return heard


def _joined(so_far: Heard, run: _Run) -> Heard:
    begins_ms = run.first * FRAME_MS if so_far.begins_ms is None else so_far.begins_ms
    return Heard(so_far.heard_ms + run.count * FRAME_MS, begins_ms, (run.first + run.count) * FRAME_MS)


def _places(found: Sequence[_Run], expected: Sequence[Expected]) -> list[int | None]:
    """For each run the syllable that it belongs to: never backwards, as many frames explained as possible."""
    size = len(expected)
    wanted = np.array([one.symbol for one in expected])
    ready = np.array([one.ready_ms for one in expected]) - FRAME_MS
    length = np.array([one.length_ms for one in expected]) // FRAME_MS + 1
    numbers = np.arange(size + 1)
    best = np.zeros(size + 1)  # place 0: nothing heard yet
    came_from = np.full((len(found), size + 1), -1, dtype=np.int32)
    for number, run in enumerate(found):
        top = np.maximum.accumulate(best)
        from_where = np.maximum.accumulate(np.where(best == top, numbers, 0))
        follows = best[:-1] + NEXT > top[1:]
        fits = (wanted == run.symbol) & (ready <= run.first * FRAME_MS)
        late = np.clip((run.first * FRAME_MS - ready) / 1000 * LATE, 0.0, LATE_MOST)
        gain = np.where(follows, best[:-1] + NEXT, top[1:]) + np.minimum(run.count, length) - late
        better = fits & (gain > best[1:])
        came_from[number, 1:][better] = np.where(follows, numbers[:-1], from_where[1:])[better]
        best[1:][better] = gain[better]
    return _walked_back(came_from, int(best.argmax()))


def _walked_back(came_from: np.ndarray[tuple[int, int], np.dtype[np.int32]], place: int) -> list[int | None]:
    places: list[int | None] = []
    for row in came_from[::-1]:
        if place and row[place] >= 0:
            places.append(place - 1)
            place = int(row[place])
        else:
            places.append(None)
    return places[::-1]
