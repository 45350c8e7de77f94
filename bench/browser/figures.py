"""What can be said of a page's playback: by the page's own counters, and by what went to its loudspeaker. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from rich.table import Table

from dragoman.audio.g711 import Samples

BLOCK_MS: Final = 5
SILENT: Final = 0.1
"""A block of less than this share of the tone's level is a gap."""
TWICE: Final = 1.5
"""A block of more than this share is two sounds at once."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A tone of one level, as it was played: for how long, and what was wrong with it."""

    seconds: float
    gaps: int
    gap_ms: int
    overlaps: int


@dataclass(frozen=True, slots=True)
class Played:
    """One run: `jitter_ms` was added; what the page counted (all of its reports together), and what was heard."""

    jitter_ms: int
    late: int
    underruns: int
    gap_ms: float
    overlaps: int
    measured_jitter_ms: float
    heard: Heard


def listened(sound: Samples, rate_hz: int) -> Heard:
    """A recording of one tone between silences, judged between its first and its last sound."""
    size = rate_hz * BLOCK_MS // 1000
    blocks = sound[: sound.size // size * size].reshape(-1, size).astype(np.float64)
    levels = np.sqrt(np.mean(np.square(blocks), axis=1))
    sounding = np.flatnonzero(levels > SILENT * levels.max(initial=0.0))
    if levels.max(initial=0.0) < 1.0:
        return Heard(0.0, 0, 0, 0)
    inner = levels[sounding[0] : sounding[-1] + 1]
    usual = float(np.median(inner))
    silent, twice = inner < SILENT * usual, inner > TWICE * usual
    return Heard(inner.size * BLOCK_MS / 1000, _runs(silent), int(silent.sum()) * BLOCK_MS, _runs(twice))


def _runs(found: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    """How many stretches of it there are."""
    return int(np.count_nonzero(np.diff(found.astype(np.int8), prepend=0) == 1))


def table(rows: Sequence[Played]) -> Table:
    """A row for each jitter; per minute of what was heard."""
    made = Table(title="Playback in Chromium", title_justify="left")
    names = ("jitter added ms", "heard s", "gaps / min", "silence ms / min", "overlaps / min")
    counted = ("page: gaps / min", "page: silence ms / min", "page: overlaps / min", "page: jitter ms")
    for name in (*names, *counted):
        made.add_column(name, justify="right")
    for one in rows:
        heard, minutes = one.heard, max(one.heard.seconds, 1e-9) / 60
        figures = [heard.gaps, heard.gap_ms, heard.overlaps, one.underruns, one.gap_ms, one.overlaps]
        per_minute = [f"{figure / minutes:.1f}" for figure in figures]
        made.add_row(f"{one.jitter_ms}", f"{heard.seconds:.1f}", *per_minute, f"{one.measured_jitter_ms:.1f}")
    return made
