"""The clock beside the server: what holds the loop is seen, by processor time."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bench.hostile.served import Holds, held

pytestmark = pytest.mark.unit


def _work(cpu_s: float) -> None:
    ends = time.thread_time() + cpu_s
    while time.thread_time() < ends:
        pass


async def test_what_holds_the_loop_is_seen_and_sleep_is_not(tmp_path: Path) -> None:
    file = tmp_path / "holds.bin"
    holds = Holds(file)
    holds.tick()
    await asyncio.sleep(0.05)
    began = time.perf_counter()
    time.sleep(0.02)  # noqa: ASYNC251 - somebody else has the processor
    await asyncio.sleep(0.05)
    middle = time.perf_counter()
    _work(0.03)
    await asyncio.sleep(0.05)
    ended = time.perf_counter()
    holds.write()
    holds.close()
    assert held(file, began, middle)[1] < 20
    assert held(file, middle, ended)[1] >= 30
    assert held(file, ended, ended + 1) == (0.0, 0.0)
