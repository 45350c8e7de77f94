"""All rooms of a node: opened, found, counted, drained."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.language import Language
from dragoman.domain.room import RESUME_S, Ended, Ending, RoomWanted, Shut, TranscriptForm
from dragoman.errors import RoomRefused
from dragoman.relay.admission import Limits
from dragoman.relay.room_limits import DESERTED_S, RoomLimits
from dragoman.room_ports import Rooms
from tests.fakes.engine import STREAMS, TURNS, FakeEngine
from tests.fakes.page import FakePage, wide_frame
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH
from tests.fakes.room_scene import GERMAN, room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.contract


def why(refusal: pytest.ExceptionInfo[RoomRefused]) -> Shut:
    return refusal.value.why


def test_rooms_are_unguessable_and_apart() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            rooms: Rooms = room.rooms
            other = rooms.open(RoomWanted(languages=(ENGLISH, SPANISH)))
            assert other.room != room.room
            assert len(other.room) >= 20
            assert other.languages == ("en", "es")
            seat = rooms.seat(other.room, "Ann", ENGLISH)
            for strange in ("", "nothing", room.room[:-1]):
                assert rooms.view(strange) is None
                with pytest.raises(RoomRefused) as refusal:
                    rooms.seat(strange, "Ann", ENGLISH)
                assert why(refusal) is Shut.NO_ROOM
            with pytest.raises(RoomRefused) as refusal:
                rooms.transcript(room.room, "p9", TranscriptForm.TEXT)
            assert why(refusal) is Shut.NO_SEAT
            page = FakePage()
            rooms.join(other.room, seat, page, page)
            assert rooms.transcript(other.room, seat, TranscriptForm.VTT) == "WEBVTT\n\n"
            with pytest.raises(RoomRefused) as refusal:
                rooms.seat(other.room, "Ann", FRENCH)
            assert why(refusal) is Shut.LANGUAGE
            rooms.close(other.room)
            rooms.close(other.room)
            view = rooms.view(other.room)
            assert view is not None
            assert (view.over, view.left_s) == (True, 0.0)
            first = rooms.view(room.room)
            assert first is not None
            assert not first.over

    run(scene())


@pytest.mark.parametrize(
    "wanted",
    [
        RoomWanted(one_device=True),
        RoomWanted((ENGLISH,), one_device=True),
        RoomWanted((ENGLISH, ENGLISH), one_device=True),
        RoomWanted((ENGLISH, SPANISH, FRENCH), one_device=True),
        RoomWanted((replace(ENGLISH, tag="xx"),)),  # type: ignore[arg-type]
    ],
)
def test_languages_that_make_no_room(wanted: RoomWanted) -> None:
    async def scene() -> None:
        async with room_scene() as room:
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.open(wanted)
            assert why(refusal) is Shut.LANGUAGE

    run(scene())


def test_a_device_whose_languages_no_engine_carries() -> None:
    some = FakeEngine(capabilities=replace(TURNS, pairs=frozenset({("en", "es"), ("es", "en"), ("de", "en")})))

    async def scene() -> None:
        async with room_scene(some) as room:
            assert not room.rooms.open(RoomWanted((ENGLISH, SPANISH), one_device=True)).auto
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.open(RoomWanted((ENGLISH, GERMAN), one_device=True))
            assert why(refusal) is Shut.LANGUAGE

    run(scene())


def test_who_speaks_can_be_found_out_if_both_ways_engines_can() -> None:
    able = FakeEngine(capabilities=replace(STREAMS, finds_source=True))

    async def scene() -> None:
        async with room_scene(able) as room:
            assert room.rooms.open(RoomWanted((ENGLISH, SPANISH), one_device=True)).auto
            assert not room.rooms.open(RoomWanted()).auto

    run(scene())


def test_the_nodes_limits_hold_for_rooms_too() -> None:
    async def scene() -> None:
        async with room_scene(node=Limits(max_calls=3, max_calls_per_number=1)) as room:
            room.rooms.open(RoomWanted(address="192.0.2.1"))
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.open(RoomWanted(address="192.0.2.1"))
            assert why(refusal) is Shut.TOO_MANY
            third = room.rooms.open(RoomWanted(address="192.0.2.2"))
            with pytest.raises(RoomRefused):
                room.rooms.open(RoomWanted(address="192.0.2.3"))
            room.rooms.close(third.room)
            await asyncio.sleep(5)
            room.rooms.open(RoomWanted(address="192.0.2.3"))

    run(scene())


def test_the_days_money_is_counted_with_that_of_living_rooms() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(usd_per_frame=0.25), node=Limits(max_usd_per_day=1.0)) as room:
            room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.1)
            for number in range(10):
                spanish.hear(wide_frame(number))
            for _ in range(2):
                with pytest.raises(RoomRefused) as refusal:
                    room.rooms.open(RoomWanted())
                assert why(refusal) is Shut.SPENT
                room.rooms.close(room.room)
                await asyncio.sleep(5)

    run(scene())


def test_a_room_that_is_over_is_forgotten_after_a_while() -> None:
    async def scene() -> None:
        async with room_scene(limits=RoomLimits(kept_s=60)) as room:
            room.rooms.close(room.room)
            await asyncio.sleep(50)
            assert room.rooms.view(room.room) is not None
            await asyncio.sleep(20)
            assert room.rooms.view(room.room) is None

    run(scene())


@pytest.mark.parametrize("patient", [True, False])
def test_a_drain_waits_for_rooms_and_ends_what_is_left(patient: bool) -> None:
    async def scene() -> None:
        async with room_scene() as room:
            host, english = room.comes(ENGLISH, host=True)
            room.comes(SPANISH)
            await asyncio.sleep(0.1)
            loop = asyncio.get_running_loop()
            if patient:
                loop.call_later(5, room.rooms.close, room.room)
            await room.rooms.drain(20)
            assert room.rooms.draining
            assert loop.time() < 10 if patient else loop.time() > 19
            assert english.of(Ended)[0].why is (Ending.CLOSED if patient else Ending.STOPPED)
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.open(RoomWanted())
            assert why(refusal) is Shut.STOPPING
            await asyncio.sleep(5)
            assert room.engine.running == 0
            assert host

    run(scene())


def test_a_drain_does_not_wait_for_a_room_that_nobody_is_in() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            abandoned = room.rooms.open(RoomWanted()).room
            room.rooms.seat(abandoned, "nobody", ENGLISH)
            asyncio.get_running_loop().call_later(30, lambda: english.end(clean=False, reason="closed"))
            await room.rooms.drain(600)
            assert asyncio.get_running_loop().time() == pytest.approx(30 + RESUME_S + DESERTED_S, abs=1)
            assert [record.ending for record in room.records] == [Ending.STOPPED] * 2

    run(scene())


def test_a_record_that_cannot_be_kept_harms_nobody() -> None:
    async def scene() -> None:
        async with room_scene() as room:

            def fail(_record: object) -> None:
                raise OSError("no space")

            room.rooms._ended = fail
            room.rooms.close(room.room)
            await asyncio.sleep(5)
            assert room.rooms.open(RoomWanted()) is not None

    run(scene())


def test_or_if_one_interpreter_can_go_both_ways() -> None:
    pairs = frozenset({("en", "es"), ("es", "en"), ("fr", "en"), ("en", "fr")})

    async def scene(wanted: tuple[Language, Language], *, able: bool = True) -> bool:
        one = FakeEngine(capabilities=replace(TURNS, pairs=pairs, both_ways=able))
        async with room_scene(one) as room:
            return room.rooms.open(RoomWanted(wanted, one_device=True)).auto

    assert run(scene((ENGLISH, SPANISH)))
    assert run(scene((FRENCH, ENGLISH)))
    assert not run(scene((ENGLISH, SPANISH), able=False))


def test_two_engines_of_which_each_goes_one_way_only_cannot() -> None:
    there = FakeEngine("there", capabilities=replace(TURNS, pairs=frozenset({("en", "es")}), both_ways=True))
    back = FakeEngine("back", capabilities=replace(TURNS, pairs=frozenset({("es", "en")}), both_ways=True))

    async def scene() -> None:
        async with room_scene(there, spare=[back]) as room:
            assert not room.rooms.open(RoomWanted((ENGLISH, SPANISH), one_device=True)).auto

    run(scene())
