"""What a party hears, and may have to agree to, before interpreting: the part of the call machine that sees to it.

We speak into the party's stream where we can. In a language that we cannot speak, the carrier says it: before the
stream is connected, or, for a stream that is here already, by letting go of the leg, which then asks what to do.
"""

from __future__ import annotations

from dataclasses import replace

from dragoman.domain.call import CONSENT_KEY, DISCLOSURES, AgentVia, CallSetup, Length, Notice, Role
from dragoman.domain.effects import AwaitKey, CallEffect, LetGo, NoteConsent, NoteSaid, Show, Tell
from dragoman.domain.outcome import Outcome
from dragoman.relay.call_end import end, side
from dragoman.relay.call_state import CallState, Consent, NoKey, NoticeFailed, NoticeHeard, Pressed, Step

_ANNOUNCEMENT = {Length.FULL: (Notice.ANNOUNCE,), Length.SHORT: (Notice.ANNOUNCE_SHORT,), Length.OFF: ()}
_HEARD = {Consent.ASKED: Consent.AWAITED, Consent.ASKED_AGAIN: Consent.AWAITED_AGAIN}
_OPEN = frozenset({Consent.ASKED, Consent.AWAITED, Consent.ASKED_AGAIN, Consent.AWAITED_AGAIN})


def answering_accepts(state: CallState, role: Role) -> bool:
    """A customer, an agent's own phone or page accepts by answering; a contact centre's leg waits for its agent."""
    return role is Role.CALLER or not state.setup.route.via.queued


# ---- Telling ---------------------------------------------------------------------------------------------------------


def owed(setup: CallSetup, role: Role) -> tuple[Notice, ...]:
    """What this party will hear from us before the talk."""
    opening = setup.opening
    if not opening.speaks(setup.party(role).language):
        return ()
    return (*announcement(setup, role), *((Notice.CONSENT,) if role in opening.consent else ()))


def announcement(setup: CallSetup, role: Role) -> tuple[Notice, ...]:
    """What this party has a right to know, whoever says it."""
    return _ANNOUNCEMENT[setup.opening.length(role)]


def opened(state: CallState, role: Role, before: tuple[Notice, ...] = ()) -> Step:
    """A party is ready: after `before`, tell it, once, what it must know, and ask what it must be asked."""
    if role in state.announced or not state.ready(role):
        return state, [Tell(role, notice) for notice in before]
    notices = _due(state, role)
    state = _asked(replace(state, announced=state.announced | {role}), role, notices)
    if notices and not _we_speak(state, role):
        return _let_go(state, role, (*before, *notices))
    return state, [Tell(role, notice) for notice in (*before, *notices)]


def words_before(state: CallState, role: Role) -> tuple[Notice, ...]:
    """What the carrier says before it connects the stream."""
    if role in state.to_say:
        return state.to_say[role]
    words: tuple[Notice, ...] = ()
    if role is Role.CALLER and state.setup.first is Role.CALLER and not state.greeted:
        words = (Notice.WAIT,)
    if role is Role.AGENT and state.setup.route.via is AgentVia.DIRECT and not state.whispered:
        words = (Notice.WHISPER,)
    if answering_accepts(state, role) and role not in state.announced and not _we_speak(state, role):
        words += _due(state, role)
    return words


def said_before(state: CallState, role: Role) -> Step:
    """The stream is here: what the carrier was told to say was said. What has become due since then it says now.

    Not to be asked after the stream is counted as joined.
    """
    given = state.given.get(role, words_before(state, role))
    said = tuple(notice for notice in given if notice in DISCLOSURES)
    effects: list[CallEffect] = [NoteSaid(role, notice) for notice in said]
    to_say = {other: words for other, words in state.to_say.items() if other is not role}
    if due := tuple(notice for notice in state.to_say.get(role, ()) if notice not in given):
        to_say[role] = due
        effects.append(LetGo(role))
    state = replace(state, given={other: words for other, words in state.given.items() if other is not role})
    if not said:
        return replace(state, to_say=to_say), effects
    state = replace(_asked(state, role, said), to_say=to_say, announced=state.announced | {role})
    if Notice.CONSENT in said:
        state, more = _awaited(state, role)
        effects += more
    return state, effects


def told_again(state: CallState, role: Role) -> list[CallEffect]:
    """A stream that died is back: a question whose end nobody will tell us of is asked once more."""
    lost = state.consent.get(role) in _HEARD and role not in state.to_say
    return [Tell(role, Notice.CONSENT)] if lost and (role in state.joined or role in state.away) else []


def failed(state: CallState, event: NoticeFailed) -> Step:
    """We could not speak it: the carrier says what a party has a right to, or, without a carrier, a page shows it."""
    role, notice = event.role, event.notice
    if notice is Notice.CONSENT:
        owed = state.consent.get(role) in _HEARD
    else:
        owed = role in state.announced and notice in _ANNOUNCEMENT[state.setup.opening.length(role)]
    if owed and not state.setup.by_carrier(role):
        state, effects = _awaited(state, role) if notice is Notice.CONSENT else (state, [])
        return state, [Show(role, notice), *effects]
    return _let_go(state, role, (notice,)) if owed else (state, [])


def forgotten(state: CallState, role: Role) -> CallState:
    """The party goes back to the menu: whatever language it comes back with, it hears all of it anew."""
    consent = {other: stage for other, stage in state.consent.items() if other is not role}
    to_say = {other: words for other, words in state.to_say.items() if other is not role}
    return replace(state, announced=state.announced - {role}, consent=consent, to_say=to_say)


def _due(state: CallState, role: Role) -> tuple[Notice, ...]:
    opening = state.setup.opening
    asks = role in opening.consent and role not in state.consent
    return (*_ANNOUNCEMENT[opening.length(role)], *((Notice.CONSENT,) if asks else ()))


def _we_speak(state: CallState, role: Role) -> bool:
    """Or try to, where no carrier would in our stead."""
    return not state.setup.by_carrier(role) or state.setup.opening.speaks(state.setup.party(role).language)


def _let_go(state: CallState, role: Role, notices: tuple[Notice, ...]) -> Step:
    """Have the carrier say it: the leg asks what to do as soon as we let it go."""
    words = tuple(dict.fromkeys((*state.to_say.get(role, ()), *notices)))
    state = replace(state, to_say={**state.to_say, role: words})
    return state, [LetGo(role)] if role in state.joined else []


# ---- Agreeing --------------------------------------------------------------------------------------------------------


def heard(state: CallState, event: NoticeHeard) -> Step:
    """The question was heard, or cut off: from now on the key has its time."""
    return _awaited(state, event.role) if event.notice is Notice.CONSENT else (state, [])


def pressed(state: CallState, event: Pressed) -> Step:
    """The key that means yes counts at any time; another one only when the question was heard."""
    stage = state.consent.get(event.role)
    if stage in _OPEN and event.digit == CONSENT_KEY:
        return _stage(state, event.role, Consent.AGREED), [NoteConsent(event.role, agreed=True)]
    return _unanswered(state, event.role)


def asked(state: CallState, role: Role) -> bool:
    """The party was asked to agree, and has not answered."""
    return state.consent.get(role) in _OPEN


def no_key(state: CallState, event: NoKey) -> Step:
    """No key was pressed in time."""
    return _unanswered(state, event.role)


def _asked(state: CallState, role: Role, notices: tuple[Notice, ...]) -> CallState:
    asks = Notice.CONSENT in notices and role not in state.consent
    return _stage(state, role, Consent.ASKED) if asks else state


def _awaited(state: CallState, role: Role) -> Step:
    stage = state.consent.get(role)
    return (_stage(state, role, _HEARD[stage]), [AwaitKey(role)]) if stage in _HEARD else (state, [])


def _unanswered(state: CallState, role: Role) -> Step:
    """Ask once more; then the call is over."""
    match state.consent.get(role):
        case Consent.AWAITED:
            return _asked_again(_stage(state, role, Consent.ASKED_AGAIN), role)
        case Consent.AWAITED_AGAIN:
            state = replace(_stage(state, role, Consent.REFUSED), farewell=Notice.OTHER_REFUSED)
            alone = role.other not in state.accepted
            outcome = Outcome(side(role), "did not agree to the interpreter")
            state, effects = end(state, outcome, cut=role.other if alone else None)
            return state, [NoteConsent(role, agreed=False), *effects]
        case _:
            return state, []


def _asked_again(state: CallState, role: Role) -> Step:
    """A party whose stream is lost just now is asked when it is back (`told_again`)."""
    if role in state.to_say or not _we_speak(state, role):
        return _let_go(state, role, (Notice.CONSENT,))
    return state, [Tell(role, Notice.CONSENT)] if role in state.joined else []


def _stage(state: CallState, role: Role, stage: Consent) -> CallState:
    return replace(state, consent={**state.consent, role: stage})
