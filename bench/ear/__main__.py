"""`python -m bench.ear`: what both parties hear, beside a naive relay. See docs/benchmarks.md, "At the ear"."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench.ear import naive, ours, report, scenarios, with_speech
from bench.ear.figures import figures
from bench.ear.play import play
from bench.ear.report import NAIVE, OURS, Row
from bench.ear.with_speech import Keep
from dragoman.audio import wav
from dragoman.domain.call import Role
from dragoman.observe import log

command = Command(name="bench-ear", help="What both parties hear, beside a naive relay (docs/benchmarks.md).")
RELAYS = {OURS: ours.on_the_line, NAIVE: naive.on_the_line}


@command.default
def bench(
    *,
    engine: Literal["simulated", "local"] = "simulated",
    only: Annotated[tuple[str, ...], Parameter(consume_multiple=True)] = (),
    seconds: float = 300.0,
    alone: bool = False,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    wavs: Path | None = None,
) -> int:
    """Play scenes through both relays and listen to what each ear heard. Exit code 1 when a goal is missed.

    Parameters
    ----------
    engine
        simulated: all scenes, in virtual time. local: monologue and two-sided talk with real speech through the
        embedded engine, in real time.
    only
        Names of scenes (all: bursts monologue two-sided overlap same-language changes-language speakerphones stalls
        at-once nothing).
    seconds
        How long people talk in each call with real speech.
    alone
        Leave the naive relay out.
    json_file
        Write all figures here.
    wavs
        Keep what each ear heard in this folder.
    """
    console = Console()
    known: Collection[str] = scenarios.ALL if engine == "simulated" else with_speech.TALKS
    unknown = sorted(set(only) - set(known))
    if unknown:
        console.print(f"No such scene: {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    log.configure(json=False, level="error", pii=False)
    relays = (OURS,) if alone else (OURS, NAIVE)

    def keep(ears: Mapping[Role, bytes], name: str) -> None:
        if wavs is not None:
            _keep(ears, wavs, name)

    if engine == "local":
        rows = with_speech.rows(console, only or tuple(known), relays, round(seconds * 1000), keep)
    else:
        rows = _simulated(console, only or tuple(known), relays, keep)
    return _show(console, rows, json_file)


def _simulated(console: Console, names: Sequence[str], relays: Sequence[str], keep: Keep) -> list[Row]:
    rows: list[Row] = []
    for name in names:
        scene = scenarios.ALL[name]()
        for relay in relays:
            with console.status(f"{name} through {relay}"):
                recording = play(scene, RELAYS[relay])
                rows.append(Row(name, scene.about, relay, figures(recording)))
            keep(recording.ears, f"{name}-{relay}")
    return rows


def _show(console: Console, rows: list[Row], json_file: Path | None) -> int:
    """Print, write, judge."""
    found = report.goals(rows)
    console.print(report.of_rows(rows))
    console.print(report.of_goals(found))
    if json_file is not None:
        json_file.write_text(json.dumps(report.as_json(rows, found), indent=2) + "\n", encoding="utf-8")
    return 0 if all(goal.met for goal in found) else 1


def _keep(ears: Mapping[Role, bytes], folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for role, audio in ears.items():
        folder.joinpath(f"{name}-{role.value}.wav").write_bytes(wav.write_mulaw(audio))


if __name__ == "__main__":
    sys.exit(command())
