"""A call that an assistant answers, as the carrier sees it: what its leg shall do next, and what became of that."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from dragoman.domain.call import AskLater, CallId
from dragoman.domain.language import Language

# ---- What the caller's leg shall do next -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TalkOn:
    """Connect the leg's audio to the assistant."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Send these keys to the other side (0-9, *, #, w = half a second's wait), then say so (`KeysPressed`) and ask
    again. Until then it is said again to a leg that asks.
    """

    digits: str


@dataclass(frozen=True, slots=True)
class ConnectPerson:
    """Connect the leg with `to`, who hears `summary` in `language` first; `say` is for the caller before that, "" =
    nothing, in `say_language` (None = the same). How it went is told (`PersonLeft`).
    """

    to: str
    summary: str
    language: Language
    say: str = ""
    say_language: Language | None = None


@dataclass(frozen=True, slots=True)
class RecordMessage:
    """Say this, and record what the caller says then (`MessageLeft`)."""

    say: str
    language: Language


@dataclass(frozen=True, slots=True)
class GoOnInterpreted:
    """From now on the leg is the caller's of an interpreted call."""

    call_id: CallId


@dataclass(frozen=True, slots=True)
class LeaveCall:
    """Hang the leg up, with these words before, "" = none."""

    say: str = ""
    language: Language | None = None


NextVerb = TalkOn | PressKeys | ConnectPerson | RecordMessage | GoOnInterpreted | LeaveCall

Next = NextVerb | AskLater


# ---- What became of it -----------------------------------------------------------------------------------------------


class Reached(enum.Enum):
    """What became of dialling a person."""

    TALKED = "talked"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PersonLeft:
    """The talk with a person is over, or there was none."""

    reached: Reached


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller's message is at the carrier's `url`; "" = nothing was said."""

    url: str
    duration_s: float = 0.0


@dataclass(frozen=True, slots=True)
class KeysPressed:
    """The leg has sent the keys that it was told to send last."""


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The leg is over. Repeated, or after the end: no effect."""


ReceptionEvent = PersonLeft | MessageLeft | KeysPressed | CallerLeft
