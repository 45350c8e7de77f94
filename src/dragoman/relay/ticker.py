"""A call's clock: one timer, every 20 ms while there is something to pace, and now and then otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

TICK_S = 0.02
IDLE_TICK_S = 0.25
"""While nothing plays, there is nothing to pace."""


class Ticker:
    """Calls `beat` on absolute deadlines; what it answers says whether the call is busy."""

    def __init__(self, beat: Callable[[], bool]) -> None:
        self._beat = beat
        self._timer: asyncio.TimerHandle | None = None
        self.slow = False

    def start(self) -> None:
        self._at(asyncio.get_running_loop().time() + TICK_S)

    def hurry(self) -> None:
        """Something plays again."""
        self.slow = False
        if self._timer is not None:
            self._timer.cancel()
            self.start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _at(self, due: float) -> None:
        self._timer = asyncio.get_running_loop().call_at(due, self._tick, due)

    def _tick(self, due: float) -> None:
        fired = self._timer
        busy = self._beat()
        if self._timer is not fired:
            return  # stopped from within, or hurried: then the next beat is set already
        self.slow = not busy
        next_due = due + (TICK_S if busy else IDLE_TICK_S)
        self._at(max(next_due, asyncio.get_running_loop().time()))
