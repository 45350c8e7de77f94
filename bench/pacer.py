"""Fifty frames a second from every phone, by absolute deadlines, spread evenly over the 20 ms."""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Sequence
from typing import Final

import numpy as np

from bench.lane_log import Spread
from bench.phone import Phone
from dragoman.domain.audio import FRAME_MS

FRAME_S: Final = FRAME_MS / 1000
LOOK_S: Final = 0.001


class Pacer:
    """Every phone has its own place within the 20 ms, as streams that know nothing of each other have."""

    def __init__(self, phones: Sequence[Phone]) -> None:
        self._phones = phones
        self._at = 0
        self._began = 0.0
        self._turns = 0
        self._timer: asyncio.TimerHandle | None = None
        self._late = array("d")
        self.noting = False

    def start(self) -> None:
        self._began = time.perf_counter()
        self._look()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def begin_noting(self) -> None:
        """Note lateness from here on, of a new window."""
        self._late = array("d")
        self.noting = True

    def lateness(self) -> Spread:
        """How late we were ourselves, while `noting`: above a few milliseconds the figures are about us."""
        return Spread.of(np.array(self._late))

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_S, self._look)
        now = time.perf_counter()
        phones, places = self._phones, len(self._phones)
        while (due := self._began + (self._turns + self._at / places) * FRAME_S) <= now:
            phones[self._at].speak()
            if self.noting:
                self._late.append(now - due)
            self._at += 1
            if self._at == places:
                self._at = 0
                self._turns += 1
