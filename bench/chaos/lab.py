"""Plays one fault in a world for each engine, all at the same time, and judges what was heard."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.chaos import figures
from bench.chaos.faults import Fault
from bench.chaos.figures import Figures
from bench.chaos.report import Row
from bench.chaos.world import World, opened
from dragoman.audio import wav

ENGINES: Final = ("conversation", "translation")


@dataclass(frozen=True, slots=True)
class Plan:
    """`calls` for each fault, half of them by each engine. `keep`: write down what each ear heard."""

    calls: int
    seed: int
    folder: Path
    at_once: int = 2
    keep: bool = False


async def play(faults: Mapping[str, Fault], plan: Plan, tell: Callable[[Row], None]) -> None:
    """All faults, some at the same time; each row is told as it comes, in order.

    Those that are alone come last: a process takes much of the machine to start.
    """
    await _side_by_side({name: fault for name, fault in faults.items() if not fault.alone}, plan.at_once, plan, tell)
    await _side_by_side({name: fault for name, fault in faults.items() if fault.alone}, 1, plan, tell)


async def _side_by_side(faults: Mapping[str, Fault], at_once: int, plan: Plan, tell: Callable[[Row], None]) -> None:
    slots = asyncio.Semaphore(at_once)
    async with asyncio.TaskGroup() as tasks:
        rows: list[asyncio.Future[Row]] = []
        for name, fault in faults.items():
            rows.append(asyncio.get_running_loop().create_future())
            tasks.create_task(_fault(name, fault, plan, slots, rows[-1]))
        for row in rows:
            tell(await row)


async def _fault(name: str, fault: Fault, plan: Plan, slots: asyncio.Semaphore, row: asyncio.Future[Row]) -> None:
    """The slot is free again when all is judged: worlds are left while the next ones are being built."""
    async with asyncio.TaskGroup() as tasks, slots:
        judged: list[asyncio.Future[Figures]] = []
        for number in range(len(ENGINES)):
            judged.append(asyncio.get_running_loop().create_future())
            tasks.create_task(_world(name, fault, plan, number, judged[-1]))
        row.set_result(Row(name, fault.about, fault.goals, tuple(await asyncio.gather(*judged))))


async def _world(name: str, fault: Fault, plan: Plan, number: int, judged: asyncio.Future[Figures]) -> None:
    engine = ENGINES[number]
    rng = random.Random(f"{plan.seed}/{name}/{engine}")
    calls = (plan.calls + number) // len(ENGINES)
    async with opened(engine, plan.folder, name, rng, fault.shape, dict(fault.extra)) as world:
        if not world.server.alive:
            judged.set_result(Figures(engine, calls, (), 0))
            return
        await fault.prepare(world)
        await (world.ring_assistant(calls) if fault.assistant else world.ring(calls))
        await world.talk(fault.strike)
        judged.set_result(await asyncio.to_thread(figures.of, world))
        if plan.keep:
            _keep(world, plan.folder / name)


def _keep(world: World, folder: Path) -> None:
    for line in world.lines:
        for role in line.words:
            for what, audio in (("ear", line.phone(role).ear), ("mouth", line.phone(role).mouth)):
                path = folder / f"{world.engine}-{line.number:02d}-{role.value}-{what}.wav"
                path.write_bytes(wav.write_mulaw(audio))
