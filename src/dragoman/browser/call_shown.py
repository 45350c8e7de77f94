"""What an agent's page is shown of a phone call, as the events that pages of rooms know. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dragoman.domain.call import CallView, Role
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.domain.manner import Interpreting
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.room import (
    Carried,
    Ended,
    Ending,
    Joined,
    Parties,
    PartyId,
    PartyView,
    RoomCaption,
    RoomId,
    RoomSummary,
    Stands,
    Trouble,
)
from dragoman.domain.speech import Side
from dragoman.relay.call_setups import PRIOR_FLAG
from dragoman.relay.room_doing import DoingOf
from dragoman.relay.teller import NOTICE_FLAG

CALLER: Final = PartyId(Role.CALLER.value)
AGENT: Final = PartyId(Role.AGENT.value)
NOBODY: Final = PartyId("")
"""Says what neither of them said: notices, and what an assistant noted before."""

KEPT: Final = 4000
"""So many sides of utterances: some hours of talk."""

_ENDINGS: Final = {
    "length limit of the call": Ending.TIME_LIMIT,
    "spending limit of the call": Ending.SPENDING_LIMIT,
    "the server stopped": Ending.STOPPED,
    "internal fault": Ending.FAULT,
}
"""Reasons of ours, by their words in the outcome."""


class CallShown:
    """Of one call, to one agent. `caller`: who calls, as far as the agent may know."""

    def __init__(self, caller: str) -> None:
        self._caller = caller
        self._doings = {role: DoingOf() for role in Role}
        self._parties: tuple[PartyView, ...] = ()
        self._carried = Carried(interpreting=True, recording=True)
        self._was_here = False
        self._turns: set[str] = set()
        self._tags: dict[LanguageTag, None] = {}
        self._captions: dict[tuple[str, Side], RoomCaption] = {}

    def joined(self, view: CallView, languages: Sequence[LanguageTag], left_s: float, *, resumed: bool) -> Joined:
        """The first word to a page."""
        self._parties = self._seen(view, muted=False)
        self._carried = _carried(view)
        return Joined(
            room=RoomId(view.call_id),
            party=AGENT,
            parties=self._parties,
            languages=tuple(languages),
            side=None,
            auto=False,
            host=False,
            resumed=resumed,
            left_s=left_s,
            at_s=view.age_s,
        )

    @property
    def standing(self) -> tuple[Stands | Carried, ...]:
        """How it is carried, and what goes on with each, as it was told last: for a page that comes later."""
        doings = ((self._doings[role].told, party) for role, party in ((Role.CALLER, CALLER), (Role.AGENT, AGENT)))
        return (self._carried, *(Stands(party, *told) for told, party in doings))

    def stands(self, view: CallView, lapse_s: float, now: float, *, muted: bool) -> list[Parties | Stands | Carried]:
        """What is new of how it is carried, who is there and what they do; `lapse_s` since this was last asked."""
        told: list[Parties | Stands | Carried] = []
        carried = _carried(view)
        if carried != self._carried:
            self._carried = carried
            told.append(carried)
        parties = self._seen(view, muted=muted)
        if parties != self._parties:
            self._parties = parties
            told.append(Parties(parties))
        interpreted = view.caller_language.split("-")[0] != view.agent_language.split("-")[0]
        for role, party in ((Role.CALLER, CALLER), (Role.AGENT, AGENT)):
            doing = self._doings[role]
            heard = role in view.heard
            if role in view.speaking:
                doing.voice(lapse_s, now)
            elif heard:
                doing.spoken()
            changed = doing.changed(now, being_heard=heard, interpreted=interpreted, trouble=self._trouble(role, view))
            if changed is not None:
                told.append(Stands(party, *changed))
        return told

    def _seen(self, view: CallView, *, muted: bool) -> tuple[PartyView, ...]:
        self._was_here = self._was_here or Role.CALLER in view.here
        self._tags |= {view.caller_language: None, view.agent_language: None}
        return tuple(
            PartyView(party, name, tag, role in view.here, silent, role in view.speaking, host=False)
            for role, party, name, tag, silent in (
                (Role.CALLER, CALLER, self._caller, view.caller_language, False),
                (Role.AGENT, AGENT, "", view.agent_language, muted),
            )
        )

    def _trouble(self, role: Role, view: CallView) -> Trouble:
        away = role is Role.CALLER and self._was_here and role not in view.here
        return Trouble.AWAY if away else Trouble.NONE

    def caption(self, caption: Caption) -> RoomCaption | None:
        """One side of what was said; None for what has no words yet."""
        if not caption.text:
            return None
        flags = frozenset(caption.flags)
        nobody = NOTICE_FLAG in flags or (PRIOR_FLAG in flags and caption.side is Side.TARGET)
        if not flags & {NOTICE_FLAG, PRIOR_FLAG}:
            self._turns.add(caption.utterance)
        party = NOBODY if nobody else PartyId(caption.role.value)
        name = self._caller if party == CALLER else ""
        # An assistant's lines have one side only: there is nothing that they translate.
        side = Side.SOURCE if nobody else caption.side
        tag = LanguageTag(caption.language)
        shown = RoomCaption(caption.utterance, party, name, side, tag, caption.text, caption.final, caption.at_s)
        self._captions[caption.utterance, side] = shown
        if len(self._captions) > KEPT:
            del self._captions[next(iter(self._captions))]
        return shown

    @property
    def captions(self) -> tuple[RoomCaption, ...]:
        """All so far, as they stand: for a page that comes later."""
        return tuple(self._captions.values())

    def ended(self, view: CallView, why: Ending | None = None) -> Ended:
        """The last word; `why` when it is not the call's own end."""
        summary = RoomSummary(
            duration_s=view.age_s,
            turns=len(self._turns),
            languages=tuple(self._tags),
            parties=2,
            usd=view.usd,
            usd_is_estimate=view.usd_is_estimate,
        )
        return Ended(why or ending(view.outcome), summary)


def _carried(view: CallView) -> Carried:
    return Carried(view.manner.interpreting is not Interpreting.OFF, view.manner.recording)


def ending(outcome: Outcome | None) -> Ending:
    """Why the call is over, in the words of pages."""
    if outcome is None:
        return Ending.STOPPED
    match outcome.result:
        case Result.CALLER:
            return Ending.HUNG_UP
        case Result.AGENT:
            return Ending.LEFT
        case Result.US:
            return _ENDINGS.get(outcome.reason, Ending.CLOSED)
        case Result.UPSTREAM | Result.UNKNOWN:
            return Ending.FAULT
