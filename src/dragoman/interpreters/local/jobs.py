"""One queue for everything that needs the model threads: fair among callers, urgent work first, load measured."""

from __future__ import annotations

import asyncio
import enum
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

T = TypeVar("T")
_SMOOTHING = 0.3


class Urgency(enum.IntEnum):
    """Lower goes first."""

    SPEAK = 0
    """Somebody waits for it."""
    GUESS = 1
    """It may turn out to be for nothing: a decode before the end of an utterance is certain."""
    AHEAD = 2
    """A text that is spoken beforehand: no talk waits for it."""
    CAPTION = 3
    """Nice to have."""


@dataclass(slots=True)
class _Job(Generic[T]):
    work: Callable[[], T]
    asked_s: float
    done: asyncio.Future[T] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class _Line:
    """The jobs of one urgency: owners take turns, each owner's jobs stay in order."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, deque[_Job[object]]] = OrderedDict()

    def put(self, owner: str, job: _Job[object]) -> None:
        self._owners.setdefault(owner, deque()).append(job)

    def take(self) -> _Job[object] | None:
        """The next job that still has somebody waiting for it."""
        while self._owners:
            owner, jobs = self._owners.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._owners[owner] = jobs
            if not job.done.done():
                return job
        return None

    def __len__(self) -> int:
        return sum(len(jobs) for jobs in self._owners.values())


class Jobs:
    """Runs jobs one at a time in a thread of their own. `serve` must run for anything to happen."""

    def __init__(self) -> None:
        self._lines = {urgency: _Line() for urgency in Urgency}
        self._wake = asyncio.Event()
        self._busy = False
        self._delay_s = 0.0

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._busy and not any(len(line) for line in self._lines.values())

    @property
    def delay_s(self) -> float:
        """How long work that somebody waits for has lately stood in the queue (smoothed)."""
        return self._delay_s

    async def run(self, owner: str, work: Callable[[], T], urgency: Urgency = Urgency.SPEAK) -> T:
        """Do `work` in the model thread. A job whose caller was cancelled before its turn is not done at all."""
        job = _Job(work, asyncio.get_running_loop().time())
        self._lines[urgency].put(owner, cast("_Job[object]", job))
        self._wake.set()
        return await job.done

    async def serve(self) -> None:
        """Work until cancelled."""
        with ThreadPoolExecutor(1, thread_name_prefix="models") as thread:
            while True:
                found = self._next()
                if found is None:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                urgency, job = found
                self._busy = True
                try:
                    await self._perform(thread, urgency, job)
                finally:
                    self._busy = False

    def _next(self) -> tuple[Urgency, _Job[object]] | None:
        for urgency in Urgency:
            job = self._lines[urgency].take()
            if job is not None:
                return urgency, job
        return None

    async def _perform(self, thread: ThreadPoolExecutor, urgency: Urgency, job: _Job[object]) -> None:
        loop = asyncio.get_running_loop()
        if urgency is Urgency.SPEAK:
            waited_s = loop.time() - job.asked_s
            self._delay_s += _SMOOTHING * (waited_s - self._delay_s)
        try:
            result = await loop.run_in_executor(thread, job.work)
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for the job
            if not job.done.done():
                job.done.set_exception(error)
            return
        if not job.done.done():
            job.done.set_result(result)
