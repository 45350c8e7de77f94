"""One WebSocket to a Realtime server: connect with a deadline, bounded writing, pings, and every ending told apart.

The one place that knows picows. Reconnecting is the owner's business: it gets an `Ending` and decides. Only an attempt
that failed at once is repeated at once, for one server among many that is just being restarted.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from dragoman.domain.speech import TroubleKind
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.endpoint import Endpoint

CONNECT_S: Final = 5.0
"""A call waits for it. Handshakes take up to 2 s; one that takes longer than this is better begun anew."""
AT_ONCE_S: Final = 0.5
"""What failed sooner than this..."""
AGAIN_S: Final = (0.05, 0.15)
"""...is tried once more, after so long."""
PING_IDLE_S: Final = 6.0
PING_REPLY_S: Final = 4.0
"""With both, a peer that is gone without a word is found within 10 s although nobody speaks."""
MAX_UNSENT_BYTES: Final = 4 * 1024 * 1024
"""About a minute of 24 kHz audio: a server that has not read it is stuck."""
MAX_MESSAGE_BYTES: Final = 16 * 1024 * 1024

# An enum's member costs a look-up of 250 ns, and every frame needs some of them.
_TEXT: Final = WSMsgType.TEXT
_CLOSE: Final = WSMsgType.CLOSE

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ending:
    """How a socket ended. `kind` None = in order (asked for by us, or code 1000). `message` is fit for a log."""

    kind: TroubleKind | None
    message: str
    code: int = 0
    retry_after_s: float | None = None


class RealtimeSocket:
    """A client connection. `opened` and `received` are called from its callbacks: they must not block or raise.

    `connect_s`: how long an attempt may take, from the look-up of the name until the upgrade is granted.
    """

    def __init__(
        self, endpoint: Endpoint, path: str, model: str, safety_id: str = "", *, connect_s: float = CONNECT_S
    ) -> None:
        self._endpoint = endpoint
        self._connect_s = connect_s
        self._url = endpoint.socket_url(path, model)
        self._safety_id = safety_id
        self._transport: WSTransport | None = None
        self._closing = asyncio.Event()
        self._stuck = False
        self._behind = False

    @property
    def connected(self) -> bool:
        """Whether the upgrade was granted (and whatever came of it)."""
        return self._transport is not None

    async def run(self, opened: Callable[[], None], received: Callable[[bytes], None]) -> Ending:
        """Connect and serve until the connection is over; never raises but for cancellation."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        ending = await self._serve(opened, received)
        if loop.time() - began < AT_ONCE_S and self._worth_another(ending):
            _log.info("engine.connect_again", reason=ending.message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(*AGAIN_S)):
                    await self._closing.wait()
            ending = await self._serve(opened, received)
        return ending

    def send(self, message: bytes) -> None:
        """Write one text message; dropped when there is no connection. A server that stops reading is hung up on."""
        transport = self._transport
        if transport is None:
            return
        transport.send(_TEXT, message)
        # Only once the connection is behind at all (64 KiB by default) is it worth the look.
        if self._behind and transport.underlying_transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            self._stuck = True
            transport.disconnect(graceful=False)

    def close(self) -> None:
        """End the connection in order; `run` returns. Idempotent."""
        self._closing.set()
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    def abort(self) -> None:
        """End the connection at once, without the closing handshake."""
        self._closing.set()
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def _worth_another(self, ending: Ending) -> bool:
        """Whether it never got through, for a reason that may pass within a moment."""
        never_through = self._transport is None and not self._closing.is_set()
        return never_through and ending.retry_after_s is None and ending.kind in _PASSING

    async def _serve(self, opened: Callable[[], None], received: Callable[[bytes], None]) -> Ending:
        if self._closing.is_set():
            return Ending(None, "closed before it was open")
        listener = _Listener(lambda transport: self._connected(transport, opened), received, self._fell_behind)
        try:
            async with asyncio.timeout(self._connect_s):
                transport, _ = await ws_connect(
                    lambda: listener,
                    self._url,
                    ssl_context=self._endpoint.tls,
                    websocket_handshake_timeout=self._connect_s,
                    enable_auto_ping=True,
                    auto_ping_idle_timeout=PING_IDLE_S,
                    auto_ping_reply_timeout=PING_REPLY_S,
                    auto_ping_strategy=WSAutoPingStrategy.PING_WHEN_IDLE,
                    max_frame_size=MAX_MESSAGE_BYTES,
                    max_redirects=0,
                    extra_headers=self._endpoint.headers(self._safety_id),
                    logger_name="engine",
                )
        except WSHandshakeError as refused:
            return _refusal(refused)
        except TimeoutError:
            return _unreachable(f"no connection within {self._connect_s:g} s")
        except (OSError, WSError) as error:
            return _unreachable(type(error).__name__)
        try:
            await transport.wait_disconnected()
        except WSError as error:
            _log.info("engine.socket_error", reason=type(error).__name__)
        finally:
            transport.disconnect(graceful=False)
        return self._ending(transport)

    def _connected(self, transport: WSTransport, opened: Callable[[], None]) -> None:
        """The upgrade was granted; the first messages may be in the same packet, so this comes before them."""
        self._transport = transport
        if self._closing.is_set():
            self.close()
        else:
            opened()

    def _fell_behind(self, behind: bool) -> None:
        self._behind = behind

    def _ending(self, transport: WSTransport) -> Ending:
        if self._stuck:
            return Ending(TroubleKind.NETWORK, "the server stopped reading")
        if self._closing.is_set():
            return Ending(None, "closed by us", 1000)
        goodbye = getattr(transport.close_handshake, "recv", None)  # both are None when there was none
        if goodbye is None:
            return Ending(TroubleKind.NETWORK, "the connection broke", 1006)
        return closed(int(goodbye.code), goodbye.reason)


class _Listener(WSListener):
    """Joins frames to messages."""

    def __init__(
        self,
        connected: Callable[[WSTransport], None],
        received: Callable[[bytes], None],
        fell_behind: Callable[[bool], None],
    ) -> None:
        self._connected, self._received, self._fell_behind = connected, received, fell_behind
        self._pieces: list[bytes] = []
        self._size = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The upgrade was granted."""
        self._connected(transport)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame came: text and its continuations count, binary is no part of the protocol."""
        kind = frame.msg_type
        if transport.is_close_frame_sent and kind != _CLOSE:
            return  # what picows still reads of a message that was too large
        if kind == _TEXT and frame.fin:
            self._received(frame.get_payload_as_bytes())
        elif kind == _CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in (WSMsgType.TEXT, WSMsgType.CONTINUATION):
            self._piece(transport, frame)

    def pause_writing(self) -> None:
        """The peer reads more slowly than we write."""
        self._fell_behind(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._fell_behind(False)

    def _piece(self, transport: WSTransport, frame: WSFrame) -> None:
        self._pieces.append(frame.get_payload_as_bytes())
        self._size += len(self._pieces[-1])
        if self._size > MAX_MESSAGE_BYTES:
            transport.disconnect(graceful=False)
        elif frame.fin:
            whole = b"".join(self._pieces)
            self._pieces, self._size = [], 0
            self._received(whole)


# ---- Telling endings apart -------------------------------------------------------------------------------------------

_BY_STATUS = {
    400: TroubleKind.BAD_REQUEST,
    401: TroubleKind.AUTH,
    403: TroubleKind.AUTH,
    404: TroubleKind.BAD_REQUEST,
    429: TroubleKind.RATE_LIMIT,
}
_PASSING = (TroubleKind.NETWORK, TroubleKind.UPSTREAM)
_CODE = re.compile(rb'"code"\s*:\s*"(\w{1,64})"')
_BY_CLOSE = {
    1000: None,
    1001: TroubleKind.EXPIRED,
    1005: TroubleKind.NETWORK,
    1006: TroubleKind.NETWORK,
    1008: TroubleKind.BAD_REQUEST,
    4000: TroubleKind.BAD_REQUEST,
}


def _unreachable(what: str) -> Ending:
    return Ending(TroubleKind.NETWORK, faults.explained(TroubleKind.NETWORK, what))


def _refusal(refused: WSHandshakeError) -> Ending:
    """What an upgrade that was not granted means: by the code in its body where we know that, else by its status."""
    response = refused.response
    if response is None:
        return _unreachable("the connection broke while it was being opened")
    status = int(response.status)
    found = _CODE.search(refused.raw_body or b"")
    code = found[1].decode() if found else ""
    kind = _BY_STATUS.get(status, TroubleKind.UPSTREAM)
    if status < 500 and faults.known(code):
        kind = faults.kind_of(code)
    what = f"HTTP {status}, {code}" if code else f"HTTP {status}"
    return Ending(kind, faults.explained(kind, what), status, retry_after_s(response.headers.get("Retry-After")))


def retry_after_s(header: str | None) -> float | None:
    """The seconds form of a Retry-After header; the date form is left aside."""
    try:
        seconds = float(header) if header is not None else None
    except ValueError:
        return None
    return seconds if seconds is not None and 0 <= seconds < float("inf") else None


def closed(code: int, reason: str | None) -> Ending:
    """What a close code means: 1000 in order, 1001 expired or going away, 4000 policy, the rest their trouble."""
    kind = _BY_CLOSE.get(code, TroubleKind.UPSTREAM)
    return Ending(kind, f"closed by the server with {code}" + (f" ({reason})" if reason else ""), code)
