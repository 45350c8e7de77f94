"""Where, and whether, pieces of known speech are heard in a recording: faster, with another voice faintly under them.

A piece is a third of a second or so of an interpreter's speech. It is laid along the recording, at four speeds, as a
picture of twenty bands every 10 ms, and is where that fits best.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from dragoman.audio import g711
from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES

HOP_MS: Final = 10
HOP: Final = 80
WINDOW: Final = 200
BINS: Final = 256
BANDS: Final = 20
LOWEST_HZ, HIGHEST_HZ = 200.0, 3500.0
COMPRESSED: Final = 0.3
"""Loudness as an ear has it: what is faint counts less than in decibels, and more than in power."""

RATIOS: Final = (1.0, 1.08, 1.16, 1.25)
FITS: Final = 0.8
"""Correlation from which a piece may be heard there. Some other speech reaches it; hardly ever in the right order."""
REACH_MS: Final = 20_000
"""So long after it was there a piece is looked for."""
OVERLAP_MS: Final = 60
MOST_PLACES: Final = 12

JOIN_MS: Final = 120
SHORTEST_MS: Final = 100
PIECE_MS: Final = 400

Picture = npt.NDArray[np.float64]
"""(hops, bands)"""


@dataclass(frozen=True, slots=True)
class Piece:
    """Voiced speech of `length_ms` from `begins_ms` of what an engine said, `voiced_ms` of it voice."""

    begins_ms: int
    length_ms: int
    voiced_ms: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a piece is heard; `heard` is how much of it, from 0 to 1."""

    begins_ms: float
    ends_ms: float
    heard: float = 1.0


def pieces(audio: bytes) -> list[Piece]:
    """The voiced stretches of 8 kHz mu-law, cut into pieces; single sounds shorter than 100 ms are left out."""
    frames = [voiced(audio[at : at + PCMU_FRAME_BYTES]) for at in range(0, len(audio), PCMU_FRAME_BYTES)]
    found: list[Piece] = []
    for first, last in _stretches(frames):
        count = max(1, round((last - first) * FRAME_MS / PIECE_MS))
        edges = [first + (last - first) * number // count for number in range(count + 1)]
        for begin, end in pairwise(edges):
            loud = sum(frames[begin:end])
            found.append(Piece(begin * FRAME_MS, (end - begin) * FRAME_MS, loud * FRAME_MS))
    return found


def _stretches(frames: Sequence[bool]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number, loud in enumerate(frames):
        if not loud:
            continue
        if found and (number - found[-1][1]) * FRAME_MS <= JOIN_MS:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return [(first, last) for first, last in found if (last - first) * FRAME_MS >= SHORTEST_MS]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a piece may be heard: one of several."""

    piece: int
    begins_ms: float
    ends_ms: float
    fit: float


def locate(
    recording: Picture, speech: Picture, wanted: Sequence[Piece], ready_ms: Sequence[float]
) -> list[Found | None]:
    """Where each piece of `speech` is heard: in order, none over another, none before it was there; None: nowhere.

    Of all ways to lay them out, the one in which they fit best together.
    """
    pairs = enumerate(zip(wanted, ready_ms, strict=True))
    places = [place for number, (piece, ready) in pairs for place in _places(recording, speech, number, piece, ready)]
    found: list[Found | None] = [None] * len(wanted)
    for place in _in_order(places):
        found[place.piece] = Found(place.begins_ms, place.ends_ms)
    return found


def _places(recording: Picture, speech: Picture, number: int, piece: Piece, ready_ms: float) -> list[_Place]:
    begin = piece.begins_ms // HOP_MS
    shape = speech[begin : begin + piece.length_ms // HOP_MS]
    first = int(max(ready_ms - FRAME_MS, 0.0) // HOP_MS)
    found: list[_Place] = []
    for ratio in RATIOS:
        sought = faster(shape, ratio)
        part = recording[first : first + int(REACH_MS // HOP_MS) + len(sought)]
        if len(part) < len(sought):
            continue
        fit = fit_along(part, sought)
        for at in _peaks(fit):
            begins_ms = float((first + at) * HOP_MS)
            found.append(_Place(number, begins_ms, begins_ms + len(sought) * HOP_MS, float(fit[at])))
    return sorted(found, key=lambda place: -place.fit)[:MOST_PLACES]


def _peaks(fit: npt.NDArray[np.float64]) -> list[int]:
    """Where it fits well, and better than beside."""
    around = np.pad(fit, 1, constant_values=-1.0)
    good = (fit >= FITS) & (fit >= around[:-2]) & (fit >= around[2:])
    return [int(at) for at in np.flatnonzero(good)]


def _in_order(places: Sequence[_Place]) -> list[_Place]:
    """The best chain: pieces in their order, each after the one before it."""
    if not places:
        return []
    number = np.array([place.piece for place in places])
    ends = np.array([place.ends_ms for place in places])
    total = np.zeros(len(places))
    before = np.full(len(places), -1)
    for at, place in enumerate(places):
        fits = np.where((number[:at] < place.piece) & (ends[:at] <= place.begins_ms + OVERLAP_MS), total[:at], 0.0)
        best = int(fits.argmax()) if at else -1
        total[at] = place.fit
        if at and fits[best] > 0:
            total[at] += fits[best]
            before[at] = best
    chain: list[_Place] = []
    at = int(total.argmax())
    while at >= 0:
        chain.append(places[at])
        at = int(before[at])
    return chain[::-1]


def picture(audio: bytes) -> Picture:
    """Loudness in bands, every 10 ms."""
    sound = g711.decode(audio).astype(np.float64)
    count = len(sound) // HOP
    padded = np.pad(sound, ((WINDOW - HOP) // 2, WINDOW))
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    power = np.square(np.abs(np.fft.rfft(windows * np.hanning(WINDOW), BINS)))
    loudness: Picture = np.power(power @ _bands(), COMPRESSED / 2)
    return loudness


@cache
def _bands() -> Picture:
    """Overlapping triangles, narrower where the ear is finer."""
    lowest, highest = (2595 * math.log10(1 + hz / 700) for hz in (LOWEST_HZ, HIGHEST_HZ))
    mels = np.linspace(lowest, highest, BANDS + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    hz = np.arange(BINS // 2 + 1) * 8000 / BINS
    rising = (hz[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hz[:, None]) / (edges[2:] - edges[1:-1])
    triangles: Picture = np.clip(np.minimum(rising, falling), 0, None)
    return triangles


def faster(shape: Picture, ratio: float) -> Picture:
    """The picture of the same sound said `ratio` times as fast."""
    if ratio == 1.0:
        return shape
    length = max(2, round(len(shape) / ratio))
    places = np.linspace(0, len(shape) - 1, length)
    low = np.floor(places).astype(np.int64)
    high, share = np.minimum(low + 1, len(shape) - 1), (places - low)[:, None]
    between: Picture = shape[low] * (1 - share) + shape[high] * share
    return between


def fit_along(part: Picture, shape: Picture) -> npt.NDArray[np.float64]:
    """Correlation of the shape with the part, at each place."""
    bands = part.shape[1]
    wanted = (shape - shape.mean()).ravel()
    flat = part.ravel()
    views = np.lib.stride_tricks.sliding_window_view(flat, wanted.size)[::bands]
    sums, squares = (np.concatenate([[0.0], np.cumsum(one)]) for one in (flat, np.square(flat)))
    first = np.arange(len(views)) * bands
    mean = (sums[first + wanted.size] - sums[first]) / wanted.size
    spread = (squares[first + wanted.size] - squares[first]) / wanted.size - np.square(mean)
    norms = np.sqrt(np.maximum(spread, 0.0) * wanted.size) * np.linalg.norm(wanted)
    fit: npt.NDArray[np.float64] = views @ wanted / np.maximum(norms, 1e-6)
    return fit
