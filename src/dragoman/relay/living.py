"""What one node carries of one kind (calls, rooms): each in a task, found while it lives and for a while after.

Part of the shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, Generic, TypeVar

from dragoman.domain.call import CallId
from dragoman.observe.metrics import Metrics
from dragoman.relay.entrance import Entrance

LINGER_S: Final = 60.0
"""A call that is over still answers its legs for so long."""
FAREWELL_S: Final = 5.0
"""At its end a drain waits so long for legs of calls that are over to ask, and to be told why."""
HANDED_BACK_S: Final = 1.0
"""A process that handed calls back tells legs that ask here to ask again, for so long."""
LOOK_S: Final = 0.1
CALL_ID_BYTES: Final = 12


def new_call_id() -> CallId:
    """One that nobody can guess."""
    return CallId(secrets.token_urlsafe(CALL_ID_BYTES))


OneT = TypeVar("OneT")


class Living(Generic[OneT]):
    """One kind's register. `run` must be running for anything to begin; `stop` ends it once all that lives is over.

    What begins has come in through `entrance`, and leaves there when its task ends. It is found for `linger_s` more,
    and then `forgotten`.
    """

    def __init__(
        self,
        kind: str,
        entrance: Entrance,
        metrics: Metrics,
        *,
        linger_s: float = LINGER_S,
        forgotten: Callable[[str], None] = lambda _name: None,
    ) -> None:
        self._entrance, self._linger_s, self._forgotten = entrance, linger_s, forgotten
        self._all: dict[str, OneT] = {}
        self._living: dict[str, OneT] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self.draining = False
        """Nothing new shall begin."""
        self._empty = asyncio.Event()
        self._empty.set()
        self._stopped = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        metrics.keeps(kind, self._all.__len__)

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self, beside: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Serve until `stop`, with `beside` running until then; then wait for what lives."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                also = None if beside is None else tasks.create_task(beside())
                await self._stopped.wait()
                if also is not None:
                    also.cancel()
        finally:
            self._tasks = None
            for timer in self._forgetting.values():
                timer.cancel()
            self._forgetting.clear()

    def stop(self) -> None:
        """`run` returns when all is over."""
        self.draining = True
        self._stopped.set()

    @property
    def running(self) -> bool:
        """Whether something may begin, as far as `run` is concerned."""
        return self._tasks is not None

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    async def until_empty(self, within_s: float) -> None:
        """Return when nothing lives, at the latest after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._empty.wait()

    async def until_none(self, awaited: Callable[[OneT], bool], within_s: float) -> None:
        """Return when `awaited` is true of none, living or over, at the latest after so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while any(awaited(one) for one in self._all.values()):  # noqa: ASYNC110 - of many
                    await asyncio.sleep(LOOK_S)

    # -- What lives ----------------------------------------------------------------------------------------------------

    def begin(self, name: str, one: OneT, carry: Callable[[OneT], Awaitable[None]]) -> None:
        """It lives from now on, until `carry` ends, which must not raise."""
        assert self._tasks is not None, "`run` is running"
        self._all[name] = self._living[name] = one
        self._empty.clear()
        self._tasks.create_task(self._carried(name, one, carry))

    async def _carried(self, name: str, one: OneT, carry: Callable[[OneT], Awaitable[None]]) -> None:
        try:
            await carry(one)
        finally:
            del self._living[name]
            self._entrance.leave(name)
            if not self._living:
                self._empty.set()
            if not self.stopped:
                loop = asyncio.get_running_loop()
                self._forgetting[name] = loop.call_later(self._linger_s, self._forget, name)

    def _forget(self, name: str) -> None:
        del self._forgetting[name]
        del self._all[name]
        self._forgotten(name)

    def also(self, work: Awaitable[None]) -> None:
        """Something that is to be done meanwhile, and waited for at the end; nothing when nothing runs."""

        async def done() -> None:
            await work

        if self._tasks is not None:
            self._tasks.create_task(done())

    # -- Finding -------------------------------------------------------------------------------------------------------

    def __contains__(self, name: str) -> bool:
        return name in self._all

    def find(self, name: str) -> OneT | None:
        """Living, or over not long ago."""
        return self._all.get(name)

    @property
    def all(self) -> list[OneT]:
        return list(self._all.values())

    @property
    def living(self) -> list[OneT]:
        """Whose task has not ended yet: some may be over, and still write their record."""
        return list(self._living.values())
