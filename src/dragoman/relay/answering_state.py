"""What is known of an assistant's call on the carrier's side, what can happen to it, and what is to be done. Pure.

`answering` says what follows from what. Times are seconds of the caller's clock.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from dragoman.domain.assistant_effects import EndWhy
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import Outcome
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.reception import CallerLeft, ConnectPerson, KeysPressed, MessageLeft, PersonLeft, RecordMessage
from dragoman.domain.tools import Action


class Where(enum.Enum):
    """What the caller's leg is at."""

    TALKING = "talking"
    """With the assistant, or on the way to it; keys may be pressed on that way."""
    PERSON = "person"
    """Connected with a person, or being connected."""
    MESSAGE = "message"
    """The carrier records a message."""
    HANDED_OVER = "handed-over"
    """It is an interpreted call from now on."""
    OVER = "over"


# ---- What happens ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined:
    """The stream is here."""


@dataclass(frozen=True, slots=True)
class Left:
    """It is gone after `lived_s`; `clean` = the carrier said so before."""

    clean: bool
    lived_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Waited:
    """Time passes."""


@dataclass(frozen=True, slots=True)
class Performed:
    """The talk came to where this is to be done."""

    action: Action


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The talk is over by itself; what was to be said was heard."""

    why: EndWhy


@dataclass(frozen=True, slots=True)
class EngineDown:
    """There is no assistant any more, for good. `is_open`: people are there by the persona's hours."""

    is_open: bool


@dataclass(frozen=True, slots=True)
class TakenOver:
    """The interpreted call is there; None = it cannot be."""

    call_id: CallId | None


@dataclass(frozen=True, slots=True)
class EndForced:
    """We end it, with these words ("" = none): a limit, a drain, a fault of ours. `cut`: the phone call is to end at
    once, whoever the caller is with.
    """

    outcome: Outcome
    say: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class LanguageSpoken:
    """The caller speaks another of the persona's languages."""

    language: Language


Event = (
    Joined | Left | Waited | Performed | TalkEnded | EngineDown | TakenOver | EndForced | LanguageSpoken
    | PersonLeft | MessageLeft | KeysPressed | CallerLeft
)  # fmt: skip


# ---- What to do ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LetGo:
    """Close the stream, so that the carrier asks what to do next."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Start an interpreted call with the caller's leg; `TakenOver` is told."""

    to: str
    summary: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """The talk goes on after all, beginning with this, if anything."""

    phrase: Phrase | None


@dataclass(frozen=True, slots=True)
class Finish:
    """The assistant's part of the call is over."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TakeDown:
    """Have the carrier end the phone call."""


Effect = LetGo | TakeOver | GoOn | Finish | TakeDown


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when somebody has time to come or to ask; then the call ended so."""

    until: float
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class AnsweringState:
    """One call's. `language` is what the carrier speaks in, `languages` the persona's. Built by `answering.begin`."""

    call_id: CallId
    persona: Persona
    language: Language
    languages: Mapping[LanguageTag, Language] = field(default_factory=dict)
    wait: Wait | None = None
    where: Where = Where.TALKING
    here: bool = False
    """The stream is."""
    digits: str = ""
    """Keys to be pressed before anything else."""
    pressing: str = ""
    """Those of them that the leg was told to press."""
    person: ConnectPerson | None = None
    message: RecordMessage | None = None
    interpreted: CallId | None = None
    farewell: str = ""
    down: bool = False
    """There is no assistant any more."""
    hops: int = 0
    recordings: int = 0
    message_url: str = ""
    gone: bool = False
    """The leg is over, as far as we know: it will not ask."""
    parted: bool = False
    """It has asked since the call is over."""
    outcome: Outcome | None = None

    @property
    def over(self) -> bool:
        """Our part of it is."""
        return self.outcome is not None

    @property
    def parting(self) -> bool:
        """It is over, and the leg has yet to ask what to do."""
        return self.over and not self.parted and not self.gone


Step = tuple[AnsweringState, list[Effect]]
