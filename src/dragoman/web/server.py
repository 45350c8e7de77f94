"""The web server: Starlette on uvicorn, one port for HTTP, the API and the carriers' media sockets.

server = WebServer(routes, doors, host="0.0.0.0", port=5050)
async with server.listening():
    ...                             # serves until the block is left
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import socket
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from typing import Final

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from dragoman.errors import SettingsError
from dragoman.observe.metrics import Metrics
from dragoman.ports import MediaDoor
from dragoman.web.answers import problem
from dragoman.web.guard import SECURITY_HEADERS, BodyLimit, SecurityHeaders, door_of
from dragoman.web.http import HttpBounds, http_protocol
from dragoman.web.media import media_switch
from dragoman.web.media_socket import MediaBounds, MediaSockets
from dragoman.web.page_socket import Entrance
from dragoman.web.tls import Certificate

_log = structlog.get_logger()

_START_S = 30.0
_STOP_S = 5.0
_BACKLOG = 256
"""Connections that the kernel has ready: all of them are accepted in one turn of the loop."""
_RECEIVE_BYTES = 32 * 1024
"""The kernel's buffer of a connection (it takes twice as much). All that is in it may be read at one go, so it bounds
how long one connection holds the others up; of a carrier's audio it holds five seconds."""
_FIRST_FD = 3
"""Where systemd puts the first socket that it hands over."""


class WebServer:
    """Serves `routes` over HTTP and `doors` (path to door) as media WebSockets, all on one port.

    What is refused, and which sockets are cut off, is counted in `metrics`.

    The port is taken when the object is built, so `port` is true at once (0 asks for any free one); SettingsError when
    it is not to be had. Signals are the application's business.
    """

    def __init__(
        self,
        routes: Sequence[BaseRoute],
        doors: Mapping[str, MediaDoor | Entrance],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        bounds: MediaBounds | None = None,
        http_bounds: HttpBounds | None = None,
        metrics: Metrics | None = None,
        freeze: bool = False,
        listener: socket.socket | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        """`listener` is taken in place of `host` and `port`: a socket that listens, and may outlive this process.

        With a `certificate` all is served over TLS.
        """
        self._listener = listener if listener is not None else _listen(host, port)
        self._listener.setblocking(False)
        # Connections inherit it. asyncio sets it on sockets that name their protocol only; an answer in two pieces (or
        # a frame behind another) then waits 40 ms for the other side's delayed acknowledgement.
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self._port = int(self._listener.getsockname()[1])
        metrics = metrics or Metrics()
        self._media = MediaSockets(metrics)
        self._pages = MediaSockets(metrics)
        self._freeze = freeze
        self.app = web_app(routes, lambda door: metrics.doors_shut.labels(door).inc())
        http_bounds = http_bounds or HttpBounds()
        self._server = _Uvicorn(
            uvicorn.Config(
                self.app,
                http=http_protocol(http_bounds, SECURITY_HEADERS),
                h11_max_incomplete_event_size=http_bounds.head_bytes,
                ws=media_switch(doors, self._media, bounds or MediaBounds(), self._pages),
                ws_max_size=64 * 1024,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,  # request lines carry tokens
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=int(_STOP_S),
                ssl_certfile=certificate.chain if certificate is not None else None,
                ssl_keyfile=certificate.key if certificate is not None else None,
            )
        )

    @property
    def port(self) -> int:
        return self._port

    def close_door(self) -> None:
        """Take no new connections: they are another process's, or wait for it. Those that are open go on."""
        for server in self._server.servers:
            server.close()

    def close(self) -> None:
        """Give the port back without having served. Idempotent."""
        self._listener.close()

    @property
    def media_sockets(self) -> int:
        """How many media sockets are open, those of pages too."""
        return len(self._media) + len(self._pages)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Serve while the block runs; then close the media sockets with 1001 and let answers under way finish."""
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._server.serve(sockets=[self._listener]))
            async with asyncio.timeout(_START_S):
                await self._server.up.wait()
            if self._freeze:
                # What lives now lives for good: full collections then take 4 ms instead of 80 (stack.md section 8).
                gc.collect()
                gc.freeze()
            _log.info("listening", port=self.port)
            try:
                yield
            finally:
                for sockets in (self._media, self._pages):
                    sockets.close_all("the server stops")
                self._server.should_exit = True
                await asyncio.wait({serving}, timeout=2 * _STOP_S)


class _Uvicorn(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone: a stop begins with a drain, which uvicorn knows nothing of."""
        yield


def web_app(routes: Sequence[BaseRoute], shut: Callable[[str], None] = lambda _door: None) -> ASGIApp:
    """The HTTP side alone: with limits, headers, and errors as JSON. `shut` is told at which door one was refused."""
    app = Starlette(
        routes=list(routes),
        middleware=[Middleware(BodyLimit)],
        exception_handlers={HTTPException: _http_problem, ClientDisconnect: _gone, Exception: _our_fault},
    )
    # A redirect to a path without its slash would lead to whatever host the request names.
    app.router.redirect_slashes = False
    doors = {door_of(route.path) for route in routes if isinstance(route, Route)}
    # Outside of Starlette's own error handling: a 500 has our headers too.
    return SecurityHeaders(app, doors, shut)


async def _http_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    fixes = {404: "see the API's page in the documentation", 405: "use another method", 413: "send less"}
    fix = fixes.get(error.status_code, "")
    return problem(error.status_code, error.detail, fix, headers=dict(error.headers or {}))


async def _gone(_request: Request, _error: Exception) -> Response:
    """The client left before its request was whole: nobody reads this."""
    return Response(status_code=400)


async def _our_fault(request: Request, error: Exception) -> Response:
    _log.error("request failed", path=request.url.path, exc_info=error)
    return problem(500, "internal error", "the log of the server says more")


_NO_SUCH_ADDRESS: Final = "Set it to an address of this machine, or leave it out for all of them."
_FIXES: Final = {
    errno.EADDRINUSE: ("API_PORT", "Stop the program that has it, or set API_PORT to another."),
    errno.EACCES: ("API_PORT", "Set API_PORT to 1024 or above: those below are for root."),
}
"""Which setting is wrong where a port cannot be had, and what to do; all else is the address."""


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as broken:
        name, fix = _FIXES.get(broken.errno or 0, ("DRAGOMAN_HOST", _NO_SUCH_ADDRESS))
        why = (broken.strerror or "").partition(" (")[0]
        raise SettingsError([f"{name}: cannot listen on {host} port {port}: {why}. {fix}"]) from None
    return listener


def inherited(fds: int, pid: int, own_pid: int) -> socket.socket | None:
    """The socket that systemd hands over (`LISTEN_FDS`, `LISTEN_PID`); None when there is none for us. SettingsError
    when that is no listening socket.

    It stays open while no process serves it: who connects meanwhile waits, and is answered by the next one.
    """
    if fds < 1 or pid != own_pid:
        return None
    try:
        listener = socket.socket(fileno=_FIRST_FD)
        listening = bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    except OSError as broken:
        raise SettingsError([f"LISTEN_FDS: file {_FIRST_FD} is no socket: {broken.strerror}. Take it out."]) from None
    if not listening:
        listener.close()
        raise SettingsError([f"LISTEN_FDS: file {_FIRST_FD} is no listening socket. Set Accept=no in the socket unit."])
    listener.set_inheritable(False)
    return listener
