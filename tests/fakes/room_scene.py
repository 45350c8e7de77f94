"""A whole room in virtual time, with pages and engines on paper."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.room import RoomWanted, SeatEvent, SeatId
from dragoman.observe.metrics import Metrics
from dragoman.ports import Engine, Rank
from dragoman.relay.admission import Limits
from dragoman.relay.entrance import Entrance
from dragoman.relay.ladder import ROTATE_S
from dragoman.relay.live_rooms import LiveRooms
from dragoman.relay.room_limits import RoomLimits
from dragoman.relay.room_record import RoomRecord
from tests.fakes.engine import FakeEngine, FakeInterpreter
from tests.fakes.page import SILENT, FakePage
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH, loop_clock, parts

GERMAN = Language(LanguageTag("de"), "Deutsch", "German", "de-DE")
EVERY = (ENGLISH, SPANISH, FRENCH, GERMAN)


@dataclass
class RoomScene:
    """`records` are those of the rooms that ended."""

    rooms: LiveRooms
    engine: FakeEngine
    room: str
    metrics: Metrics
    records: list[RoomRecord] = field(default_factory=list)
    pages: dict[SeatId, FakePage] = field(default_factory=dict)

    def seat(self, language: Language | None = None, name: str = "", *, host: bool = False) -> SeatId:
        return self.rooms.seat(self.room, name, language, host=host)

    def join(self, seat: SeatId, *, take_over: bool = False) -> FakePage:
        page = FakePage(leg_id=f"page-of-{seat}")
        self.rooms.join(self.room, seat, page, page, take_over=take_over)
        self.pages[seat] = page
        return page

    def comes(self, language: Language, name: str = "", *, host: bool = False) -> tuple[SeatId, FakePage]:
        """Somebody takes a seat and joins."""
        seat = self.seat(language, name, host=host)
        return seat, self.join(seat)

    def tell(self, seat: SeatId, event: SeatEvent) -> None:
        self.rooms.tell(self.room, seat, event)

    async def says(self, page: FakePage, frames: Sequence[bytes]) -> None:
        """In real time."""
        for frame in frames:
            page.hear(frame)
            await asyncio.sleep(0.02)

    async def quiet(self, seconds: float, *pages: FakePage) -> None:
        """The microphones bring silence."""
        for _ in range(round(seconds / 0.02)):
            for page in pages or self.pages.values():
                page.hear(SILENT)
            await asyncio.sleep(0.02)

    def of(self, source: str, target: str) -> list[FakeInterpreter]:
        """The sessions of one direction."""
        wanted = [(one.wanted.source.tag, one.wanted.target.tag) for one in self.engine.built]
        return [one for one, ways in zip(self.engine.built, wanted, strict=True) if ways == (source, target)]

    @property
    def ways(self) -> list[str]:
        """The directions whose sessions are open."""
        open_ones = [one.wanted for one in self.engine.built if one.running]
        return sorted(f"{one.source.tag}>{one.target.tag}" for one in open_ones)


@contextlib.asynccontextmanager
async def room_scene(
    engine: FakeEngine | None = None,
    *,
    spare: Sequence[Engine] = (),
    one_device: tuple[Language, Language] | None = None,
    limits: RoomLimits | None = None,
    node: Limits | None = None,
    rank: Rank | None = None,
    rotate_s: float = ROTATE_S,
    falls_to_original: bool = True,
) -> AsyncIterator[RoomScene]:
    """A room that is open; everything ends with the block."""
    engine = engine or FakeEngine()
    made = parts(
        engines=[engine], spare_engines=spare, rank=rank, rotate_s=rotate_s, falls_to_original=falls_to_original
    )
    entrance = Entrance(node or Limits(), lambda address: address, made.metrics, loop_clock)
    records: list[RoomRecord] = []
    rooms = LiveRooms(made, EVERY, entrance, limits=limits, ended=records.append)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(rooms.run())
        await asyncio.sleep(0)
        wanted = RoomWanted(languages=one_device or (), one_device=one_device is not None)
        view = rooms.open(wanted)
        yield RoomScene(rooms, engine, view.room, made.metrics, records)
        rooms.stop()
