"""`python -m bench`: what a call costs, beside a plain Node relay. See docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import httpx2
import uvloop
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench import apps, load, machine, tables
from bench.captions import CaptionCount
from bench.report import Goal, Row, goals, row
from dragoman.observe import log

command = Command(name="bench", help="What a call costs, beside a plain Node relay (docs/benchmarks.md).")

Build = Callable[[httpx2.AsyncClient, CaptionCount], apps.App]


@command.default
def bench(
    *,
    calls: Annotated[tuple[int, ...], Parameter(consume_multiple=True)] = (1, 50, 100),
    window_s: float = 8.0,
    rounds: int = 2,
    node: bool = True,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    logs: Path | None = None,
) -> int:
    """Carry calls through the whole server and measure each frame's way.

    Parameters
    ----------
    calls
        How many at once, one table per number.
    window_s
        How long each round measures.
    rounds
        How often each application takes its turn per number; they alternate.
    node
        Compare with the Node relay (needs node and npm).
    json_file
        Write all figures here.
    logs
        Keep the applications' logs in this folder.
    """
    console = Console()
    log.configure(json=False, level="warning", pii=False)
    core = machine.APP_CORE if machine.pin(machine.LOAD_CORE) else None
    if core is None:
        console.print("[yellow]Processes cannot be pinned to cores here: the figures are worth less.[/]")
    if node:
        apps.install_relay()
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
        logs = logs.absolute()
    found: list[tuple[Row, Row | None, list[Goal]]] = []
    for number in calls:
        ours, beside = _rounds(console, load.Plan(number, window_s, core, logs), rounds, node=node)
        found.append((ours, beside, goals(ours, beside)))
        console.print(tables.of_rows(ours, beside))
        console.print(tables.of_goals(*found[-1]))
    if json_file is not None:
        json_file.write_text(json.dumps(_as_json(found, pinned=core is not None), indent=2) + "\n", encoding="utf-8")
    return 0


def _rounds(console: Console, plan: load.Plan, rounds: int, *, node: bool) -> tuple[Row, Row | None]:
    """Both applications in turn, so that whatever else the machine does falls on both."""

    def ours(http: httpx2.AsyncClient, captions: CaptionCount) -> apps.App:
        return apps.Dragoman(plan.calls, http, captions)

    def theirs(_http: httpx2.AsyncClient, _captions: CaptionCount) -> apps.App:
        return apps.NodeRelay()

    builds: list[Build] = [ours, theirs] if node else [ours]
    done: list[list[load.Round]] = [[] for _ in builds]
    for turn in range(rounds):
        for results, build in zip(done, builds, strict=True):
            with console.status(f"{plan.calls} calls, round {turn + 1} of {rounds}"):
                results.append(_play(plan, build))
    return (
        row("dragoman", plan.calls, done[0]),
        row("node relay", plan.calls, done[1]) if node else None,
    )


def _play(plan: load.Plan, build: Build) -> load.Round:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(load.play(plan, build))


def _as_json(found: list[tuple[Row, Row | None, list[Goal]]], *, pinned: bool) -> dict[str, object]:
    rows = [asdict(one) for ours, beside, _ in found for one in (ours, beside) if one is not None]
    aims = [asdict(goal) | {"calls": ours.calls, "met": goal.met} for ours, _, all_of in found for goal in all_of]
    return {"pinned": pinned, "rows": rows, "goals": aims}


if __name__ == "__main__":
    sys.exit(command())
