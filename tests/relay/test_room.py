"""A room's end, and its limits: whole rooms in virtual time."""

from __future__ import annotations

import asyncio
import json

import pytest

from dragoman.domain.room import (
    CloseRoom,
    Ended,
    Ending,
    Leave,
    Playback,
    Shut,
    TranscriptForm,
)
from dragoman.errors import RoomRefused
from dragoman.relay.room_limits import RoomLimits
from tests.fakes.engine import FakeEngine
from tests.fakes.page import wide_frame
from tests.fakes.relay_parts import ENGLISH, SPANISH
from tests.fakes.room_scene import room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


def voice(start: int, count: int) -> list[bytes]:
    return [wide_frame(number) for number in range(start, start + count)]


def test_the_host_ends_it_for_all_and_nobody_else_can() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            host, english = room.comes(ENGLISH, host=True)
            guest, spanish = room.comes(SPANISH)
            with pytest.raises(RoomRefused) as refusal:
                room.tell(guest, CloseRoom())
            assert refusal.value.why is Shut.NOT_HOST
            await room.says(spanish, voice(0, 5))
            room.of("es", "en")[0].says("u1", "Hola.", "Hello.")
            room.tell(host, CloseRoom())
            for page in (english, spanish):
                assert page.over
                assert page.of(Ended)[0].why is Ending.CLOSED
                assert page.of(Ended)[0].summary.turns == 1
            for action in (lambda: room.seat(ENGLISH), lambda: room.join(host), lambda: room.tell(host, Leave())):
                with pytest.raises(RoomRefused) as over:
                    action()
                assert over.value.why is Shut.OVER
            await asyncio.sleep(5)
            assert room.engine.running == 0
            read = json.loads(room.rooms.transcript(room.room, host, TranscriptForm.JSON))
            assert [line["target"]["text"] for line in read["lines"]] == ["Hello."]
        (record,) = room.records
        assert record.ending is Ending.CLOSED
        assert [line.source_text for line in record.lines] == ["Hola."]

    run(scene())


@pytest.mark.parametrize(
    ("limits", "why", "after_s"),
    [
        (RoomLimits(max_s=30, idle_s=0), Ending.TIME_LIMIT, 30),
        (RoomLimits(idle_s=20), Ending.IDLE, 20),
    ],
)
def test_a_page_left_open_is_let_go(limits: RoomLimits, why: Ending, after_s: float) -> None:
    async def scene() -> None:
        async with room_scene(limits=limits) as room:
            _, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await room.quiet(after_s - 1)
            assert not english.over
            await asyncio.sleep(2)
            assert english.of(Ended)[0].why is spanish.of(Ended)[0].why is why
            await asyncio.sleep(5)
            assert room.engine.running == 0

    run(scene())


def test_a_room_that_nobody_is_in_expires() -> None:
    async def scene() -> None:
        async with room_scene(limits=RoomLimits(empty_s=60)) as room:
            view = room.rooms.view(room.room)
            assert view is not None
            assert not view.over
            await asyncio.sleep(61)
            view = room.rooms.view(room.room)
            assert view is not None
            assert view.over
            assert [record.ending for record in room.records] == [Ending.EXPIRED]

    run(scene())


def test_a_room_may_cost_so_much_and_no_more() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(usd_per_frame=0.01), limits=RoomLimits(max_usd=0.2)) as room:
            _, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.1)
            for frame in voice(0, 19):
                spanish.hear(frame)
            assert not english.over
            for frame in voice(20, 2):
                spanish.hear(frame)
            assert english.of(Ended)[0].why is Ending.SPENDING_LIMIT
            assert english.of(Ended)[0].summary.usd == pytest.approx(0.2)

    run(scene())


def test_what_pages_count_of_their_playback_is_kept() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, page = room.comes(ENGLISH)
            for _ in range(2):
                room.tell(seat, Playback(1, 2, 3, 4, gap_ms=60.0, jitter_ms=5.0, buffered_ms=100.0))
                page.end(clean=False, reason="lost")
                await asyncio.sleep(15)
                page = room.join(seat)
        (record,) = room.records
        assert record.as_json()["playback"][seat] == {
            "late": 2,
            "early": 4,
            "underruns": 6,
            "overlaps": 8,
            "gap_ms": 120.0,
            "jitter_ms": 5.0,
            "buffered_ms": 100.0,
        }

    run(scene())


def test_a_fault_of_ours_ends_this_room_only() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            english.broken = True
            await asyncio.sleep(0.1)
            await room.says(spanish, voice(0, 3))
            assert spanish.of(Ended)[0].why is Ending.FAULT
            assert room.rooms.view(room.room) is not None

    run(scene())
