"""What browsers need beside rooms: a WebSocket with binary messages, and keys for sessions of their own."""

from __future__ import annotations

import enum
from collections.abc import Callable
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
