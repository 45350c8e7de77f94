"""Who is on the line, and what must happen next: the states of an interpreted call.

Two rules. All state of the control path lives in `CallState`, and only `step` changes it. This file does not know the
carrier, the clock's source or the engines: events come in, effects go out, both frozen.

One party is `first` (on the line when the call begins), the other is fetched. A party is *ready* when its stream is
here and it has accepted (a caller who dialled us has; an agent does by reservation or by answering). The first party
waits with hold sound until the other one is ready; interpreting starts when the other one accepts, before its stream
is here, so that no word is lost.

`TABLE` says which events each state takes; `docs/call-states.md` is printed from it. An event that a state does not
take is late or repeated (webhooks come twice and in any order) and changes nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dragoman.domain.call import (
    Accepted,
    AgentVia,
    AskLanguage,
    CallEvent,
    CallSetup,
    ConnectStream,
    DialFailed,
    Dialled,
    EndAsked,
    HangUpLeg,
    Instruction,
    LanguageChosen,
    LegEnded,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.effects import (
    CallEffect,
    Dial,
    Finish,
    HangUp,
    LetGo,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.outcome import DialFailure, Outcome, Result

LANGUAGE_KEY = "*"
"""While waiting, this key takes the caller back to the language menu."""

MAX_HOPS = 12
"""So often a leg may come back to ask what to do next, before it is a loop."""

REJOIN_S = 10.0
"""A stream that died without the carrier's `stop` may come back for so long."""


class State(enum.Enum):
    RINGING = "ringing"
    """The first party is not ready yet."""
    CONNECTING = "connecting"
    """The first party waits; the other one is being fetched."""
    CHOOSING = "choosing"
    """The caller went back to the language menu while waiting."""
    INTERPRETING = "interpreting"
    """Both accepted: the interpreters are open."""
    OVER = "over"
    """The outcome stands; legs that ask are told good-bye."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A leg's stream is here."""

    role: Role


@dataclass(frozen=True, slots=True)
class Left:
    """A leg's stream is gone; `clean` = the carrier said so before (the party hung up, or we let go)."""

    role: Role
    clean: bool


@dataclass(frozen=True, slots=True)
class Pressed:
    role: Role
    digit: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A stream that died did not come back within `REJOIN_S`."""

    role: Role


Event = CallEvent | Joined | Left | Pressed | GivenUp


@dataclass(frozen=True, slots=True)
class CallState:
    """Everything the control path knows. Built by `begin`."""

    setup: CallSetup
    state: State = State.RINGING
    joined: frozenset[Role] = frozenset()
    accepted: frozenset[Role] = frozenset()
    away: frozenset[Role] = frozenset()
    dialled: frozenset[Role] = frozenset()
    carrier_calls: dict[Role, str] = field(default_factory=dict)
    hops: dict[Role, int] = field(default_factory=dict)
    farewell: Notice | None = None
    greeted: bool = False
    whispered: bool = False
    holding: bool = False
    outcome: Outcome | None = None

    @property
    def second(self) -> Role:
        return self.setup.first.other

    def ready(self, role: Role) -> bool:
        return role in self.joined and role in self.accepted


Step = tuple[CallState, list[CallEffect]]


def begin(setup: CallSetup) -> Step:
    """The state of a new call. The call that we place begins with dialling its first party."""
    accepted = frozenset({Role.CALLER}) if setup.first is Role.CALLER else frozenset()
    calls = {setup.first: setup.carrier_call} if setup.carrier_call else {}
    state = CallState(setup, accepted=accepted, carrier_calls=calls)
    if setup.carrier_call:
        return replace(state, dialled=frozenset({setup.first})), []
    return replace(state, dialled=frozenset({setup.first})), [Dial(setup, setup.first)]


def step(state: CallState, event: Event) -> Step:
    """Take one event; give back the new state and what to do."""
    take = TABLE[state.state].get(type(event))
    return take(state, event) if take is not None else (state, [])


# ---- What each event does --------------------------------------------------------------------------------------------


def _joined(state: CallState, event: Joined) -> Step:
    accepted = state.accepted
    if _answering_accepts(state, event.role):
        accepted |= {event.role}
    state = replace(state, joined=state.joined | {event.role}, away=state.away - {event.role}, accepted=accepted)
    if state.state is State.CHOOSING and event.role is Role.CALLER:
        state = replace(state, state=State.CONNECTING)
    return _advance(state)


def _answering_accepts(state: CallState, role: Role) -> bool:
    """A customer or an agent's own phone accepts by answering; a contact centre's leg waits for its agent."""
    return role is Role.CALLER or state.setup.route.via is AgentVia.DIRECT


def _left(state: CallState, event: Left) -> Step:
    """Our own letting go is clean too: it only ends the call when nobody asked the leg to come back."""
    if event.role not in state.joined:
        return state, []
    holding = state.holding and event.role is not state.setup.first
    state = replace(state, joined=state.joined - {event.role}, holding=holding)
    if event.clean:
        return _end(state, _outcome_of(event.role, "hung up"), gone=event.role)
    return replace(state, away=state.away | {event.role}), []


def _left_for_menu(state: CallState, event: Left) -> Step:
    state = replace(state, joined=state.joined - {event.role})
    if event.role is state.second and event.clean:
        return _end(state, _outcome_of(event.role, "hung up"), gone=event.role)
    return state, []


def _given_up(state: CallState, event: GivenUp) -> Step:
    if event.role not in state.away:
        return state, []
    return _end(state, Outcome(Result.UPSTREAM, f"the {event.role.value}'s stream was lost"))


def _accepted(state: CallState, event: Accepted) -> Step:
    return _advance(replace(state, accepted=state.accepted | {event.role}))


def _dialled(state: CallState, event: Dialled) -> Step:
    return replace(state, carrier_calls={**state.carrier_calls, event.role: event.carrier_call}), []


def _dialled_too_late(state: CallState, event: Dialled) -> Step:
    """The call ended while the carrier was placing the leg: take it down again."""
    calls = {**state.carrier_calls, event.role: event.carrier_call}
    return replace(state, carrier_calls=calls), [HangUp(event.role)]


def _dial_failed(state: CallState, event: DialFailed) -> Step:
    if event.role in state.joined or not _current(state, event.role, event.carrier_call):
        return state, []
    notice = Notice.BUSY if event.failure is DialFailure.BUSY else Notice.NO_AGENT
    if event.failure in (DialFailure.REJECTED, DialFailure.FAILED):
        notice = Notice.FAILED
    upstream = event.failure in (DialFailure.REJECTED, DialFailure.FAILED)
    result = Result.UPSTREAM if upstream else _outcome_of(event.role, "").result
    outcome = Outcome(result, f"{event.role.value}: {event.failure.value}")
    return _end(replace(state, farewell=notice), outcome, gone=event.role)


def _leg_ended(state: CallState, event: LegEnded) -> Step:
    if not _current(state, event.role, event.carrier_call):
        return state, []
    joined = state.joined - {event.role}
    return _end(replace(state, joined=joined), _outcome_of(event.role, event.reason), gone=event.role)


def _current(state: CallState, role: Role, carrier_call: str) -> bool:
    known = state.carrier_calls.get(role, "")
    return not carrier_call or not known or carrier_call == known


def _pressed(state: CallState, event: Pressed) -> Step:
    waiting_caller = event.role is Role.CALLER and state.setup.first is Role.CALLER
    if event.digit != LANGUAGE_KEY or not waiting_caller or state.ready(state.second):
        return state, []
    state = replace(state, state=State.CHOOSING, greeted=False, holding=False)
    return state, [StopHold(Role.CALLER), LetGo(Role.CALLER)]


def _language_chosen(state: CallState, event: LanguageChosen) -> Step:
    caller = replace(state.setup.caller, language=event.language)
    return replace(state, setup=replace(state.setup, caller=caller)), []


def _end_asked(state: CallState, event: EndAsked) -> Step:
    return _end(replace(state, farewell=event.notice), event.outcome)


def _outcome_of(role: Role, reason: str) -> Outcome:
    return Outcome(Result.CALLER if role is Role.CALLER else Result.AGENT, reason)


def _advance(state: CallState) -> Step:
    """Do whatever has become possible, once."""
    effects: list[CallEffect] = []
    first, second = state.setup.first, state.second
    if state.state is State.RINGING and state.ready(first):
        state = replace(state, state=State.CONNECTING)
    if state.state is State.CONNECTING and second not in state.dialled:
        state = replace(state, dialled=state.dialled | {second})
        effects.append(Dial(state.setup, second))
    if state.state is State.CONNECTING and first in state.joined and not state.holding and not state.ready(second):
        state = replace(state, holding=True)
        effects.append(StartHold(first))
    if state.state is State.CONNECTING and {first, second} <= state.accepted:
        state = replace(state, state=State.INTERPRETING)
        effects.append(StartInterpreting())
    if state.state is State.INTERPRETING and state.holding and state.ready(second):
        state = replace(state, holding=False)
        effects.append(StopHold(first))
    if state.state is State.INTERPRETING and state.ready(Role.AGENT) and not state.whispered:
        state = replace(state, whispered=True)
        if state.setup.route.via is not AgentVia.DIRECT:
            effects.append(Tell(Role.AGENT, Notice.WHISPER))
    return state, effects


def _end(state: CallState, outcome: Outcome, *, gone: Role | None = None) -> Step:
    """Let both legs go (each then asks what to do, and is told), and take down those that would not ask.

    A leg with a stream and a farewell to hear is left to the carrier; `gone` is over already.
    """
    effects: list[CallEffect] = []
    for role in Role:
        if role in state.joined:
            effects.append(LetGo(role))
        hears_farewell = role in state.joined and state.farewell is not None
        if role in state.dialled and role is not gone and not hears_farewell:
            effects.append(HangUp(role))
    effects.append(Finish(outcome))
    return replace(state, state=State.OVER, outcome=outcome, holding=False), effects


# ---- The table -------------------------------------------------------------------------------------------------------

Take = Callable[[CallState, "Event"], Step]

_ALIVE: dict[type, Callable[..., Step]] = {
    Joined: _joined,
    Left: _left,
    GivenUp: _given_up,
    Accepted: _accepted,
    Dialled: _dialled,
    DialFailed: _dial_failed,
    LegEnded: _leg_ended,
    EndAsked: _end_asked,
}

TABLE: dict[State, dict[type, Callable[..., Step]]] = {
    State.RINGING: {**_ALIVE, LanguageChosen: _language_chosen},
    State.CONNECTING: {**_ALIVE, Pressed: _pressed},
    State.CHOOSING: {**_ALIVE, Left: _left_for_menu, LanguageChosen: _language_chosen},
    State.INTERPRETING: {**_ALIVE, Pressed: _pressed},
    State.OVER: {Dialled: _dialled_too_late, Left: lambda state, event: (state, [])},
}


# ---- What a leg shall do next ----------------------------------------------------------------------------------------


def instruct(state: CallState, role: Role) -> tuple[CallState, Instruction]:
    """Asked by the carrier when a leg is answered, and each time its stream ends."""
    language = state.setup.party(role).language
    if state.state is State.OVER:
        notice = state.farewell
        return state, HangUpLeg() if notice is None else SayAndHangUp(language, notice)
    if state.state is State.CHOOSING and role is Role.CALLER:
        return state, AskLanguage()
    hops = state.hops.get(role, 0) + 1
    state = replace(state, hops={**state.hops, role: hops})
    if hops > MAX_HOPS:
        return state, HangUpLeg()
    if role is state.setup.first and role is Role.CALLER and not state.greeted:
        return replace(state, greeted=True), ConnectStream(language, Notice.WAIT)
    if role is Role.AGENT and state.setup.route.via is AgentVia.DIRECT and not state.whispered:
        return state, ConnectStream(language, Notice.WHISPER)
    return state, ConnectStream(language)
