"""A call, its parties, and what the control path says about them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NewType

from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.manner import AS_USUAL, Manner
from dragoman.domain.outcome import DialFailure, Outcome
from dragoman.domain.speech import Line

CallId = NewType("CallId", str)
"""Our own name of a call: unguessable, in stream parameters, task attributes and URLs. Never a phone number."""


class Role(enum.Enum):
    """Which party of an interpreted call."""

    CALLER = "caller"
    """The outside person, whoever dialled."""
    AGENT = "agent"
    """The person in the contact centre; always a human."""

    @property
    def other(self) -> Role:
        return Role.AGENT if self is Role.CALLER else Role.CALLER


@dataclass(frozen=True, slots=True)
class Party:
    """A person on the call. `address` (number, SIP or client address; "" when withheld) is personal data: never
    logged.
    """

    role: Role
    language: Language
    address: str = ""


class AgentVia(enum.Enum):
    """How the agent is reached."""

    FLEX_NUMBER = "flex-number"
    """Dial the contact centre's number and pair its leg by digits we send."""
    FLEX_SIP = "flex-sip"
    """Dial the contact centre's SIP domain and pair its leg by a header."""
    DIRECT = "direct"
    """Dial the agent's own phone, SIP or client address."""
    BROWSER = "browser"
    """Ring in the pages of agents who are logged in here: no carrier has part in that leg."""

    @property
    def queued(self) -> bool:
        """The leg waits at a contact centre for its agent to accept; with the others answering is accepting."""
        return self in (AgentVia.FLEX_NUMBER, AgentVia.FLEX_SIP)


@dataclass(frozen=True, slots=True)
class AgentRoute:
    """Where the agent is: `address` is a number, `sip:` or `client:` address; "" for a browser."""

    via: AgentVia
    address: str


class Length(enum.Enum):
    """How long the announcement is that a party hears before the talk."""

    FULL = "full"
    """For people who call us once: every point in a whole sentence."""
    SHORT = "short"
    """For people who hear it every day: the same points in a few words."""
    OFF = "off"
    """None: the operator tells people by other means."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What comes before interpreting.

    `caller` and `agent` are the lengths of their announcements. `consent` are the parties who must agree by key.
    `voiced` are the tags of the languages that we can speak into a stream ourselves; None = all. In the others the
    carrier speaks before it connects the stream.
    """

    caller: Length = Length.OFF
    agent: Length = Length.OFF
    consent: frozenset[Role] = frozenset()
    voiced: frozenset[str] | None = None

    def length(self, role: Role) -> Length:
        return self.caller if role is Role.CALLER else self.agent

    def speaks(self, language: Language) -> bool:
        """Whether we can speak it into a stream."""
        return self.voiced is None or language.tag in self.voiced


NO_OPENING = Opening()


@dataclass(frozen=True, slots=True)
class Prior:
    """What came before an interpreted call in the same phone call: the caller talked with an assistant.

    `summary` is the assistant's, for the agent. Both in the caller's language. `call_id` is of that talk.
    """

    summary: str = ""
    lines: tuple[Line, ...] = ()
    call_id: CallId = CallId("")


@dataclass(frozen=True, slots=True)
class CallSetup:
    """All that is known of a call when it begins.

    `first` is the party on the line at the start: the caller of an incoming call, the agent of one that we place.
    `carrier_call` is the carrier's id of the first leg ("" while it is not placed).
    """

    call_id: CallId
    caller: Party
    agent: Party
    route: AgentRoute
    first: Role = Role.CALLER
    carrier_call: str = ""
    account: str = ""
    opening: Opening = NO_OPENING
    person: str = ""
    """Whom a party reaches who asks for a person: a number, `sip:` or `client:` address; "" = nobody."""
    prior: Prior | None = None
    otherwise: AgentRoute | None = None
    """Where an agent is looked for when nobody answers at `route`."""

    def by_carrier(self, role: Role) -> bool:
        """Whether the leg is a carrier's, which asks what to do next with it, and can speak to its party."""
        return role is Role.CALLER or self.route.via is not AgentVia.BROWSER

    def format(self, role: Role) -> AudioFormat:
        """Of the leg's audio, both ways."""
        return AudioFormat.PCMU_8K if self.by_carrier(role) else AudioFormat.PCM16_24K

    def party(self, role: Role) -> Party:
        return self.caller if role is Role.CALLER else self.agent


class Notice(enum.Enum):
    """A fixed text that a party hears from us, in their own language (`notices.toml`)."""

    WAIT = "wait"
    WHISPER = "whisper"
    REPEAT = "repeat"
    NO_AGENT = "no-agent"
    FAILED = "failed"
    BUSY = "busy"
    LIMIT = "limit"
    GOODBYE = "goodbye"
    ANNOUNCE = "announce"
    """What a party must know before the talk, in whole sentences."""
    ANNOUNCE_SHORT = "announce-short"
    CONSENT = "consent"
    """Asks for the key that means yes."""
    CONSENT_REFUSED = "consent-refused"
    """To the party who did not agree, at the end."""
    OTHER_REFUSED = "other-refused"
    """To the other one."""
    PERSON_COMING = "person-coming"
    """To who asked for a person and is being connected with one."""
    PERSON_LEFT = "person-left"
    """To the other one, at the end."""
    NO_PERSON = "no-person"
    """To who asked where there is nobody: the interpreter goes on."""
    INTERPRETER_DOWN = "interpreter-down"
    """To both: no engine answers, the parties hear each other as they speak, we go on trying."""
    INTERPRETER_BACK = "interpreter-back"
    """To both, after `INTERPRETER_DOWN`."""
    PERSON_INSTEAD = "person-instead"
    """To the caller, who is being connected with a person because no engine answers."""
    QUEUE_POSITION = "queue-position"
    """To who waits; its number is the place in the queue."""
    STILL_WAITING = "still-waiting"
    """To who waits where no place is known."""
    TOO_MANY = "too-many"
    """To a refused caller: too many calls from their number within a minute."""
    BACK_AGAIN = "back-again"
    """To the party whose stream was lost and is back."""
    OTHER_AWAY = "other-away"
    """To the one who stays while the other one's stream is lost."""


CONSENT_KEY = "1"
"""The key that means yes."""

DISCLOSURES = frozenset({Notice.ANNOUNCE, Notice.ANNOUNCE_SHORT, Notice.CONSENT})
"""Notices that a party has a right to: what was said of them, and whether it was heard, is kept."""


# ---- What the control path tells a call (past tense) -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Accepted:
    """A party agreed to talk: the reservation was accepted, or a dialled phone was answered by a human."""

    role: Role
    by: str
    """What accepted it (reservation id, or the carrier's call id): the same twice is one acceptance."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """The carrier placed a leg, by its answer or by what it tells of it since; `carrier_call` is its id."""

    role: Role
    carrier_call: str


@dataclass(frozen=True, slots=True)
class DialFailed:
    """A leg could not be placed, was not answered, or nobody accepted.

    `carrier_call`, where it is known, keeps a late word about an earlier leg from touching its successor. `unsure`: the
    carrier's answer was lost, and the leg may have been placed all the same.
    """

    role: Role
    failure: DialFailure
    carrier_call: str = ""
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The carrier says that a leg is over; `carrier_call` as in `DialFailed`."""

    role: Role
    reason: str = "hung up"
    carrier_call: str = ""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """The caller chose (another) language."""

    language: Language


@dataclass(frozen=True, slots=True)
class EndAsked:
    """Somebody with the right to do so asked to end the call: the API, a limit, a drain."""

    outcome: Outcome
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class QueueMoved:
    """The agent's leg has this place in the contact centre's queue, counted from 1."""

    position: int


@dataclass(frozen=True, slots=True)
class TaskKnown:
    """What the contact centre calls its piece of work for this call, in a form that only its provider reads; "" = it
    is over there, and nothing is left to close.
    """

    task: str


CallEvent = Accepted | Dialled | DialFailed | LegEnded | LanguageChosen | EndAsked | QueueMoved | TaskKnown


# ---- What a leg shall do next (answered to the carrier) --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """Connect the leg's audio to us; `say` is spoken by the carrier before, one after the other."""

    language: Language
    say: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class AskLanguage:
    """Offer the menu again."""


@dataclass(frozen=True, slots=True)
class SayAndHangUp:
    language: Language
    notice: Notice


@dataclass(frozen=True, slots=True)
class HangUpLeg:
    """End the leg without a word."""


@dataclass(frozen=True, slots=True)
class DialPerson:
    """Connect the leg with the person at `address` (a number, `sip:` or `client:` address), after a word to its party.

    From then on the leg is the carrier's: it does not come back to the call.
    """

    language: Language
    address: str
    say: Notice = Notice.PERSON_COMING


@dataclass(frozen=True, slots=True)
class AskLater:
    """Ask again in a moment: this process has handed the call back, and another one will answer."""


Instruction = ConnectStream | AskLanguage | SayAndHangUp | HangUpLeg | DialPerson | AskLater


@dataclass(frozen=True, slots=True)
class CallView:
    """What the outside may see of a living call. `here`: whose stream is; `speaking`: whose voice we hear just
    now; `heard`: whose interpreter somebody hears.
    """

    call_id: CallId
    state: str
    caller_language: LanguageTag
    agent_language: LanguageTag
    engines: tuple[str, ...]
    age_s: float
    outcome: Outcome | None = None
    manner: Manner = AS_USUAL
    here: frozenset[Role] = frozenset()
    speaking: frozenset[Role] = frozenset()
    heard: frozenset[Role] = frozenset()
    usd: float = 0.0
    usd_is_estimate: bool = False
