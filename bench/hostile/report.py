"""What the windows say: a row per attack. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from bench.lane_log import Spread


@dataclass(frozen=True, slots=True)
class Window:
    """Frames of ordinary calls in one window. `held`: how long the server's loop was held at one go; `cores`: of the
    server; `late_p99_ms`: of the load itself.
    """

    up: Spread
    down: Spread
    held_p99_ms: float
    held_most_ms: float
    frames: int
    lost: int
    cores: float
    late_p99_ms: float


@dataclass(frozen=True, slots=True)
class Figures:
    """One attack by so many peers. `thrown_out`: sockets cut off and requests refused meanwhile."""

    kind: str
    peers: int
    quiet: Window
    attacked: Window
    thrown_out: int

    def ratio(self, way: str, which: str) -> float:
        """Under attack to without, of `up` or `down`, `p50_ms` or `p99_ms`."""
        before = float(getattr(getattr(self.quiet, way), which))
        return float(getattr(getattr(self.attacked, way), which)) / before if before else 0.0


_COUNTED = re.compile(r"^dragoman_(?:streams_cut|doors_shut)_total\{[^}]*\} ([0-9.e+]+)$", re.MULTILINE)


def thrown_out(metrics: str) -> int:
    """Sockets cut off and requests refused so far, by the server's own count."""
    return int(sum(float(number) for number in _COUNTED.findall(metrics)))


def table(rows: Sequence[Figures], calls: int, peers: int) -> Table:
    """Latencies without and under attack, and their ratio."""
    made = Table(title=f"{calls} calls beside {peers} hostile", title_justify="left")
    made.add_column("attack")
    ways = ("up p50/p99 ms", "attacked", "ratio", "down p50/p99 ms", "attacked", "ratio")
    for name in (*ways, "held p99/most ms", "attacked", "lost", "CPU %", "out"):
        made.add_column(name, justify="right")
    for one in rows:
        made.add_row(
            one.kind + (" (load late)" if one.attacked.late_p99_ms > 5 else ""),
            *_of(one, "up"),
            *_of(one, "down"),
            *(f"{window.held_p99_ms:.2f} / {window.held_most_ms:.1f}" for window in (one.quiet, one.attacked)),
            f"{one.quiet.lost} / {one.attacked.lost}",
            f"{one.quiet.cores * 100:.0f} / {one.attacked.cores * 100:.0f}",
            str(one.thrown_out),
        )
    return made


def _of(one: Figures, way: str) -> tuple[str, str, str]:
    return (
        _spread(getattr(one.quiet, way)),
        _spread(getattr(one.attacked, way)),
        f"{one.ratio(way, 'p50_ms'):.2f} / {one.ratio(way, 'p99_ms'):.2f}",
    )


def _spread(spread: Spread) -> str:
    return f"{spread.p50_ms:.2f} / {spread.p99_ms:.2f}"
