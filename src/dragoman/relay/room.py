"""One living room, from its opening to its end: its clock, its tasks, its limits. The shell around the pure parts.

As in a call, no queue of ours stands in the path of a frame: a page's callback runs the lanes, and what they want done
is performed, at once. What waits (sessions) is a task in the room's own TaskGroup.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import structlog

from dragoman.domain.language import Language
from dragoman.domain.room import (
    Ended,
    Ending,
    RoomSummary,
    RoomView,
    SeatEvent,
    SeatId,
    Shut,
    TranscriptForm,
)
from dragoman.errors import RoomRefused
from dragoman.ports import Leg
from dragoman.relay.annals import wall
from dragoman.relay.attendance import Attendance, RoomKind
from dragoman.relay.parts import Parts
from dragoman.relay.room_limits import RoomLimits, RoomPatience
from dragoman.relay.room_record import RoomRecord
from dragoman.relay.room_seats import Seats
from dragoman.relay.room_talk import RoomTalk
from dragoman.relay.sitting import Sitting
from dragoman.relay.subtitles import written
from dragoman.relay.ticker import Beat, Ticker
from dragoman.room_ports import Page

WATCH_S = 0.1
"""So often pages are told what goes on, and we look for who is missing."""


class Room:
    """`run` carries it; the other methods are called from doors and sockets."""

    def __init__(self, kind: RoomKind, parts: Parts, limits: RoomLimits) -> None:
        self.kind = kind
        self._limits = limits
        self._now = parts.clock
        self._began, self._began_at = self._now(), wall()
        self._log = structlog.get_logger().bind(room=kind.room[:8])
        self._patience = RoomPatience(limits, self._began)
        self._seats = Seats(limits.max_parties, kind.shared)
        self._sittings: dict[SeatId, Sitting] = {}
        # `_watched` knows itself when it is time: pages ask it too.
        self._ticker = Ticker(Beat(self._now, self._tick, self._watched, self._broke, watch_s=0.0))
        self._watch_at = self._began
        self._tasks: asyncio.TaskGroup | None = None
        self._early: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._finished = asyncio.Event()
        self._ending: Ending | None = None
        self._over_at = 0.0
        self._talk = RoomTalk(
            kind.room,
            parts,
            self._began,
            self._seats,
            self._sittings,
            self._log,
            max_usd=limits.max_usd,
            one_ear=kind.one_ear,
            run=self._run,
            hurry=self._hurry,
            broke=self._broke,
            dear=lambda: self.close(Ending.SPENDING_LIMIT),
        )
        self._attendance = Attendance(
            kind,
            self._talk,
            self._seats,
            self._sittings,
            self._patience,
            replace(parts.ear, duck_db=limits.duck_db),
            parts.clock,
            self._log,
            echo_gate=limits.echo_gate,
            ended=lambda why: Ended(why, self.summary),
            closed=self.close,
            broke=self._broke,
            hurry=self._hurry,
            watched=self._watched,
        )

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> RoomRecord:
        """Carry the room to its end, then close what it opened; its record."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                for work in self._early:
                    self._run(work)
                if not self.over:
                    self._ticker.start()
                await self._finished.wait()
        finally:
            self._tasks = None
            self.close(Ending.STOPPED)
        ending = self._ending or Ending.STOPPED
        record = self._talk.record(
            self._began_at, ending, self.summary, self._sittings.values(), one_device=self.kind.shared is not None
        )
        self._sittings.clear()  # nobody's voice stays in memory
        return record

    def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._tasks is None:
            if not self.over:
                self._early.append(work)
            return
        self._tasks.create_task(self._guarded(work))

    async def _guarded(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 - our fault, or an installed engine's: it costs this room only
            self._broke("a session")

    def _broke(self, where: str) -> None:
        """A fault of ours: it ends this room, and no other."""
        self._log.exception("the room broke", where=where)
        self.close(Ending.FAULT)

    def close(self, why: Ending) -> None:
        """The room is over: pages are told, sessions closed. Idempotent."""
        if self.over:
            return
        self._ending, self._over_at = why, self._now()
        self._log.info("room over", why=why.value)
        self._ticker.stop()
        for closing in (self._talk.close, self._say_good_bye):
            try:
                closing()
            except Exception:  # noqa: BLE001 - whatever cannot be closed, the rest is
                self._log.exception("closing failed")
        self._finished.set()

    def _say_good_bye(self) -> None:
        ended = Ended(self._ending or Ending.STOPPED, self.summary)
        for sitting in self._sittings.values():
            self._attendance.part(sitting, ended)

    def _hurry(self) -> None:
        if self._ticker.slow and not self.over:
            self._ticker.hurry()

    def _tick(self, now: float) -> bool:
        busy = self._talk.tick(now)
        return self._attendance.tick(now) or busy

    def _watched(self, now: float) -> None:
        """What goes on with everybody; who is gone for good; whether the room's time is over. Now and then."""
        if now - self._watch_at < WATCH_S or self.over:
            return
        self._watch_at = now
        if any(seat.present(now) for seat in self._seats.all):
            self._patience.there(now)
        self._talk.need(now)
        self._talk.watch(now)
        self._attendance.watch(now)
        ending = self._patience.due(now)
        if ending is not None:
            self.close(ending)

    def stopping(self) -> None:
        """The server stops: once nobody is here, the room is over."""
        self._patience.stopping()

    # -- Asked from outside --------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        return self._ending is not None

    @property
    def summary(self) -> RoomSummary:
        until = self._over_at if self.over else self._now()
        return self._talk.summary(round(until - self._began, 3))

    def view(self) -> RoomView:
        return RoomView(
            self.kind.room,
            tuple(one.tag for one in self.kind.languages),
            self.kind.shared is not None,
            self.kind.auto,
            self._seats.views(self._now(), self._talk.speaking),
            0.0 if self.over else self._patience.left_s(self._now()),
            self.over,
        )

    def transcript(self, seat: str, form: TranscriptForm) -> str:
        """Raise RoomRefused NO_SEAT."""
        return written(self._talk.lines_for(seat), form, room=self.kind.room, began_at=self._began_at)

    def seat(self, name: str, language: Language | None, *, host: bool) -> SeatId:
        """Raise RoomRefused OVER, LANGUAGE, FULL."""
        self._must_live()
        return self._attendance.seat(name, language, host=host)

    def join(self, seat: str, leg: Leg, page: Page, *, take_over: bool) -> None:
        """Raise RoomRefused OVER, NO_SEAT, SEAT_TAKEN, FULL."""
        self._must_live()
        self._attendance.join(seat, leg, page, take_over=take_over)

    def tell(self, seat: str, event: SeatEvent) -> None:
        """Raise RoomRefused; nothing changes then."""
        self._must_live()
        self._attendance.tell(seat, event)

    def _must_live(self) -> None:
        if self.over:
            raise RoomRefused(Shut.OVER, "the room is over")
