from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from functools import partial

import pytest
import pytest_asyncio

from dragoman.interpreters.local.jobs import Jobs, Urgency

pytestmark = pytest.mark.unit


@pytest_asyncio.fixture
async def jobs() -> AsyncIterator[Jobs]:
    found = Jobs()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(found.serve())
        yield found
        serving.cancel()


class Gate:
    """A job that stands in the thread until it is let go."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._open = threading.Event()

    def work(self) -> str:
        self._loop.call_soon_threadsafe(self.entered.set)
        assert self._open.wait(10)
        return "gate"

    def open(self) -> None:
        self._open.set()


async def test_work_is_done_in_another_thread_and_comes_back(jobs: Jobs) -> None:
    assert await jobs.run("a", threading.get_ident) != threading.get_ident()


async def test_an_exception_belongs_to_who_asked(jobs: Jobs) -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await jobs.run("a", fail)
    assert await jobs.run("a", lambda: 1) == 1


async def order_of(jobs: Jobs, asked: list[tuple[str, str, Urgency]]) -> list[str]:
    """In which order jobs are done that were all asked for while the thread was busy."""
    done: list[str] = []
    gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(jobs.run("gate", gate.work))
        await gate.entered.wait()
        for owner, name, urgency in asked:
            tasks.create_task(jobs.run(owner, partial(done.append, name), urgency))
        await asyncio.sleep(0)
        gate.open()
    return done


async def test_owners_take_turns(jobs: Jobs) -> None:
    asked = [("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1"), ("c", "c1"), ("b", "b2")]
    done = await order_of(jobs, [(owner, name, Urgency.SPEAK) for owner, name in asked])
    assert done == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_urgent_work_goes_first(jobs: Jobs) -> None:
    asked = [("a", "caption", Urgency.CAPTION), ("b", "guess", Urgency.GUESS), ("c", "speak", Urgency.SPEAK)]
    assert await order_of(jobs, asked) == ["speak", "guess", "caption"]


async def test_work_that_nobody_waits_for_any_more_is_not_done(jobs: Jobs) -> None:
    done: list[str] = []
    gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(jobs.run("gate", gate.work))
        await gate.entered.wait()
        dropped = tasks.create_task(jobs.run("a", lambda: done.append("dropped")))
        tasks.create_task(jobs.run("a", lambda: done.append("kept")))
        await asyncio.sleep(0)
        dropped.cancel()
        gate.open()
    assert done == ["kept"]


async def test_idle_and_delay_follow_the_load(jobs: Jobs) -> None:
    assert jobs.idle
    gate = Gate()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(jobs.run("gate", gate.work))
        await gate.entered.wait()
        waiting = tasks.create_task(jobs.run("a", lambda: None))
        await asyncio.sleep(0.05)
        assert not jobs.idle
        gate.open()
        await waiting
    assert jobs.idle
    assert jobs.delay_s > 0
