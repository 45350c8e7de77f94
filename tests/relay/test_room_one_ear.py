"""A shared device whose one interpreter hears both sides: whole rooms in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.room import Joined, RoomCaption, Speaker, Speaks, SpeaksNow, TranscriptForm
from dragoman.domain.speech import Captioned, Side, SpeechBegan, Spoke, SpokeAll, SpokenIn, Trouble, TroubleKind
from tests.fakes.engine import TURNS, FakeEngine, FakeInterpreter
from tests.fakes.page import FakePage, wide_frame
from tests.fakes.relay_parts import ENGLISH, SPANISH
from tests.fakes.room_scene import RoomScene, room_scene
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

DEVICE = (SPANISH, ENGLISH)


def able() -> FakeEngine:
    return FakeEngine(capabilities=replace(TURNS, both_ways=True), mute=True)


def voice(start: int, count: int) -> list[bytes]:
    return [wide_frame(number) for number in range(start, start + count)]


def of_both(room: RoomScene) -> list[FakeInterpreter]:
    return [one for one in room.engine.built if one.wanted.both_ways]


def of_one(room: RoomScene, source: str) -> FakeInterpreter:
    (found,) = [one for one in room.of(source, "en" if source == "es" else "es") if not one.wanted.both_ways]
    return found


def interprets(one: FakeInterpreter, name: str, language: str, source: str, target: str, marker: int) -> None:
    """A whole utterance, found to be in `language`; `marker` is when it began (ms), and how its audio is known."""
    one.listen(SpeechBegan(name, marker))
    one.listen(SpokenIn(name, language))
    one.listen(Captioned(Side.SOURCE, source, name, whole=True, final=True))
    one.listen(Captioned(Side.TARGET, target, name, whole=True, final=True))
    one.listen(Spoke(b"".join(voice(marker, 10)), name))
    one.listen(SpokeAll(name))


def shown(page: FakePage) -> list[tuple[str, str, str, str]]:
    """Party, side, language and text of each caption."""
    return [(one.party, one.side.value, one.language, one.text) for one in page.of(RoomCaption)]


def test_each_utterance_goes_from_its_language_into_the_other_one() -> None:
    async def scene() -> None:
        async with room_scene(able(), one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            assert device.of(Joined)[0].auto
            assert of_both(room) == [], "nobody has asked for it yet"
            room.tell(seat, Speaks(Speaker.AUTO))
            assert device.of(SpeaksNow)[-1].side is Speaker.AUTO
            await room.says(device, voice(0, 10))
            (both,) = of_both(room)
            assert (both.wanted.source.tag, both.wanted.target.tag) == ("es", "en")
            assert bytes(both.heard) == b"".join(voice(0, 10))
            interprets(both, "u1", "en", "Where is it?", "¿Dónde está?", 100)
            interprets(both, "u2", "es", "Aquí.", "Here.", 200)
            await asyncio.sleep(2)
            assert shown(device) == [
                ("b", "source", "en", "Where is it?"),
                ("b", "target", "es", "¿Dónde está?"),
                ("a", "source", "es", "Aquí."),
                ("a", "target", "en", "Here."),
            ]
            assert all(device.heard(*range(100, 110), *range(200, 210)))
            text = room.rooms.transcript(room.room, seat, TranscriptForm.TEXT)
            assert [text.count(words) for words in ("Where is it?", "Aquí.")] == [1, 1]
        (record,) = room.records
        assert [(line.party, line.source_language, line.target_text) for line in record.lines] == [
            ("b", "en", "¿Dónde está?"),
            ("a", "es", "Here."),
        ]

    run(scene())


def test_a_tap_in_mid_sentence_loses_nothing_and_is_the_manual_way() -> None:
    async def scene() -> None:
        async with room_scene(able(), one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            await room.says(device, voice(0, 10))
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(10, 10))
            room.tell(seat, Speaks(Speaker.B))
            await room.says(device, voice(20, 10))
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(30, 10))
            await room.quiet(1)
            (both,) = of_both(room)
            spanish, english = of_one(room, "es"), of_one(room, "en")
            assert bytes(spanish.heard).startswith(b"".join(voice(0, 10)))
            assert bytes(english.heard).startswith(b"".join(voice(20, 10)))
            heard = bytes(both.heard)
            assert heard.startswith(b"".join(voice(10, 10)))
            assert b"".join(voice(30, 10)) in heard
            for one, own in ((spanish, (0, 10)), (english, (20, 30)), (both, (10, 20))):
                others = [number for number in range(30) if not own[0] <= number < own[1]]
                assert not any(wide_frame(number) in one.heard for number in others), "each hears its own part only"
            assert not bytes(spanish.heard)[len(b"".join(voice(0, 10))) :].strip(b"\0"), "and silence after it"

    run(scene())


def test_what_went_by_hand_stands_in_the_transcript_beside_what_was_found_out() -> None:
    async def scene() -> None:
        async with room_scene(able(), one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(0, 50))
            interprets(of_both(room)[0], "u1", "es", "Uno.", "One.", 100)
            room.tell(seat, Speaks(Speaker.A))
            await room.says(device, voice(50, 50))
            by_hand = of_one(room, "es")
            by_hand.listen(SpeechBegan("u1", 1100))  # a second of silence went before
            by_hand.listen(Captioned(Side.SOURCE, "Dos.", "u1", whole=True, final=True))
            await room.quiet(1)
            text = room.rooms.transcript(room.room, seat, TranscriptForm.TEXT)
            assert [text.count(words) for words in ("Uno.", "Dos.")] == [1, 1]
            assert text.index("Uno.") < text.index("Dos.")

    run(scene())


def test_the_page_sees_who_it_was() -> None:
    async def scene() -> None:
        async with room_scene(able(), one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(0, 50))
            both = of_both(room)[0]
            both.listen(SpeechBegan("u1", 0))
            both.listen(SpokenIn("u1", "en"))
            await room.quiet(1)
            both.listen(Spoke(b"".join(voice(100, 50)), "u1"))
            await room.quiet(0.5)
            assert device.doings("a") == ["listening", "hearing", "listening"]
            assert device.doings("b") == ["listening", "hearing", "translating", "speaking"]

    run(scene())


def test_its_loss_costs_nothing_that_was_said() -> None:
    async def scene() -> None:
        async with room_scene(able(), one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(0, 50))
            lost = of_both(room)[0]
            lost.listen(Trouble(TroubleKind.NETWORK, "it died", fatal=True))
            lost.close()
            await room.quiet(2)
            _, second = of_both(room)
            assert second.wanted.both_ways
            assert bytes(second.heard).startswith(b"".join(voice(0, 50)))
            assert "trouble" in device.doings("a")
            assert "trouble" in device.doings("b")

    run(scene())


def test_only_an_engine_that_can_takes_over() -> None:
    async def scene() -> None:
        unable = FakeEngine("unable", mute=True)
        first = FakeEngine(
            capabilities=replace(TURNS, both_ways=True),
            mute=True,
            dies=[None, None, *[TroubleKind.AUTH] * 9],
            refuses=True,
        )
        async with room_scene(first, spare=[unable], one_device=DEVICE) as room:
            seat = room.seat()
            device = room.join(seat)
            await room.quiet(0.1)
            room.tell(seat, Speaks(Speaker.AUTO))
            await room.says(device, voice(0, 20))
            await room.quiet(3)
            assert all(not one.wanted.both_ways for one in unable.built)
            assert device.doings("a")[-1] == "trouble", "and says so"

    run(scene())
