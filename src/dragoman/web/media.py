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
from picows import WSAutoPingStrategy, WSListener, WSUpgradeRequest, WSUpgradeResponse, WSUpgradeResponseWithListener
from picows.picows import WSProtocol  # type: ignore[attr-defined]  # not public: pinned, held by a contract test
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from dragoman.errors import Refused
from dragoman.ports import MediaDoor, MediaRequest
from dragoman.web.media_socket import MediaBounds, MediaSockets, OpenSocket
from dragoman.web.page_socket import Entrance, OpenPageSocket

_log = structlog.get_logger()
_picows_log = logging.getLogger("dragoman.media")


def media_switch(
    doors: Mapping[str, MediaDoor | Entrance],
    sockets: MediaSockets,
    bounds: MediaBounds,
    pages: MediaSockets | None = None,
) -> type[asyncio.Protocol]:
    """A class for uvicorn's `ws=` that takes upgrades of the paths in `doors` and leaves the others to uvicorn.

    `pages` are the sockets of those doors that are for pages: they crowd no carrier's out.
    """
    kinds = _Kinds(doors, sockets, pages if pages is not None else MediaSockets(sockets.metrics), bounds)

    class Switch(_Switch):
        def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
            def uvicorns_own() -> asyncio.Protocol:
                return WebSocketsSansIOProtocol(config, server_state, app_state, _loop)

            super().__init__(kinds, uvicorns_own)

    return Switch


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The doors, the sockets of carriers and of pages, and the carriers' bounds."""

    doors: Mapping[str, MediaDoor | Entrance]
    sockets: MediaSockets
    pages: MediaSockets
    bounds: MediaBounds


class _Switch(asyncio.Protocol):
    """Lives for the upgrade only: builds the right protocol, feeds it the request head, and steps aside."""

    def __init__(self, kinds: _Kinds, otherwise: Callable[[], asyncio.Protocol]) -> None:
        self._kinds = kinds
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
        door = self._kinds.doors.get(path)
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

    def _picows(self, door: MediaDoor | Entrance, path: str) -> Any:
        kinds = self._kinds
        bounds = door.bounds if isinstance(door, Entrance) else kinds.bounds

        def accept(request: WSUpgradeRequest) -> WSListener | WSUpgradeResponseWithListener:
            return _accept(request, door, path, self._peer(), kinds)

        # fmt: off
        return WSProtocol(
            None, None, False,  # host and path are for clients; not a client
            accept, _picows_log,
            True,  # disconnect when a callback raises (ours do not)
            bounds.opening_s,  # for the upgrade itself
            True, bounds.ping_s, bounds.ping_s, WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # pings are answered by _Socket, which counts them
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
    request: WSUpgradeRequest, door: MediaDoor | Entrance, path: str, peer: str, kinds: _Kinds
) -> WSListener | WSUpgradeResponseWithListener:
    """Ask the door; 403 when it refuses. Exceptions of a door stay here: picows would print them to the peer."""
    headers = {name.lower(): ", ".join(request.headers.getall(name)) for name in request.headers}
    query = request.path.partition(b"?")[2].decode("latin-1")
    asked = MediaRequest(path=path, query=query, headers=headers, peer=peer)
    try:
        if isinstance(door, Entrance):
            page = OpenPageSocket(door.door(asked), door.bounds, kinds.pages)
            answer = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": door.subprotocol})
            return WSUpgradeResponseWithListener(answer, page)
        return OpenSocket(door(asked), kinds.bounds, kinds.sockets)
    except Refused as refused:
        _log.warning("media stream refused", path=path, reason=refused.reason)
        kinds.sockets.metrics.doors_shut.labels(path).inc()
        return _no(403, refused.reason)
    except Exception:  # noqa: BLE001 - a fault at one door must not reach another call
        _log.exception("media door failed", path=path)
        return _no(500, "internal error")


def _no(status: int, reason: str) -> WSUpgradeResponseWithListener:
    return WSUpgradeResponseWithListener(WSUpgradeResponse.create_error_response(status, reason.encode()), None)
