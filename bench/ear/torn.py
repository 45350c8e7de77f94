"""Pieces that are heard, but not in one piece: what an engine sent in two bursts may have a pause in its midst.

Such a piece fits nowhere as a whole. It is sought once more in two parts, in the room that its neighbours leave.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.ear.locating import (
    HOP_MS,
    OVERLAP_MS,
    RATIOS,
    REACH_MS,
    SHORTEST_MS,
    Found,
    Picture,
    Piece,
    faster,
    fit_along,
)
from dragoman.domain.audio import FRAME_MS

PART_FITS: Final = 0.9
"""Correlation from which a part may be heard there: more than is asked of a whole piece, for it is shorter."""
GAP_MS: Final = 400
"""So much a pause in what is heard may be longer than the engine's own: a longer one would be ours."""
_PART: Final = SHORTEST_MS // HOP_MS
_CUTS: Final = FRAME_MS // HOP_MS

Fits = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Torn:
    """Hops of the recording from `first` to `last`, which hold `heard` of the piece; `fit` is its worse part's."""

    fit: float
    first: int
    last: int
    heard: float = 1.0


def mended(
    recording: Picture,
    speech: Picture,
    wanted: Sequence[Piece],
    ready_ms: Sequence[float],
    whole_ms: Sequence[float],
    found: Sequence[Found | None],
) -> list[Found | None]:
    """What `locate` found, and those torn pieces that it did not: with both parts, or with the one that is heard.

    `ready_ms` and `whole_ms`: when the first and the last of each piece had come from the engine. As much later than
    the first part as the engine was with the last sample may the second part be heard, and 0.4 s.
    """
    known = list(found)
    for number, (piece, ready, whole) in enumerate(zip(wanted, ready_ms, whole_ms, strict=True)):
        if known[number] is not None:
            continue
        first, last = _room(known, number, ready, len(recording))
        begin = piece.begins_ms // HOP_MS
        gap = int(GAP_MS + whole - ready) // HOP_MS
        torn = _torn(recording[first:last], speech[begin : begin + piece.length_ms // HOP_MS], gap)
        if torn is not None:
            begins, ends = first + torn.first, first + torn.last
            known[number] = Found(float(begins * HOP_MS), float(ends * HOP_MS), torn.heard)
    return known


def _room(known: Sequence[Found | None], number: int, ready_ms: float, end: int) -> tuple[int, int]:
    """The hops between the pieces beside it that are heard."""
    before = next((one.ends_ms - OVERLAP_MS for one in reversed(known[:number]) if one is not None), 0.0)
    after = next((one.begins_ms + OVERLAP_MS for one in known[number + 1 :] if one is not None), float(end * HOP_MS))
    first_ms = max(before, ready_ms - FRAME_MS, 0.0)
    last_ms = min(after, first_ms + REACH_MS, float(end * HOP_MS))
    return int(first_ms // HOP_MS), int(last_ms // HOP_MS)


def _torn(room: Picture, shape: Picture, gap: int) -> _Torn | None:
    """Where both parts fit best, at most `gap` hops apart; else the longest part that fits; else None."""
    whole: list[_Torn] = []
    parts: list[_Torn] = []
    for head, tail, share in _halves(shape):
        first, second = _along(room, head), _along(room, tail)
        whole += _pairs(first, second, len(head), len(tail), gap)
        parts += [*_best(first, len(head), share), *_best(second, len(tail), 1 - share)]
    if whole:
        return max(whole, key=lambda one: one.fit)
    return max(parts, key=lambda one: (one.heard, one.fit), default=None)


def _halves(shape: Picture) -> Iterator[tuple[Picture, Picture, float]]:
    """The piece at every speed, cut at each frame that leaves parts of 100 ms or more; and the first one's share."""
    for cut in range(_PART, len(shape) - _PART + 1, _CUTS):
        for ratio in RATIOS:
            yield faster(shape[:cut], ratio), faster(shape[cut:], ratio), cut / len(shape)


def _along(room: Picture, shape: Picture) -> Fits:
    return fit_along(room, shape) if len(room) >= len(shape) else np.zeros(0)


def _pairs(first: Fits, second: Fits, length: int, rest: int, most: int) -> Iterator[_Torn]:
    """Both parts in their order, with a pause of any length up to `most` hops between them."""
    if min(first.max(initial=0.0), second.max(initial=0.0)) < PART_FITS:
        return
    for gap in range(most + 1):
        count = min(len(first), len(second) - length - gap)
        if count <= 0:
            return
        worse = np.minimum(first[:count], second[length + gap : length + gap + count])
        at = int(worse.argmax())
        if worse[at] >= PART_FITS:
            yield _Torn(float(worse[at]), at, at + length + gap + rest)


def _best(fits: Fits, length: int, share: float) -> Iterator[_Torn]:
    if len(fits) and fits.max() >= PART_FITS:
        at = int(fits.argmax())
        yield _Torn(float(fits[at]), at, at + length, share)
