"""One open WebSocket of a page: as a carrier's media socket, with binary messages and a subprotocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

from picows import WSCloseCode, WSFrame, WSMsgType

from dragoman.browser_ports import PageDoor, PageSocket
from dragoman.ports import MediaSocket
from dragoman.web.media_socket import MESSAGE_COST_BYTES, MediaBounds, MediaSockets, OpenSocket

_TEXT = WSMsgType.TEXT
_BINARY = WSMsgType.BINARY

_FRAME_BYTES: Final = 960 + MESSAGE_COST_BYTES

PAGE_BOUNDS: Final = MediaBounds(
    opening_messages=1,
    rate_bytes_per_s=3 * 50 * _FRAME_BYTES,
    burst_bytes=30 * 50 * _FRAME_BYTES,
    unstarted=64,
)
"""For PCM16 at 24 kHz in frames of 20 ms: for long thrice real time, at once half a minute that was held up."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door for pages, the subprotocol that it speaks (the door sees to it that it was offered), and its bounds."""

    door: PageDoor
    subprotocol: str
    bounds: MediaBounds = PAGE_BOUNDS


class OpenPageSocket(OpenSocket):
    """Joins fragments of both kinds."""

    def __init__(self, owner: PageSocket, bounds: MediaBounds, sockets: MediaSockets) -> None:
        # Only `connected` and `received_binary` differ, and both are called here alone.
        super().__init__(cast("MediaSocket", owner), bounds, sockets)
        self._page = owner
        self._kind = _TEXT

    def send_binary(self, message: bytes) -> None:
        """Send one binary message; after the end it is dropped."""
        self._send(_BINARY, message)

    def _greet(self) -> None:
        self._guarded(self._page.connected, self.send, self.send_binary, self.close)

    def _piece(self, kind: WSMsgType, frame: WSFrame) -> None:
        """A binary message, or a fragment of either kind."""
        if (kind == WSMsgType.CONTINUATION) != self._in_fragments:
            self.close(WSCloseCode.PROTOCOL_ERROR.value, "fragments out of order")
            return
        if not self._in_fragments:
            self._kind = kind
        whole = self._joined(frame)
        if whole is None:
            return
        if self._awaited:
            self._came()
        self._guarded(self._page.received_binary if self._kind == _BINARY else self._page.received, whole)
