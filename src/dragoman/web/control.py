"""The form of `PATCH /api/calls/{id}`, and how a call is shown: what is read from the one can be sent to the other."""

from __future__ import annotations

import enum
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from dragoman.app_settings import AUTO
from dragoman.domain.call import CallView, Role
from dragoman.domain.control import Change
from dragoman.domain.ear import OriginalMode
from dragoman.domain.language import Language
from dragoman.domain.manner import BargeIn, Interpreting
from dragoman.domain.outcome import Result
from dragoman.errors import Refused
from dragoman.ports import LanguageBook

ValueT = TypeVar("ValueT")


class Switch(enum.Enum):
    """How JSON says yes and no here: the words of the settings."""

    ON = "on"
    OFF = "off"


class Kind(enum.Enum):
    """Who the caller talks with."""

    INTERPRETED = "interpreted"
    """An agent, with interpreters between."""
    ASSISTANT = "assistant"


Tag = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
EngineName = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]{0,59}$")]


class Originals(msgspec.Struct, forbid_unknown_fields=True):
    """The original voice by ear: `to_caller` is what the caller hears of the agent."""

    to_caller: OriginalMode | UnsetType = UNSET
    to_agent: OriginalMode | UnsetType = UNSET


class ChangeBody(msgspec.Struct, forbid_unknown_fields=True):
    """What may stand in the body; what is not there stays as it is, and `null` is not a way to say so."""

    caller_language: Tag | UnsetType = UNSET
    agent_language: Tag | UnsetType = UNSET
    original: OriginalMode | Originals | UnsetType = UNSET
    engine: EngineName | UnsetType = UNSET
    interpreting: Interpreting | UnsetType = UNSET
    recording: Switch | UnsetType = UNSET
    barge_in: BargeIn | UnsetType = UNSET
    say_again: Role | UnsetType = UNSET


def _words(words: type[enum.Enum]) -> str:
    return ", ".join(str(word.value) for word in words)


FORM = (
    "send JSON with one or more of caller_language, agent_language (a tag or a name), "
    f'original ({_words(OriginalMode)}, or {{"to_caller": ..., "to_agent": ...}}), engine (a name, or {AUTO}), '
    f"interpreting ({_words(Interpreting)}), recording ({_words(Switch)}), barge_in ({_words(BargeIn)}), "
    f"say_again ({_words(Role)})"
)


def read_change(body: bytes, book: LanguageBook) -> Change:
    """The body as a `Change`; raise Refused when it is broken, asks for nothing, or names a strange language."""
    try:
        wanted = msgspec.json.decode(body, type=ChangeBody)
    except msgspec.MsgspecError as broken:
        raise Refused(str(broken)) from None
    except UnicodeDecodeError:
        raise Refused("the body is not UTF-8") from None
    to_caller, to_agent = _originals(wanted.original)
    change = Change(
        caller_language=_language(wanted.caller_language, "caller_language", book),
        agent_language=_language(wanted.agent_language, "agent_language", book),
        original_to_caller=to_caller,
        original_to_agent=to_agent,
        engine=None if wanted.engine is UNSET else "" if wanted.engine == AUTO else wanted.engine,
        interpreting=_given(wanted.interpreting),
        barge_in=_given(wanted.barge_in),
        recording=None if wanted.recording is UNSET else wanted.recording is Switch.ON,
        say_again=_given(wanted.say_again),
    )
    if not change:
        raise Refused("nothing is asked for")
    return change


def _given(value: ValueT | UnsetType) -> ValueT | None:
    return None if value is UNSET else value


def _originals(wanted: OriginalMode | Originals | UnsetType) -> tuple[OriginalMode | None, OriginalMode | None]:
    """For the caller's ear and the agent's."""
    match wanted:
        case OriginalMode():
            return wanted, wanted
        case Originals(to_caller=to_caller, to_agent=to_agent):
            return _given(to_caller), _given(to_agent)
        case _:
            return None, None


def _language(tag: str | UnsetType, field: str, book: LanguageBook) -> Language | None:
    if tag is UNSET:
        return None
    language = book.find(tag)
    if language is None:
        raise Refused(f"`{field}` is not a language offered here")
    return language


class OriginalShown(msgspec.Struct):
    to_caller: OriginalMode
    to_agent: OriginalMode


class OutcomeShown(msgspec.Struct):
    """How a call ended. `result`: on whose side."""

    result: Result
    reason: str


class Shown(msgspec.Struct):
    """A call as it stands. `engine` is the wish in force, `engines` what interprets; `age_s` since it began.

    Where an assistant answers, both languages are the caller's and the manner means nothing.
    """

    call_id: str
    kind: Kind
    state: str
    caller_language: str
    agent_language: str
    engines: tuple[str, ...]
    engine: str
    original: OriginalShown
    interpreting: Interpreting
    recording: Switch
    barge_in: BargeIn
    age_s: float
    outcome: OutcomeShown | None


def view(call: CallView, kind: Kind = Kind.INTERPRETED) -> Shown:
    """A call as JSON shows it."""
    manner, outcome = call.manner, call.outcome
    return Shown(
        call_id=call.call_id,
        kind=kind,
        state=call.state,
        caller_language=call.caller_language,
        agent_language=call.agent_language,
        engines=call.engines,
        engine=manner.engine or AUTO,
        original=OriginalShown(manner.original_to_caller, manner.original_to_agent),
        interpreting=manner.interpreting,
        recording=Switch.ON if manner.recording else Switch.OFF,
        barge_in=manner.barge_in,
        age_s=round(call.age_s, 3),
        outcome=OutcomeShown(outcome.result, outcome.reason) if outcome else None,
    )
