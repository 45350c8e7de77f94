"""The protocol between a page and this server, both roles, no I/O. In words: docs/browser-protocol.md.

Text messages are JSON objects with a `type`; binary messages are mono PCM16, little endian, 24 kHz, whole samples.

- Our role: `decode_page` reads the page's messages strictly (a field too many is a mistake in the page, and is said),
  `encode` writes ours.
- The page's role, for tests and other clients: `encode` writes, `decode_server` reads.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

import msgspec

from dragoman.domain.ear import OriginalMode
from dragoman.domain.room import Doing, Ending, Speaker, Trouble
from dragoman.errors import RemoteWireError

SUBPROTOCOL: Final = "dragoman.1"
RATE_HZ: Final = 24_000
SAMPLE_BYTES: Final = 2

TEXT_MAX_BYTES: Final = 8 * 1024
"""Of one text message of the page's."""
AUDIO_MAX_BYTES: Final = 64 * 1024
"""Of one binary message: 1.3 s."""


class ErrorCode(enum.Enum):
    """Why an `error` is told. Those of FATAL, and any that answers `join`, are followed by a close."""

    NOT_JOINED = "not-joined"
    """Something came before `join`."""
    JOINED_ALREADY = "joined-already"
    BAD_SEAT = "bad-seat"
    """The seat's token is not ours, or is too old."""
    WRONG_RATE = "wrong-rate"
    WRONG_CHANNELS = "wrong-channels"
    TOO_LARGE = "too-large"
    TOO_MANY_ERRORS = "too-many-errors"
    ODD_AUDIO = "odd-audio"
    """A binary message of an odd number of bytes: its last byte is dropped. Told once a connection."""
    BROKEN = "broken-message"
    UNKNOWN_TYPE = "unknown-type"

    # The room's own, by the names that `Shut` has for them.
    NO_ROOM = "no-room"
    OVER = "room-over"
    FULL = "room-full"
    TOO_MANY = "too-many-rooms"
    LANGUAGE = "language"
    """Not offered, or not carried to and from the others'."""
    NO_SEAT = "no-seat"
    SEAT_TAKEN = "seat-taken"
    """Another tab sits there; `join` with `take_over` moves the seat here."""
    NOT_HOST = "not-host"
    NOT_HERE = "not-here"
    """Only in a room of the other kind."""
    SPENT = "spending-limit"
    STOPPING = "stopping"


FATAL: Final = frozenset(
    {
        ErrorCode.NOT_JOINED,
        ErrorCode.BAD_SEAT,
        ErrorCode.WRONG_RATE,
        ErrorCode.WRONG_CHANNELS,
        ErrorCode.TOO_LARGE,
        ErrorCode.TOO_MANY_ERRORS,
    }
)


# ---- What the page says ----------------------------------------------------------------------------------------------

Token = Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=35)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**31)]
Ms = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class _FromPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """A message of the page's."""


class Join(_FromPage, frozen=True, tag="join"):
    """The first message: which seat, and what its audio is. `take_over`: in place of another tab with this seat."""

    seat: Token
    rate: int
    channels: int = 1
    take_over: bool = False


class ReachedMark(_FromPage, frozen=True, tag="reached"):
    """The ear has heard all audio that came before this mark, or it was cleared."""

    name: Name


class Mute(_FromPage, frozen=True, tag="mute"):
    """The party mutes the own microphone, or no longer does. No audio comes while it is muted."""

    on: bool


class Speaks(_FromPage, frozen=True, tag="speaks"):
    """One device: the audio from here on is spoken by this side."""

    side: Speaker


class SetLanguage(_FromPage, frozen=True, tag="language"):
    """The language that the party speaks and hears from now on."""

    tag: Tag


class SetOriginal(_FromPage, frozen=True, tag="original"):
    """How the others' own voices are heard. `db`: how much quieter under the interpreter (duck only)."""

    mode: OriginalMode
    db: Annotated[float, msgspec.Meta(ge=-40, le=0)] | None = None


class Again(_FromPage, frozen=True, tag="again"):
    """Say the last interpretation again, to this ear."""


class PressDigit(_FromPage, frozen=True, tag="digit"):
    """A key of the pad: in a phone call."""

    digit: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"]


class SetInterpreting(_FromPage, frozen=True, tag="interpreting"):
    """A phone call: each hears the other's own voice instead of the interpreter, or all is as it was."""

    on: bool


class SetRecording(_FromPage, frozen=True, tag="recording"):
    """A phone call: what is said goes into the call's record, or stays out of it."""

    on: bool


class Playback(_FromPage, frozen=True, tag="playback"):
    """How the page's playback went since its last such message (every 5 s). Frames are 20 ms."""

    late: Count = 0
    early: Count = 0
    underruns: Count = 0
    overlaps: Count = 0
    gap_ms: Ms = 0.0
    jitter_ms: Ms = 0.0
    buffered_ms: Ms = 0.0


class Leave(_FromPage, frozen=True, tag="leave"):
    """The party leaves for good: the seat is free."""


class CloseRoom(_FromPage, frozen=True, tag="close"):
    """The host ends the room for everybody."""


InCall = PressDigit | SetInterpreting | SetRecording
"""Only in a phone call."""

FromPage = (
    Join | ReachedMark | Mute | Speaks | SetLanguage | SetOriginal | Again | InCall | Playback | Leave | CloseRoom
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A message that is not taken, and what the page is told of it."""

    code: ErrorCode
    message: str


# ---- What we say -----------------------------------------------------------------------------------------------------


class _FromServer(msgspec.Struct, frozen=True, tag_field="type"):
    """A message of ours. A page takes no offence at fields and types that it does not know."""


class LanguageShown(msgspec.Struct, frozen=True):
    """`name` as its speakers write it."""

    tag: str
    name: str
    english: str


class PartyShown(msgspec.Struct, frozen=True):
    """`here`: connected. `id` is `a` and `b` for the two at a shared device, who have no names."""

    id: str
    name: str
    language: str
    here: bool
    muted: bool
    speaking: bool
    host: bool


class Joined(_FromServer, frozen=True, tag="joined"):
    """The answer to `join`. Then the captions so far come (each side of each once, as it stands), and audio.

    `party` is one's own id among `parties`. `resumed`: the seat's playout goes on where a dropped connection left it.
    `resume_s`: how long a seat is kept so after a drop. `left_s`: how long the room may last still. `languages`: those
    that may be chosen. `side`: a shared device; who speaks now; `auto`: whether it may find that out by itself. `at_s`:
    seconds since the room began: captions that are older were said before one came.
    """

    room: str
    party: str
    host: bool
    resumed: bool
    resume_s: float
    left_s: float
    languages: list[LanguageShown]
    parties: list[PartyShown]
    one_device: bool = False
    side: Speaker | None = None
    auto: bool = False
    rate: int = RATE_HZ
    at_s: float = 0.0


class MarkHere(_FromServer, frozen=True, tag="mark"):
    """Say `reached` when the ear has heard all audio before this, or at once when it is cleared."""

    name: str


class ClearAudio(_FromServer, frozen=True, tag="clear"):
    """Drop all audio that was not heard; outstanding marks come back at once."""


class CaptionShown(_FromServer, frozen=True, tag="caption"):
    """One side of one utterance as it stands: replaces what was shown under the same `id`, `side` and `language`.

    `party` said it, whose name is `name`. `at_s`: seconds since the room began.
    """

    id: str
    party: str
    name: str
    side: Literal["source", "target"]
    language: str
    text: str
    final: bool
    at_s: float


class StateShown(_FromServer, frozen=True, tag="state"):
    """What goes on with the speech of `party`, when it changes. `trouble`: what is wrong, and is being mended."""

    state: Doing
    party: str
    trouble: Trouble = Trouble.NONE


class PartiesShown(_FromServer, frozen=True, tag="parties"):
    """All who have a seat, whenever that changes."""

    parties: list[PartyShown]


class SpeaksConfirmed(_FromServer, frozen=True, tag="speaks"):
    """One device: from here on this side speaks."""

    side: Speaker


class CarriedShown(_FromServer, frozen=True, tag="carried"):
    """A phone call: whether it is interpreted, and recorded; after `joined`, and whenever it changes."""

    interpreting: bool
    recording: bool


class Summary(msgspec.Struct, frozen=True):
    """What the room came to; `usd` is what its engines cost."""

    duration_s: float
    turns: int
    parties: int
    languages: list[str]
    usd: float
    usd_is_estimate: bool


class Ended(_FromServer, frozen=True, tag="ended"):
    """The room is over, or this page's part in it. `downloads`: form to path (send the seat's token as bearer).

    Close 1000 follows.
    """

    reason: Ending
    summary: Summary
    downloads: dict[str, str] = {}


class ErrorTold(_FromServer, frozen=True, tag="error"):
    """`fatal`: close 1008 follows."""

    code: ErrorCode
    message: str
    fatal: bool


News = CaptionShown | StateShown | PartiesShown | SpeaksConfirmed | CarriedShown

FromServer = Joined | MarkHere | ClearAudio | News | Ended | ErrorTold


# ---- Reading and writing ---------------------------------------------------------------------------------------------


class _Typed(msgspec.Struct):
    type: str


_page: Final[msgspec.json.Decoder[FromPage]] = msgspec.json.Decoder(FromPage)
_server: Final[msgspec.json.Decoder[FromServer]] = msgspec.json.Decoder(FromServer)
_typed: Final = msgspec.json.Decoder(_Typed)
_encoder: Final = msgspec.json.Encoder()

_TYPES: Final = frozenset(str(one.__struct_config__.tag) for one in get_args(FromPage))


def decode_page(message: bytes) -> FromPage | Breach:
    """One text message of a page's. Never raises."""
    if len(message) > TEXT_MAX_BYTES:
        return Breach(ErrorCode.TOO_LARGE, f"a text message has {TEXT_MAX_BYTES} bytes at most")
    try:
        read = _page.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        return _breach(message, broken)
    return _wrong_audio(read) or read if isinstance(read, Join) else read


def _wrong_audio(join: Join) -> Breach | None:
    if join.rate != RATE_HZ:
        return Breach(ErrorCode.WRONG_RATE, f"audio comes at {RATE_HZ} samples a second, not {join.rate}: resample it")
    if join.channels != 1:
        return Breach(ErrorCode.WRONG_CHANNELS, f"audio has one channel, not {join.channels}: mix it down")
    return None


def _breach(message: bytes, broken: Exception) -> Breach:
    why = str(broken)[:200] if isinstance(broken, msgspec.DecodeError) else type(broken).__name__
    try:
        kind = _typed.decode(message).type
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Breach(ErrorCode.BROKEN, f"not a JSON object with a type: {why}")
    if kind not in _TYPES:
        return Breach(
            ErrorCode.UNKNOWN_TYPE, f"there is no message of this type; there are {', '.join(sorted(_TYPES))}"
        )
    return Breach(ErrorCode.BROKEN, f"{kind}: {why}")


def decode_server(message: bytes) -> FromServer:
    """One of our messages, as a page reads it; raise RemoteWireError."""
    try:
        return _server.decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise RemoteWireError(f"not a message of the server's: {str(broken)[:200]}") from broken


def encode(message: FromPage | FromServer) -> bytes:
    """A text message."""
    return _encoder.encode(message)


def error(breach: Breach) -> ErrorTold:
    """How a breach is told."""
    return ErrorTold(breach.code, breach.message, breach.code in FATAL)


def whole_samples(audio: bytes) -> bytes:
    """A binary message without the half sample at its end."""
    return audio[: len(audio) - len(audio) % SAMPLE_BYTES]
