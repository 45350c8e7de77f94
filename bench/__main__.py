"""`python -m bench`: what a call costs, beside a plain Node relay. See docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import httpx2
import uvloop
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench import apps, load, machine, tables
from bench.captions import CaptionCount
from bench.names import NODE, OURS, PYTHON
from bench.report import Row, goals, row
from bench.workload import CONVERSATION, TRANSLATION, Assistant, Workload
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
    floor: bool = False,
    engine: Literal["conversation", "translation"] = "conversation",
    assistant: bool = False,
    at_once: bool = False,
    echo_gate: bool = False,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    logs: Path | None = None,
) -> int:
    """Carry calls through the whole server and measure each frame's way.

    Parameters
    ----------
    calls
        How many at once, one table per number; the goals are judged at the largest.
    window_s
        How long each round measures.
    rounds
        How often each application takes its turn per number; they alternate.
    node
        Compare with the Node relay (needs node and npm).
    floor
        Measure a bare relay in Python as well: what no product on these sockets can beat.
    engine
        Which of the two protocols the model speaks. With `translation` (24 kHz in pieces of 200 ms, resampled both
        ways) there is nothing to compare with: other relays here speak the other one.
    assistant
        Carry callers who talk with an assistant in turns, instead of two who talk with each other. The echo gate is on.
    at_once
        The assistant's model says each answer at once, as real ones do, instead of in real time. Of most frames the
        pacing is all there is to see then, so only the first of each answer counts as "added down".
    echo_gate
        Leave the echo gate on, to see what it costs. The two parties speak in the same noise all the time, which is
        what an echo is: it takes some of their frames for one, and those count as lost.
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
    workload: Workload = CONVERSATION if engine == CONVERSATION.engine else TRANSLATION
    if workload is TRANSLATION:
        node = floor = False
    if assistant:
        workload, echo_gate = Assistant(at_once=at_once), True
    if node:
        apps.install_relay()
    if logs is not None:
        logs.mkdir(parents=True, exist_ok=True)
        logs = logs.absolute()
    names = [OURS, *([NODE] if node else []), *([PYTHON] if floor else [])]
    found: list[Row] = []
    for number in sorted(set(calls)):
        rows = _rounds(console, load.Plan(number, window_s, core, logs, workload, echo_gate), names, rounds)
        console.print(tables.of_rows(rows))
        found += rows
    judged = goals([one for one in found if one.calls == max(calls)])
    console.print(tables.of_goals(judged, found))
    if json_file is not None:
        figures = {
            "pinned": core is not None,
            "rows": [asdict(one) for one in found],
            "goals": [asdict(goal) | {"calls": max(calls), "met": goal.met} for goal in judged],
        }
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0


def _rounds(console: Console, plan: load.Plan, names: Sequence[str], rounds: int) -> list[Row]:
    """All applications in turn, so that whatever else the machine does falls on each of them."""

    def build(name: str) -> Build:
        def made(http: httpx2.AsyncClient, captions: CaptionCount) -> apps.App:
            if name == OURS:
                ours = apps.Assistant if isinstance(plan.workload, Assistant) else apps.Dragoman
                return ours(plan.calls, http, captions, plan.workload.engine, echo_gate=plan.echo_gate)
            return apps.BareRelay.node() if name == NODE else apps.BareRelay.python()

        return made

    done: dict[str, list[load.Round]] = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            with console.status(f"{plan.calls} calls through {name}, round {turn + 1} of {rounds}"):
                done[name].append(_play(plan, build(name)))
    return [row(name, plan.calls, done[name]) for name in names]


def _play(plan: load.Plan, build: Build) -> load.Round:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(load.play(plan, build))


if __name__ == "__main__":
    sys.exit(command())
