"""How a call is brought to its end: who is let go and asks what to do, who is taken down, who hears what."""

from __future__ import annotations

from dataclasses import replace

from dragoman.domain.call import DialPerson, HangUpLeg, Instruction, Notice, Role, SayAndHangUp
from dragoman.domain.effects import CallEffect, CloseTask, Finish, HangUp, LetGo, Tell
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.call_state import CallState, Consent, State, Step


def side(role: Role) -> Result:
    """Whose act it was."""
    return Result.CALLER if role is Role.CALLER else Result.AGENT


def party_gone(state: CallState, role: Role, reason: str) -> Step:
    """A party is off the line. The first one, still waiting for it, is told; after a talk nobody needs to be."""
    waiting = role is state.second and state.state is not State.INTERPRETING
    state = replace(state, farewell=Notice.NO_AGENT if waiting else None)
    return end(state, Outcome(side(role), reason), gone=role)


def hand_over(state: CallState, role: Role) -> Step:
    """`role` asked for a person: its leg goes there and the call is over; where there is nobody, or no carrier that
    could connect it, it is told so.
    """
    if role not in state.joined:
        return state, []
    if not state.setup.person or not state.setup.by_carrier(role):
        return state, [Tell(role, Notice.NO_PERSON)]
    state = replace(state, farewell=Notice.PERSON_LEFT, handed=role)
    alone = role.other not in state.accepted
    return end(state, Outcome(side(role), "handed to a person"), cut=role.other if alone else None)


def person_instead(state: CallState) -> Step:
    """Nothing interprets any more: the caller goes to a person, also one whose stream is lost just now, for its leg
    will ask. Where there is nobody the parties go on as they can.
    """
    if not state.setup.person:
        return state, []
    role = Role.CALLER
    state = replace(state, farewell=Notice.PERSON_LEFT, handed=role, handed_with=Notice.PERSON_INSTEAD)
    return end(state, Outcome(Result.UPSTREAM, "no interpreter: handed to a person"))


def end(state: CallState, outcome: Outcome, *, gone: Role | None = None, cut: Role | None = None) -> Step:
    """Let both legs go (each then asks what to do, and is told), and take down those that would not ask.

    `gone` is over already; `cut` is taken down without a farewell. An agent who goes to a person keeps the task.
    """
    effects: list[CallEffect] = [LetGo(role) for role in Role if role in state.joined]
    for role in Role:
        hears_farewell = role is not cut and state.farewell is not None and _will_ask(state, role)
        if role in state.dialled and role is not gone and not hears_farewell:
            effects.append(HangUp(role))
    if state.task and state.handed is not Role.AGENT:
        effects.append(CloseTask(state.task, taken=Role.AGENT in state.accepted))
    effects.append(Finish(outcome))
    return replace(state, state=State.OVER, outcome=outcome, cut=cut, holding=frozenset()), effects


def farewell(state: CallState, role: Role) -> Instruction:
    """What a leg that asks is told when the call is over."""
    language = state.setup.party(role).language
    if role is state.handed:
        return DialPerson(language, state.setup.person, state.handed_with)
    notice = None if role is state.cut else state.farewell
    if state.consent.get(role) is Consent.REFUSED:
        notice = Notice.CONSENT_REFUSED
    return HangUpLeg() if notice is None else SayAndHangUp(language, notice)


def parting(state: CallState) -> bool:
    """Whether the call is over and a leg has yet to ask, and to be told a word."""
    return state.state is State.OVER and any(
        role not in state.parted and _will_ask(state, role) and not isinstance(farewell(state, role), HangUpLeg)
        for role in Role
    )


def _will_ask(state: CallState, role: Role) -> bool:
    """A leg with a stream asks when it is let go, and one that hears the carrier speak will; a caller who dialled us
    is in a menu, or on the way to a stream. Who is handed to a person is waited for; a page asks nothing.
    """
    if not state.setup.by_carrier(role):
        return False
    in_our_hands = role is Role.CALLER and state.setup.first is Role.CALLER and role not in state.away
    return role in state.joined or role in state.to_say or in_our_hands or role is state.handed
