"""Announcements and consent in whole calls, in virtual time: what both ears get, and what the record says of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.audio.hold import chime, hold_sound
from dragoman.domain.call import Accepted, ConnectStream, EndAsked, Length, Notice, Opening, Role, SayAndHangUp
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome, Result
from dragoman.notices import Notices
from dragoman.relay.consent import Speaker
from dragoman.relay.errands import KEY_WAIT_S
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.relay_parts import ENGLISH, SPANISH, frame, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
USUAL = Opening(Length.FULL, Length.SHORT)
CONSENT = replace(USUAL, consent=frozenset({CALLER}))
HUNG_UP_BY_US = EndAsked(Outcome(Result.US, "asked"))
NOTICES = Notices.load()


def sound(notice: Notice, role: Role, language: Language) -> bytes:
    return sound_of(NOTICES.words(notice, role, language, SPANISH), language)


ANNOUNCED = sound(Notice.ANNOUNCE, CALLER, SPANISH)
ASKED = sound(Notice.CONSENT, CALLER, SPANISH)
WHISPERED = sound(Notice.WHISPER, AGENT, ENGLISH)
SHORT = sound(Notice.ANNOUNCE_SHORT, AGENT, ENGLISH)


def frames(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


async def waiting(scene: CallScene) -> None:
    """Both legs have their streams; nobody accepted yet."""
    scene.join(CALLER)
    await asyncio.sleep(1)
    scene.join(AGENT)
    await asyncio.sleep(1)


# ---- Announcements ---------------------------------------------------------------------------------------------------


def test_the_caller_hears_it_in_place_of_some_of_the_hold_sound() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=USUAL)) as here:
            await waiting(here)
            ear = here.caller.ear
            at = ear.find(ANNOUNCED)
            assert 0 <= at <= 120 * 8, "behind the hold sound that was sent already"
            assert hold_sound(10) in ear[at + len(ANNOUNCED) :], "and the hold sound goes on behind it"
            assert here.telephony.dialled == [("call-1", AGENT)]
            here.bridge.tell(HUNG_UP_BY_US)
        (told,) = here.ended.told
        assert (told.role, told.notice, told.whole, told.speaker) == (CALLER, "announce", True, Speaker.US)
        assert told.text == NOTICES.words(Notice.ANNOUNCE, CALLER, SPANISH, SPANISH)

    run(scene())


def test_the_agent_hears_whisper_announcement_and_then_every_word_of_the_caller() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=USUAL)) as here:
            await waiting(here)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            words = frames(0, 60)
            await here.says(CALLER, words)
            await asyncio.sleep(2)
            assert here.agent.ear == WHISPERED + SHORT + b"".join(words)
            here.bridge.tell(HUNG_UP_BY_US)
        assert {(one.role, one.notice, one.whole) for one in here.ended.told} == {
            (CALLER, "announce", True),
            (AGENT, "announce-short", True),
        }
        assert here.ended.answers == ()

    run(scene())


def test_an_agent_who_accepts_at_once_is_interpreted_behind_the_callers_announcement() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=USUAL)) as here:
            here.join(CALLER)
            here.join(AGENT)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            words = frames(0, 60)
            await here.says(AGENT, words)
            await asyncio.sleep(2)
            ear = here.caller.ear
            assert ear.find(ANNOUNCED) >= 0
            assert ear[ear.find(ANNOUNCED) + len(ANNOUNCED) :] == b"".join(words)
            here.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_an_announcement_that_was_cut_short_is_not_counted_as_heard() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=USUAL)) as here:
            here.join(CALLER)
            await asyncio.sleep(0.05)
            here.caller.end(clean=True)
        (told,) = here.ended.told
        assert not told.whole

    run(scene())


def test_what_cannot_be_spoken_after_all_is_left_to_the_carrier() -> None:
    async def scene() -> None:
        announcer = FakeAnnouncer(speaks=False)
        async with call_scene(replace(setup(), opening=USUAL), announcer=announcer) as here:
            here.join(CALLER)
            await asyncio.sleep(1)
            assert here.caller.over, "let go"
            assert here.bridge.instruct(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))
            await asyncio.sleep(25)
            here.join(CALLER)
            await asyncio.sleep(1)
            assert hold_sound(10) in here.caller.ear
            assert chime() not in here.caller.ear
            here.bridge.tell(HUNG_UP_BY_US)
        (told,) = here.ended.told
        assert (told.speaker, told.whole) == (Speaker.CARRIER, True)

    run(scene())


def test_an_agent_in_a_language_that_we_cannot_speak_loses_no_word_of_the_caller() -> None:
    async def scene() -> None:
        mute = replace(USUAL, voiced=frozenset({"es"}))
        async with call_scene(replace(setup(), opening=mute)) as here:
            await waiting(here)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            assert here.agent.over
            assert here.bridge.instruct(AGENT) == ConnectStream(ENGLISH, (Notice.WHISPER, Notice.ANNOUNCE_SHORT))
            words = frames(0, 50)
            await here.says(CALLER, words)
            await asyncio.sleep(18)
            here.join(AGENT)
            await asyncio.sleep(6)
            assert here.agent.ear == b"".join(words)
            here.bridge.tell(HUNG_UP_BY_US)

    run(scene())


# ---- Consent ---------------------------------------------------------------------------------------------------------


def test_nothing_is_interpreted_before_the_key() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=CONSENT)) as here:
            await waiting(here)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            await here.says(CALLER, frames(0, 50))
            assert here.engine.built == []
            assert ANNOUNCED + ASKED in here.caller.ear
            heard = len(WHISPERED + SHORT)
            assert here.agent.ear[:heard] == WHISPERED + SHORT
            assert hold_sound(5) in here.agent.ear[heard:], "the agent hears that the call goes on"
            here.caller.press("1")
            await asyncio.sleep(1)
            before = len(here.agent.ear)
            await here.says(CALLER, frames(100, 50))
            await asyncio.sleep(1)
            assert here.agent.ear[before:] == b"".join(frames(100, 50))
            here.bridge.tell(HUNG_UP_BY_US)
        assert [(one.role, one.agreed) for one in here.ended.answers] == [(CALLER, True)]

    run(scene())


def test_who_presses_nothing_is_asked_twice_and_the_call_ends_in_order() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=CONSENT)) as here:
            await waiting(here)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(KEY_WAIT_S + 1)
            assert here.caller.ear.count(ASKED) == 2
            assert not here.bridge.over
            await asyncio.sleep(KEY_WAIT_S + 1)
            assert here.bridge.over
            assert here.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.CONSENT_REFUSED)
            assert here.bridge.instruct(AGENT) == SayAndHangUp(ENGLISH, Notice.OTHER_REFUSED)
        record = here.ended
        assert record.outcome == Outcome(Result.CALLER, "did not agree to the interpreter")
        assert [(one.role, one.agreed) for one in record.answers] == [(CALLER, False)]
        assert [one.notice for one in record.told if one.role is CALLER] == ["announce", "consent", "consent"]
        assert here.engine.built == []

    run(scene())


def test_another_key_is_no_consent() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=CONSENT)) as here:
            await waiting(here)
            here.caller.press("5")
            await asyncio.sleep(1)
            here.caller.press("5")
            assert here.bridge.over
        assert here.ended.outcome.reason == "did not agree to the interpreter"

    run(scene())
