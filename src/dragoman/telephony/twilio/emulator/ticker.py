"""The one clock of the emulated telephone network: a beat every 20 ms, by absolute deadlines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dragoman.domain.audio import FRAME_MS


class Ticker:
    """Calls `beat` 50 times a second. `frames` counts the beats since the start: all recordings are laid along it.

    A late beat does not shift the next ones: beats that were missed follow at once, so that audio keeps real time.
    """

    def __init__(self) -> None:
        self.frames = 0
        self.worst_late_ms = 0.0
        self._beat: Callable[[], None] = _nothing
        self._waiting: list[tuple[int, asyncio.Event]] = []

    @property
    def now_s(self) -> float:
        """Seconds of audio since the start."""
        return self.frames * FRAME_MS / 1000

    def drive(self, beat: Callable[[], None]) -> None:
        """Set what is called at each beat."""
        self._beat = beat

    async def beats(self, count: int) -> None:
        """Wait for so many beats: the way to let audio arrive without looking at a wall clock."""
        passed = asyncio.Event()
        self._waiting.append((self.frames + count, passed))
        await passed.wait()

    async def run(self) -> None:
        """Beat until cancelled."""
        clock = asyncio.get_running_loop().time
        deadline_s = clock() + FRAME_MS / 1000
        while True:
            early_s = deadline_s - clock()
            if early_s > 0:
                await asyncio.sleep(early_s)
            self.worst_late_ms = max(self.worst_late_ms, (clock() - deadline_s) * 1000)
            self._beat()
            self.frames += 1
            if self._waiting:
                self._wake()
            deadline_s += FRAME_MS / 1000
            if early_s <= 0:
                await asyncio.sleep(0)  # others run between the beats of a catch-up

    def _wake(self) -> None:
        for due, passed in self._waiting:
            if due <= self.frames:
                passed.set()
        self._waiting = [(due, passed) for due, passed in self._waiting if not passed.is_set()]


def _nothing() -> None:
    """No network yet."""
