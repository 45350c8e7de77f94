"""One bidirectional Media Stream, from Twilio's end: `<Connect><Stream>`.

Source: Twilio's Media Streams pages; `wire` has the messages. The party's audio goes to the app every 20 ms, silence
included; what the app sends is played as one queue. Nobody reconnects a stream.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.settings import is_loopback
from dragoman.telephony.twilio import signature, wire
from dragoman.telephony.twilio.emulator import ids
from dragoman.telephony.twilio.emulator.courier import bare
from dragoman.telephony.twilio.emulator.line import Leg, Line
from dragoman.telephony.twilio.emulator.plant import Plant
from dragoman.telephony.twilio.emulator.playback import Playback
from dragoman.telephony.twilio.emulator.twiml import Verb
from dragoman.telephony.twilio.wire import StreamCode

_CLEAN: Final = frozenset({1000, 1001, 1005})
_OUR_COMPLAINT: Final = frozenset({1002, 1007})
"""Close codes that our side sends when the app's frames are against the WebSocket protocol."""
_OPEN_S: Final = 5.0
_LEAVE_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a stream could not be, or could not go on."""

    code: StreamCode
    reason: str


class _NoRedirects(connect):
    """Twilio does not follow a redirect of the upgrade."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class MediaStream:
    """A stream on a leg. `run` carries it to its end; while it runs it is the leg's source, tap and ear."""

    def __init__(self, plant: Plant, leg: Leg, noun: Verb, page_url: str) -> None:
        self.sid = ids.sid("MZ")
        self._plant = plant
        self._leg = leg
        self._noun = noun
        self._page_url = page_url
        self._carrier = wire.CarrierEnd(self.sid, leg.sid, leg.account_sid)
        self._playback = Playback(wire.BUFFER_LIMIT_MS)
        self._outbox: deque[bytes] = deque()
        self._ready = asyncio.Event()
        self._warned: set[StreamCode] = set()
        self._frames = 0
        self._socket: ClientConnection | None = None
        self._dwell_s = 0.0

    async def run(self) -> None:
        """Until the app closes the socket, or (by cancellation) the call ends or goes elsewhere."""
        target = self._target()
        if isinstance(target, Mistake):
            self._fail(target)
            return
        socket = await self._open(target)
        if isinstance(socket, Mistake):
            self._fail(socket)
            return
        self._socket = socket
        self._take_over()
        try:
            mistake = await self._converse(socket)
        except asyncio.CancelledError:
            self._let_go()
            await self._leave(socket)
            self._tell("stream-stopped")
            raise
        self._let_go()
        if mistake is not None:
            self._fail(mistake)
        self._tell("stream-stopped")

    def cut(self) -> None:
        """The network between Twilio and the app dies: no `stop`, no close frame."""
        if self._socket is not None:
            self._socket.transport.abort()

    def slow(self, dwell_s: float) -> None:
        """From now on wait so long before each message is read: what the app sends piles up on its side."""
        self._dwell_s = dwell_s

    # ---- Opening -----------------------------------------------------------------------------------------------------

    def _target(self) -> str | Mistake:
        """The URL to connect to, without its query (Twilio does not support one)."""
        base = self._page_url.replace("http", "ws", 1)
        try:
            parts = urlsplit(urljoin(base, self._noun.get("url")))
            host = parts.hostname or ""
        except ValueError:
            return Mistake(StreamCode.URL, "malformed URL")
        if not host:
            return Mistake(StreamCode.URL, "malformed URL")
        # Plain ws: to this machine, so that a test needs no certificate; Twilio itself never does.
        if parts.scheme != "wss" and not (parts.scheme == "ws" and is_loopback(host)):
            return Mistake(StreamCode.SCHEME, f"{parts.scheme}: is not supported, only wss:")
        if self._noun.get("track", "inbound_track") != "inbound_track":
            return Mistake(StreamCode.TRACK, "a bidirectional stream has inbound_track only")
        return self._without_query(parts)

    def _without_query(self, parts: SplitResult) -> str:
        if parts.query:
            self._leg.note(Line.ERROR, "the stream's URL has a query, which is not supported and was dropped")
            self._warn(StreamCode.URL, "query string not supported")
        return bare(parts._replace(query="").geturl())

    async def _open(self, url: str) -> ClientConnection | Mistake:
        if self._plant.faults.take("streams_refused"):
            return Mistake(StreamCode.CONNECT_TIMEOUT, "no answer")
        headers = {signature.HEADER: signature.sign(self._plant.auth_token, url)}
        try:
            return await _NoRedirects(
                url,
                additional_headers=headers,
                user_agent_header="TwilioMediaStreams/1.0",
                compression=None,
                proxy=None,
                open_timeout=_OPEN_S,
                close_timeout=_LEAVE_S,
                ping_interval=None,
                max_size=None,
            )
        except TimeoutError:
            return Mistake(StreamCode.CONNECT_TIMEOUT, "no answer")
        except InvalidStatus as refused:
            return Mistake(StreamCode.HANDSHAKE, f"answered {refused.response.status_code} instead of 101")
        except InvalidURI:
            return Mistake(StreamCode.URL, "malformed URL")
        except InvalidHandshake as broken:
            return Mistake(StreamCode.HANDSHAKE, f"broken handshake: {type(broken).__name__}")
        except (OSError, EOFError) as refused:
            return Mistake(StreamCode.CONNECT_REFUSED, f"not reached: {type(refused).__name__}")

    def _parameters(self) -> dict[str, str]:
        parameters = {}
        for noun in self._noun.children:
            name, value = noun.get("name"), noun.get("value")
            if len(name) + len(value) >= wire.PARAMETER_LIMIT:
                self._leg.note(Line.ERROR, f"parameter {name[:40]} is too long and was dropped")
                self._warn(StreamCode.INVALID, "a <Parameter> is too long")
            elif name:
                parameters[name] = value
        return parameters

    def _take_over(self) -> None:
        leg = self._leg
        self._outbox.append(self._carrier.connected())
        self._outbox.append(self._carrier.start(self._parameters()))
        self._ready.set()
        leg.source, leg.tap, leg.ear, leg.cut_stream = self, self._inbound, self, self.cut
        leg.slow_stream, leg.streamed_ms = self.slow, self._played_ms
        leg.note(Line.VERB, "stream started")
        self._tell("stream-started")

    def _let_go(self) -> None:
        leg = self._leg
        leg.source = leg.tap = leg.ear = leg.cut_stream = leg.slow_stream = leg.streamed_ms = None

    # ---- While it runs -----------------------------------------------------------------------------------------------

    async def _converse(self, socket: ClientConnection) -> Mistake | None:
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._send_all(socket))
            mistake = await self._receive_all(socket)
            sending.cancel()
        return mistake

    async def _send_all(self, socket: ClientConnection) -> None:
        try:
            while True:
                await self._ready.wait()
                self._ready.clear()
                while self._outbox:
                    await socket.send(self._outbox.popleft(), text=True)
        except ConnectionClosed:
            return  # the receiving side sees it too, and says why

    async def _receive_all(self, socket: ClientConnection) -> Mistake | None:
        try:
            while True:
                message = await socket.recv()
                self._received(message)
                if self._dwell_s:
                    await asyncio.sleep(self._dwell_s)
        except ConnectionClosed as closed:
            if closed.sent is not None and closed.sent.code in _OUR_COMPLAINT and not closed.rcvd_then_sent:
                return Mistake(StreamCode.PROTOCOL, "frames against the WebSocket protocol")
            code = closed.rcvd.code if closed.rcvd is not None else 1006
            return None if code in _CLEAN else Mistake(StreamCode.CLOSED_ABNORMALLY, f"closed with {code}")

    def _received(self, message: str | bytes) -> None:
        read = self._carrier.read_binary() if isinstance(message, bytes) else self._carrier.read(message.encode())
        match read:
            case wire.AppMedia(media=media):
                if not self._playback.play(media.payload):
                    self._warn(StreamCode.MEDIA_DISCARDED, "more than ten minutes of audio are waiting")
            case wire.AppMark(mark=mark):
                self._send_marks(self._playback.mark(mark.name))
            case wire.AppClear():
                self._leg.cleared_at_ms.append(self._played_ms())
                self._send_marks(self._playback.clear())
            case wire.Breach(code=code, reason=reason):
                self._warn(code, reason)

    def _inbound(self, frame: bytes) -> None:
        """The party's next 20 ms."""
        at_ms = self._frames * FRAME_MS
        self._frames += 1
        lost_every = self._plant.faults.media_lost_every
        if lost_every and self._frames % lost_every == 0:
            return
        self._send(self._carrier.media(frame, at_ms))

    def pull(self) -> bytes:
        """What the app has for the party's ear."""
        frame, marks = self._playback.pull()
        if marks:
            self._send_marks(marks)
        return frame

    def _played_ms(self) -> float:
        return AudioFormat.PCMU_8K.ms(self._playback.heard_bytes)

    def key(self, digit: str) -> None:
        self._send(self._carrier.dtmf(digit))

    def speaking(self) -> None:
        """The app hears for itself."""

    def speech(self, text: str) -> None:
        """The app hears for itself."""

    def _send_marks(self, names: list[str]) -> None:
        for name in names:
            self._send(self._carrier.mark(name))

    def _send(self, message: bytes) -> None:
        self._outbox.append(message)
        self._ready.set()

    # ---- The end -----------------------------------------------------------------------------------------------------

    async def _leave(self, socket: ClientConnection) -> None:
        """The call is over or runs another document: say `stop` and close."""
        if self._plant.faults.take("streams_without_stop"):
            socket.transport.abort()
            return
        self._outbox.append(self._carrier.stop())
        try:
            async with asyncio.timeout(_LEAVE_S):
                while self._outbox:
                    await socket.send(self._outbox.popleft(), text=True)
                await socket.close()
        except (ConnectionClosed, TimeoutError):
            socket.transport.abort()

    def _fail(self, mistake: Mistake) -> None:
        self._leg.note(Line.ERROR, f"{int(mistake.code)} {mistake.reason}")
        self._plant.alerts.note(mistake.code, self._leg.sid, mistake.reason)
        self._tell("stream-error", f"{int(mistake.code)}: {mistake.reason}")

    def _warn(self, code: StreamCode, reason: str) -> None:
        """Warnings come once per stream, and in the Debugger only."""
        if code not in self._warned:
            self._warned.add(code)
            self._plant.alerts.note(code, self._leg.sid, reason)

    def _tell(self, event: str, error: str = "") -> None:
        form = {
            "AccountSid": self._leg.account_sid,
            "CallSid": self._leg.sid,
            "StreamSid": self.sid,
            "StreamName": self._noun.get("name") or self.sid,
            "StreamEvent": event,
            "Timestamp": ids.iso8601(ids.now()) or "",
        }
        if error:
            form["StreamError"] = error
        method = self._noun.get("statusCallbackMethod", "POST")
        self._plant.courier.callback(self._noun.get("statusCallback"), form, method=method, lane=self.sid)
