"""Twilio Media Streams messages, both roles, no I/O.

Source: the Media Streams "WebSocket messages" page of Twilio's documentation. All messages are JSON text. Twilio's
counters (`sequenceNumber`, `media.chunk`, `media.timestamp`) are JSON strings; sample rate and channels are numbers.

- Our role: `decode` reads Twilio's messages (tolerant of fields it does not know), `AppEnd` writes ours (to the
  letter: Twilio ignores a message that has a field too many).
- Twilio's role, for the emulator: `CarrierEnd` numbers and writes Twilio's messages and reads ours as strictly as
  Twilio does: what it would warn about in its Debugger is a `Breach` with that code.
"""

from __future__ import annotations

import enum
from base64 import b64encode
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from dragoman.domain.audio import AudioFormat
from dragoman.errors import LocalWireError, RemoteWireError

BUFFER_LIMIT_MS: Final = 600_000
"""Twilio keeps at most ten minutes of unplayed audio; more is discarded (warning 31931, once per stream)."""

PARAMETER_LIMIT: Final = 500
"""Name and value of one <Parameter> have fewer characters than this together."""


class StreamCode(enum.IntEnum):
    """Twilio's error and warning codes for streams, as its Debugger shows them."""

    CONNECT_TIMEOUT = 31901
    CONNECT_REFUSED = 31902
    HANDSHAKE = 31920
    CLOSED_ABNORMALLY = 31921
    SCHEME = 31922
    URL = 31923
    PROTOCOL = 31924
    MEDIA_DISCARDED = 31931
    TRACK = 31941
    MALFORMED = 31950
    INVALID = 31951


# ---- Twilio's messages, as we read them ------------------------------------------------------------------------------


Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Wire(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A part of a message."""


class MediaFormat(_Wire, frozen=True):
    """What the stream's payloads are. Documented as always mu-law; read, never assumed."""

    encoding: str = "audio/x-mulaw"
    sample_rate: int = 8000
    channels: int = 1

    @property
    def audio_format(self) -> AudioFormat | None:
        """Our name for it; None when we do not speak it."""
        known = self.encoding == "audio/x-mulaw" and self.sample_rate == 8000 and self.channels == 1
        return AudioFormat.PCMU_8K if known else None


class StartBody(_Wire, frozen=True):
    call_sid: str
    account_sid: str
    stream_sid: str = ""
    tracks: tuple[str, ...] = ("inbound",)
    media_format: MediaFormat = MediaFormat()
    custom_parameters: dict[str, str] = {}


class MediaBody(_Wire, frozen=True):
    """`payload` is the audio itself, base64 undone; `timestamp` is ms since the stream's start."""

    payload: bytes
    timestamp: Count
    chunk: Count = 0
    track: str = "inbound"


class DtmfBody(_Wire, frozen=True):
    digit: str
    track: str = "inbound_track"


class MarkBody(_Wire, frozen=True):
    name: str


class StopBody(_Wire, frozen=True):
    call_sid: str = ""
    account_sid: str = ""


class Connected(_Wire, frozen=True, tag_field="event", tag="connected"):
    """The first message: the socket is open. No stream id and no sequence number yet."""

    protocol: str = ""
    version: str = ""


class Started(_Wire, frozen=True, tag_field="event", tag="start"):
    stream_sid: str
    sequence_number: Count
    start: StartBody


class Media(_Wire, frozen=True, tag_field="event", tag="media"):
    stream_sid: str
    sequence_number: Count
    media: MediaBody


class Dtmf(_Wire, frozen=True, tag_field="event", tag="dtmf"):
    stream_sid: str
    sequence_number: Count
    dtmf: DtmfBody


class Marked(_Wire, frozen=True, tag_field="event", tag="mark"):
    """Our mark came back: all audio queued before it was played, or cleared."""

    stream_sid: str
    sequence_number: Count
    mark: MarkBody


class Stopped(_Wire, frozen=True, tag_field="event", tag="stop"):
    stream_sid: str
    sequence_number: Count
    stop: StopBody = StopBody()


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """An event that this version does not know: counted, never fatal."""

    event: str


FromTwilio = Connected | Started | Media | Dtmf | Marked | Stopped | Unrecognised

_KNOWN: Final = frozenset({"connected", "start", "media", "dtmf", "mark", "stop"})

# strict=False is what undoes the string counters: "5" is taken for 5.
_from_twilio: Final[msgspec.json.Decoder[Connected | Started | Media | Dtmf | Marked | Stopped]] = msgspec.json.Decoder(
    Connected | Started | Media | Dtmf | Marked | Stopped, strict=False
)
_any_event: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text: Final = msgspec.json.Decoder(str)


def decode(message: bytes) -> FromTwilio:
    """Read one of Twilio's messages. Raises RemoteWireError (never anything else) for what is broken."""
    try:
        return _from_twilio.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        return _unrecognised(message, broken)


def _unrecognised(message: bytes, broken: Exception) -> Unrecognised:
    """The slow way out: an unknown event, or the reason why the message is broken."""
    try:
        event = _text.decode(_any_event.decode(message)["event"])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        raise RemoteWireError(f"not a Media Streams message: {_why(broken)}") from broken
    if event in _KNOWN:
        raise RemoteWireError(f"broken {event} message: {_why(broken)}") from broken
    return Unrecognised(event)


def _why(broken: Exception) -> str:
    """msgspec's reason: names fields and types, and an event's name where that is what is wrong."""
    return str(broken)[:120] if isinstance(broken, msgspec.DecodeError) else type(broken).__name__


class Sequence:
    """Follows `sequenceNumber`, which counts every message after `connected` from 1.

    `missing` counts numbers jumped over, `repeated` numbers that were there before or came late.
    """

    __slots__ = ("last", "missing", "repeated")

    def __init__(self) -> None:
        self.last = 0
        self.missing = 0
        self.repeated = 0

    def note(self, number: int) -> None:
        """Take the next message's number."""
        if number <= self.last:
            self.repeated += 1
            return
        self.missing += number - self.last - 1
        self.last = number


# ---- Our messages, as we write them ----------------------------------------------------------------------------------


class AppEnd:
    """Our end of one bidirectional stream: writes our three messages, with not one key more than Twilio allows.

    Can only be made once `start` has told the stream's id: nothing may be sent before.
    """

    __slots__ = ("_clear", "_mark_head", "_media_head")

    def __init__(self, stream_sid: str) -> None:
        if not stream_sid:
            raise LocalWireError("a stream has no id before its start message")
        sid = msgspec.json.encode(stream_sid)
        self._media_head = b'{"event":"media","streamSid":' + sid + b',"media":{"payload":"'
        self._mark_head = b'{"event":"mark","streamSid":' + sid + b',"mark":{"name":'
        self._clear = b'{"event":"clear","streamSid":' + sid + b"}"

    def media(self, payload: bytes) -> bytes:
        """Audio without a header, of any length, to be played after what is queued."""
        if not payload:
            raise LocalWireError("a media message needs audio")
        return self._media_head + b2a_base64(payload, newline=False) + b'"}}'

    def mark(self, name: str) -> bytes:
        """A label that comes back when all before it was played or cleared. A string: Twilio ignores numbers."""
        if not name:
            raise LocalWireError("a mark needs a name")
        return self._mark_head + msgspec.json.encode(name) + b"}}"

    def clear(self) -> bytes:
        """Drop what is queued; all outstanding marks come back."""
        return self._clear


# ---- Our messages, as Twilio reads them ------------------------------------------------------------------------------


class _Strict(msgspec.Struct, frozen=True, gc=False, rename="camel", forbid_unknown_fields=True):
    """A part of a message in which a field too many is an error."""


class AppMediaBody(_Strict, frozen=True):
    payload: bytes


class AppMarkBody(_Strict, frozen=True):
    name: str


class AppMedia(_Strict, frozen=True, tag_field="event", tag="media"):
    stream_sid: str
    media: AppMediaBody


class AppMark(_Strict, frozen=True, tag_field="event", tag="mark"):
    stream_sid: str
    mark: AppMarkBody


class AppClear(_Strict, frozen=True, tag_field="event", tag="clear"):
    stream_sid: str


@dataclass(frozen=True, slots=True)
class Breach:
    """What Twilio would ignore, and the code that it would warn with (once per stream, in its Debugger only)."""

    code: StreamCode
    reason: str


FromApp = AppMedia | AppMark | AppClear | Breach

_from_app: Final[msgspec.json.Decoder[AppMedia | AppMark | AppClear]] = msgspec.json.Decoder(
    AppMedia | AppMark | AppClear
)


class CarrierEnd:
    """Twilio's end of one stream: numbers and writes Twilio's messages, and reads ours."""

    __slots__ = ("_account_sid", "_call_sid", "_chunk", "_media_middle", "_sequence", "_sid_json", "stream_sid")

    def __init__(self, stream_sid: str, call_sid: str, account_sid: str) -> None:
        self.stream_sid = stream_sid
        self._call_sid = call_sid
        self._account_sid = account_sid
        self._sequence = 0
        self._chunk = 0
        self._sid_json = msgspec.json.encode(stream_sid)
        self._media_middle = b'","streamSid":' + self._sid_json + b',"media":{"track":"inbound","chunk":"'

    def connected(self) -> bytes:
        return b'{"event":"connected","protocol":"Call","version":"1.0.0"}'

    def start(self, parameters: Mapping[str, str], media_format: MediaFormat | None = None) -> bytes:
        """The second message; `parameters` are the stream's <Parameter> elements."""
        body = {
            "streamSid": self.stream_sid,
            "accountSid": self._account_sid,
            "callSid": self._call_sid,
            "tracks": ["inbound"],
            "mediaFormat": media_format or MediaFormat(),
            "customParameters": dict(parameters),
        }
        return self._numbered("start", start=body)

    def media(self, payload: bytes, at_ms: int) -> bytes:
        """Audio of the party; `at_ms` since the stream's start."""
        self._sequence += 1
        self._chunk += 1
        head = b'{"event":"media","sequenceNumber":"%d' % self._sequence
        tail = b'%d","timestamp":"%d","payload":"' % (self._chunk, at_ms)
        return head + self._media_middle + tail + b64encode(payload) + b'"}}'

    def dtmf(self, digit: str) -> bytes:
        """A key of the party. (The track's name really has a suffix here.)"""
        return self._numbered("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def mark(self, name: str) -> bytes:
        """Our mark, come back."""
        return self._numbered("mark", mark={"name": name})

    def stop(self) -> bytes:
        return self._numbered("stop", stop={"accountSid": self._account_sid, "callSid": self._call_sid})

    def _numbered(self, event: str, **body: object) -> bytes:
        self._sequence += 1
        head = {"event": event, "sequenceNumber": str(self._sequence), "streamSid": self.stream_sid}
        return msgspec.json.encode(head | body)

    def read(self, message: bytes) -> FromApp:
        """One text message of the app. Never raises."""
        try:
            read = _from_app.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
            return Breach(StreamCode.INVALID, _why(broken))
        if read.stream_sid != self.stream_sid:
            return Breach(StreamCode.INVALID, "wrong streamSid")
        return read

    def read_binary(self) -> Breach:
        """Any binary message of the app."""
        return Breach(StreamCode.MALFORMED, "binary message")
