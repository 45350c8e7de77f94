"""What becomes of the legs that we place: the part of the call machine that hears of it from the carrier."""

from __future__ import annotations

from dataclasses import replace

from dragoman.domain.call import AgentRoute, DialFailed, Dialled, LegEnded, Notice, Role
from dragoman.domain.effects import CallEffect, Dial, HangUp, HangUpTwin
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.relay.call_end import end, party_gone, side
from dragoman.relay.call_state import REDIAL_S, UNSURE_S, CallState, Step


def dialled(state: CallState, event: Dialled) -> Step:
    """The carrier's id of the leg is known, unless that leg has failed meanwhile; a second one is taken down.

    Two are placed when the carrier's answer to the first order was lost; of which we knew first has rung for longer.
    """
    role, leg = event.role, event.carrier_call
    known = state.carrier_calls.get(role, "")
    if leg in state.failed_calls or leg == known:
        return state, []
    if known:
        return state, [HangUpTwin(role, leg)]
    return replace(state, carrier_calls={**state.carrier_calls, role: leg}), []


def dialled_too_late(state: CallState, event: Dialled) -> Step:
    """The call ended while the carrier was placing the leg: take it down again."""
    after, effects = dialled(state, event)
    return after, effects if after is state else [HangUp(event.role)]


def twin(state: CallState, role: Role, here: str) -> list[CallEffect]:
    """The party came on this leg: whichever other one rings for it is taken down."""
    known = state.carrier_calls.get(role, "")
    ours = role in state.dialled and state.setup.by_carrier(role)
    return [HangUpTwin(role, known)] if ours and known and here and known != here else []


def dial_failed(state: CallState, event: DialFailed) -> Step:
    """The leg cannot be had: it is placed again, or the other party is told, and the call is over."""
    role, failure = event.role, event.failure
    if _outdated(state, event) or not _current(state, role, event.carrier_call):
        return state, []
    if event.unsure and role in state.carrier_calls:
        return state, []  # it was placed: the carrier has told of it since
    if failure is DialFailure.FAILED and _may_try_again(state, role):
        return _placed_again(state, event)
    if role is Role.AGENT and state.setup.otherwise is not None and role in state.dialled - state.accepted:
        return _placed_elsewhere(state, state.setup.otherwise, event)
    upstream = failure in (DialFailure.REJECTED, DialFailure.FAILED)
    notice = Notice.FAILED if upstream else Notice.BUSY if failure is DialFailure.BUSY else Notice.NO_AGENT
    outcome = Outcome(Result.UPSTREAM if upstream else side(role), f"{role.value}: {failure.value}")
    still_up = failure in (DialFailure.VOICEMAIL, DialFailure.NO_AGENT)
    state = replace(state, farewell=notice)
    return end(state, outcome, cut=role) if still_up else end(state, outcome, gone=role)


def _may_try_again(state: CallState, role: Role) -> bool:
    return role in state.dialled - state.accepted and state.tries.get(role, 1) < state.dial_tries


def _placed_again(state: CallState, event: DialFailed) -> Step:
    """The fault is the carrier's, and may have passed; what a person did (busy, no answer) is not tried again."""
    role = event.role
    tries = {**state.tries, role: state.tries.get(role, 1) + 1}
    state = replace(_without(state, event), tries=tries)
    return state, [Dial(state.setup, role, UNSURE_S if event.unsure else REDIAL_S)]


def _placed_elsewhere(state: CallState, route: AgentRoute, event: DialFailed) -> Step:
    """Nobody is to be had where agents were looked for first."""
    agent = replace(state.setup.agent, address=route.address)
    setup = replace(state.setup, agent=agent, route=route, otherwise=None)
    return replace(_without(state, event), setup=setup), [Dial(setup, event.role)]


def _without(state: CallState, event: DialFailed) -> CallState:
    """That leg counts no more."""
    failed = state.failed_calls | ({event.carrier_call} if event.carrier_call else frozenset())
    calls = {other: sid for other, sid in state.carrier_calls.items() if other is not event.role}
    return replace(state, failed_calls=failed, carrier_calls=calls)


def _outdated(state: CallState, event: DialFailed) -> bool:
    """A machine that answered has a stream as well; a contact centre's leg has one while nobody has accepted."""
    match event.failure:
        case DialFailure.VOICEMAIL:
            return False
        case DialFailure.NO_AGENT:
            return event.role in state.accepted
        case _:
            return event.role in state.joined


def leg_ended(state: CallState, event: LegEnded) -> Step:
    """The carrier says that the party is gone."""
    if not _current(state, event.role, event.carrier_call):
        return state, []
    return party_gone(state, event.role, event.reason)


def _current(state: CallState, role: Role, carrier_call: str) -> bool:
    known = state.carrier_calls.get(role, "")
    return carrier_call not in state.failed_calls and (not carrier_call or not known or carrier_call == known)
