"""An event loop whose clock jumps: whatever waits for seconds is over at once, in the right order."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Timers fire in order without waiting. No sockets. Nothing to do and nothing to wait for is a dead lock."""

    def __init__(self) -> None:
        super().__init__()
        self._virtual_s = 0.0
        self._real_select = self._selector.select  # type: ignore[attr-defined]
        self._selector.select = self._select  # type: ignore[attr-defined]

    def time(self) -> float:
        return self._virtual_s

    def _select(self, timeout: float | None) -> Any:
        events = self._real_select(0)
        if not events and timeout is None:
            raise RuntimeError("dead lock: nothing to do, and no timer is set")
        if not events and timeout:
            self._virtual_s += timeout
        return events


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)
