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
    QueueMoved,
    Role,
    TaskKnown,
)
from dragoman.domain.control import PersonAsked
from dragoman.domain.effects import (
    CallEffect,
    Dial,
    LetGo,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay import disclosure, placing, queueing
from dragoman.relay.call_end import end, farewell, hand_over, party_gone, person_instead
from dragoman.relay.call_state import (
    LANGUAGE_KEY,
    MAX_HOPS,
    REJOIN_S,
    STEADY_S,
    CallState,
    Event,
    FellSilent,
    GivenUp,
    Joined,
    LadderEnded,
    Left,
    NoKey,
    NoticeFailed,
    NoticeHeard,
    Pressed,
    State,
    Step,
    StillAway,
    WaitingLong,
)

__all__ = [
    "LANGUAGE_KEY",
    "MAX_HOPS",
    "REJOIN_S",
    "TABLE",
    "CallState",
    "Event",
    "FellSilent",
    "GivenUp",
    "Joined",
    "LadderEnded",
    "Left",
    "NoKey",
    "NoticeFailed",
    "NoticeHeard",
    "Pressed",
    "State",
    "Step",
    "StillAway",
    "WaitingLong",
    "begin",
    "instruct",
    "step",
]


def begin(setup: CallSetup, dial_tries: int = 1) -> Step:
    """The state of a new call. The call that we place begins with dialling its first party."""
    accepted = frozenset({Role.CALLER}) if setup.first is Role.CALLER else frozenset()
    calls = {setup.first: setup.carrier_call} if setup.carrier_call else {}
    greeted = setup.prior is not None
    state = CallState(setup, dial_tries, accepted=accepted, carrier_calls=calls, greeted=greeted)
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
    accepted = state.accepted | {role} if disclosure.answering_accepts(state, role) else state.accepted
    back_from_menu = state.state is State.CHOOSING and role is Role.CALLER
    state, effects = disclosure.said_before(state, role)
    if role in state.missed:
        effects.append(Tell(role, Notice.BACK_AGAIN))
    if role in state.away:
        effects += disclosure.told_again(state, role)
    effects += placing.twin(state, role, event.carrier_call)
    state = replace(
        state,
        state=State.CONNECTING if back_from_menu else state.state,
        joined=state.joined | {role},
        carrier_calls={**state.carrier_calls, role: event.carrier_call} if event.carrier_call else state.carrier_calls,
        away=state.away - {role},
        missed=state.missed - {role},
        accepted=accepted,
        greeted=state.greeted or role is Role.CALLER,
    )
    return _then(effects, _advance(state))


def _left(state: CallState, event: Left) -> Step:
    """A clean end is a hang-up; a stream that just died may come back."""
    role = event.role
    if role not in state.joined:
        return state, []
    hops = {**state.hops, role: 0} if event.lived_s >= STEADY_S else state.hops
    state = replace(state, joined=state.joined - {role}, hops=hops)
    if state.state is State.CHOOSING and role is Role.CALLER:
        return state, []
    if event.clean:
        return party_gone(state, role, "hung up")
    if role in state.to_say:
        return _advance(state)
    return _advance(replace(state, away=state.away | {role}))


def _fell_silent(state: CallState, event: FellSilent) -> Step:
    """The stream is dead though nobody said so: it is closed, and may come back."""
    return state, [LetGo(event.role)] if event.role in state.joined else []


def _still_away(state: CallState, event: StillAway) -> Step:
    """The other party, who was talking with this one, is told once; this one when it is back."""
    role = event.role
    if role not in state.away - state.missed or role in state.to_say:
        return state, []
    state = replace(state, missed=state.missed | {role})
    talking = state.state is State.INTERPRETING and state.ready(role.other)
    return state, [Tell(role.other, Notice.OTHER_AWAY)] if talking else []


def _given_up(state: CallState, event: GivenUp) -> Step:
    """The stream did not come back: the call is over. While the carrier speaks to the party it cannot be back."""
    if event.role not in state.away or event.role in state.to_say:
        return state, []
    outcome = Outcome(Result.UPSTREAM, f"the {event.role.value}'s stream was lost")
    return end(replace(state, farewell=Notice.FAILED), outcome, cut=event.role)


def _accepted(state: CallState, event: Accepted) -> Step:
    """The party agreed to talk; a second time (a repeated webhook, a transfer) changes nothing."""
    return _advance(replace(state, accepted=state.accepted | {event.role}))


def _pressed(state: CallState, event: Pressed) -> Step:
    """The language key takes a waiting caller back to the menu; others may answer a question."""
    if event.role not in state.joined:
        return state, []
    waits = event.role is Role.CALLER and state.setup.first is Role.CALLER and state.state is State.CONNECTING
    if event.digit != LANGUAGE_KEY or not waits:
        return _advanced(disclosure.pressed(state, event))
    state = disclosure.forgotten(state, event.role)
    state, effects = _advance(replace(state, state=State.CHOOSING, greeted=False))
    return state, [*effects, LetGo(Role.CALLER)]


def _no_key(state: CallState, event: NoKey) -> Step:
    """Nobody pressed the key that means yes: the party is asked once more, or the call is over."""
    return _advanced(disclosure.no_key(state, event))


def _notice_heard(state: CallState, event: NoticeHeard) -> Step:
    """When it was the question for consent, the answer has its time from now on."""
    return disclosure.heard(state, event)


def _notice_failed(state: CallState, event: NoticeFailed) -> Step:
    """What a party has a right to hear is said by the carrier."""
    return disclosure.failed(state, event)


def _person_asked(state: CallState, event: PersonAsked) -> Step:
    """The party goes to a person and the other one is told so, where there is anybody to go to."""
    return hand_over(state, event.role)


def _person_instead(state: CallState, event: PersonAsked) -> Step:
    """Who is asked to agree may have a person instead; who merely waits is getting one."""
    instead = disclosure.asked(state, event.role) and bool(state.setup.person)
    return hand_over(state, event.role) if instead else (state, [])


def _ladder_ended(state: CallState, _event: LadderEnded) -> Step:
    """Nothing interprets any more: the caller goes to a person, where there is one; else the talk goes on without."""
    return person_instead(state)


def _language_chosen(state: CallState, event: LanguageChosen) -> Step:
    """The call goes on in this language."""
    caller = replace(state.setup.caller, language=event.language)
    now = State.CONNECTING if state.state is State.CHOOSING else state.state
    state = replace(state, state=now, setup=replace(state.setup, caller=caller))
    return _advance(state)


def _end_asked(state: CallState, event: EndAsked) -> Step:
    """The call is over, with a word to both parties if one is given."""
    return end(replace(state, farewell=event.notice), event.outcome)


def _ignored(state: CallState, _event: Event) -> Step:
    """Nothing is left to do."""
    return state, []


def _then(before: list[CallEffect], step: Step) -> Step:
    return step[0], [*before, *step[1]]


def _advanced(step: Step) -> Step:
    return _then(step[1], _advance(step[0]))


def _advance(state: CallState) -> Step:
    """Do whatever has become possible, once."""
    effects: list[CallEffect] = []
    first, second = state.setup.first, state.second
    if state.state is State.RINGING and state.ready(first):
        state = replace(state, state=State.CONNECTING)
    if state.state is State.CONNECTING and second not in state.dialled:
        state = replace(state, dialled=state.dialled | {second})
        effects.append(Dial(state.setup, second))
    if state.state is State.CONNECTING and {first, second} <= state.accepted and state.agreed:
        state = replace(state, state=State.INTERPRETING)
        effects.append(StartInterpreting())
    state, holds = _held(state)
    effects += holds
    if state.state not in (State.CONNECTING, State.INTERPRETING):
        return state, effects
    whisper: tuple[Notice, ...] = ()
    if {first, second} <= state.accepted and state.ready(Role.AGENT) and not state.whispered:
        state = replace(state, whispered=True)
        whisper = (Notice.WHISPER,) if state.setup.route.via.queued else ()
    for role in (first, second):
        state, told = disclosure.opened(state, role, whisper if role is Role.AGENT else ())
        effects += told
    return state, effects


def _held(state: CallState) -> Step:
    """Who waits hears the hold sound: the first party for the second, the second for an answer of the first, and each
    for the other one's stream to come back.
    """
    first, second = state.setup.first, state.second
    connecting, talking = state.state is State.CONNECTING, state.state is State.INTERPRETING
    waits = {
        first: first in state.joined and (connecting or (talking and not state.ready(second))),
        second: state.ready(second) and (connecting or (talking and not state.ready(first))),
    }
    effects: list[CallEffect] = []
    for role, waiting in waits.items():
        if waiting != (role in state.holding):
            effects.append(StartHold(role) if waiting else StopHold(role))
    return replace(state, holding=frozenset(role for role in waits if waits[role])), effects


# ---- The table -------------------------------------------------------------------------------------------------------

Take = Callable[..., Step]
"""Takes the state and one event of the class it stands beside."""

_WAITING: dict[type, Take] = {
    QueueMoved: queueing.queue_moved,
    Pressed: _pressed,
    NoKey: _no_key,
    NoticeHeard: _notice_heard,
    NoticeFailed: _notice_failed,
}

_ALIVE: dict[type, Take] = {
    Joined: _joined,
    Left: _left,
    FellSilent: _fell_silent,
    StillAway: _still_away,
    GivenUp: _given_up,
    Accepted: _accepted,
    Dialled: placing.dialled,
    DialFailed: placing.dial_failed,
    LegEnded: placing.leg_ended,
    EndAsked: _end_asked,
    TaskKnown: queueing.task_known,
}

TABLE: dict[State, dict[type, Take]] = {
    State.RINGING: {**_ALIVE, LanguageChosen: _language_chosen},
    State.CONNECTING: {**_ALIVE, **_WAITING, WaitingLong: queueing.waiting_long, PersonAsked: _person_instead},
    State.CHOOSING: {**_ALIVE, **_WAITING, LanguageChosen: _language_chosen},
    State.INTERPRETING: {
        **_ALIVE,
        NoticeFailed: _notice_failed,
        PersonAsked: _person_asked,
        LadderEnded: _ladder_ended,
    },
    State.OVER: {Dialled: placing.dialled_too_late, TaskKnown: queueing.task_known_too_late, Left: _ignored},
}


# ---- What a leg shall do next ----------------------------------------------------------------------------------------


def instruct(state: CallState, role: Role) -> tuple[CallState, Instruction]:
    """Asked by the carrier when a leg is answered, and each time its stream ends. Asked twice, it says the same."""
    if state.state is State.OVER:
        return replace(state, parted=state.parted | {role}), farewell(state, role)
    if state.state is State.CHOOSING and role is Role.CALLER:
        return state, AskLanguage()
    hops = state.hops.get(role, 0) + 1
    state = replace(state, hops={**state.hops, role: hops})
    if hops > MAX_HOPS:
        return state, HangUpLeg()
    words = disclosure.words_before(state, role)
    state = replace(state, given={**state.given, role: words})
    return state, ConnectStream(state.setup.party(role).language, words)
