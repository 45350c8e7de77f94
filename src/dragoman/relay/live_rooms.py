"""The living rooms of this node: opens them, finds them for doors and sockets, drains."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

import structlog

from dragoman.domain.language import Language
from dragoman.domain.room import Ending, RoomId, RoomView, RoomWanted, SeatEvent, SeatId, Shut, TranscriptForm
from dragoman.errors import Refused, RoomRefused
from dragoman.ports import Engine, Leg
from dragoman.relay.admission import SPENT, Asking
from dragoman.relay.attendance import RoomKind
from dragoman.relay.changes import engine_for
from dragoman.relay.entrance import Entrance
from dragoman.relay.living import Living
from dragoman.relay.modes import goes_both_ways
from dragoman.relay.parts import Parts
from dragoman.relay.room import Room
from dragoman.relay.room_limits import RoomLimits
from dragoman.relay.room_record import RoomRecord
from dragoman.room_ports import Page

ROOM_ID_BYTES = 16


class LiveRooms:
    """Implements `room_ports.Rooms`. `run` must be running; every room is a task in its TaskGroup. `languages`: all
    that may be chosen.

    `entrance` is the node's, shared with its calls: a room counts there as a call does, its address as a number.
    """

    def __init__(
        self,
        parts: Parts,
        languages: Sequence[Language],
        entrance: Entrance,
        *,
        limits: RoomLimits | None = None,
        ended: Callable[[RoomRecord], None] = lambda _record: None,
    ) -> None:
        self._parts = parts
        self._languages = tuple(languages)
        self._entrance = entrance
        self._limits = limits or RoomLimits()
        self._ended = ended
        self._rooms: Living[Room] = Living("rooms", entrance, parts.metrics, linger_s=self._limits.kept_s)
        self._log = structlog.get_logger()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`; then wait for the living rooms (`drain` ends them)."""
        await self._rooms.run()

    async def drain(self, deadline_s: float) -> None:
        """Open nothing new; wait for the rooms in which somebody is; past the deadline, end them."""
        self._rooms.draining = True
        for room in self._rooms.living:
            room.stopping()
        await self._rooms.until_empty(deadline_s)
        for room in self._rooms.living:
            room.close(Ending.STOPPED)

    def stop(self) -> None:
        """End what still lives, at once."""
        for room in self._rooms.living:
            room.close(Ending.STOPPED)
        self._rooms.stop()

    async def _carry(self, room: Room) -> None:
        try:
            record = await room.run()
            self._ended(record)
        except Exception:  # noqa: BLE001 - one room's fault, or its record's, must not end the others
            self._log.exception("the room's end failed", room=room.kind.room[:8])

    # -- For the doors -------------------------------------------------------------------------------------------------

    @property
    def draining(self) -> bool:
        return self._rooms.draining

    def open(self, wanted: RoomWanted) -> RoomView:
        if self._rooms.draining or not self._rooms.running:
            raise RoomRefused(Shut.STOPPING, "this server is stopping")
        kind = self._kind(wanted)
        asking = Asking(number=wanted.address)
        try:
            self._entrance.admit(asking)
        except Refused as refused:
            why = Shut.SPENT if refused.reason == SPENT else Shut.TOO_MANY
            raise RoomRefused(why, refused.reason) from refused
        room = Room(kind, self._parts, self._limits)
        self._entrance.enter(kind.room, asking)
        self._rooms.begin(kind.room, room, self._carry)
        return room.view()

    def _kind(self, wanted: RoomWanted) -> RoomKind:
        languages = wanted.languages or self._languages
        strange = [one for one in languages if all(one.tag != ours.tag for ours in self._languages)]
        if strange:
            raise RoomRefused(Shut.LANGUAGE, f"{strange[0].english} is not offered here")
        name = RoomId(secrets.token_urlsafe(ROOM_ID_BYTES))
        if not wanted.one_device:
            return RoomKind(name, tuple(languages), self._can_pair)
        if len(wanted.languages) != 2 or languages[0].primary == languages[1].primary:
            raise RoomRefused(Shut.LANGUAGE, "a shared device needs two languages")
        one, other = languages[0], languages[1]
        if not self._can_pair(one, other):
            raise RoomRefused(Shut.LANGUAGE, f"no engine here carries {one.english} and {other.english}")
        there, back = self._engine(one, other), self._engine(other, one)
        one_ear = there is back and goes_both_ways(there, one, other)
        auto = one_ear or all(engine is not None and engine.capabilities.finds_source for engine in (there, back))
        return RoomKind(name, (one, other), self._can_pair, shared=(one, other), auto=auto, one_ear=one_ear)

    def _engine(self, source: Language, target: Language) -> Engine | None:
        return engine_for((*self._parts.engines, *self._parts.spare_engines), "", source, target)

    def _can_pair(self, one: Language, other: Language) -> bool:
        return self._engine(one, other) is not None and self._engine(other, one) is not None

    def _find(self, name: str) -> Room:
        room = self._rooms.find(name)
        if room is None:
            raise RoomRefused(Shut.NO_ROOM, "there is no such room")
        return room

    def seat(self, room: str, name: str, language: Language | None = None, *, host: bool = False) -> SeatId:
        return self._find(room).seat(name, language, host=host)

    def join(self, room: str, seat: str, leg: Leg, page: Page, *, take_over: bool = False) -> None:
        self._find(room).join(seat, leg, page, take_over=take_over)

    def tell(self, room: str, seat: str, event: SeatEvent) -> None:
        self._find(room).tell(seat, event)

    def view(self, room: str) -> RoomView | None:
        found = self._rooms.find(room)
        return None if found is None else found.view()

    def close(self, room: str) -> None:
        self._find(room).close(Ending.CLOSED)

    def transcript(self, room: str, seat: str, form: TranscriptForm) -> str:
        return self._find(room).transcript(seat, form)
