"""One TCP connection to the emulator: HTTP first, then perhaps a WebSocket, which can be cut off in every way there is.

The WebSocket's rules are those of the `websockets` library (its part without I/O); the socket is ours, because a peer
that drops, stalls or is slow cannot be played through a polite server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, cast

from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from dragoman.interpreters.openai.emulator import plain_http as http
from dragoman.interpreters.openai.emulator.auth import PROTOCOL
from dragoman.interpreters.openai.emulator.stage import Timer

MAX_MESSAGE_BYTES = 24 * 1024 * 1024
"""An append of 15 MiB as base64, and some."""
CLOSE_TIMEOUT_S = 2.0
CLOSED_WITHOUT_WORD = 1006


class Session(Protocol):
    """What a WebSocket is for."""

    def begin(self) -> None: ...

    def receive(self, message: bytes) -> None: ...

    def gone(self, code: int) -> None: ...


class Door(Protocol):
    """Decides what becomes of a connection."""

    def connected(self, connection: Connection) -> None: ...

    def disconnected(self, connection: Connection) -> None: ...

    def answer(self, request: http.Request) -> http.Answer:
        """An ordinary HTTP request."""
        ...

    def admit(self, request: http.Request) -> tuple[float, http.Answer | Callable[[Connection], Session]]:
        """A wish to upgrade: how many seconds to keep it waiting, and then a refusal or the session to open."""
        ...

    def unix_s(self) -> float: ...


def _sub_protocol(_: ServerProtocol, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """A browser offers `realtime` and its key; a server offers nothing."""
    return Subprotocol(PROTOCOL) if PROTOCOL in offered else None


class Connection(asyncio.Protocol):
    """A `Stage` for one session."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()
        self._timers: set[asyncio.TimerHandle] = set()
        self._ws = ServerProtocol(select_subprotocol=_sub_protocol, max_size=MAX_MESSAGE_BYTES)
        self._session: Session | None = None
        self._waiting = False
        self._mute = False
        self._fragments: list[bytes] = []
        self.lost = asyncio.Event()

    # ---- The socket --------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._door.connected(self)

    def data_received(self, received: bytes) -> None:
        if self._mute:
            return
        if self._session is not None:
            self._read(received)
            return
        self._head += received
        if not self._waiting and b"\r\n\r\n" in self._head:
            self._request()
        elif len(self._head) > http.MAX_HEAD_BYTES + http.MAX_BODY_BYTES:
            self.drop()

    def connection_lost(self, error: Exception | None) -> None:
        self._silence()
        self._ws.receive_eof()
        self.lost.set()
        self._door.disconnected(self)
        if self._session is not None:
            self._session.gone(self._ws.close_code or CLOSED_WITHOUT_WORD)

    # ---- HTTP --------------------------------------------------------------------------------------------------------

    def _request(self) -> None:
        head, _, rest = bytes(self._head).partition(b"\r\n\r\n")
        try:
            request = http.parse(head)
            size = http.body_size(request)
        except http.BrokenRequest as error:
            self._reply(http.problem(400, "invalid_request", str(error)))
            return
        if request.wants_upgrade and request.method == "GET":
            self._waiting = True
            delay_s, outcome = self._door.admit(request)
            self.later(delay_s, lambda: self._decide(outcome))
        elif len(rest) >= size:
            self._reply(self._door.answer(http.parse(head, rest[:size])))

    def _reply(self, answer: http.Answer) -> None:
        if self._transport is not None:
            self._mute = True
            self._transport.write(http.written(answer))
            self._transport.close()

    def _decide(self, outcome: http.Answer | Callable[[Connection], Session]) -> None:
        if isinstance(outcome, http.Answer):
            self._reply(outcome)
            return
        received, self._head = bytes(self._head), bytearray()
        self._ws.receive_data(received)
        handshakes = [one for one in self._ws.events_received() if isinstance(one, Handshake)]
        if not handshakes:
            self._reply(http.problem(400, "invalid_request", "not a WebSocket handshake"))
            return
        self._ws.send_response(self._ws.accept(handshakes[0]))
        self._flush()
        if self._ws.state is not State.OPEN:
            self._mute = True
            if self._transport is not None:
                self._transport.close()
            return
        self._session = outcome(self)
        self._session.begin()
        self._take_in()

    # ---- WebSocket ---------------------------------------------------------------------------------------------------

    def _read(self, received: bytes) -> None:
        self._ws.receive_data(received)
        self._take_in()

    def _take_in(self) -> None:
        for event in self._ws.events_received():
            if isinstance(event, Frame) and self._session is not None and not self._mute:
                self._frame(event, self._session)
        self._flush()
        if self._ws.close_expected() and self._transport is not None and not self._transport.is_closing():
            self._transport.close()

    def _frame(self, frame: Frame, session: Session) -> None:
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return
        self._fragments.append(bytes(frame.data))
        if frame.fin:
            message, self._fragments = b"".join(self._fragments), []
            session.receive(message)

    def _flush(self) -> None:
        if self._transport is None or self._transport.is_closing() or self._mute:
            return
        for outgoing in self._ws.data_to_send():
            if outgoing:
                self._transport.write(outgoing)

    # ---- What a session may do (`Stage`) -----------------------------------------------------------------------------

    def send(self, message: bytes) -> None:
        if self._mute or self._ws.state is not State.OPEN:
            return
        self._ws.send_text(message)
        self._flush()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye; when the peer does not answer in time the connection is dropped."""
        self._silence()
        try:
            self._ws.send_close(code, reason)
        except InvalidState:
            return
        self._flush()
        self.later(CLOSE_TIMEOUT_S, self.drop)

    def drop(self) -> None:
        self._silence()
        if self._transport is not None:
            self._transport.abort()

    def stall(self) -> None:
        self._silence()
        self._mute = True
        if self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def later(self, delay_s: float, act: Callable[[], None]) -> Timer:
        def fire() -> None:
            self._timers.discard(handle)
            act()

        handle = self._loop.call_later(delay_s, fire)
        self._timers.add(handle)
        return handle

    def unix_s(self) -> float:
        return self._door.unix_s()

    def _silence(self) -> None:
        """No timer of the session fires any more."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
