"""Who is on the line, and what must happen next: the states of an interpreted call.

Two rules. All state of the control path lives in `CallState`, and only `step` changes it. This file does not know the
carrier, the clock's source or the engines: events come in, effects go out, both frozen.

One party is `first` (on the line when the call begins), the other is fetched. A party is *ready* when its stream is
here and it has accepted (a caller who dialled us has; an agent does by reservation or by answering). The first party
hears hold sound whenever the other one is not ready; interpreting starts when the other one accepts, before its stream
is here, so that no word is lost.

`TABLE` says which events each state takes; `docs/call-states.md` is printed from it. An event that a state does not
take is late or repeated (webhooks come twice and in any order) and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from dragoman.domain.call import (
    Accepted,
    AgentVia,
    AskLanguage,
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
from dragoman.relay.call_state import (
    LANGUAGE_KEY,
    MAX_HOPS,
    REJOIN_S,
    CallState,
    Event,
    GivenUp,
    Joined,
    Left,
    NoticeHeard,
    Pressed,
    State,
    Step,
)

__all__ = [
    "LANGUAGE_KEY",
    "MAX_HOPS",
    "REJOIN_S",
    "TABLE",
    "CallState",
    "Event",
    "GivenUp",
    "Joined",
    "Left",
    "NoticeHeard",
    "Pressed",
    "State",
    "Step",
    "begin",
    "instruct",
    "step",
]


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
    """The party's stream is here; answering may be accepting."""
    role = event.role
    accepted = state.accepted | {role} if _answering_accepts(state, role) else state.accepted
    back_from_menu = state.state is State.CHOOSING and role is Role.CALLER
    state = replace(
        state,
        state=State.CONNECTING if back_from_menu else state.state,
        joined=state.joined | {role},
        away=state.away - {role},
        accepted=accepted,
        greeted=state.greeted or role is Role.CALLER,
    )
    return _advance(state)


def _answering_accepts(state: CallState, role: Role) -> bool:
    """A customer or an agent's own phone accepts by answering; a contact centre's leg waits for its agent."""
    return role is Role.CALLER or state.setup.route.via is AgentVia.DIRECT


def _left(state: CallState, event: Left) -> Step:
    """A clean end is a hang-up; a stream that just died may come back."""
    role = event.role
    if role not in state.joined:
        return state, []
    state = replace(state, joined=state.joined - {role})
    if state.state is State.CHOOSING and role is Role.CALLER:
        return state, []
    if event.clean:
        return _party_gone(state, role, "hung up")
    return _advance(replace(state, away=state.away | {role}))


def _given_up(state: CallState, event: GivenUp) -> Step:
    """The stream did not come back: the call is over."""
    if event.role not in state.away:
        return state, []
    outcome = Outcome(Result.UPSTREAM, f"the {event.role.value}'s stream was lost")
    return _end(replace(state, farewell=Notice.FAILED), outcome, cut=event.role)


def _accepted(state: CallState, event: Accepted) -> Step:
    """The party agreed to talk; a second time (a repeated webhook, a transfer) changes nothing."""
    return _advance(replace(state, accepted=state.accepted | {event.role}))


def _dialled(state: CallState, event: Dialled) -> Step:
    """The carrier's id of the leg is known."""
    return replace(state, carrier_calls={**state.carrier_calls, event.role: event.carrier_call}), []


def _dialled_too_late(state: CallState, event: Dialled) -> Step:
    """The call ended while the carrier was placing the leg: take it down again."""
    return _dialled(state, event)[0], [HangUp(event.role)]


def _dial_failed(state: CallState, event: DialFailed) -> Step:
    """The leg cannot be had: the other party is told, and the call is over."""
    role, failure = event.role, event.failure
    if _outdated(state, event) or not _current(state, role, event.carrier_call):
        return state, []
    upstream = failure in (DialFailure.REJECTED, DialFailure.FAILED)
    notice = Notice.FAILED if upstream else Notice.BUSY if failure is DialFailure.BUSY else Notice.NO_AGENT
    outcome = Outcome(Result.UPSTREAM if upstream else _side(role), f"{role.value}: {failure.value}")
    still_up = failure in (DialFailure.VOICEMAIL, DialFailure.NO_AGENT)
    state = replace(state, farewell=notice)
    return _end(state, outcome, cut=role) if still_up else _end(state, outcome, gone=role)


def _outdated(state: CallState, event: DialFailed) -> bool:
    """A machine that answered has a stream as well; a contact centre's leg has one while nobody has accepted."""
    match event.failure:
        case DialFailure.VOICEMAIL:
            return False
        case DialFailure.NO_AGENT:
            return event.role in state.accepted
        case _:
            return event.role in state.joined


def _leg_ended(state: CallState, event: LegEnded) -> Step:
    """The carrier says that the party is gone."""
    if not _current(state, event.role, event.carrier_call):
        return state, []
    return _party_gone(state, event.role, event.reason)


def _current(state: CallState, role: Role, carrier_call: str) -> bool:
    known = state.carrier_calls.get(role, "")
    return not carrier_call or not known or carrier_call == known


def _pressed(state: CallState, event: Pressed) -> Step:
    """The language key takes a waiting caller back to the menu."""
    waits = event.role is Role.CALLER and state.setup.first is Role.CALLER and Role.CALLER in state.joined
    if event.digit != LANGUAGE_KEY or not waits:
        return state, []
    state, effects = _advance(replace(state, state=State.CHOOSING, greeted=False))
    return state, [*effects, LetGo(Role.CALLER)]


def _language_chosen(state: CallState, event: LanguageChosen) -> Step:
    """The call goes on in this language."""
    caller = replace(state.setup.caller, language=event.language)
    now = State.CONNECTING if state.state is State.CHOOSING else state.state
    return _advance(replace(state, state=now, setup=replace(state.setup, caller=caller)))


def _end_asked(state: CallState, event: EndAsked) -> Step:
    """The call is over, with a word to both parties if one is given."""
    return _end(replace(state, farewell=event.notice), event.outcome)


def _ignored(state: CallState, _event: Event) -> Step:
    """Nothing is left to do."""
    return state, []


def _side(role: Role) -> Result:
    return Result.CALLER if role is Role.CALLER else Result.AGENT


def _advance(state: CallState) -> Step:
    """Do whatever has become possible, once."""
    effects: list[CallEffect] = []
    first, second = state.setup.first, state.second
    if state.state is State.RINGING and state.ready(first):
        state = replace(state, state=State.CONNECTING)
    if state.state is State.CONNECTING and second not in state.dialled:
        state = replace(state, dialled=state.dialled | {second})
        effects.append(Dial(state.setup, second))
    if state.state is State.CONNECTING and {first, second} <= state.accepted:
        state = replace(state, state=State.INTERPRETING)
        effects.append(StartInterpreting())
    talking = state.state is State.INTERPRETING
    waits = (talking or state.state is State.CONNECTING) and first in state.joined and not state.ready(second)
    if waits != state.holding:
        state = replace(state, holding=waits)
        effects.append(StartHold(first) if waits else StopHold(first))
    if talking and state.ready(Role.AGENT) and not state.whispered:
        state = replace(state, whispered=True)
        if state.setup.route.via is not AgentVia.DIRECT:
            effects.append(Tell(Role.AGENT, Notice.WHISPER))
    return state, effects


def _party_gone(state: CallState, role: Role, reason: str) -> Step:
    """A party is off the line. The first one, still waiting for it, is told; after a talk nobody needs to be."""
    waiting = role is state.second and state.state is not State.INTERPRETING
    state = replace(state, farewell=Notice.NO_AGENT if waiting else None)
    return _end(state, Outcome(_side(role), reason), gone=role)


def _end(state: CallState, outcome: Outcome, *, gone: Role | None = None, cut: Role | None = None) -> Step:
    """Let both legs go (each then asks what to do, and is told), and take down those that would not ask.

    `gone` is over already; `cut` is taken down without a farewell.
    """
    effects: list[CallEffect] = [LetGo(role) for role in Role if role in state.joined]
    for role in Role:
        hears_farewell = role is not cut and state.farewell is not None and _will_ask(state, role)
        if role in state.dialled and role is not gone and not hears_farewell:
            effects.append(HangUp(role))
    effects.append(Finish(outcome))
    return replace(state, state=State.OVER, outcome=outcome, cut=cut, holding=False), effects


def _will_ask(state: CallState, role: Role) -> bool:
    """A leg with a stream asks when it is let go; a caller who dialled us is in a menu, or on the way to a stream."""
    in_our_hands = role is Role.CALLER and state.setup.first is Role.CALLER and role not in state.away
    return role in state.joined or in_our_hands


# ---- The table -------------------------------------------------------------------------------------------------------

Take = Callable[..., Step]
"""Takes the state and one event of the class it stands beside."""

_ALIVE: dict[type, Take] = {
    Joined: _joined,
    Left: _left,
    GivenUp: _given_up,
    Accepted: _accepted,
    Dialled: _dialled,
    DialFailed: _dial_failed,
    LegEnded: _leg_ended,
    EndAsked: _end_asked,
}

TABLE: dict[State, dict[type, Take]] = {
    State.RINGING: {**_ALIVE, LanguageChosen: _language_chosen},
    State.CONNECTING: {**_ALIVE, Pressed: _pressed},
    State.CHOOSING: {**_ALIVE, LanguageChosen: _language_chosen},
    State.INTERPRETING: _ALIVE,
    State.OVER: {Dialled: _dialled_too_late, Left: _ignored},
}


# ---- What a leg shall do next ----------------------------------------------------------------------------------------


def instruct(state: CallState, role: Role) -> tuple[CallState, Instruction]:
    """Asked by the carrier when a leg is answered, and each time its stream ends. Asked twice, it says the same."""
    language = state.setup.party(role).language
    if state.state is State.OVER:
        notice = None if role is state.cut else state.farewell
        return state, HangUpLeg() if notice is None else SayAndHangUp(language, notice)
    if state.state is State.CHOOSING and role is Role.CALLER:
        return state, AskLanguage()
    hops = state.hops.get(role, 0) + 1
    state = replace(state, hops={**state.hops, role: hops})
    if hops > MAX_HOPS:
        return state, HangUpLeg()
    return state, ConnectStream(language, _words_before(state, role))


def _words_before(state: CallState, role: Role) -> tuple[Notice, ...]:
    """What the carrier says before it connects the stream."""
    if role is Role.CALLER and state.setup.first is Role.CALLER and not state.greeted:
        return (Notice.WAIT,)
    if role is Role.AGENT and state.setup.route.via is AgentVia.DIRECT and not state.whispered:
        return (Notice.WHISPER,)
    return ()
