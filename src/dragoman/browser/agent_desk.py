"""The phone calls of this node that agents answer in their pages: they ring, one agent is first, the page is the leg.

desk = AgentDesk(ring_s=30.0)
desk.serve(Calls(switchboard, ...))     # in two steps, because the switchboard needs somebody to dial
await desk.run()
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from typing import Final

import structlog

from dragoman.browser.agent_call import AgentCall, Calls
from dragoman.browser.waiting import Ring, Taking, Waiting
from dragoman.browser_ports import Duty
from dragoman.domain.call import CallId, CallSetup, DialFailed, Role
from dragoman.domain.room import SeatEvent, Shut
from dragoman.errors import RoomRefused
from dragoman.ports import Clock, Leg
from dragoman.room_ports import Page

LOOK_S: Final = 0.25
"""So often we look who waits in vain."""

LEG_PREFIX: Final = "page-"
"""Of our own names of agents' legs: no carrier's begins so."""

_OF = "~"
"""Stands in a seat between the leg and the page that accepted it."""

_LATE = "this call rings no more"


class AgentDesk:
    """Implements `browser_ports.AgentCalls` and `room_ports.Seats`; `ring` and `hang_up` are for who dials."""

    def __init__(self, ring_s: float, *, shows_numbers: bool = False, clock: Clock = time.monotonic) -> None:
        """`ring_s`: how long a call rings. `shows_numbers`: whether agents see who calls, or the last digits only."""
        self._shows_numbers = shows_numbers
        self._now = clock
        self._waiting = Waiting(ring_s, self._changed)
        self._joined: dict[str, AgentCall] = {}
        self._remembered: dict[str, tuple[CallId, str]] = {}
        self._news: list[asyncio.Event] = []
        self._calls: Calls | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._stopped = asyncio.Event()
        self._log = structlog.get_logger()

    def serve(self, calls: Calls) -> None:
        """From now on there are calls."""
        self._calls = calls

    async def run(self) -> None:
        """Until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            while not self._stopped.is_set():
                await asyncio.sleep(LOOK_S)
                self._look()
        self._tasks = None

    def stop(self) -> None:
        """Nobody is on duty here any more."""
        self._stopped.set()
        self._changed()

    # ---- For who dials -----------------------------------------------------------------------------------------------

    def ring(self, setup: CallSetup, leg: str = "") -> str:
        """Ring in every agent's page; our name of the leg. What comes of it is told to the call."""
        leg = leg or LEG_PREFIX + secrets.token_hex(10)
        language, caller = setup.caller.language, shown_number(setup.caller.address, whole=self._shows_numbers)
        self._waiting.ring(leg, setup.call_id, language, caller, self._now())
        self._log.info("rings at agents' pages", call=setup.call_id)
        return leg

    def hang_up(self, leg: str) -> None:
        """Nobody is wanted any more. (A page that is here is told by its call.)"""
        self._remembered.pop(leg, None)
        self._waiting.withdraw(leg, self._now())

    def keepsake(self, call_id: str) -> tuple[str, str]:
        """The call's leg that rings, or has its page, and that page; "" = none."""
        ring = self._waiting.of(call_id)
        return ("", "") if ring is None else (ring.leg, ring.by if ring.joined else "")

    def remember(self, call_id: CallId, leg: str, page: str) -> None:
        """The leg of an earlier process: its page may come back; where there was none it rings again."""
        self._remembered[leg] = (call_id, page)

    # ---- On duty -----------------------------------------------------------------------------------------------------

    def duty(self) -> AsyncGenerator[Duty] | None:
        if self._stopped.is_set() or self._waiting.full:
            return None
        return self._duty(secrets.token_hex(8))

    async def _duty(self, page: str) -> AsyncGenerator[Duty]:
        news = asyncio.Event()
        self._news.append(news)
        self._waiting.begins_duty(page)
        try:
            while not self._stopped.is_set():
                news.clear()
                now = self._now()
                yield Duty(page, self._waiting.calls(page, now), self._waiting.gone(now))
                await news.wait()
        finally:
            self._news.remove(news)
            self._waiting.ends_duty(page)

    def accept(self, leg: str, page: str) -> tuple[str, str]:
        ring = self._waiting.find(leg)
        if not self._waiting.on_duty(page):
            raise RoomRefused(Shut.NO_SEAT, "this page is not on duty: load it again")
        match self._waiting.accept(leg, page, self._now()):
            case Taking.TAKEN if ring is not None:
                self._log.info("an agent accepted", call=ring.call_id)
                return ring.call_id, f"{leg}{_OF}{page}"
            case Taking.TOO_LATE:
                raise RoomRefused(Shut.SEAT_TAKEN, "another agent was first")
            case _:
                raise RoomRefused(Shut.NO_ROOM, _LATE)

    def decline(self, leg: str, page: str) -> None:
        self._waiting.decline(leg, page)

    # ---- Seats -------------------------------------------------------------------------------------------------------

    def join(self, room: str, seat: str, leg: Leg, page: Page, *, take_over: bool = False) -> None:
        if self._tasks is None or self._calls is None or self._stopped.is_set():
            raise RoomRefused(Shut.STOPPING, "this server is stopping")
        name, _, owner = seat.partition(_OF)
        ring, call = self._ring(room, name, owner), self._joined.get(name)
        if call is not None:
            call.join(leg, page, take_over=take_over)
            return
        call = AgentCall(self._calls, room, name, ring.caller)
        call.join(leg, page, take_over=take_over)
        self._joined[name] = call
        self._waiting.joined(name, owner)
        self._tasks.create_task(self._carry(name, call))

    def tell(self, room: str, seat: str, event: SeatEvent) -> None:
        call = self._joined.get(seat.partition(_OF)[0])
        if call is None:
            raise RoomRefused(Shut.OVER, "the call is over")
        call.tell(event)

    def _ring(self, call_id: str, leg: str, page: str) -> Ring:
        """The leg as it stands; raise RoomRefused OVER when that page is not wanted there."""
        if leg in self._remembered:
            self._ring_again(leg, for_page=page)
        ring = self._waiting.find(leg)
        if ring is None or ring.call_id != call_id or not page or ring.by != page:
            raise RoomRefused(Shut.OVER, "the call is over, or another agent has it")
        return ring

    async def _carry(self, leg: str, call: AgentCall) -> None:
        try:
            await call.run(self._stopped.is_set)
        except Exception:  # noqa: BLE001 - a fault in what one page is shown must not end the others' calls
            self._log.exception("an agent's page broke")
        finally:
            self._joined.pop(leg, None)
            self._waiting.withdraw(leg, self._now())

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        """Legs that had no page ring again; who waits in vain is told."""
        for leg in [leg for leg, (_, page) in self._remembered.items() if not page]:
            self._ring_again(leg)
        if not self._waiting.ringing or self._calls is None:
            return
        for ring, failure in self._waiting.due(self._now()):
            self._log.info("no agent answered", call=ring.call_id, failure=failure.value)
            self._calls.switchboard.tell(ring.call_id, DialFailed(Role.AGENT, failure, ring.leg))

    def _ring_again(self, leg: str, *, for_page: str = "") -> None:
        """As in the earlier process: for all, or only for the page that was there."""
        call_id, page = self._remembered[leg]
        setup = self._calls.switchboard.setup(call_id) if self._calls is not None else None
        if setup is None or (page and page != for_page):
            return
        del self._remembered[leg]
        self.ring(setup, leg)
        if page:
            self._waiting.joined(leg, page)

    def _changed(self) -> None:
        for news in self._news:
            news.set()

    def kept(self) -> dict[str, Callable[[], int]]:
        """What is remembered of calls, by its name: how much it is, for the metrics."""
        return {"agents' legs": self._waiting.__len__, "agents' pages": self._joined.__len__}


def shown_number(address: str, *, whole: bool) -> str:
    """Who calls, as agents may see it: whole, or the last two digits of a number; "" where that says nothing."""
    if whole:
        return address
    digits = [char for char in address if char.isdigit()]
    return f"…{''.join(digits[-2:])}" if address.startswith("+") and len(digits) > 6 else ""
