"""HTTP/1.1 on uvicorn's own protocol, with the bounds that it does not have: for requests that never end, for answers
that nobody reads, for how many connections may wait, and for how many requests are taken at once: calls share the loop.

Behind a proxy all connections have the proxy's address, so none of this goes by address: where there is no room, the
connection that has waited longest for a whole request makes it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import h11
import structlog
from uvicorn.protocols.http.h11_impl import H11Protocol

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HttpBounds:
    """What an HTTP connection may do before it is closed."""

    head_bytes: int = 16 * 1024
    """Of a request's head that comes in pieces (400 beyond)."""
    request_s: float = 10.0
    """How long a request may take to come, head and body."""
    unread_s: float = 20.0
    """How long the other side may leave an answer unread."""
    connections: int = 1024
    """How many there may be, those of upgraded sockets aside."""
    requests_per_s: float = 1000.0
    """How many requests (upgrades too) are taken for long. More wait their turn, a connection's after another's."""
    requests_at_once: int = 50
    """How many are taken without a wait: a request costs a quarter of a millisecond, which voices wait for."""


_TURN_S = 0.01


class _Turns:
    """Lets so many pieces of requests through in a while; the rest wait in a row."""

    def __init__(self, per_s: float, at_once: int) -> None:
        self._per_s, self._at_once = per_s, at_once
        self._credit = float(at_once)
        self._credited_at = 0.0
        self._row: deque[tuple[BoundedHttp, bytes]] = deque()

    def takes(self, connection: BoundedHttp, piece: bytes) -> bool:
        """Whether it is to be read now; else `connection.read` gets it when its turn comes."""
        if not self._row and self._spend():
            return True
        if not self._row:
            connection.loop.call_later(_TURN_S, self._go_on, connection.loop)
        self._row.append((connection, piece))
        return False

    def charge(self) -> None:
        """One more was taken, which came behind another in one piece."""
        self._credit -= 1

    def _spend(self) -> bool:
        now = asyncio.get_running_loop().time()
        earned = (now - self._credited_at) * self._per_s
        self._credit = min(self._credit + earned, float(self._at_once))
        self._credited_at = now
        if self._credit < 1:
            return False
        self._credit -= 1
        return True

    def _go_on(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._row and self._spend():
            connection, piece = self._row.popleft()
            connection.read(piece)
        if self._row:
            loop.call_later(_TURN_S, self._go_on, loop)


class _Lobby:
    """The connections of one server whose request is not there yet, in the order in which they began to wait."""

    def __init__(self, bounds: HttpBounds) -> None:
        self.bounds = bounds
        self.turns = _Turns(bounds.requests_per_s, bounds.requests_at_once)
        self._waiting: dict[BoundedHttp, None] = {}
        self._turned_away = 0

    def enter(self, connection: BoundedHttp, everyone: int) -> None:
        """One more waits; with too many of `everyone` the one that has waited longest goes."""
        self._waiting.setdefault(connection)
        if everyone <= self.bounds.connections:
            return
        oldest = next(iter(self._waiting))
        self._turned_away += 1
        if self._turned_away % self.bounds.connections == 1:
            _log.warning("too many HTTP connections: those that wait longest are closed", number=self._turned_away)
        oldest.give_up()

    def leave(self, connection: BoundedHttp) -> None:
        self._waiting.pop(connection, None)


class BoundedHttp(H11Protocol):
    """One connection. Made by `http_protocol`."""

    def __init__(self, lobby: _Lobby, refusal_headers: list[tuple[bytes, bytes]], *uvicorns: Any) -> None:
        super().__init__(*uvicorns)
        self._lobby = lobby
        self._refusal_headers = refusal_headers
        self._request_timer: asyncio.TimerHandle | None = None
        self._unread_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]  # uvicorn narrows what asyncio promises
        self._await_request()
        self._lobby.enter(self, len(self.connections))

    def data_received(self, data: bytes) -> None:
        self._await_request()
        if self._lobby.turns.takes(self, data):
            self._read(data)
        else:
            self.transport.pause_reading()

    def read(self, piece: bytes) -> None:
        """What came and had to wait: its turn has come."""
        if self.transport.is_closing():
            return
        self._read(piece)
        if not self.flow.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _read(self, piece: bytes) -> None:
        super().data_received(piece)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_go()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        if self.conn.trailing_data[0]:
            self._lobby.turns.charge()
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._unread_timer is None:
            self._unread_timer = self.loop.call_later(self._lobby.bounds.unread_s, self.give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on the socket is another protocol's."""
        self._let_go()
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP: uvicorn's answer, with our headers."""
        self._let_go()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close"), *self._refusal_headers]
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(self.conn.send(h11.Response(status_code=400, headers=headers)) or b"")
            self.transport.write(self.conn.send(h11.Data(data=msg.encode("ascii"))) or b"")
            self.transport.write(self.conn.send(h11.EndOfMessage()) or b"")
        self.transport.close()

    def give_up(self) -> None:
        """Cut the connection; a request under way sees that its client is gone."""
        self._let_go()
        self.transport.abort()

    def _look(self) -> None:
        """Whether a request is awaited still, or there is one (or an answer to one) and no hurry."""
        if self.transport.is_closing() or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._no_longer_awaited()
        elif self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
            # Between two requests: uvicorn closes what stays idle. It may make room before that.
            self._no_longer_awaited()
            self._lobby.enter(self, 0)

    def _await_request(self) -> None:
        if self._request_timer is None and self.conn.their_state is h11.IDLE:
            self._request_timer = self.loop.call_later(self._lobby.bounds.request_s, self.give_up)

    def _no_longer_awaited(self) -> None:
        if self._request_timer is not None:
            self._request_timer.cancel()
            self._request_timer = None
        self._lobby.leave(self)

    def _let_go(self) -> None:
        self._no_longer_awaited()
        if self._unread_timer is not None:
            self._unread_timer.cancel()
            self._unread_timer = None


def http_protocol(bounds: HttpBounds, refusal_headers: Mapping[str, str]) -> type[asyncio.Protocol]:
    """A class for uvicorn's `http=`. `refusal_headers` go with the answer to what is no HTTP."""
    lobby = _Lobby(bounds)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in refusal_headers.items()]

    class Http(BoundedHttp):
        def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
            super().__init__(lobby, headers, config, server_state, app_state, _loop)

    return Http
