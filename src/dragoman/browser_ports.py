"""What browsers need beside rooms: a WebSocket with binary messages, calls to answer, keys for own sessions."""

from __future__ import annotations

import enum
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol

from dragoman.domain.language import Language
from dragoman.ports import MediaRequest


class PageSocket(Protocol):
    """The owner of one WebSocket of a page, with text and binary messages. Otherwise as `MediaSocket`."""

    def connected(
        self, send: Callable[[bytes], None], send_binary: Callable[[bytes], None], close: Callable[[int, str], None]
    ) -> None: ...

    def received(self, message: bytes) -> None: ...

    def received_binary(self, message: bytes) -> None:
        """One binary message."""
        ...

    def closed(self) -> None: ...


PageDoor = Callable[[MediaRequest], PageSocket]
"""As `MediaDoor`, for pages."""


# ---- Phone calls that agents answer in their pages -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A call that rings in a page. `leg` is our name of the agent's leg; `language` the caller's; `caller` says who
    calls, as far as agents may know ("" = nothing).
    """

    leg: str
    language: Language
    caller: str
    waited_s: float


class GoneWhy(enum.Enum):
    """What became of a call that rang."""

    TAKEN = "taken"
    """An agent accepted it."""
    OVER = "over"
    """Nobody did, and nobody is wanted any more."""


@dataclass(frozen=True, slots=True)
class GoneCall:
    leg: str
    why: GoneWhy


@dataclass(frozen=True, slots=True)
class Duty:
    """What an agent's page is told, as a whole, whenever anything of it changes. `page`: our name of that page."""

    page: str
    calls: tuple[WaitingCall, ...]
    gone: tuple[GoneCall, ...] = ()


class AgentCalls(Protocol):
    """The calls of this node that want an agent with a browser."""

    def duty(self) -> AsyncGenerator[Duty] | None:
        """A page is on duty for as long as this is read; it ends with the server. None: there are too many."""
        ...

    def accept(self, leg: str, page: str) -> tuple[str, str]:
        """The call and the seat that a token is made of. Raise RoomRefused: NO_ROOM (it rings no more), NO_SEAT (the
        page is not on duty), SEAT_TAKEN (another agent was first).
        """
        ...

    def decline(self, leg: str, page: str) -> None:
        """Not this agent; it rings on elsewhere. One that rings no more is not an error."""
        ...


# ---- A browser's own session with a vendor ---------------------------------------------------------------------------


class DirectKind(enum.Enum):
    """Which of a vendor's protocols a browser speaks by itself."""

    TRANSLATION = "translation"
    CONVERSATION = "conversation"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """What opens sessions of one kind at `url` (an SDP offer is posted there) until `expires_at` (Unix seconds)."""

    value: str
    expires_at: float
    url: str
    model: str
    kind: DirectKind


class SessionKeys(Protocol):
    """A vendor that gives out keys of a short life, each bound to a session as we want it."""

    @property
    def origin(self) -> str:
        """Scheme, host and port where browsers open their sessions."""
        ...

    async def key(self, kind: DirectKind, source: Language, target: Language, safety_id: str) -> SessionKey:
        """Raise UpstreamError, within 10 s; Refused when the vendor's session does not carry the languages."""
        ...
