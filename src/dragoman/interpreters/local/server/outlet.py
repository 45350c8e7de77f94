"""The way out of one session: events in order, through one writer, to one socket."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from dragoman.interpreters.realtime.wire.envelope import (
    ErrorDetail,
    ErrorEvent,
    Rejection,
    ServerEvent,
    Stamp,
    error_for,
)

_MOST_WAITING: Final = 20_000
"""Events that a client may leave unread before it is dropped."""


class Outlet:
    """Events may be sent from anywhere in the session; `pump` writes them."""

    def __init__(self, socket: WebSocket, stamp: Stamp) -> None:
        self._socket = socket
        self._stamp = stamp
        self._waiting: asyncio.Queue[bytes | tuple[int, str]] = asyncio.Queue()
        self._closing = False

    def send(self, event: ServerEvent) -> None:
        """Queue one event; nothing after `close`."""
        if self._closing:
            return
        self._waiting.put_nowait(self._stamp(event))
        if self._waiting.qsize() > _MOST_WAITING:
            self.close(1008, "the client does not read")

    def refuse(self, rejection: Rejection) -> None:
        """Answer a bad event."""
        self.send(error_for(rejection))

    def error(
        self, code: str, message: str, *, kind: str = "invalid_request_error", event_id: str | None = None
    ) -> None:
        self.send(ErrorEvent(error=ErrorDetail(type=kind, message=message, code=code, event_id=event_id)))

    def close(self, code: int, reason: str) -> None:
        """Close the socket once everything before it is written."""
        if not self._closing:
            self._closing = True
            self._waiting.put_nowait((code, reason))

    async def pump(self) -> None:
        """Write until closed by either side."""
        try:
            while True:
                match await self._waiting.get():
                    case bytes() as message:
                        await self._socket.send_text(message.decode())
                    case (code, reason):
                        await self._socket.close(code, reason)
                        return
        except (WebSocketDisconnect, RuntimeError):
            return


class ClientGone(Exception):
    """The socket is over: raised inside a session's task group to end all of it."""


async def next_message(socket: WebSocket) -> bytes:
    """The next message; raises ClientGone. A binary frame counts as text: the rejection will say what is wrong."""
    event = await socket.receive()
    if event["type"] != "websocket.receive":
        raise ClientGone
    text = event.get("text")
    return text.encode() if text is not None else event.get("bytes") or b""
