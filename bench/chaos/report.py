"""The lab's figures as rows, what they miss, and a table for a terminal. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

from bench.chaos.faults import Goals
from bench.chaos.figures import Figures

OWN_LATE_MS: Final = 250.0
"""When the lab's clock was later than this, its figures are about the lab."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault, in one world for each engine."""

    fault: str
    about: str
    goals: Goals
    worlds: tuple[Figures, ...]

    @property
    def started(self) -> int:
        return sum(one.started for one in self.worlds)

    @property
    def survived(self) -> int:
        return sum(one.survived for one in self.worlds)

    @property
    def misses(self) -> tuple[str, ...]:
        """What the goals wanted and was not so."""
        return tuple(f"{one.engine}: {miss}" for one in self.worlds for miss in misses(one, self.goals))


def misses(figures: Figures, goals: Goals) -> list[str]:
    found = []
    if figures.survived < figures.started:
        found.append(f"{figures.started - figures.survived} of {figures.started} did not survive")
    if figures.crossed_ms:
        found.append(f"{figures.crossed_ms} ms of another call's")
    if goals.silence_ms is not None and figures.silence_ms > goals.silence_ms:
        found.append(f"{figures.silence_ms} ms of silence")
    if not goals.lost and figures.lost_ms:
        found.append(f"{figures.lost_ms} ms lost")
    if not goals.untranslated and figures.untranslated_ms:
        found.append(f"{figures.untranslated_ms} ms not translated")
    slowest = max(figures.recoveries_ms, default=0)
    if goals.recover_ms is not None and slowest > goals.recover_ms:
        found.append(f"back after {slowest} ms")
    return found


def table(rows: Sequence[Row]) -> Table:
    """One line per fault; where the engines differ, one figure for each, in the order of the title."""
    engines = " ; ".join(one.engine for one in rows[0].worlds) if rows else ""
    found = Table(
        title=f"faults ({engines}); back: from the fault until it is interpreted again, - = nothing came late",
        title_justify="left",
    )
    for name in ("fault", "calls", "survived", "silence ms", "lost ms", "original only ms", "wrong call ms", "back ms"):
        found.add_column(name, justify="left" if name == "fault" else "right")
    found.add_column("")
    for row in rows:
        found.add_row(
            row.fault,
            str(row.started),
            str(row.survived),
            *_cells(row),
            "[red]missed[/]" if row.misses else "[green]met[/]",
        )
    late = sorted({row.fault for row in rows for one in row.worlds if one.late_ms > OWN_LATE_MS})
    if late:
        found.caption = f"The lab's own clock was late: mistrust {', '.join(late)}."
    return found


def line(row: Row) -> str:
    """The same for one fault, as it comes."""
    silence, lost, original, crossed, back = _cells(row)
    text = (
        f"{row.fault}: {row.survived} of {row.started} survived; longest silence {silence} ms; lost {lost} ms; "
        f"original only {original} ms; wrong call {crossed} ms; back {back} ms"
    )
    late_ms = max(one.late_ms for one in row.worlds)
    if late_ms > OWN_LATE_MS:
        text += f" (mistrust: the lab's own clock was up to {late_ms:.0f} ms late)"
    return text + "".join(f"\n    missed: {miss}" for miss in row.misses)


def _cells(row: Row) -> list[str]:
    return [
        _each(row, lambda one: str(one.silence_ms)),
        _each(row, lambda one: str(one.lost_ms)),
        _each(row, lambda one: str(max(0, one.untranslated_ms - one.lost_ms))),
        _each(row, lambda one: str(one.crossed_ms)),
        _each(row, _recovery),
    ]


def _each(row: Row, of: Callable[[Figures], str]) -> str:
    return " ; ".join(of(one) for one in row.worlds)


def _recovery(figures: Figures) -> str:
    times = figures.recoveries_ms
    return f"{statistics.median(times):.0f} / {max(times)}" if times else "-"


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """All figures, call by call."""
    return [asdict(row) | {"misses": row.misses} | {"summary": [_summary(one) for one in row.worlds]} for row in rows]


def _summary(figures: Figures) -> dict[str, Any]:
    return {
        "engine": figures.engine,
        "started": figures.started,
        "survived": figures.survived,
        "usual_ms": figures.usual_ms,
        "silence_ms": figures.silence_ms,
        "lost_ms": figures.lost_ms,
        "untranslated_ms": figures.untranslated_ms,
        "repeated_ms": figures.repeated_ms,
        "crossed_ms": figures.crossed_ms,
        "recoveries_ms": figures.recoveries_ms,
        "late_ms": round(figures.late_ms),
    }
