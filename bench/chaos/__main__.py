"""`python -m bench.chaos`: what calls go through when things go wrong. See docs/howto/fault-lab.md."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import uvloop
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench.chaos import report, speech
from bench.chaos.faults import FAULTS
from bench.chaos.lab import Plan, play
from bench.chaos.report import Row
from bench.chaos.speech import SpeechFigures
from bench.chaos.world import MOST_CALLS
from dragoman.observe import log

SPEECH = "speech"
"""The name of the call with real speech, which is no fault of the list."""
WIDE = 150
"""Columns where nobody looks: a log."""

command = Command(name="chaos", help="Whole calls while things go wrong (docs/howto/fault-lab.md).")


@command.default
def chaos(
    *,
    calls: int = 20,
    seed: int = 1,
    at_once: int = 2,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    logs: Path | None = None,
) -> int:
    """Play every fault into calls that run, and listen at both ears. Exit code 1 when a goal is missed.

    Parameters
    ----------
    calls
        How many for each fault, half of them by each engine; 2 to 32.
    seed
        Of the dice: who speaks when, and what hits whom.
    at_once
        How many faults are tried at the same time, each in worlds of its own.
    only
        Names of faults (all: see docs/howto/fault-lab.md).
    json_file
        Write all figures here, call by call.
    logs
        Keep the servers' logs and what each ear heard in this folder.
    """
    console = Console() if sys.stdout.isatty() else Console(width=WIDE)
    unknown = sorted(set(only) - set(FAULTS) - {SPEECH})
    if unknown or not 2 <= calls <= 2 * MOST_CALLS:
        console.print(f"No such fault: {', '.join(unknown)}." if unknown else f"2 to {2 * MOST_CALLS} calls, please.")
        console.print(f"There are: {', '.join(FAULTS)}, {SPEECH}.")
        return 2
    log.configure(json=False, level="error", pii=False)
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the emulators are left in mid-request, on purpose
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) if logs is None else logs.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        chosen = only or (*FAULTS, SPEECH)
        plan = Plan(calls, seed, folder, at_once, keep=logs is not None)
        rows = _rows(console, [name for name in chosen if name in FAULTS], plan)
        spoken = _spoken(console, plan) if SPEECH in chosen else None
    if rows:
        console.print(report.table(rows))
    if spoken is not None:
        console.print(spoken.line, soft_wrap=True, highlight=False)
    if json_file is not None:
        figures = {"faults": report.as_json(rows), "speech": asdict(spoken) if spoken is not None else None}
        json_file.write_text(json.dumps(figures, indent=2, default=str) + "\n", encoding="utf-8")
    return 1 if any(row.misses for row in rows) or (spoken is not None and not spoken.survived) else 0


def _rows(console: Console, names: Sequence[str], plan: Plan) -> list[Row]:
    rows: list[Row] = []

    def tell(row: Row) -> None:
        rows.append(row)
        console.print(report.line(row), soft_wrap=True, highlight=False)

    with console.status("Calls go on"), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(play({name: FAULTS[name] for name in names}, plan, tell))
    return rows


def _spoken(console: Console, plan: Plan) -> SpeechFigures:
    with console.status("Two people talk"), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(speech.play(plan.folder, plan.seed))


if __name__ == "__main__":
    sys.exit(command())
