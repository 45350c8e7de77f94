"""`python -m bench.ear`: what both parties hear, beside a naive relay. See docs/benchmarks.md, "At the ear"."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench.ear import naive, ours, report, scenarios
from bench.ear.figures import figures
from bench.ear.play import Recording, play
from bench.ear.report import NAIVE, OURS, Row
from dragoman.audio import wav
from dragoman.observe import log

command = Command(name="bench-ear", help="What both parties hear, beside a naive relay (docs/benchmarks.md).")
RELAYS = {OURS: ours.on_the_line, NAIVE: naive.on_the_line}


@command.default
def bench(
    *,
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    wavs: Path | None = None,
) -> int:
    """Play scenes through both relays in virtual time and listen. Exit code 1 when a goal is missed.

    Parameters
    ----------
    only
        Names of scenes (all: bursts monologue two-sided overlap same-language changes-language speakerphones stalls
        at-once nothing).
    json_file
        Write all figures here.
    wavs
        Keep what each ear heard in this folder.
    """
    console = Console()
    unknown = sorted(set(only) - set(scenarios.ALL))
    if unknown:
        console.print(f"No such scene: {', '.join(unknown)}. There are: {', '.join(scenarios.ALL)}.")
        return 2
    log.configure(json=False, level="error", pii=False)
    rows: list[Row] = []
    for name in only or scenarios.ALL:
        scene = scenarios.ALL[name]()
        for relay, on_the_line in RELAYS.items():
            with console.status(f"{name} through {relay}"):
                recording = play(scene, on_the_line)
                rows.append(Row(name, scene.about, relay, figures(recording)))
            if wavs is not None:
                _keep(recording, wavs, f"{name}-{relay}")
    return show(console, rows, json_file)


def show(console: Console, rows: list[Row], json_file: Path | None) -> int:
    """Print, write, judge."""
    found = report.goals(rows)
    console.print(report.of_rows(rows))
    console.print(report.of_goals(found))
    if json_file is not None:
        json_file.write_text(json.dumps(report.as_json(rows, found), indent=2) + "\n", encoding="utf-8")
    return 0 if all(goal.met for goal in found) else 1


def _keep(recording: Recording, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for role, audio in recording.ears.items():
        folder.joinpath(f"{name}-{role.value}.wav").write_bytes(wav.write_mulaw(audio))


if __name__ == "__main__":
    sys.exit(command())
