"""Whole rooms in virtual time."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.domain.room import (
    ChooseLanguage,
    ChooseOriginal,
    CloseRoom,
    Ended,
    Ending,
    Joined,
    Leave,
    Mute,
    Parties,
    PartyId,
    Playback,
    RoomCaption,
    SayAgain,
    Shut,
    Speaker,
    Speaks,
    SpeaksNow,
    TranscriptForm,
)
from dragoman.domain.speech import Captioned, Guarded, Side, Spoke, SpokeAll, Trouble, TroubleKind, Unclear, Verdict
from dragoman.errors import RoomRefused
from dragoman.ports import Capabilities
from dragoman.relay.room_limits import RoomLimits
from tests.fakes.engine import STREAMS, TURNS, FakeEngine
from tests.fakes.page import WIDE, wide_frame
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH
from tests.fakes.room_scene import GERMAN, room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


def voice(start: int, count: int) -> list[bytes]:
    return [wide_frame(number) for number in range(start, start + count)]


def _finding(capabilities: Capabilities) -> Capabilities:
    return replace(capabilities, finds_source=True)


def _only(*languages: str) -> Capabilities:
    return replace(TURNS, sources=frozenset(languages), targets=frozenset(languages))


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


# -- One device --------------------------------------------------------------------------------------------------------


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


def test_what_a_shared_device_cannot_do() -> None:
    async def scene() -> None:
        async with room_scene(one_device=(ENGLISH, SPANISH)) as room:
            seat = room.seat()
            assert room.seat() == seat, "it has one seat"
            room.join(seat)
            for event in (Speaks(Speaker.AUTO), ChooseLanguage(FRENCH)):
                with pytest.raises(RoomRefused) as refusal:
                    room.tell(seat, event)
                assert refusal.value.why is Shut.NOT_HERE

    run(scene())


# -- Engines -----------------------------------------------------------------------------------------------------------


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


# -- What pages see ----------------------------------------------------------------------------------------------------


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
            for page in (english, spanish):
                assert page.doings(seat) == ["hearing", "translating", "speaking", "listening"]

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


# -- Doors and limits --------------------------------------------------------------------------------------------------


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
            seat, _ = room.comes(ENGLISH)
            for _ in range(2):
                room.tell(seat, Playback(1, 2, 3, 4, gap_ms=60.0, jitter_ms=5.0, buffered_ms=100.0))
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
