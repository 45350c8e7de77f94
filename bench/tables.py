"""The figures as tables for a terminal."""

from __future__ import annotations

from rich.table import Table

from bench.lane_log import Spread
from bench.report import Goal, Row


def of_rows(rows: list[Row]) -> Table:
    """The applications side by side, and the ratio of the first to the second."""
    calls = rows[0].calls
    table = Table(title=f"{calls} call{'s' if calls > 1 else ''}", title_justify="left")
    table.add_column("")
    for one in rows:
        table.add_column(one.app, justify="right")
    if len(rows) > 1:
        table.add_column(f"to {rows[1].app}", justify="right")
    for name, values in _lines(rows):
        table.add_row(name, *values)
    return table


def of_goals(goals: list[Goal], rows: list[Row]) -> Table:
    """What was aimed at, at the largest number of calls."""
    table = Table(title=f"goals at {max(one.calls for one in rows)}", title_justify="left")
    for name in ("goal", "ours", "bound", ""):
        table.add_column(name, justify="left" if name == "goal" else "right")
    for goal in goals:
        verdict = "[green]met[/]" if goal.met else "[red]missed[/]"
        table.add_row(goal.what, f"{goal.ours:.3g} {goal.unit}", f"{goal.bound:.3g} {goal.unit}", verdict)
    doubtful = [f"{one.app} at {one.calls}" for one in rows if not one.sound]
    if doubtful:
        table.caption = f"The load itself was late or out of order: mistrust {', '.join(doubtful)}."
    return table


def _lines(rows: list[Row]) -> list[tuple[str, list[str]]]:
    lines = [
        ("added up p50 / p99 ms", [_spread(one.traffic.up) for one in rows], _of(rows, "up")),
        ("added down p50 / p99 ms", [_spread(one.traffic.down) for one in rows], _of(rows, "down")),
        *_of_answers(rows),
        *_of_waiting(rows),
        ("CPU, % of a core", [f"{one.cores * 100:.1f}" for one in rows], _ratio([one.cores for one in rows])),
        ("CPU per call, %", [f"{one.cores_per_call * 100:.3f}" for one in rows], ""),
        ("memory per call MB", [f"{one.rss_per_call_mb:.2f}" for one in rows], ""),
        ("peak memory MB", [f"{one.peak_mb:.0f}" for one in rows], ""),
        ("frames / lost", [f"{one.traffic.frames} / {one.traffic.lost}" for one in rows], ""),
        ("strangers / repeated / dropped", [f"{one.strangers} / {one.repeated} / {one.dropped}" for one in rows], ""),
        ("captions / marks", [f"{one.captions} / {one.marks}" for one in rows], ""),
        ("load: late p99 ms, CPU %", [f"{one.own_late.p99_ms:.1f}, {one.own_cores * 100:.0f}" for one in rows], ""),
        ("complaints", ["; ".join(one.complaints[:2]) or "-" for one in rows], ""),
    ]
    return [(name, values if len(rows) == 1 else [*values, ratio]) for name, values, ratio in lines]


def _of_answers(rows: list[Row]) -> list[tuple[str, list[str], str]]:
    """Of assistants: how long the first sound of an answer took, and whether what passed is what went in."""
    if not any(one.traffic.answers for one in rows):
        return []
    return [
        ("of that: first of an answer p50 / p99 ms", [_spread(one.traffic.first) for one in rows], _of(rows, "first")),
        ("answers", [f"{one.traffic.answers}" for one in rows], ""),
        ("frames with other bytes", [f"{one.altered}" for one in rows], ""),
    ]


def _of_waiting(rows: list[Row]) -> list[tuple[str, list[str], str]]:
    """What is meant to be: pacing; or, where the engine's format is not the telephone's, collecting and resampling."""
    if not any(one.traffic.across.most_ms for one in rows):
        return [("intended hold p50 / p99 ms", [_spread(one.traffic.hold) for one in rows], "")]
    return [
        ("collecting p50 / p99 ms", [_spread(one.traffic.collect) for one in rows], ""),
        ("added from mouth to ear p50 / p99 ms", [_spread(one.traffic.across) for one in rows], ""),
    ]


def _spread(spread: Spread) -> str:
    return f"{spread.p50_ms:.2f} / {spread.p99_ms:.2f}"


def _of(rows: list[Row], way: str) -> str:
    spreads = [getattr(one.traffic, way) for one in rows]
    return f"{_ratio([one.p50_ms for one in spreads])} / {_ratio([one.p99_ms for one in spreads])}"


def _ratio(values: list[float]) -> str:
    if len(values) < 2 or not values[1]:
        return ""
    return f"{values[0] / values[1]:.2f}"
