"""Who comes into a room, goes and comes back, and what pages ask: whole rooms in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import pytest

from dragoman.domain.room import (
    ChooseLanguage,
    CloseRoom,
    Ended,
    Ending,
    Interpret,
    Joined,
    KeepRecord,
    Leave,
    Mute,
    Parties,
    PartyId,
    RoomCaption,
    SayAgain,
    Shut,
    Speaker,
    Speaks,
    SpeaksNow,
    TranscriptForm,
)
from dragoman.domain.speech import Side, Spoke, SpokeAll
from dragoman.errors import RoomRefused
from dragoman.ports import Capabilities
from dragoman.relay.room_limits import RoomLimits
from dragoman.relay.room_talk import FIRST_READ, READ_ON
from tests.fakes.engine import TURNS, FakeEngine
from tests.fakes.page import WIDE, wide_frame
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH
from tests.fakes.room_scene import GERMAN, room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


def voice(start: int, count: int) -> list[bytes]:
    return [wide_frame(number) for number in range(start, start + count)]


def _only(*languages: str) -> Capabilities:
    return replace(TURNS, sources=frozenset(languages), targets=frozenset(languages))


def test_a_muted_party_is_not_heard_and_what_was_said_before_is_ended_by_silence() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            seat, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.1)
            await room.says(spanish, voice(0, 20))
            spanish.hear(wide_frame(20)[:100])
            room.tell(seat, Mute(True))
            await room.says(spanish, voice(30, 20))
            await asyncio.sleep(5)
            heard = bytes(room.of("es", "en")[0].heard)
            assert heard.startswith(b"".join(voice(0, 20)) + wide_frame(20)[:100])
            rest = heard[20 * 960 + 100 :]
            assert not any(rest), "only silence follows"
            assert WIDE.ms(len(rest)) == pytest.approx(2000, abs=60)
            (told,) = [one for one in english.of(Parties)[-1].parties if one.party == PartyId(seat)]
            assert told.muted
            room.tell(seat, Mute(False))
            await room.says(spanish, voice(60, 5))
            assert bytes(room.of("es", "en")[0].heard).endswith(b"".join(voice(60, 5)))

    run(scene())


def test_a_dropped_page_finds_its_seat_its_captions_and_what_it_had_not_heard() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, english = room.comes(ENGLISH, "Ann")
            _, spanish = room.comes(SPANISH, "Bea")
            await asyncio.sleep(0.1)
            await room.says(spanish, voice(0, 10))
            room.of("es", "en")[0].says("u1", "Hola.", "Hello.")
            english.end(clean=False, reason="connection lost")
            await room.says(spanish, voice(10, 40))
            assert english.heard(30) == [False]
            assert spanish.doings(seat)[-1] == "trouble"
            again = room.join(seat)
            joined = again.shown[0]
            assert isinstance(joined, Joined)
            assert joined.resumed
            assert joined.party == PartyId(seat)
            assert set(again.captions.values()) == {"Hola.", "Hello."}
            await room.says(spanish, voice(200, 10))
            await asyncio.sleep(4)
            assert all(again.heard(*range(20, 50), *range(200, 210)))
            assert len(room.of("es", "en")) == 1, "its interpreter stayed"
            assert spanish.doings(seat)[-1] == "listening"

    run(scene())


def test_who_does_not_come_back_in_time_is_let_go_and_may_come_again() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.1)
            english.end(clean=False)
            await room.says(spanish, voice(0, 600))
            await room.quiet(14, spanish)
            assert room.ways == []
            again = room.join(seat)
            assert not again.of(Joined)[0].resumed
            await asyncio.sleep(1)
            assert again.ear == b"", "what was said meanwhile is not made up for"
            assert room.ways == ["en>es", "es>en"]

    run(scene())


def test_two_tabs_with_one_seat() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, first = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await room.quiet(0.2)
            with pytest.raises(RoomRefused) as taken:
                room.join(seat)
            assert taken.value.why is Shut.SEAT_TAKEN
            assert not first.over
            second = room.join(seat, take_over=True)
            assert first.over
            assert first.of(Ended)[0].why is Ending.TAKEN_OVER
            await room.says(spanish, voice(0, 5))
            await asyncio.sleep(0.5)
            assert all(second.heard(*range(5)))
            assert not any(first.heard(*range(5)))

    run(scene())


def test_a_page_that_has_died_without_a_word_is_replaced() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, first = room.comes(ENGLISH)
            await asyncio.sleep(3)
            room.join(seat)
            assert first.over

    run(scene())


def test_a_switch_in_mid_sentence_loses_nothing() -> None:
    async def scene() -> None:
        async with room_scene(one_device=(ENGLISH, SPANISH)) as room:
            seat = room.seat()
            device = room.join(seat)
            assert device.of(Joined)[0].side is Speaker.A
            await asyncio.sleep(0.1)
            assert room.ways == ["en>es", "es>en"]
            stream = b"".join(voice(0, 60))
            cuts = [10_000, 10_001 * 2, 40_000, len(stream)]
            sides = [Speaker.A, Speaker.B, Speaker.A, Speaker.B]
            at = 0
            for cut, side in zip(cuts, sides, strict=True):
                room.tell(seat, Speaks(side))
                while at < cut:
                    size = min(700, cut - at)
                    device.hear(stream[at : at + size])
                    at += size
                    await asyncio.sleep(size / 48000)
            room.tell(seat, Mute(True))
            await asyncio.sleep(5)
            a = bytes(room.of("en", "es")[0].heard)
            b = bytes(room.of("es", "en")[0].heard)
            parts = [stream[begin:end] for begin, end in zip([0, *cuts], cuts, strict=False)]
            assert a.startswith(parts[0])
            assert parts[2] in a[len(parts[0]) :]
            assert b.startswith(parts[1])
            assert parts[3] in b[len(parts[1]) :]
            assert [one.side for one in device.of(SpeaksNow)] == sides
            assert all(device.heard(*range(15, 20))), "one loudspeaker for both"

    run(scene())


def test_what_a_shared_device_cannot_do() -> None:
    async def scene() -> None:
        async with room_scene(one_device=(ENGLISH, SPANISH)) as room:
            seat = room.seat()
            assert room.seat() == seat, "it has one seat"
            room.join(seat)
            for event in (Speaks(Speaker.AUTO), ChooseLanguage(FRENCH), Interpret(on=False), KeepRecord(on=False)):
                with pytest.raises(RoomRefused) as refusal:
                    room.tell(seat, event)
                assert refusal.value.why is Shut.NOT_HERE

    run(scene())


def test_a_full_room_and_a_language_that_is_not_offered() -> None:
    narrow = FakeEngine(capabilities=_only("en", "es"))

    async def scene() -> None:
        async with room_scene(narrow, limits=RoomLimits(max_parties=2)) as room:
            room.comes(ENGLISH)
            with pytest.raises(RoomRefused) as refusal:
                room.seat(GERMAN)
            assert refusal.value.why is Shut.LANGUAGE
            seat, spanish = room.comes(SPANISH)
            with pytest.raises(RoomRefused) as refusal:
                room.seat(SPANISH)
            assert refusal.value.why is Shut.FULL
            with pytest.raises(RoomRefused) as refusal:
                room.tell(seat, ChooseLanguage(FRENCH))
            assert refusal.value.why is Shut.LANGUAGE
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.join(room.room, "p99", spanish, spanish)
            assert refusal.value.why is Shut.NO_SEAT

    run(scene())


def test_seats_that_nobody_joined_keep_nobody_out_and_the_last_to_come_finds_no_place() -> None:
    narrow = FakeEngine(capabilities=_only("en", "es"))

    async def scene() -> None:
        async with room_scene(narrow, limits=RoomLimits(max_parties=2)) as room:
            french = room.seat(FRENCH)
            flood = [room.seat(SPANISH) for _ in range(20)]
            room.comes(ENGLISH)
            with pytest.raises(RoomRefused) as refusal:
                room.join(french)
            assert refusal.value.why is Shut.LANGUAGE, "others came first"
            room.join(flood[0])
            with pytest.raises(RoomRefused) as refusal:
                room.join(flood[1])
            assert refusal.value.why is Shut.FULL

    run(scene())


def test_say_it_again() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            seat, english = room.comes(ENGLISH)
            other, _ = room.comes(ENGLISH)
            room.comes(SPANISH)
            await room.quiet(0.2)
            interpreter = room.of("es", "en")[0]
            interpreter.listen(Spoke(b"".join(voice(0, 50)), "u1"))
            interpreter.listen(SpokeAll("u1"))
            await asyncio.sleep(2)
            before = {name: len(page.ear) for name, page in room.pages.items()}
            room.tell(seat, SayAgain())
            await asyncio.sleep(3)
            again_ms = WIDE.ms(len(english.ear) - before[seat])
            assert again_ms == pytest.approx(1000 / 0.85, rel=0.1)
            assert len(room.pages[other].ear) == before[other], "who did not ask does not hear it"

    run(scene())


def test_another_language_in_the_midst_of_it() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, english = room.comes(ENGLISH)
            _, spanish = room.comes(SPANISH)
            await room.quiet(0.5)
            room.tell(seat, ChooseLanguage(FRENCH))
            await room.quiet(12)
            assert room.ways == ["es>fr", "fr>es"]
            await room.says(spanish, voice(0, 5))
            await asyncio.sleep(0.5)
            assert bytes(room.of("es", "fr")[0].heard).endswith(b"".join(voice(0, 5)))
            assert all(english.heard(*range(5)))
            room.tell(seat, ChooseLanguage(SPANISH))
            await room.quiet(12)
            assert room.ways == []

    run(scene())


def test_who_comes_late_reads_all_of_a_long_talk_and_holds_nobody_up() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            room.comes(ENGLISH, "Bob")
            room.comes(SPANISH, "Ana")
            await asyncio.sleep(0.1)
            for number in range(200):
                room.of("es", "en")[0].says(f"u{number}", f"Frase {number}.", f"Sentence {number}.")
            await asyncio.sleep(1)
            _, late = room.comes(ENGLISH, "Uli")
            assert 0 < len(late.captions) <= FIRST_READ
            assert late.of(Joined)[0].at_s > 1.0, "captions that are older are known to be"
            room.of("es", "en")[0].says("new", "Nueva.", "New.")
            assert "New." in late.captions.values(), "what is said now does not wait"
            await asyncio.sleep(400 / READ_ON * 0.02 + 1)
            texts = [one.text for one in late.of(RoomCaption) if one.side is Side.TARGET and one.text != "New."]
            assert texts == [f"Sentence {number}." for number in range(200)]

    run(scene())


def test_who_comes_learns_how_everybody_stands() -> None:
    async def scene() -> None:
        async with room_scene(FakeEngine(mute=True)) as room:
            seat, english = room.comes(ENGLISH)
            other, spanish = room.comes(SPANISH)
            await room.says(spanish, voice(0, 20))
            english.end(clean=False, reason="lost")
            await asyncio.sleep(9)
            again = room.join(seat)
            assert again.doings(other) == ["listening"], "it was told of hearing, and then of nothing"
            spanish.end(clean=False, reason="lost")
            await asyncio.sleep(1)
            _, late = room.comes(FRENCH)
            assert late.doings(other) == ["trouble"]

    run(scene())


def test_who_does_not_come_back_troubles_nobody() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            _, english = room.comes(ENGLISH)
            other, spanish = room.comes(SPANISH)
            await asyncio.sleep(0.1)
            spanish.end(clean=False, reason="lost")
            await asyncio.sleep(5)
            assert english.doings(other)[-1] == "trouble"
            assert [one.here for one in english.of(Parties)[-1].parties] == [True, False]
            await asyncio.sleep(7)
            assert english.doings(other)[-1] == "listening"
            assert len(english.of(Parties)[-1].parties) == 1
            back = room.join(other)
            assert len(back.of(Parties)[-1].parties) == len(english.of(Parties)[-1].parties) == 2

    run(scene())


def test_a_page_that_changes_its_language_without_end_opens_few_sessions() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            seat, _ = room.comes(ENGLISH)
            room.comes(SPANISH)
            await asyncio.sleep(0.1)
            for number in range(200):
                with contextlib.suppress(RoomRefused):
                    room.tell(seat, ChooseLanguage((FRENCH, GERMAN)[number % 2]))
            await asyncio.sleep(0.1)
            assert len(room.engine.built) <= 2 * 5

    run(scene())


def test_who_only_took_a_seat_is_not_counted_as_a_party() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            room.seat(SPANISH, "Nobody")
            seat, english = room.comes(ENGLISH, host=True)
            room.tell(seat, CloseRoom())
            assert english.of(Ended)[0].summary.parties == 1

    run(scene())


def test_the_transcript_is_for_who_was_there_and_for_as_long() -> None:
    async def scene() -> None:
        async with room_scene() as room:
            lurker = room.seat(ENGLISH, "nobody sees me")
            left, _ = room.comes(ENGLISH, "Bob")
            stays, _ = room.comes(ENGLISH, "Uli")
            room.comes(SPANISH, "Ana")
            await asyncio.sleep(1)
            room.of("es", "en")[0].says("u1", "Uno.", "One.")
            await asyncio.sleep(1)
            room.tell(left, Leave())
            await asyncio.sleep(1)
            room.of("es", "en")[0].says("u2", "Dos.", "Two.")
            await asyncio.sleep(1)
            with pytest.raises(RoomRefused) as refusal:
                room.rooms.transcript(room.room, lurker, TranscriptForm.TEXT)
            assert refusal.value.why is Shut.NO_SEAT
            some, every = (room.rooms.transcript(room.room, seat, TranscriptForm.TEXT) for seat in (left, stays))
            assert ("One." in some, "Two." in some) == (True, False)
            assert ("One." in every, "Two." in every) == (True, True)

    run(scene())
