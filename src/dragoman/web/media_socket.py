"""One open media WebSocket: joins fragments, keeps its bounds, and shields the server from its owner's faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from dragoman.observe.metrics import Metrics
from dragoman.ports import MediaSocket

_log = structlog.get_logger()

# An enum's member costs a look-up of 250 ns, and every frame needs some of them.
_TEXT = WSMsgType.TEXT
_CLOSE = WSMsgType.CLOSE
_PING = WSMsgType.PING

_NO_MATTER = 1 << 62
_TRY_AGAIN_LATER = 1013
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
    rate_bytes_per_s: int = 3 * 50 * 800
    """What may come for long: thrice real time. Of a message its length and MESSAGE_COST_BYTES count."""
    burst_bytes: int = 1_250_000
    """What may come at once besides: 30 s of frames that were held up on their way (1008 beyond)."""
    unstarted: int = 256
    """How many sockets of a server may wait for their opening messages; one more, and the oldest goes (1013)."""


MESSAGE_COST_BYTES = 400
"""A frame of 20 ms is 380 bytes of JSON; the smallest message costs us as much as that."""


class MediaSockets:
    """The media sockets that are open on this server, for a stop."""

    def __init__(self, metrics: Metrics | None = None) -> None:
        self.metrics = metrics or Metrics()
        self._open: set[OpenSocket] = set()
        self._unstarted: dict[OpenSocket, None] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: OpenSocket, unstarted: int) -> None:
        """One more, which has not started; of more than `unstarted` such the oldest is closed."""
        self._open.add(socket)
        self.metrics.streams_living.inc()
        self._unstarted[socket] = None
        if len(self._unstarted) > unstarted:
            next(iter(self._unstarted)).crowded_out()

    def started(self, socket: OpenSocket) -> None:
        self._unstarted.pop(socket, None)

    def discard(self, socket: OpenSocket) -> None:
        self._open.remove(socket)
        self.metrics.streams_living.dec()
        self._unstarted.pop(socket, None)

    def close_all(self, reason: str) -> None:
        """Close every one with 1001."""
        for socket in list(self._open):
            socket.close(WSCloseCode.GOING_AWAY.value, reason)


class OpenSocket(WSListener):
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
        self._credit_bytes = bounds.burst_bytes
        self._credited_at = asyncio.get_running_loop().time()
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    # ---- From picows -------------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._transport = transport
        self._sockets.add(self, self._bounds.unstarted)
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(self._bounds.opening_s, self._nothing_came)
        self._greet()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        credit_bytes = self._credit_bytes = self._credit_bytes - frame.payload_size - MESSAGE_COST_BYTES
        if credit_bytes < 0 and not self._credited():
            return
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
        elif kind == _PING:
            transport.send_pong(frame.get_payload_as_bytes())
            self._look_at_unsent(transport)
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
        self._send(_TEXT, message)

    def _send(self, kind: WSMsgType, message: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        transport.send(kind, message)
        # Only once the socket is behind at all (64 KiB by default) is it worth the look.
        if self._stall is not None:
            self._look_at_unsent(transport)

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is cut when the other side does not answer. Idempotent."""
        transport = self._transport
        if transport is None or transport.is_disconnected or transport.is_close_frame_sent:
            return
        transport.send_close(cast("WSCloseCode", code), reason.encode()[:120])
        asyncio.get_running_loop().call_later(_GOING_AWAY_S, transport.disconnect, False)

    def crowded_out(self) -> None:
        """Others wait too, and this one has waited longest."""
        self._sockets.started(self)
        self._count("crowded-out")
        self.close(_TRY_AGAIN_LATER, "too many streams that have not started")

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _greet(self) -> None:
        self._guarded(self._owner.connected, self.send, self.close)

    def _piece(self, kind: WSMsgType, frame: WSFrame) -> None:
        """Whatever is not one whole text message: a fragment, or binary."""
        if (kind == WSMsgType.CONTINUATION) != self._in_fragments:
            self.close(WSCloseCode.PROTOCOL_ERROR.value, "fragments out of order")
            return
        if kind == WSMsgType.BINARY:
            self._owner_got_binary(frame.fin)
            return
        whole = self._joined(frame)
        if whole is not None:
            if self._awaited:
                self._came()
            self._guarded(self._owner.received, whole)

    def _joined(self, frame: WSFrame) -> bytes | None:
        """The message that this frame ends; None while it does not, or when it is too big."""
        if frame.payload_size:  # empty ones would make a list without end
            self._parts.append(frame.get_payload_as_bytes())
        self._parts_bytes += frame.payload_size
        if self._parts_bytes > self._bounds.message_bytes:
            self._parts.clear()
            self.close(WSCloseCode.MESSAGE_TOO_BIG.value, "message too big")
            return None
        self._in_fragments = not frame.fin
        if not frame.fin:
            return None
        whole = b"".join(self._parts)
        self._parts.clear()
        self._parts_bytes = 0
        return whole

    def _owner_got_binary(self, whole: bool) -> None:
        if not whole:
            self.close(WSCloseCode.UNSUPPORTED_DATA.value, "binary messages are not taken")
        self._guarded(self._owner.received_binary)

    def _came(self) -> None:
        """One of the messages that an honest peer begins with."""
        self._awaited -= 1
        if not self._awaited and self._deadline is not None:
            self._sockets.started(self)
            self._deadline.cancel()

    def _credited(self) -> bool:
        """The credit is spent: whether time has earned more of it. When not, the socket is cut off."""
        now, bounds = asyncio.get_running_loop().time(), self._bounds
        earned = int((now - self._credited_at) * bounds.rate_bytes_per_s)
        self._credited_at = now
        self._credit_bytes = min(self._credit_bytes + earned, bounds.burst_bytes)
        if self._credit_bytes >= 0:
            return True
        self._cut_off("sends too fast")
        return False

    def _look_at_unsent(self, transport: WSTransport) -> None:
        if transport.underlying_transport.get_write_buffer_size() > self._bounds.unsent_bytes:
            self._cut_off("does not read")

    def _guarded(self, step: Callable[..., None], *values: object) -> None:
        try:
            step(*values)
        except Exception:  # noqa: BLE001 - see on_ws_frame
            self._failed()

    def _failed(self) -> None:
        _log.exception("media socket's owner failed")
        self.close(WSCloseCode.INTERNAL_ERROR.value, "internal error")

    def _nothing_came(self) -> None:
        self._count("not-started")
        self.close(WSCloseCode.POLICY_VIOLATION.value, "the stream did not start in time")

    def _count(self, reason: str) -> None:
        self._sockets.metrics.streams_cut.labels(reason).inc()

    def _cut_off(self, reason: str) -> None:
        """A close frame may wait behind a full buffer, and what still comes is not read: say it and cut."""
        transport = self._transport
        if transport is None or transport.is_disconnected:
            return
        self._credit_bytes = _NO_MATTER  # what lies in the buffer still passes by, and is dropped
        _log.warning("media stream cut off", reason=reason)
        self._count(reason.replace(" ", "-"))
        transport.send_close(WSCloseCode.POLICY_VIOLATION, reason.encode())
        transport.disconnect(False)
