"""The store's thread: in order, and nobody waits for it at the end."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from dragoman.store.worker import Worker

pytestmark = pytest.mark.unit

HANGS = """
import asyncio, time
from dragoman.errors import StoreError
from dragoman.store.sql import SqlCallStore

async def main():
    store = SqlCallStore("sqlite://", deadline_s=0.1)
    try:
        await store._do(lambda _database: time.sleep(3600))
    except StoreError as error:
        print(error)
    await store.aclose()

asyncio.run(main())
"""


async def test_work_is_done_in_order_and_its_faults_are_the_askers() -> None:
    worker, done = Worker("a-worker"), list[int]()

    def work(number: int) -> str:
        done.append(number)
        if number == 2:
            raise ValueError("two")
        return threading.current_thread().name

    answers = await asyncio.gather(*(worker.do(lambda n=n: work(n)) for n in range(4)), return_exceptions=True)  # type: ignore[misc]
    worker.close()
    assert done == [0, 1, 2, 3]
    assert [str(one) for one in answers] == ["a-worker", "a-worker", "two", "a-worker"]


async def test_what_nobody_wants_any_more_is_left_out() -> None:
    worker, hold, done = Worker("a-worker"), threading.Event(), list[str]()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(worker.do(hold.wait))
        await asyncio.sleep(0.01)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await worker.do(lambda: done.append("late"))
        hold.set()
    await worker.do(lambda: done.append("next"))
    worker.close()
    assert done == ["next"]
    with pytest.raises(RuntimeError):
        await worker.do(lambda: None)


def test_a_process_whose_store_hangs_ends_all_the_same() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=15, check=True)
    assert "did not answer in time" in ended.stdout
