"""Somebody else's blocking function in a thread of its own, which nobody waits for once its time is over.

The loop's own pool would not do: a function that hangs would keep one of its few threads for good, and the program from
ending.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE_MAX = 32
"""Of the threads of one `Threads` that may run at once, those included that nobody waits for any more."""


class Busy(Exception):
    """As many threads run as may."""


class Threads:
    """Threads for blocking functions, bounded in number. They end with the program, whatever they do."""

    def __init__(self, most: int = AT_ONCE_MAX) -> None:
        self._free = threading.BoundedSemaphore(most)

    async def run(self, function: Callable[[], T]) -> T:
        """What `function` returns or raises; raise Busy when too many run. Cancelled: it runs on, unheard."""
        if not self._free.acquire(blocking=False):
            raise Busy
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()
        inherited = contextvars.copy_context()

        def settle(value: T | None, failure: BaseException | None) -> None:
            if outcome.done():
                return
            if failure is not None:
                outcome.set_exception(failure)
            else:
                outcome.set_result(value)  # type: ignore[arg-type] # None only when T has it

        def work() -> None:
            value, failure = None, None
            try:
                value = inherited.run(function)
            except BaseException as raised:  # noqa: BLE001 - it goes to who waits
                # A future takes no StopIteration; SystemExit would end the loop that reads it.
                ordinary = isinstance(raised, Exception) and not isinstance(raised, StopIteration)
                failure = raised if ordinary else RuntimeError(f"{type(raised).__name__}")
            finally:
                self._free.release()
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, value, failure)

        threading.Thread(target=work, name="tool", daemon=True).start()
        return await outcome
