"""One thread that does work in order, and that the process does not wait for when it ends."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_Job = tuple["Future[Any]", Callable[[], Any]]


class Worker:
    """Not a ThreadPoolExecutor: the interpreter joins those when it exits, and a database that hangs (a dead disk, a
    network that swallows everything) would keep the process, its port and the next process waiting with it.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        threading.Thread(target=self._run, name=name, daemon=True).start()

    async def do(self, work: Callable[[], T]) -> T:
        """What `work` gives or raises, done in the thread after all that was asked for before. Work that is not wanted
        any more (cancelled) before it was begun is left out. Raises RuntimeError once it is closed.
        """
        if self._closed:
            raise RuntimeError("the worker is closed")
        done: Future[T] = Future()
        self._jobs.put((done, work))
        return await asyncio.wrap_future(done)

    def close(self) -> None:
        """The thread ends when it is through with what it has. Does not wait."""
        self._closed = True
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            done, work = job
            if not done.set_running_or_notify_cancel():
                continue
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where the work was asked for
                done.set_exception(error)
            del job, done, work  # what was to be kept is not held until the next job
