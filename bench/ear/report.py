"""All scenes in one table, a row for each relay; and what is aimed at. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.table import Table

from bench.ear.figures import Figures
from bench.report import Goal
from dragoman.domain.audio import FRAME_MS

OURS: Final = "dragoman"
NAIVE: Final = "naive"
BOUNDED: Final = ("bursts", "monologue")
"""Scenes whose lag must not grow: someone speaks without waiting, and the engine keeps up."""
WITHHELD_PERCENT: Final = 5.0
"""A gate that keeps an echo out may cost so much of what the party says meanwhile."""


GIVEN_UP = frozenset({"nothing"})
"""Where the engine is given up, and the parties hear each other: what is said then is kept from it on purpose."""
GIVEN_UP_S = 6.0
"""Between two voices, the very soft sound of waiting not counted."""


@dataclass(frozen=True, slots=True)
class Row:
    scene: str
    about: str
    relay: str
    figures: Figures


def goals(rows: Sequence[Row]) -> list[Goal]:
    """What our rows are held to."""
    found: list[Goal] = []
    for row in rows:
        if row.relay != OURS:
            continue
        name, one = row.scene, row.figures
        found.append(Goal(f"{name}: voiced audio lost", one.lost, 0, "ms"))
        found.append(Goal(f"{name}: phrases not heard whole", one.phrases - one.completed, 0, ""))
        found.append(Goal(f"{name}: echo translated back", one.echo, 0, "ms"))
        if name in GIVEN_UP:
            found.append(Goal(f"{name}: longest silence", one.longest_silence / 1000, GIVEN_UP_S, "s"))
        else:
            found.append(Goal(f"{name}: speech kept from the engine", one.withheld_percent, WITHHELD_PERCENT, "%"))
        if name in BOUNDED and one.lag_at_end is not None and one.lag_at_30_s is not None:
            # A recording tells no time finer than its frame.
            bound_s = (one.lag_at_30_s + FRAME_MS) / 1000
            found.append(Goal(f"{name}: lag at the end, to that at 30 s", one.lag_at_end / 1000, bound_s, "s"))
    return found


def of_rows(rows: Sequence[Row]) -> Table:
    """Delays in seconds; lost and echo in ms."""
    table = Table(title="At the ear", title_justify="left", show_lines=False)
    table.add_column("scene")
    table.add_column("relay")
    for name in (
        "first\nheard s",
        "ear-voice span\np50 / p95 s",
        "behind\nengine s",
        "tail s",
        "lag at 30 s\n/ at end s",
        "longest\nsilence s",
        "voiced\nlost ms",
        "com-\npleted %",
        "echo\nback ms",
    ):
        table.add_column(name, justify="right")
    for place, row in enumerate(rows):
        one = row.figures
        again = place and rows[place - 1].scene == row.scene
        last = place + 1 == len(rows) or rows[place + 1].scene != row.scene
        table.add_row(
            "" if again else row.scene,
            row.relay,
            _s(one.first_heard),
            f"{_s(one.span_p50)} / {_s(one.span_p95)}",
            _s(one.behind_engine),
            _s(one.tail),
            f"{_s(one.lag_at_30_s)} / {_s(one.lag_at_end)}",
            _s(one.longest_silence),
            f"{one.lost:.0f}",
            "-" if one.completed_percent is None else f"{one.completed_percent:.0f}",
            f"{one.echo:.0f}",
            end_section=last,
        )
    return table


def of_goals(found: Sequence[Goal]) -> Table | str:
    """Those that are missed one by one, and how many are met."""
    missed = [goal for goal in found if not goal.met]
    title = f"{len(found) - len(missed)} of {len(found)} goals met"
    if not missed:
        return title
    table = Table(title=title, title_justify="left")
    for name in ("missed", "ours", "bound"):
        table.add_column(name, justify="left" if name == "missed" else "right")
    for goal in missed:
        table.add_row(goal.what, f"{goal.ours:.6g} {goal.unit}", f"{goal.bound:.6g} {goal.unit}")
    return table


def as_json(rows: Sequence[Row], found: Sequence[Goal]) -> dict[str, Any]:
    """All figures, in ms, for a program to read."""
    return {
        "rows": [
            {"scene": row.scene, "about": row.about, "relay": row.relay}
            | asdict(row.figures)
            | {"completed_percent": row.figures.completed_percent}
            for row in rows
        ],
        "goals": [asdict(goal) | {"met": goal.met} for goal in found],
    }


def _s(ms: float | None) -> str:
    return "-" if ms is None else f"{ms / 1000:.2f}"
