"""A room: parties with browsers, each hearing the others in the own language. What its pages say, and are told."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NewType

from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import Side

RoomId = NewType("RoomId", str)
"""Our own name of a room: unguessable, in URLs and on the wire. Who may come in is the doors' part."""

SeatId = NewType("SeatId", str)
"""A seat in one room: what a page joins with, before and after its connection drops. Short, and no secret."""

PartyId = NewType("PartyId", str)
"""Who speaks. One seat holds one party of the same name; a shared device holds two, `SIDE_A` and `SIDE_B`."""

SIDE_A, SIDE_B = PartyId("a"), PartyId("b")

RESUME_S = 10.0
"""A page whose connection dropped finds its seat, and what it had not heard, for so long."""


class Shut(enum.Enum):
    """Why a door of a room stayed shut."""

    NO_ROOM = "no-room"
    """There is none of that name, or it is over and forgotten."""
    OVER = "room-over"
    FULL = "room-full"
    TOO_MANY = "too-many-rooms"
    """On this node, or of this address."""
    LANGUAGE = "language"
    """Not offered, or no engine carries it to and from the others'."""
    NO_SEAT = "no-seat"
    SEAT_TAKEN = "seat-taken"
    """Another living page has it; it may be taken over."""
    NOT_HOST = "not-host"
    NOT_HERE = "not-here"
    """Only in a room of the other kind: a switch of sides needs a shared device, an automatic one an able engine."""
    SPENT = "spending-limit"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class RoomWanted:
    """`languages`: those that may be chosen (empty = all that are offered); with `one_device` exactly two, side a's
    first. `address` is who asks, for limits: personal data.
    """

    languages: tuple[Language, ...] = ()
    one_device: bool = False
    address: str = ""


# ---- What a page says ------------------------------------------------------------------------------------------------


class Speaker(enum.Enum):
    """Who speaks at a shared device."""

    A = "a"
    B = "b"
    AUTO = "auto"
    """Whoever does: the engine finds the language out by itself."""


@dataclass(frozen=True, slots=True)
class Mute:
    """From now on nobody hears this microphone, or everybody again."""

    on: bool


@dataclass(frozen=True, slots=True)
class Speaks:
    """A shared device: from the next sample on it is this side who speaks."""

    side: Speaker


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Speak, and hear, another language from now on."""

    language: Language


@dataclass(frozen=True, slots=True)
class ChooseOriginal:
    """How much of the others' own voices this ear hears. `db` (below 0) is how much lower they are under DUCK."""

    mode: OriginalMode
    db: float | None = None


@dataclass(frozen=True, slots=True)
class SayAgain:
    """This ear wants to hear the last interpreted utterance again."""


@dataclass(frozen=True, slots=True)
class Playback:
    """What the page's player counted since it last said so: frames, and milliseconds of sound."""

    late: int
    early: int
    underruns: int
    overlaps: int
    gap_ms: float
    jitter_ms: float
    buffered_ms: float


@dataclass(frozen=True, slots=True)
class Leave:
    """The party goes, and its seat with it."""


@dataclass(frozen=True, slots=True)
class CloseRoom:
    """The host ends the room for all."""


@dataclass(frozen=True, slots=True)
class Interpret:
    """A phone call: interpreting goes off, and each hears the other's own voice; or comes back as it was."""

    on: bool


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """A phone call: what is said goes into the call's record, or stays out of it."""

    on: bool


SeatEvent = (
    Mute | Speaks | ChooseLanguage | ChooseOriginal | SayAgain | Playback | Leave | CloseRoom | Interpret | KeepRecord
)


# ---- What a page is told ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PartyView:
    """`here`: a page is connected; a seat without one is in the lobby, or may come back. `speaking`: voice just now.

    A shared device is two of them, `SIDE_A` and `SIDE_B`, without names.
    """

    party: PartyId
    name: str
    language: LanguageTag
    here: bool
    muted: bool
    speaking: bool
    host: bool


@dataclass(frozen=True, slots=True)
class Joined:
    """The page has its seat: first of all. `side`: a shared device; who speaks now. `auto`: it may find that out by
    itself. `resumed`: an earlier connection's playout goes on. `at_s`: seconds since the room began.
    """

    room: RoomId
    party: PartyId
    parties: tuple[PartyView, ...]
    languages: tuple[LanguageTag, ...]
    side: Speaker | None
    auto: bool
    host: bool
    resumed: bool
    left_s: float
    resume_s: float = RESUME_S
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is in the room, whenever anything of it changes."""

    parties: tuple[PartyView, ...]


@dataclass(frozen=True, slots=True)
class RoomCaption:
    """One side of what a party said, as it is now. `utterance` is one name in the room, shared by both sides."""

    utterance: str
    party: PartyId
    name: str
    side: Side
    language: LanguageTag
    text: str
    final: bool
    at_s: float


class Doing(enum.Enum):
    """What goes on with a party, for the others and itself."""

    LISTENING = "listening"
    """Nothing is said."""
    HEARING = "hearing"
    """We hear the party speak."""
    TRANSLATING = "translating"
    """The party said something, and nothing is heard of it yet."""
    SPEAKING = "speaking"
    """What the party said is being heard."""
    TROUBLE = "trouble"
    """What the party says cannot be interpreted just now: its page is away, or its interpreter is replaced."""


class Trouble(enum.Enum):
    """What is wrong, and what is done about it."""

    NONE = ""
    AWAY = "away"
    """The page's connection is gone; its seat is kept for `RESUME_S`."""
    INTERPRETER = "interpreter"
    """The interpreter was lost; another one is coming, and will be told what was not translated."""
    UNCLEAR = "unclear"
    """It was not understood: the party should say it again."""
    NO_INTERPRETER = "no-interpreter"
    """No engine serves: the others hear the party's own voice meanwhile."""


@dataclass(frozen=True, slots=True)
class Stands:
    """What goes on with a party, when it changes."""

    party: PartyId
    doing: Doing
    trouble: Trouble = Trouble.NONE


@dataclass(frozen=True, slots=True)
class SpeaksNow:
    """A shared device: who speaks, confirmed."""

    side: Speaker


@dataclass(frozen=True, slots=True)
class Carried:
    """A phone call: how it is carried, at first and whenever that changes, whoever changed it."""

    interpreting: bool
    recording: bool


class Ending(enum.Enum):
    """Why a room is over, or a page's part in it."""

    CLOSED = "closed"
    LEFT = "left"
    """This page's party left."""
    HUNG_UP = "hung-up"
    """A phone call: the caller did."""
    TAKEN_OVER = "taken-over"
    """Another page took this seat."""
    EXPIRED = "expired"
    IDLE = "idle"
    """Nobody said anything for so long."""
    TIME_LIMIT = "time-limit"
    SPENDING_LIMIT = "spending-limit"
    STOPPED = "stopped"
    """The server stops."""
    FAULT = "fault"
    """Ours."""


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """What a room came to. `usd` is what its engines cost so far."""

    duration_s: float
    turns: int
    languages: tuple[LanguageTag, ...]
    parties: int
    usd: float
    usd_is_estimate: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """The last word to a page: its leg is closed after it."""

    why: Ending
    summary: RoomSummary


PageEvent = Joined | Parties | RoomCaption | Stands | SpeaksNow | Carried | Ended


# ---- What may be asked of it -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RoomView:
    """A room as it is. `left_s`: how long it may last still; `over`: it can only be read."""

    room: RoomId
    languages: tuple[LanguageTag, ...]
    one_device: bool
    auto: bool
    parties: tuple[PartyView, ...]
    left_s: float
    over: bool


class TranscriptForm(enum.Enum):
    """In which form a transcript is given out; the value is the file's suffix."""

    TEXT = "txt"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"
