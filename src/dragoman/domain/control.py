"""What a party (by a key) or the API asks of a living call, as one value."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language
from dragoman.domain.manner import BargeIn, Interpreting, Manner


class KeyAction(enum.Enum):
    """What a key does while the parties talk; the values are the words of `DRAGOMAN_KEYS`."""

    SAY_AGAIN = "again"
    """Whoever pressed hears the last interpreted utterance again, slower."""
    PERSON = "person"
    """Whoever pressed wants a person instead of the interpreter."""
    INTERPRETING_TOGGLE = "interpreting"
    """Interpreting goes off, or on again."""
    RECORDING_TOGGLE = "pause-recording"
    """What is said stays out of the call's record until the key is pressed again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of mind: what shall be different from now on; None = stays as it is.

    `engine` as in `Manner` ("" = as configured). `say_again` is no lasting change: that party hears the last
    interpreted utterance once more. `duck_to_agent_db` (below 0): how much quieter the caller's own voice is to the
    agent under the interpreter, until the call is carried by another process.
    """

    caller_language: Language | None = None
    agent_language: Language | None = None
    original_to_caller: OriginalMode | None = None
    original_to_agent: OriginalMode | None = None
    engine: str | None = None
    interpreting: Interpreting | None = None
    barge_in: BargeIn | None = None
    recording: bool | None = None
    say_again: Role | None = None
    duck_to_agent_db: float | None = None

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return self != NOTHING


NOTHING = Change()


@dataclass(frozen=True, slots=True)
class PersonAsked:
    """`role` pressed the key for a person."""

    role: Role


def original_heard_by(listener: Role, manner: Manner) -> OriginalMode:
    """What `listener` hears of the other party's own voice beside the interpreter's."""
    return manner.original_to_caller if listener is Role.CALLER else manner.original_to_agent


def interpreted_for(listener: Role, manner: Manner) -> bool:
    """Whether what the other party says goes to an engine, for `listener`'s ear or as captions."""
    match manner.interpreting:
        case Interpreting.ON | Interpreting.CAPTIONS_ONLY:
            return True
        case Interpreting.TO_CALLER:
            return listener is Role.CALLER
        case Interpreting.TO_AGENT:
            return listener is Role.AGENT
        case Interpreting.OFF:
            return False


def interpreter_heard_by(listener: Role, manner: Manner) -> bool:
    """Whether `listener` hears the interpreter; if not, the other party's own voice comes straight across."""
    return interpreted_for(listener, manner) and manner.interpreting is not Interpreting.CAPTIONS_ONLY
