"""Who hears whom in a room, and what its pages show: whole rooms in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.domain.room import (
    ChooseOriginal,
    Joined,
    RoomCaption,
    Speaker,
    Speaks,
    TranscriptForm,
)
from dragoman.domain.speech import Captioned, Side, Spoke, SpokeAll, Unclear
from dragoman.ports import Capabilities
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


def test_who_shares_a_language_hears_the_own_voice_and_no_interpreter_is_opened() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, one = room.comes(SPANISH)
            _, other = room.comes(SPANISH)
            await room.says(one, voice(0, 20))
            await asyncio.sleep(0.5)
            assert all(other.heard(*range(20)))
            assert room.engine.built == []

    run(scene())


def test_two_who_speak_at_once_are_heard_one_after_the_other_and_nothing_is_lost() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(delay_s=0.2)) as room:
            _, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            _, french = room.comes(FRENCH)
            for first, second in zip(voice(0, 50), voice(1000, 50), strict=True):
                spanish.hear(first)
                french.hear(second)
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            for interpreter in (room.of("es", "en")[0], room.of("fr", "en")[0]):
                interpreter.listen(SpokeAll("u1"))
            await asyncio.sleep(4)
            ear = english.ear
            assert b"".join(voice(0, 50)) in ear
            assert b"".join(voice(1000, 50)) in ear
            assert abs(ear.index(wide_frame(0)) - ear.index(wide_frame(1000))) == 50 * WIDE.frame_bytes

    run(scene())


def test_who_speaks_is_found_out_where_the_engine_can() -> None:
    def rank(text: str) -> list[tuple[str, float]]:
        return [("es", 0.0), ("en", -50.0)] if "hola" in text.lower() else [("en", 0.0), ("es", -50.0)]

    able = FakeEngine(capabilities=_finding(STREAMS), mute=True)

    async def scene() -> None:
        async with room_scene(able, one_device=(ENGLISH, SPANISH), rank=rank) as room:
            seat = room.seat()
            device = room.join(seat)
            assert device.of(Joined)[0].auto
            room.tell(seat, Speaks(Speaker.AUTO))
            await asyncio.sleep(0.1)
            await room.says(device, voice(0, 10))
            to_spanish, to_english = room.of("en", "es")[0], room.of("es", "en")[0]
            assert bytes(to_spanish.heard) == bytes(to_english.heard) == b"".join(voice(0, 10))
            for one in (to_spanish, to_english):
                one.listen(Captioned(Side.SOURCE, "Hola, buenos dias."))
            to_english.listen(Captioned(Side.TARGET, "Hello, good morning."))
            await asyncio.sleep(4)
            shown = sorted(device.captions.values())
            assert shown == ["Hello, good morning.", "Hola, buenos dias."]
            text = room.rooms.transcript(room.room, seat, TranscriptForm.TEXT)
            assert text.count("Hola") == 1

    run(scene())


def test_who_was_not_understood_is_told() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await room.quiet(0.3)
            room.of("es", "en")[0].listen(Unclear("u1", "noise"))
            await room.quiet(0.5)
            assert spanish.doings(seat)[-1] == "trouble"
            await room.quiet(5)
            assert spanish.doings(seat)[-1] == "listening"

    run(scene())


def test_states_of_a_turn() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            _, english = room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await room.quiet(0.3)
            await room.says(spanish, voice(0, 50))
            await room.quiet(1)
            room.of("es", "en")[0].listen(Spoke(b"".join(voice(100, 50)), "u1"))
            room.of("es", "en")[0].listen(SpokeAll("u1"))
            await room.quiet(3)
            turn = ["hearing", "translating", "speaking", "listening"]
            assert english.doings(seat) == turn
            assert spanish.doings(seat) == ["listening", *turn], "how everybody stands is told at the join"

    run(scene())


def test_each_page_shows_one_interpreters_captions_of_each_speaker() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            _, english = room.comes(ENGLISH, "Ann")
            _, spanish = room.comes(SPANISH, "Bea")
            _, also_spanish = room.comes(SPANISH, "Cid")
            _, french = room.comes(FRENCH, "Dan")
            await room.quiet(0.2)
            mine = [one for one in room.of("es", "en") if one.running]
            mine[0].says("u1", "Hola.", "Hello.")
            next(one for one in room.of("es", "fr") if one.running).says("u1", "Hola!", "Bonjour.")
            assert sorted(english.captions.values()) == ["Hello.", "Hola."]
            assert sorted(french.captions.values()) == ["Bonjour.", "Hola!"]
            assert spanish.captions == also_spanish.captions == english.captions
            assert {one.name for one in english.of(RoomCaption)} == {"Bea"}

    run(scene())


def test_the_original_voice_lies_under_the_interpreter_where_it_is_wanted() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            seat, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await room.quiet(0.2)
            await room.says(spanish, voice(0, 10))
            assert english.ear == b""
            room.tell(seat, ChooseOriginal(OriginalMode.FULL))
            await room.says(spanish, voice(20, 10))
            assert all(english.heard(*range(25, 29)))
            room.tell(seat, ChooseOriginal(OriginalMode.OFF))
            await room.says(spanish, voice(40, 20))
            assert english.heard(55) == [False]

    run(scene())
