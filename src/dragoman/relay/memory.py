"""What a call remembers of itself, so that another process can take it up where this one stopped. Pure.

Its form is that of `kept_form`, of this `VERSION`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dragoman.domain.call import Role
from dragoman.domain.effects import AwaitKey, CallEffect, Caption, Dial, StartInterpreting
from dragoman.domain.manner import Manner
from dragoman.domain.speech import Side
from dragoman.relay import disclosure
from dragoman.relay.call_state import UNSURE_S, CallState, Consent, State
from dragoman.relay.consent import Answered, Told
from dragoman.relay.kept_form import KeptForm
from dragoman.relay.transcript import Utterance

VERSION = 1

_ANSWERED = frozenset({Consent.AGREED, Consent.REFUSED})
_OPEN = frozenset({Consent.ASKED, Consent.ASKED_AGAIN})
_TIMED = frozenset({Consent.AWAITED, Consent.AWAITED_AGAIN})


@dataclass(frozen=True, slots=True)
class Memory:
    """A living call as it was. `began_at` is Unix time; all else that is timed is in seconds since.

    `told` is by the announcements' labels, of which `notices` were given. `nonces` of stream tokens that were used.
    `carrier` is the telephony's keepsake.
    """

    state: CallState
    manner: Manner
    began_at: float
    usd: float = 0.0
    usd_is_estimate: bool = False
    troubles: list[str] = field(default_factory=list)
    told: dict[str, Told] = field(default_factory=dict)
    answers: list[Answered] = field(default_factory=list)
    notices: int = 0
    keys_sent: int = 0
    utterances: dict[Role, list[Utterance]] = field(default_factory=dict)
    nonces: list[str] = field(default_factory=list)
    carrier: str = ""


_FORM = KeptForm(Memory, VERSION)


def written(memory: Memory) -> bytes:
    """As it is kept. What was said while recording was paused is left out, but for its place."""
    utterances = {
        role: [one if one.recorded else replace(one, source_text="", target_text="") for one in said]
        for role, said in memory.utterances.items()
    }
    return _FORM.written(replace(memory, utterances=utterances))


def read(body: bytes, version: int) -> Memory | None:
    """What `written` wrote; None for anything else, or another version of it."""
    return _FORM.of(body, version)


def woken(memory: Memory) -> tuple[CallState, list[CallEffect]]:
    """The state in which the call goes on, and what must be done for it: no stream is here, no timer runs.

    Whose stream was here is away, and is told when it is back; so is who was being asked, who is asked once more. What
    a party has a right to know and has not heard to its end is told anew. A leg of which we do not know whether it was
    placed is placed (once more) if the carrier tells nothing of it.
    """
    state = memory.state
    effects: list[CallEffect] = [
        Dial(state.setup, role, UNSURE_S) for role in Role if role in state.dialled and role not in state.carrier_calls
    ]
    for role in _unheard(memory):
        if state.consent.get(role) not in _ANSWERED and state.state is not State.INTERPRETING:
            state = disclosure.forgotten(state, role)
    effects += [AwaitKey(role) for role, stage in state.consent.items() if stage in _TIMED]
    if state.state is State.INTERPRETING:
        effects.append(StartInterpreting())
    asked = {role for role, stage in state.consent.items() if stage in _OPEN}
    away = state.away | state.joined | asked
    return replace(state, joined=frozenset(), away=away, missed=away, holding=frozenset()), effects


def _unheard(memory: Memory) -> set[Role]:
    """Who has not heard all they have a right to know: it was on its way to the ear, or was still to be spoken."""
    heard = {(told.role, told.notice) for told in memory.told.values() if told.heard_s is not None}
    unheard = {told.role for told in memory.told.values() if told.heard_s is None}
    setup = memory.state.setup
    for role in memory.state.announced:
        if any((role, notice.value) not in heard for notice in disclosure.announcement(setup, role)):
            unheard.add(role)
    return unheard


def captions(utterances: Iterable[Utterance]) -> list[Caption]:
    """The last captions of what was said before, for who watches from now on."""
    return [
        Caption(
            one.utterance,
            one.role,
            side,
            one.source_language if side is Side.SOURCE else one.target_language,
            one.text(side).strip(),
            True,
            round(one.grown_s, 3),
            tuple(one.flags),
        )
        for one in utterances
        for side in Side
        if one.text(side).strip()
    ]
