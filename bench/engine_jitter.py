"""Whether the embedded engine makes anybody late: a 20 ms ticker in another process, with and without decodes.

    python bench/engine_jitter.py [--seconds 20] [--rounds 3]

A process of its own ticks every 20 ms, as a call's playout does, and notes how late each tick is. Rounds with the
engine idle and rounds with it speaking without pause alternate; the p99 of both and their ratio are printed as a table
and as one line of JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import numpy as np
from rich.console import Console
from rich.table import Table

from dragoman.interpreters.local.process import LocalProcess, Running
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import load

TICK_S = 0.02
TICKER = """
import sys, time
seconds = float(sys.argv[1])
late = []
due = time.perf_counter() + 0.02
end = due + seconds
while due < end:
    time.sleep(max(0.0, due - time.perf_counter()))
    late.append(time.perf_counter() - due)
    due += 0.02
print(" ".join(f"{one * 1000:.4f}" for one in late))
"""
TEXT = "Your order number {n} will arrive on Tuesday, between nine and eleven, and the driver will call you."


async def lateness_ms(seconds: float) -> list[float]:
    """How late each 20 ms tick of a process with nothing else to do is."""
    ticker = await asyncio.create_subprocess_exec(sys.executable, "-c", TICKER, str(seconds), stdout=PIPE)
    out, _ = await ticker.communicate()
    return [float(one) for one in out.split()]


@asynccontextmanager
async def working(running: Running) -> AsyncIterator[list[int]]:
    """Keep the engine's model thread busy: speech after speech, none from its cache. Yields the count of those done."""
    done: list[int] = []

    async def speak() -> None:
        headers = {"Authorization": f"Bearer {running.token}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
            for number in range(os.getpid() * 1000, sys.maxsize):
                body = {"model": "local", "voice": "marin", "input": TEXT.format(n=number), "response_format": "pcm"}
                answer = await client.post(f"{running.base_url}/audio/speech", json={**body, "language": "en"})
                answer.raise_for_status()
                done.append(len(answer.content))

    async with asyncio.TaskGroup() as tasks:
        speaking = [tasks.create_task(speak()) for _ in range(2)]
        await asyncio.sleep(1)
        yield done
        for task in speaking:
            task.cancel()


async def measure(seconds: float, rounds: int) -> dict[str, float]:
    """Alternate idle and busy rounds, so that whatever else the machine does falls on both."""
    engine = LocalProcess(load(LocalSettings))
    running = await engine.start()
    idle: list[float] = []
    busy: list[float] = []
    spoken_s = 0.0
    try:
        for _ in range(rounds):
            idle += await lateness_ms(seconds)
            async with working(running) as done:
                busy += await lateness_ms(seconds)
                spoken_s += sum(done) / 48_000
    finally:
        await engine.stop()
    found = {
        f"{name}_p{p}_ms": float(np.percentile(late, p))
        for name, late in (("idle", idle), ("busy", busy))
        for p in (50, 99)
    }
    found |= {"idle_max_ms": max(idle), "busy_max_ms": max(busy), "spoken_s": spoken_s}
    found["ratio_p99"] = found["busy_p99_ms"] / found["idle_p99_ms"]
    return {name: round(value, 3) for name, value in found.items()}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    found = asyncio.run(measure(given.seconds, given.rounds))
    table = Table("engine", "p50 ms", "p99 ms", "max ms", box=None)
    for name in ("idle", "busy"):
        table.add_row(name, *(f"{found[f'{name}_{what}_ms']:.3f}" for what in ("p50", "p99", "max")))
    console = Console()
    console.print(table)
    console.print(
        f"lateness p99, with decodes / without: {found['ratio_p99']:.2f}  ({found['spoken_s']:.0f} s spoken meanwhile)"
    )
    console.print(json.dumps(found), soft_wrap=True, highlight=False)


if __name__ == "__main__":
    main()
