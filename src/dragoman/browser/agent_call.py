"""One phone call with its agent in a page: who has the seat, what the page is shown, what it asks of the call.

Nothing of a frame's way is here: the page's leg is the call's own (`page_leg`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from dragoman.browser.call_shown import CallShown
from dragoman.browser.page_leg import PageLeg
from dragoman.domain import room
from dragoman.domain.call import CallView, Role
from dragoman.domain.control import Change
from dragoman.domain.language import LanguageTag
from dragoman.domain.manner import Interpreting
from dragoman.domain.room import Ending, Shut
from dragoman.errors import Refused, RoomRefused
from dragoman.ports import Clock, Leg, Switchboard
from dragoman.room_ports import Page

WATCH_S: Final = 0.1
"""So often the page is told what goes on."""

LAST_WORDS_S: Final = 0.3
"""When the call is over, its last captions are on their way for so long."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What every agent's call is given. `partners`: by tag, the languages that one is interpreted from and into;
    `max_s`: how long a call may last.
    """

    switchboard: Switchboard
    clock: Clock
    partners: Mapping[str, Sequence[LanguageTag]]
    max_s: float


class AgentCall:
    """`name`: the leg's. `join` and `tell` are its page's; `run` shows it what goes on until the call is over."""

    def __init__(self, calls: Calls, call_id: str, name: str, caller: str) -> None:
        self._calls = calls
        self._call_id, self._name = call_id, name
        self._now = calls.clock
        self._shown = CallShown(caller)
        self._leg: PageLeg | None = None
        self._joins = 0
        self._was = Interpreting.ON
        self._over_at: float | None = None
        self._playback: dict[str, float] = {}
        self._log = structlog.get_logger().bind(call=call_id)

    # ---- The page's --------------------------------------------------------------------------------------------------

    def join(self, leg: Leg, page: Page, *, take_over: bool) -> None:
        """A page sits down. Raise RoomRefused: OVER, SEAT_TAKEN."""
        view, before = self._view(), self._leg
        if view.outcome is not None:
            raise RoomRefused(Shut.OVER, "the call is over")
        if before is not None and not before.over:
            if before.lives() and not take_over:
                raise RoomRefused(Shut.SEAT_TAKEN, "another page has this call")
            self._part(before, Ending.TAKEN_OVER, view)
        made = self._leg = PageLeg(self._name, leg, page, self._now, self._closing)
        self._joins += 1
        made.show(self._shown.joined(view, self._languages(view), self._left_s(view), resumed=self._joins > 1))
        for caption in self._shown.captions:
            made.show(caption)
        for stands in self._shown.standing:
            made.show(stands)
        try:
            self._calls.switchboard.join(self._call_id, Role.AGENT, made, leg.leg_id)
        except Refused as refused:
            self._leg = None
            raise RoomRefused(Shut.OVER, refused.reason) from None
        self._log.info("agent's page joined", stream=leg.leg_id, resumed=self._joins > 1)

    def tell(self, event: room.SeatEvent) -> None:  # noqa: C901 - one branch per event
        """The page said something. Raise RoomRefused; nothing changes then."""
        leg = self._leg
        if leg is None or leg.over:
            raise RoomRefused(Shut.OVER, "the call is over")
        leg.heard_at = self._now()
        match event:
            case room.Mute(on):
                leg.mute(on)
            case room.ChooseLanguage(language):
                self._change(Change(agent_language=language), Shut.LANGUAGE)
            case room.ChooseOriginal(mode, db):
                self._change(Change(original_to_agent=mode, duck_to_agent_db=db), Shut.NOT_HERE)
            case room.SayAgain():
                self._change(Change(say_again=Role.AGENT), Shut.NOT_HERE)
            case room.Interpret(on):
                self._interpret(on)
            case room.KeepRecord(on):
                self._change(Change(recording=on), Shut.NOT_HERE)
            case room.Playback():
                self._count(event)
            case room.Leave():
                self._part(leg, Ending.LEFT, self._view())
            case room.Speaks() | room.CloseRoom():
                raise RoomRefused(Shut.NOT_HERE, "there is no such thing in a phone call")

    def _interpret(self, on: bool) -> None:
        """Off; and from off back to what it was before."""
        now = self._view().manner.interpreting
        if on is (now is Interpreting.OFF):
            self._was = self._was if on else now
            self._change(Change(interpreting=self._was if on else Interpreting.OFF), Shut.NOT_HERE)

    def _change(self, change: Change, otherwise: Shut) -> None:
        try:
            self._calls.switchboard.change(self._call_id, change)
        except Refused as refused:
            raise RoomRefused(otherwise, refused.reason) from None

    def _count(self, event: room.Playback) -> None:
        for name in ("late", "early", "underruns", "overlaps", "gap_ms"):
            self._playback[name] = self._playback.get(name, 0) + getattr(event, name)

    def _languages(self, view: CallView) -> list[LanguageTag]:
        """Those that the agent may change to."""
        found = dict.fromkeys((view.agent_language, *self._calls.partners.get(view.caller_language, ())))
        return list(found)

    def _left_s(self, view: CallView) -> float:
        return max(self._calls.max_s - view.age_s, 0.0)

    def _view(self) -> CallView:
        """Raise RoomRefused: no such call."""
        view = self._calls.switchboard.find(self._call_id)
        if view is None:
            raise RoomRefused(Shut.OVER, "the call is over")
        return view

    # ---- The end -----------------------------------------------------------------------------------------------------

    def _closing(self, leg: PageLeg) -> None:
        """The call lets its stream go: because it is over, because nothing came from it, or to be carried elsewhere."""
        view = self._calls.switchboard.find(self._call_id)
        leg.end(clean=False, reason="closed by us")
        if view is not None and view.outcome is not None:
            self._over_at = self._now()
        else:
            leg.call_back()

    def _part(self, leg: PageLeg, why: Ending, view: CallView) -> None:
        """The last word to a page that goes while the call may go on without it. Leaving is hanging up."""
        leg.end(clean=why is Ending.LEFT, reason=why.value)
        leg.show(self._shown.ended(self._calls.switchboard.find(self._call_id) or view, why))
        leg.leave()
        if leg is self._leg:
            self._leg = None

    async def run(self, stopped: Callable[[], bool]) -> None:
        """Until the call is over, or `stopped`."""
        async with asyncio.TaskGroup() as tasks:
            captions = tasks.create_task(self._show_captions())
            try:
                await self._watch(stopped)
            finally:
                captions.cancel()
        if self._playback:
            self._log.info("agent's playback", **self._playback)

    async def _watch(self, stopped: Callable[[], bool]) -> None:
        looked_at = self._now()
        while True:
            await asyncio.sleep(WATCH_S)
            now, view = self._now(), self._calls.switchboard.find(self._call_id)
            lapse_s, looked_at = now - looked_at, now
            if view is None or stopped() or (view.outcome is not None and self._is_said(now)):
                break
            if self._leg is not None and not self._leg.over:
                self._leg.keep_time()
                for event in self._shown.stands(view, lapse_s, now, muted=self._leg.muted):
                    self._leg.show(event)
        if self._leg is not None and view is not None and view.outcome is not None:
            self._leg.show(self._shown.ended(view))
            self._leg.leave()
            self._leg = None

    def _is_said(self, now: float) -> bool:
        self._over_at = self._over_at if self._over_at is not None else now
        return now - self._over_at >= LAST_WORDS_S

    async def _show_captions(self) -> None:
        captions = self._calls.switchboard.captions(self._call_id)
        if captions is None:
            return
        async for caption in captions:
            shown = self._shown.caption(caption)
            if shown is not None and self._leg is not None:
                self._leg.show(shown)
