"""What a call that an assistant answers remembers of itself, so that another process can take it up. Pure.

Its form is that of `kept_form`, of this `VERSION`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Final

from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import Outcome
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.reception import ConnectPerson, RecordMessage
from dragoman.domain.speech import NO_TOKENS, Tokens
from dragoman.ports import Ringing
from dragoman.relay.answering import HUNG_UP, LATE_S, by_tag
from dragoman.relay.answering_state import AnsweringState, Wait, Where
from dragoman.relay.assistant_record import BargeIn, ToolUse
from dragoman.relay.call_state import AWAITED_S, LOST_S, STOPPED
from dragoman.relay.kept_form import KeptForm
from dragoman.relay.talk_memory import TalkMemory

VERSION: Final = 1001
"""The kinds of calls in a store are told apart by it: those of `memory` count from 1."""

_SPOKEN: Final = (
    Phrase.ENGINE_DOWN, Phrase.TRANSFERRING, Phrase.NO_TRANSFER, Phrase.TRANSFER_CLOSED, Phrase.MESSAGE_PLEASE,
    Phrase.GOODBYE,
)  # fmt: skip
"""What the carrier says where there is no assistant any more."""


@dataclass(frozen=True, slots=True)
class KeptPersona:
    """Of who answers, what the caller needs should it be gone. `is_open`: people were there by its hours."""

    name: str
    languages: list[LanguageTag]
    transfer: str
    is_open: bool
    phrases: dict[str, dict[str, str]]

    @classmethod
    def of(cls, persona: Persona, now: datetime) -> KeptPersona:
        """`now` is aware."""
        phrases = {str(tag): {one.value: persona.say(one, tag) for one in _SPOKEN} for tag in persona.languages}
        is_open = persona.hours is None or persona.hours.open_at(now)
        return cls(persona.name, [*persona.languages], persona.transfer, is_open, phrases)

    def stand_in(self) -> Persona:
        """A persona that cannot talk: it speaks what the carrier says."""
        phrases = {
            LanguageTag(tag): {one: said.get(one.value, "") for one in Phrase} for tag, said in self.phrases.items()
        }
        return Persona(self.name, tuple(self.languages), "", transfer=self.transfer, phrases=phrases)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the call stood on the carrier's side, as in `AnsweringState`. With an `outcome`, all that is left to do is to
    write its record, and to tell the leg goodbye.
    """

    language: Language
    where: Where = Where.TALKING
    digits: str = ""
    pressing: str = ""
    person: ConnectPerson | None = None
    message: RecordMessage | None = None
    down: bool = False
    hops: int = 0
    recordings: int = 0
    message_url: str = ""
    interpreted: CallId | None = None
    farewell: str = ""
    gone: bool = False
    parted: bool = False
    outcome: Outcome | None = None

    @classmethod
    def of(cls, state: AnsweringState) -> Standing:
        """As it stands."""
        return cls(**{one: getattr(state, one) for one in _KEPT})


_KEPT: Final = tuple(one.name for one in fields(Standing))


@dataclass(frozen=True, slots=True)
class AssistantMemory:
    """A living call as it was. `began_at` is Unix time; all else that is timed is in seconds since.

    `engines` and `sessions` are those of all processes before. `nonces` of stream tokens that were used. Somebody had
    time to come, or to ask, until `waits_s`.
    """

    call_id: CallId
    ringing: Ringing
    persona: KeptPersona
    began_at: float
    standing: Standing
    talk: TalkMemory
    usd: float = 0.0
    usd_is_estimate: bool = False
    troubles: list[str] = field(default_factory=list)
    tools: list[ToolUse] = field(default_factory=list)
    barge_ins: list[BargeIn] = field(default_factory=list)
    tokens: Tokens = NO_TOKENS
    engines: list[str] = field(default_factory=list)
    sessions: int = 0
    nonces: list[str] = field(default_factory=list)
    waits_s: float = 0.0


_FORM: Final = KeptForm(AssistantMemory, VERSION)


def written(memory: AssistantMemory) -> bytes:
    """As it is kept."""
    return _FORM.written(memory)


def read(body: bytes, version: int) -> AssistantMemory | None:
    """What `written` wrote; None for anything else, or another version of it."""
    return _FORM.of(body, version)


def woken(
    memory: AssistantMemory, persona: Persona, languages: Sequence[Language], began: float, now: float, ago_s: float
) -> AnsweringState:
    """The state in which the call goes on that `began` then, and was left `ago_s` ago: no stream is here.

    Who talked with the assistant must come back soon. Who is with a person or leaves a message is in the carrier's
    hands, as long as that may take: counted from when it began, however often we are started again.
    """
    standing = memory.standing
    fresh = AnsweringState(memory.call_id, persona, standing.language, by_tag(standing.language, *languages))
    wait = _wait(standing, began + memory.waits_s, now, ago_s) if standing.outcome is None else None
    return replace(fresh, wait=wait, **{one: getattr(standing, one) for one in _KEPT})


def _wait(standing: Standing, until: float, now: float, ago_s: float) -> Wait:
    if standing.gone:
        return Wait(now + LATE_S, HUNG_UP)
    if standing.where in (Where.PERSON, Where.MESSAGE):  # perhaps its leg had yet to ask
        return Wait(max(until, now + AWAITED_S), HUNG_UP)
    return Wait(now + (AWAITED_S if ago_s <= LOST_S else 0.0), STOPPED)
