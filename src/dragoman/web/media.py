"""Carriers' media WebSockets on the web server's own port.

uvicorn hands every WebSocket upgrade to the class given as `ws=`. Ours looks at the path: a media path goes to picows,
whose callbacks reach the provider's `MediaSocket` with no queue between (docs/adr/0006); others go to uvicorn's own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import structlog
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not public: pinned, held by a contract test
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dragoman.errors import Refused
from dragoman.ports import MediaDoor, MediaRequest, MediaSocket

_log = structlog.get_logger()
_picows_log = logging.getLogger("dragoman.media")

# An enum's member costs a look-up of 250 ns, and every frame needs some of them.
_TEXT = WSMsgType.TEXT
_CLOSE = WSMsgType.CLOSE

_GOING_AWAY_S = 1.0
"""How long the other side may take to answer our close."""


@dataclass(frozen=True, slots=True)
class MediaBounds:
    """What a media socket may do before it is closed."""

    message_bytes: int = 64 * 1024
    """Of one message, fragments joined (1009 beyond)."""
    opening_messages: int = 2
    """How many messages must come within `opening_s`: a peer that only says hello holds a socket for nothing."""
    opening_s: float = 10.0
    unsent_bytes: int = 1024 * 1024
    """Of ours that the other side has not read (cut off beyond)."""
    stall_s: float = 10.0
    """How long the other side may read more slowly than we write."""
    ping_s: float = 20.0
    """Silence after which a ping goes out, and after which without an answer the socket is given up."""


class MediaSockets:
    """The media sockets that are open on this server, for a stop."""

    def __init__(self) -> None:
        self._open: set[_Socket] = set()

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: _Socket) -> None:
        self._open.add(socket)

    def discard(self, socket: _Socket) -> None:
        self._open.discard(socket)

    def close_all(self, reason: str) -> None:
        """Close every one with 1001."""
        for socket in list(self._open):
            socket.close(WSCloseCode.GOING_AWAY.value, reason)


def media_switch(
    doors: Mapping[str, MediaDoor],
    sockets: MediaSockets,
    bounds: MediaBounds = MediaBounds(),
) -> type[asyncio.Protocol]:
    """A class for uvicorn's `ws=` that takes upgrades of the paths in `doors` and leaves the others to uvicorn."""

    class Switch(_Switch):
        def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
            def uvicorns_own() -> asyncio.Protocol:
                return WebSocketsSansIOProtocol(config, server_state, app_state, _loop)

            super().__init__(doors, sockets, bounds, uvicorns_own)

    return Switch


class _Switch(asyncio.Protocol):
    """Lives for the upgrade only: builds the right protocol, feeds it the request head, and steps aside."""

    def __init__(
        self,
        doors: Mapping[str, MediaDoor],
        sockets: MediaSockets,
        bounds: MediaBounds,
        otherwise: Callable[[], asyncio.Protocol],
    ) -> None:
        self._doors = doors
        self._sockets = sockets
        self._bounds = bounds
        self._otherwise = otherwise
        self._transport: asyncio.Transport | None = None
        self._next: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._next is not None:
            self._feed(data)
            return
        assert self._transport is not None, "asyncio calls connection_made first"
        path = _path(data.split(b" ", 2)[1])
        door = self._doors.get(path)
        self._next = self._otherwise() if door is None else self._picows(door, path)
        self._next.connection_made(self._transport)
        self._feed(data)
        # Not at once: uvicorn sets this object as the protocol after we return.
        asyncio.get_running_loop().call_soon(self._transport.set_protocol, self._next)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._next is not None:
            self._next.connection_lost(exc)

    def _feed(self, data: bytes) -> None:
        if not isinstance(self._next, asyncio.BufferedProtocol):
            self._next.data_received(data)
            return
        rest = memoryview(data)
        while rest:
            room = memoryview(self._next.get_buffer(len(rest)))
            taken = min(len(room), len(rest))
            room[:taken] = rest[:taken]
            self._next.buffer_updated(taken)
            rest = rest[taken:]

    def _picows(self, door: MediaDoor, path: str) -> Any:
        bounds = self._bounds

        def accept(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
            return _accept(request, door, path, self._peer(), bounds, self._sockets)

        # fmt: off
        return WSProtocol(
            None, None, False,  # host and path are for clients; not a client
            accept, _picows_log,
            True,  # disconnect when a callback raises (ours do not)
            bounds.opening_s,  # for the upgrade itself
            True, bounds.ping_s, bounds.ping_s, WSAutoPingStrategy.PING_WHEN_IDLE,
            True,  # answer pings
            bounds.message_bytes,
            None,  # extra headers, for clients
            16 * 1024,  # read buffer at first, bytes
        )
        # fmt: on

    def _peer(self) -> str:
        peer = self._transport.get_extra_info("peername") if self._transport else None
        return str(peer[0]) if isinstance(peer, tuple) and peer else ""


def _path(target: bytes) -> str:
    path = target.split(b"?", 1)[0].decode("latin-1")
    return path.rstrip("/") or "/"


def _accept(
    request: WSUpgradeRequest,
    door: MediaDoor,
    path: str,
    peer: str,
    bounds: MediaBounds,
    sockets: MediaSockets,
) -> WSListener | WSUpgradeResponseWithListener:
    """Ask the door; 403 when it refuses. Exceptions of a door stay here: picows would print them to the peer."""
    headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
    query = request.path.partition(b"?")[2].decode("latin-1")
    try:
        owner = door(MediaRequest(path=path, query=query, headers=headers, peer=peer))
    except Refused as refused:
        _log.warning("media stream refused", path=path, reason=refused.reason)
        return _no(403, refused.reason)
    except Exception:  # noqa: BLE001 - a fault at one door must not reach another call
        _log.exception("media door failed", path=path)
        return _no(500, "internal error")
    return _Socket(owner, bounds, sockets)


def _no(status: int, reason: str) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, reason.encode()), None)


class _Socket(WSListener):
    """One open media socket: joins fragments, keeps the bounds, and shields the server from its owner's faults."""

    def __init__(self, owner: MediaSocket, bounds: MediaBounds, sockets: MediaSockets) -> None:
        self._owner = owner
        self._bounds = bounds
        self._sockets = sockets
        self._transport: WSTransport | None = None
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._in_fragments = False
        self._awaited = bounds.opening_messages
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    # ---- From picows -------------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._sockets.add(self)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._bounds.opening_s, self._nothing_came)
        self._guarded(self._owner.connected, self.send, self.close)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if transport.is_close_frame_sent and kind != _CLOSE:
            return  # also what picows still reads of a message that was too big
        if kind == _TEXT and frame.fin and not self._in_fragments:
            if self._awaited:
                self._came()
            try:
                self._owner.received(frame.get_payload_as_bytes())
            except Exception:  # noqa: BLE001 - owners promise not to raise; one that does costs its own call only
                self._failed()
        elif kind == _CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            self._piece(kind, frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._sockets.discard(self)
        for timer in (self._deadline, self._stall):
            if timer is not None:
                timer.cancel()
        self._guarded(self._owner.closed)

    def pause_writing(self) -> None:
        if self._stall is None:
            self._stall = asyncio.get_running_loop().call_later(self._bounds.stall_s, self._cut_off, "does not read")

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    # ---- For the owner -----------------------------------------------------------------------------------------------

    def send(self, message: bytes) -> None:
        """Send one text message; after the end it is dropped."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        transport.send(_TEXT, message)
        # Only once the socket is behind at all (64 KiB by default) is it worth the look.
        if (
            self._stall is not None
            and transport.underlying_transport.get_write_buffer_size() > self._bounds.unsent_bytes
        ):
            self._cut_off("does not read")

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is cut when the other side does not answer. Idempotent."""
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return
        transport.send_close(cast("WSCloseCode", code), reason.encode()[:120])
        asyncio.get_running_loop().call_later(_GOING_AWAY_S, transport.disconnect, False)

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _piece(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Whatever is not one whole text message: a fragment, or binary."""
        if (kind == WSMsgType.CONTINUATION) != self._in_fragments:
            self.close(WSCloseCode.PROTOCOL_ERROR.value, "fragments out of order")
            return
        if kind == WSMsgType.BINARY:
            self._owner_got_binary(frame.fin)
            return
        self._parts.append(frame.get_payload_as_bytes())
        self._parts_bytes += frame.payload_size
        if self._parts_bytes > self._bounds.message_bytes:
            self._parts.clear()
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, "message too big")
            return
        self._in_fragments = not frame.fin
        if frame.fin:
            whole = b"".join(self._parts)
            self._parts.clear()
            self._parts_bytes = 0
            if self._awaited:
                self._came()
            self._guarded(self._owner.received, whole)

    def _owner_got_binary(self, whole: bool) -> None:
        if not whole:
            self.close(WSCloseCode.UNSUPPORTED_DATA.value, "binary messages are not taken")
        self._guarded(self._owner.received_binary)

    def _came(self) -> None:
        """One of the messages that an honest peer begins with."""
        self._awaited -= 1
        if not self._awaited and self._deadline is not None:
            self._deadline.cancel()

    def _guarded(self, step: Callable[..., None], *values: object) -> None:
        try:
            step(*values)
        except Exception:  # noqa: BLE001 - see on_ws_frame
            self._failed()

    def _failed(self) -> None:
        _log.exception("media socket's owner failed")
        self.close(WSCloseCode.INTERNAL_ERROR.value, "internal error")

    def _nothing_came(self) -> None:
        self.close(WSCloseCode.POLICY_VIOLATION.value, "the stream did not start in time")

    def _cut_off(self, reason: str) -> None:
        """The write buffer is full: a close frame would wait behind it, so say it and cut."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        _log.warning("media stream cut off", reason=reason)
        transport.send_close(WSCloseCode.POLICY_VIOLATION, reason.encode())
        transport.disconnect(False)
