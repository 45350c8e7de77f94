"""The seam between a session's pure state machine and its shell.

A machine is handed `now`, writes to the server through `Outlet.send` and tells us through `Outlet.tell`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

from dragoman.assistant_ports import AssistantEvent
from dragoman.domain.speech import InterpreterEvent

READY_S: Final = 5.0
"""How long a server may take to accept our configuration: a call waits for it."""
LONGEST_LIFE_S: Final = 86_400.0


def unix_s() -> float:
    """The time of day: the one thing that servers tell by it is when a session ends."""
    return datetime.now(UTC).timestamp()


def expires_in_s(expires_at: int | None, unix_now_s: float) -> float | None:
    """How long a session may still live; None when the server does not say, or says what cannot be."""
    if expires_at is None:
        return None
    left_s = expires_at - unix_now_s
    return left_s if 0 < left_s <= LONGEST_LIFE_S else None


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a machine's messages to the server and its events to us go."""

    send: Callable[[bytes], None]
    tell: Callable[[InterpreterEvent], None]


@dataclass(frozen=True, slots=True)
class AssistantOutlet:
    """The same for an assistant's machine, which has more to tell."""

    send: Callable[[bytes], None]
    tell: Callable[[AssistantEvent], None]


class Machine(Protocol):
    """The pure side of a session. Nothing in it blocks, waits or raises."""

    tick_s: float
    """How often the machine wants `tick`."""

    @property
    def over(self) -> bool:
        """The session has said all; the socket may be closed."""
        ...

    def opened(self, now: float) -> None: ...

    def received(self, message: bytes, now: float) -> None: ...

    def hear(self, audio: bytes, now: float) -> None: ...

    def interrupt(self, heard_ms: int, now: float) -> None: ...

    def tick(self, now: float) -> None: ...

    def close(self, now: float) -> None:
        """Say goodbye to the server; `over` once it has answered."""
        ...

    def ended(self, now: float) -> None:
        """The socket is gone: account for what is open."""
        ...
