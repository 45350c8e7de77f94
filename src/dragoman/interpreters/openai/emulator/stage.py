"""What an emulated session needs of the world, and how it does things in time without knowing what time it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, ServerEvent

Steps = Iterator[float]
"""A piece of work that yields how many seconds to wait before it goes on."""


class Timer(Protocol):
    def cancel(self) -> None: ...


class Stage(Protocol):
    """A session's socket and clock. After `close` or `drop` nothing is sent and no timer fires."""

    def send(self, message: bytes) -> None:
        """One text message."""
        ...

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye and close."""
        ...

    def drop(self) -> None:
        """Let the connection go without a word."""
        ...

    def stall(self) -> None:
        """Neither send nor read any more, but stay connected."""
        ...

    def later(self, delay_s: float, act: Callable[[], None]) -> Timer: ...

    def unix_s(self) -> float:
        """The time of day, in seconds since 1970."""
        ...


class Performance:
    """Steps that run on a stage, each wait divided by `speed`. The first step is done at once."""

    def __init__(self, stage: Stage, steps: Steps, speed: float = 1.0) -> None:
        self._stage = stage
        self._steps: Steps | None = steps
        self._speed = speed
        self._timer: Timer | None = None
        self._advance()

    @property
    def over(self) -> bool:
        return self._steps is None

    def cancel(self) -> None:
        """Do no more steps. May be called from within a step."""
        self._steps = None
        if self._timer is not None:
            self._timer.cancel()

    def _advance(self) -> None:
        while self._steps is not None:
            wait_s = next(self._steps, None)
            if wait_s is None:
                self._steps = None
            elif wait_s > 0:
                self._timer = self._stage.later(wait_s / self._speed, self._advance)
                return


def complaint(
    code: str | None,
    message: str,
    *,
    param: str | None = None,
    event_id: str | None = None,
    family: str = "invalid_request_error",
) -> ErrorEvent:
    """An error event."""
    return ErrorEvent(error=ErrorDetail(type=family, message=message, code=code, param=param, event_id=event_id))


SendEvent = Callable[[ServerEvent], None]
