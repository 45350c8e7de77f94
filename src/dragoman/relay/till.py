"""Writes down what was spent today, and reads what others who share the store did. Never in a call's way."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import Callable
from typing import Final

import structlog

from dragoman.errors import StoreError
from dragoman.observe.metrics import Metrics
from dragoman.relay.purse import Purse
from dragoman.store_ports import CallStore

PACE_S: Final = 1.0
"""What was spent is written so often: a process that is killed forgets what it spent since."""
LOOK_S: Final = 5.0
"""So often we look what others have spent."""


class Till:
    """`run` must be running; `stop` ends it. While the store fails the limit holds for what this process knows."""

    def __init__(self, store: CallStore, purse: Purse, metrics: Metrics, today: Callable[[], datetime.date]) -> None:
        self._store = store
        self._purse = purse
        self._metrics = metrics
        self._today = today
        self._failing = False
        self._stopped = asyncio.Event()
        self._log = structlog.get_logger()

    async def run(self) -> None:
        """Until `stop`."""
        rounds = round(LOOK_S / PACE_S)
        round_, last = 0, False
        while not last:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PACE_S):
                    await self._stopped.wait()
            round_, last = (round_ + 1) % rounds, self._stopped.is_set()
            await self.write(look=not round_)

    def stop(self) -> None:
        """`run` writes what is still to be written, and ends. Cancelled in the midst of it, we would not know whether
        the store was told, and tell it twice.
        """
        self._stopped.set()

    async def write(self, *, look: bool = True) -> None:
        """Tell the store what it does not know yet; `look`: and ask what it knows, even if there is nothing to tell."""
        today = self._today()
        while True:
            day, usd = self._purse.owed(today)
            if not usd and not look:
                return
            try:
                self._purse.told(day, usd, await self._store.spend(day, usd))
            except StoreError as error:
                self._metrics.store_failures.labels("spend").inc()
                if not self._failing:
                    self._log.error("what is spent today is not kept: a restart would forget it", reason=str(error))
                self._failing = True
                return
            self._failing = False
            if day == today:
                return
