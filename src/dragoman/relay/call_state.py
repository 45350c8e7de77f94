"""What the control path knows of a call, and what can happen to it. `call_machine` says what follows."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from dragoman.domain.call import CallEvent, CallSetup, Notice, Role
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import CallEffect
from dragoman.domain.outcome import Outcome, Result

LANGUAGE_KEY = "*"
"""While waiting, this key takes the caller back to the language menu."""

MAX_HOPS = 12
"""So often a leg may come back to ask what to do next, before it is a loop."""

STEADY_S = 60.0
"""A stream that lived so long begins the count of hops anew."""

REDIAL_S = 1.0
"""A leg that failed on the carrier's side is placed again after so long."""

UNSURE_S = 4.0
"""A leg that may be on its way, though the carrier's answer was lost, is placed again unless the carrier tells of it by
then: that it rings, or by asking what to do with it."""

REJOIN_S = 10.0
"""A stream that died without the carrier's `stop` may come back for so long."""

AWAITED_S = 60.0
"""A call of an earlier process waits so long for its first leg."""

LOST_S = 300.0
"""Nobody comes back to a call that was left so long ago: a carrier gives a leg up long before."""

STOPPED = Outcome(Result.US, "the server stopped")


class State(enum.Enum):
    RINGING = "ringing"
    """The first party is not ready yet."""
    CONNECTING = "connecting"
    """The first party waits; the other one is being fetched, or somebody has yet to agree."""
    CHOOSING = "choosing"
    """The caller went back to the language menu while waiting."""
    INTERPRETING = "interpreting"
    """Both accepted, and agreed where they must: the interpreters are open."""
    OVER = "over"
    """The outcome stands; legs that ask are told good-bye."""


class Consent(enum.Enum):
    """How far a party is with agreeing by key. Not asked yet: it has no entry."""

    ASKED = "asked"
    """The question is on its way to the ear."""
    AWAITED = "awaited"
    """It was heard; the key has its time."""
    ASKED_AGAIN = "asked again"
    AWAITED_AGAIN = "awaited again"
    AGREED = "agreed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Joined:
    """A leg's stream is here; `carrier_call` is the leg's id at the carrier, where it is known."""

    role: Role
    carrier_call: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A leg's stream is gone after `lived_s`; `clean` = the carrier said so before (the party hung up)."""

    role: Role
    clean: bool
    lived_s: float = 0.0


@dataclass(frozen=True, slots=True)
class FellSilent:
    """A leg's stream is there, and brings nothing any more, not even silence."""

    role: Role


@dataclass(frozen=True, slots=True)
class StillAway:
    """A stream that died is not back so soon that the other party need not be told."""

    role: Role


@dataclass(frozen=True, slots=True)
class WaitingLong:
    """The caller has waited for a while for an agent, or has another place in the queue."""


@dataclass(frozen=True, slots=True)
class Pressed:
    role: Role
    digit: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A stream that died did not come back within `REJOIN_S`."""

    role: Role


@dataclass(frozen=True, slots=True)
class NoticeHeard:
    """A notice that we played came to its end in a party's ear: heard `whole`, or cut off."""

    role: Role
    notice: Notice
    whole: bool


@dataclass(frozen=True, slots=True)
class NoticeFailed:
    """A notice could not be made into sound in time."""

    role: Role
    notice: Notice


@dataclass(frozen=True, slots=True)
class NoKey:
    """The time to agree by key is over."""

    role: Role


@dataclass(frozen=True, slots=True)
class LadderEnded:
    """No engine interprets any more, on no rung that is configured. Told once, or again as long as it is so."""


Event = (
    CallEvent
    | Joined
    | Left
    | FellSilent
    | StillAway
    | GivenUp
    | WaitingLong
    | Pressed
    | PersonAsked
    | NoticeHeard
    | NoticeFailed
    | NoKey
    | LadderEnded
)


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything the control path knows. Built by `begin`.

    A leg that the carrier fails is placed `dial_tries` times in all.
    """

    setup: CallSetup
    dial_tries: int = 1
    state: State = State.RINGING
    joined: frozenset[Role] = frozenset()
    accepted: frozenset[Role] = frozenset()
    away: frozenset[Role] = frozenset()
    """Whose stream died and may come back."""
    missed: frozenset[Role] = frozenset()
    """Whose stream has been away so long that it was noticed: they are told when they are back."""
    dialled: frozenset[Role] = frozenset()
    carrier_calls: dict[Role, str] = field(default_factory=dict)
    failed_calls: frozenset[str] = frozenset()
    """Carrier's ids of legs that failed and were placed again: late words about them count no more."""
    tries: dict[Role, int] = field(default_factory=dict)
    """How often a leg was placed again."""
    hops: dict[Role, int] = field(default_factory=dict)
    """How often each leg was told to connect."""
    farewell: Notice | None = None
    cut: Role | None = None
    """Whose leg is taken down without the farewell: a machine answered, or nobody."""
    handed: Role | None = None
    """Who is connected with a person when the leg asks, instead of the farewell."""
    handed_with: Notice = Notice.PERSON_COMING
    """What is said to whom is handed over, before."""
    parted: frozenset[Role] = frozenset()
    """Whose leg has asked what to do since the call is over."""
    greeted: bool = False
    """The caller has heard what comes before the stream."""
    whispered: bool = False
    announced: frozenset[Role] = frozenset()
    """Who was given what must be known before the talk."""
    consent: dict[Role, Consent] = field(default_factory=dict)
    to_say: dict[Role, tuple[Notice, ...]] = field(default_factory=dict)
    """What the carrier shall say to whom we let go for it, before it connects the stream again."""
    given: dict[Role, tuple[Notice, ...]] = field(default_factory=dict)
    """What the carrier was last told to say before it connects the stream."""
    holding: frozenset[Role] = frozenset()
    position: int = 0
    """The place in the contact centre's queue; 0 = not known."""
    position_told: int = 0
    task: str = ""
    """As in `TaskKnown`."""
    outcome: Outcome | None = None

    @property
    def second(self) -> Role:
        return self.setup.first.other

    def ready(self, role: Role) -> bool:
        return role in self.joined and role in self.accepted

    @property
    def awaits_agent(self) -> bool:
        """The caller is on the line, and nobody has taken the call."""
        idle = Role.CALLER in self.joined and Role.CALLER not in self.to_say and Role.AGENT not in self.accepted
        return idle and self.state is State.CONNECTING and self.setup.first is Role.CALLER

    @property
    def agreed(self) -> bool:
        """Everybody who must agree has."""
        return all(self.consent.get(role) is Consent.AGREED for role in self.setup.opening.consent)


Step = tuple[CallState, list[CallEffect]]
