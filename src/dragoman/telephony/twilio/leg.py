"""One party's media stream at Twilio: `ports.Leg` over a socket's `send` and `close`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import structlog

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.errors import RemoteWireError
from dragoman.telephony.twilio.wire import (
    AppEnd,
    Connected,
    Dtmf,
    FromTwilio,
    Marked,
    Media,
    Sequence,
    Started,
    Stopped,
    Unrecognised,
    decode,
)

NORMAL_CLOSE: Final = 1000

KEPT_EVENTS: Final = 1500
"""Events before anybody listens: thirty seconds of frames; then the oldest go."""

_KEYS: Final = frozenset("0123456789*#ABCD")
_INBOUND: Final = "inbound"


class TwilioLeg:
    """Made when the stream's start message has come. `received` and `closed` are its socket's callbacks."""

    def __init__(
        self, started: Started, fmt: AudioFormat, send: Callable[[bytes], None], close: Callable[[int, str], None]
    ) -> None:
        self._stream_sid = started.stream_sid
        self._carrier_call = started.start.call_sid
        self._format = fmt
        self._send = send
        self._close = close
        self._end = AppEnd(started.stream_sid)
        self._sequence = Sequence()
        self._sequence.note(started.sequence_number)
        self._kept: deque[LegEvent] = deque(maxlen=KEPT_EVENTS)
        self._listen: Callable[[LegEvent], None] = self._kept.append
        self._stopped = False
        self._asked = False
        self._closing = False
        self._over = False
        self._logged: set[str] = set()
        self._log = structlog.get_logger().bind(stream=started.stream_sid)

    @property
    def leg_id(self) -> str:
        return self._stream_sid

    @property
    def carrier_call(self) -> str:
        return self._carrier_call

    @property
    def format(self) -> AudioFormat:
        return self._format

    @property
    def sequence(self) -> Sequence:
        """How many of Twilio's messages are missing or came twice."""
        return self._sequence

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        while self._kept:
            listen(self._kept.popleft())
        self._listen = listen

    def play(self, audio: bytes) -> None:
        if audio and not self._closing:
            self._send(self._end.media(audio))

    def mark(self, name: str) -> None:
        if not self._closing:
            self._send(self._end.mark(name))

    def clear(self) -> None:
        if not self._closing:
            self._send(self._end.clear())

    def close(self) -> None:
        self._asked = True
        self._shut("")

    def received(self, message: bytes) -> None:
        """One text message of Twilio's."""
        if self._over:
            return
        try:
            read = decode(message)
        except RemoteWireError as broken:
            self._once("broken message ignored", reason=str(broken))
            return
        # The hot path first: fifty times a second.
        if type(read) is Media and read.stream_sid == self._stream_sid:
            self._sequence.note(read.sequence_number)
            media = read.media
            if media.track == _INBOUND and media.payload:
                self._listen(Heard(media.payload, media.timestamp))
            return
        self._other(read)

    def received_binary(self) -> None:
        self._once("binary message ignored")

    def closed(self) -> None:
        """The socket is gone, whoever closed it."""
        if self._over:
            return
        self._over = self._closing = True
        if self._sequence.missing or self._sequence.repeated:
            self._log.info("stream numbers", missing=self._sequence.missing, repeated=self._sequence.repeated)
        self._listen(LegClosed(clean=self._stopped, reason=self._why()))

    def _why(self) -> str:
        if self._stopped:
            return "hung up"
        return "closed by us" if self._asked else "stream ended without a stop"

    def _other(self, read: FromTwilio) -> None:
        """All but audio."""
        if isinstance(read, Unrecognised):
            self._once("unknown event ignored", event_name=read.event[:40])
            return
        if isinstance(read, Connected | Started):
            self._once("second start ignored")
            return
        if read.stream_sid != self._stream_sid:
            self._once("message of another stream ignored")
            return
        self._sequence.note(read.sequence_number)
        match read:
            case Marked():
                self._listen(Reached(read.mark.name))
            case Dtmf():
                self._key(read.dtmf.digit.upper())
            case Stopped():
                self._stopped = True
                self._shut("stopped")
            case Media():
                pass  # dealt with in `received`

    def _key(self, key: str) -> None:
        if key in _KEYS:
            self._listen(Digit(key))
        else:
            self._once("unknown key ignored")

    def _shut(self, reason: str) -> None:
        """Ask the socket to close; `closed` comes from there."""
        if not self._closing:
            self._closing = True
            self._close(NORMAL_CLOSE, reason)

    def _once(self, what: str, **more: object) -> None:
        """Whoever sends garbage sends much of it: one line per kind and stream."""
        if what not in self._logged:
            self._logged.add(what)
            self._log.warning(what, **more)
