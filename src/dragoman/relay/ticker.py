"""A call's clock: one timer, every 20 ms while there is something to pace, and now and then otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from dragoman.ports import Clock

TICK_S = 0.02
IDLE_TICK_S = 0.25
"""While nothing plays, there is nothing to pace."""
WATCH_S: Final = 0.25
"""How often we look for who is missing."""


class Beat:
    """What a call does at each beat of its clock: `tick`, which answers whether it is busy, and now and then `watch`.

    Whatever either of them raises is told to `broke`: it costs this call, and no other.
    """

    def __init__(
        self,
        clock: Clock,
        tick: Callable[[float], bool],
        watch: Callable[[float], None],
        broke: Callable[[str], None],
        watch_s: float = WATCH_S,
    ) -> None:
        self._clock, self._tick, self._watch, self._broke = clock, tick, watch, broke
        self._watch_s = watch_s
        self._watch_at = clock()

    def __call__(self) -> bool:
        """Every 20 ms, or less often while it answers False: nothing plays."""
        now = self._clock()
        busy = False
        try:
            busy = self._tick(now)
            if now >= self._watch_at:
                self._watch_at = now + self._watch_s
                self._watch(now)
        except Exception:  # noqa: BLE001 - our fault, or an installed engine's
            self._broke("the clock")
        return busy


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
