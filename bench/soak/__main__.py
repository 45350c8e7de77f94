"""`python -m bench.soak`: thousands of short calls; is the server afterwards as it was? See docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Literal

import uvloop
from cyclopts import App as Command
from cyclopts import Parameter
from rich.console import Console

from bench.soak import report
from bench.soak.growth import Reading, growth, warmed
from bench.soak.people import Fate, Town, sweep
from bench.soak.place import Place, opened
from bench.soak.readings import Objects, bounds
from bench.soak.report import Soak
from dragoman.observe import log

command = Command(name="bench-soak", help="Whether thousands of calls leave anything behind (docs/benchmarks.md).")

FIRST_CALLS: Final = 40
"""So many come before the first reading: what every server makes once is made by then."""
FORGET_S: Final = 70.0
"""Until calls that are over are forgotten: they linger for a minute."""
LAST_CALLS: Final = 2
"""So many plain ones come then: with the next call connections that have expired are closed, words are forgotten."""
REST_S: Final = 10.0
"""Until their connections are idle, and closed by whoever closes them."""
WARM_CALLS: Final = 500
WARM_SHARE: Final = 0.5
"""Of the time in which calls come. Memory that was once in use stays with the process: its high water comes slowly."""
READ_EVERY_S: Final = 5.0
TELL_EVERY_S: Final = 60.0
SWEEP_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Plan:
    engine: str
    seconds: float
    rate: float
    most: int
    seed: int
    trace: bool
    log: Path | None


@dataclass(slots=True)
class Run:
    """One soak under way."""

    plan: Plan
    place: Place
    town: Town
    tell: Callable[[str], None]
    living: set[int] = field(default_factory=set)
    numbers: itertools.count[int] = field(default_factory=itertools.count)
    readings: list[Reading] = field(default_factory=list)

    async def rested(self) -> tuple[Reading, Objects]:
        """The server's measure when its calls are forgotten, but for a few."""
        await asyncio.sleep(FORGET_S)
        for _ in range(LAST_CALLS):
            await self.town.carry(self.town.visit(next(self.numbers), Fate.TALK))
        await asyncio.sleep(REST_S)
        objects = await self.place.patient.objects()
        return await self.read(), objects

    async def calls(self, *, seconds: float | None = None, count: int | None = None) -> None:
        """Let calls come at the plan's rate, as long as not too many live; return when all are over."""
        began = time.perf_counter()
        places = asyncio.Semaphore(self.plan.most)
        async with asyncio.TaskGroup() as group:
            for turn in itertools.count():
                due = began + turn / self.plan.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                await places.acquire()
                if turn == count or (seconds is not None and time.perf_counter() - began >= seconds):
                    break
                group.create_task(self._one(next(self.numbers), places))

    async def _one(self, number: int, places: asyncio.Semaphore) -> None:
        self.living.add(number)
        await self.town.carry(self.town.visit(number))
        self.living.discard(number)
        places.release()

    async def read(self) -> Reading:
        reading = await self.place.patient.reading(self.town.tally.over)
        self.readings.append(reading)
        return reading

    async def watch(self) -> None:
        """Read every few seconds, for ever."""
        told_s = 0.0
        while True:
            await asyncio.sleep(READ_EVERY_S)
            reading = await self.read()
            if reading.at_s >= told_s:
                told_s = reading.at_s + TELL_EVERY_S
                self.tell(report.progress(reading, self.town.tally, len(self.living)))

    async def sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            sweep(self.place.twilio, self.place.models)


async def _soak(plan: Plan, tell: Callable[[str], None]) -> tuple[Soak, list[Reading], Objects, Objects]:
    async with opened(plan.engine, plan.seed, trace=plan.trace, log=plan.log) as place:
        town = Town(place.twilio, plan.seed, asyncio.get_running_loop())
        run = Run(plan, place, town, tell)
        async with asyncio.TaskGroup() as beside:
            workers = beside.create_task(town.agents(plan.most))
            sweeping = beside.create_task(run.sweep())
            await run.calls(count=FIRST_CALLS)
            before, objects_before = await run.rested()
            tell("before " + report.progress(before, town.tally, 0))
            watching = beside.create_task(run.watch())
            began = time.perf_counter()
            await run.calls(seconds=plan.seconds)
            seconds = time.perf_counter() - began
            watching.cancel()
            tell(f"all calls are over; {FORGET_S:.0f} s of rest")
            after, objects_after = await run.rested()
            workers.cancel()
            sweeping.cancel()
        during = warmed(run.readings[1:-1], WARM_CALLS, before.at_s + WARM_SHARE * seconds)
        before, after = objects_before.beside(before), objects_after.beside(after)
        lines = growth(bounds(before, after.calls - before.calls), before, during, after)
        return (
            Soak(plan.engine, seconds, town.tally, lines, place.complaints()),
            [before, *run.readings[1:-1], after],
            objects_before,
            objects_after,
        )


@command.default
def soak(
    *,
    engine: Literal["conversation", "translation"] = "conversation",
    seconds: float = 390.0,
    rate: float = 8.0,
    most: int = 48,
    seed: int = 1,
    trace: bool = False,
    json_file: Annotated[Path | None, Parameter(name="--json")] = None,
    log_file: Annotated[Path | None, Parameter(name="--log")] = None,
) -> int:
    """Let calls come and go through both emulators and a real `dragoman serve`. Exit code 1 when something grows.

    Parameters
    ----------
    engine
        Which of the two protocols the model speaks.
    seconds
        How long calls come; before and after that it takes about two minutes more.
    rate
        How many begin each second, as long as fewer than `most` live.
    most
        How many may live at once: what this machine carries in time.
    seed
        Of what the calls come to, and of the faults.
    trace
        Tell in which lines of the server memory grew (slow; the growth itself is then not that of a usual run).
    json_file
        Write all figures here.
    log_file
        Keep the server's log here.
    """
    console = Console(soft_wrap=True)
    log.configure(json=False, level="critical", pii=False)
    began = time.perf_counter()
    plan = Plan(engine, seconds, rate, most, seed, trace, log_file.resolve() if log_file else None)

    def tell(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found, readings, before, after = runner.run(_soak(plan, tell))
    for line in report.calls(found.tally):
        tell(line)
    console.print(report.table(found))
    if more := after.more_than(before):
        tell("more objects: " + ", ".join(f"{kind} {count:+d}" for kind, count in more))
    for line in after.grown:
        tell(line)
    if json_file is not None:
        json_file.write_text(json.dumps(report.as_json(found, readings), indent=2) + "\n", encoding="utf-8")
    faults = found.faults()
    for fault in faults:
        console.print(f"[red]missed[/] {fault}")
    tell(f"It took {time.perf_counter() - began:.0f} s.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(command())
