"""The interpreters of a room: shared, closed when nobody needs them, replaced when they are lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.room import (
    RESUME_S,
    Ended,
    Ending,
    Leave,
    Parties,
    Speaker,
    Speaks,
)
from dragoman.domain.speech import Guarded, Spoke, Trouble, TroubleKind, Verdict
from dragoman.ports import Capabilities
from dragoman.relay.room_lanes import RESTED_S
from tests.fakes.engine import STREAMS, FakeEngine
from tests.fakes.page import WIDE, wide_frame
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH
from tests.fakes.room_scene import room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


def voice(start: int, count: int) -> list[bytes]:
    return [wide_frame(number) for number in range(start, start + count)]


def _finding(capabilities: Capabilities) -> Capabilities:
    return replace(capabilities, finds_source=True)


def test_three_parties_of_three_languages_share_interpreters() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            await asyncio.sleep(0.1)
            assert room.ways == [], "nobody listens in another language"
            _, spanish = room.comes(SPANISH)
            _, french = room.comes(FRENCH)
            _, french_too = room.comes(FRENCH)
            await asyncio.sleep(0.1)
            assert room.ways == sorted(["en>es", "en>fr", "es>en", "es>fr", "fr>en", "fr>es", "fr>en", "fr>es"]), (
                "one for each party and language, whoever listens"
            )
            said = voice(0, 50)
            await room.says(spanish, said)
            await asyncio.sleep(1)
            assert all(english.heard(*range(50)))
            assert all(french.heard(*range(50)))
            assert french.ear == french_too.ear, "both hear one interpreter"
            assert spanish.ear == b"", "nobody hears himself"
            assert len(room.of("es", "fr")) == 1
            assert bytes(room.of("es", "fr")[0].heard) == b"".join(said)

    run(scene())


def test_interpreters_are_closed_when_nobody_needs_them() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await room.quiet(1)
            assert room.ways == ["en>es", "es>en"]
            room.tell(seat, Leave())
            assert isinstance(spanish.shown[-1], Ended)
            assert spanish.shown[-1].why is Ending.LEFT
            assert spanish.over
            await asyncio.sleep(15)
            assert room.ways == []
            assert [len(one.parties) for one in english.of(Parties)][-1] == 1

    run(scene())


def test_a_lost_session_is_replaced_and_told_what_was_not_translated() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True, ready_s=0.5)) as room:
            _, english = room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.6)
            await room.says(spanish, voice(0, 50))
            lost = room.of("es", "en")[0]
            lost.listen(Trouble(TroubleKind.NETWORK, "it died", fatal=True))
            lost.close()
            await room.quiet(2)
            assert len(room.of("es", "en")) == 2
            assert bytes(room.of("es", "en")[1].heard).startswith(b"".join(voice(0, 50)))
            assert "trouble" in english.doings(seat)
            assert english.doings(seat)[-1] != "trouble"

    run(scene())


def test_without_any_engine_the_own_voices_are_heard_until_one_is_back() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(dies=[TroubleKind.AUTH] * 6, refuses=True)) as room:
            _, english = room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await asyncio.sleep(1)
            await room.says(spanish, voice(0, 20))
            await asyncio.sleep(0.5)
            assert all(english.heard(*range(20)))
            assert english.doings(seat)[-1] == "trouble"
            await room.quiet(60)
            assert english.doings(seat)[-1] == "listening"
            before = len(english.ear)
            await room.says(spanish, voice(100, 20))
            await asyncio.sleep(0.5)
            assert english.ear[before:].count(wide_frame(105)) == 1
        (record,) = room.records
        assert {change.after for change in record.changes} == {"original", "fake"}

    run(scene())


def test_a_session_that_grew_old_is_replaced_in_a_pause() -> None:
    async def scene() -> None:
        async with room_scene(rotate_s=30.0) as room:
            room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            for _ in range(12):
                await room.says(spanish, voice(0, 100))
                await room.quiet(1)
            await room.quiet(14)
            assert len(room.of("es", "en")) == 2
            assert room.ways.count("es>en") == 1

    run(scene())


def test_what_the_guard_caught_is_not_heard_out() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            _, english = room.comes(ENGLISH)
            room.comes(SPANISH)
            await room.quiet(0.2)
            interpreter = room.of("es", "en")[0]
            interpreter.listen(Spoke(b"".join(voice(0, 200)), "u1"))
            await asyncio.sleep(0.5)
            interpreter.listen(Guarded("u1", Verdict.ANSWERED, asked_again=False, played=True))
            await asyncio.sleep(5)
            assert english.heard(0, 199) == [True, False]
            assert WIDE.ms(len(english.ear)) < 800

    run(scene())


def test_an_interpreter_that_rightly_keeps_silent_is_not_taken_for_a_dead_one() -> None:
    able = FakeEngine(capabilities=_finding(STREAMS), mute=True)

    async def scene() -> None:
        async with room_scene(able, one_device=(ENGLISH, SPANISH)) as room:
            seat = room.seat()
            device = room.join(seat)
            room.tell(seat, Speaks(Speaker.AUTO))
            await asyncio.sleep(0.1)
            for _ in range(20):
                await room.says(device, voice(0, 80))
                room.of("es", "en")[0].listen(Spoke(b"".join(voice(300, 60))))
                await room.quiet(0.2)
            assert len(room.of("en", "es")) == len(room.of("es", "en")) == 1

    run(scene())


def test_who_came_and_went_costs_nothing_any_more_and_may_come_again() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            for _ in range(20):
                passing, _page = room.comes(SPANISH)
                await asyncio.sleep(0.3)
                room.tell(passing, Leave())
            spanish.end(clean=False, reason="lost")
            await asyncio.sleep(RESUME_S + RESTED_S + 30)
            living = room.rooms._rooms.find(room.room)
            assert living is not None
            lanes = living._talk._lanes
            assert (len(lanes.all), len(lanes._stirring)) == (22, 0), "the one back was shared"
            back = room.join(seat)
            await asyncio.sleep(0.1)
            assert room.ways == ["en>es", "es>en"]
            await room.says(back, voice(0, 5))
            assert b"".join(voice(0, 5)) in bytes(room.of("es", "en")[-1].heard)

    run(scene())
