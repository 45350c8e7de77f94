"""What may go wrong while parties are told and asked: slow voices, changed minds, lost marks and streams."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from dragoman.domain.call import (
    Accepted,
    ConnectStream,
    DialPerson,
    EndAsked,
    HangUpLeg,
    LanguageChosen,
    Length,
    Notice,
    Opening,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome, Result
from dragoman.keys import parse_keys
from dragoman.notices import Notices
from dragoman.relay.errands import KEY_WAIT_S
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
USUAL = Opening(Length.FULL, Length.SHORT)
CONSENT = replace(USUAL, consent=frozenset({CALLER}))
END = EndAsked(Outcome(Result.US, "asked"))
NOTICES = Notices.load()


def sound(notice: Notice, role: Role, language: Language, caller: Language = SPANISH) -> bytes:
    return sound_of(NOTICES.words(notice, role, language, caller), language)


SHORT = sound(Notice.ANNOUNCE_SHORT, AGENT, ENGLISH)


async def waiting(scene: CallScene) -> None:
    scene.join(CALLER)
    await asyncio.sleep(1)
    scene.join(AGENT)
    await asyncio.sleep(1)


def test_a_language_changed_by_the_api_while_the_voice_is_slow_loses_nothing_that_is_owed() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=CONSENT), announcer=FakeAnnouncer(takes_s=3.0)) as here:
            here.join(CALLER)
            await asyncio.sleep(0.5)
            here.bridge.change(Change(caller_language=FRENCH))
            await asyncio.sleep(20)
            told = sound(Notice.ANNOUNCE, CALLER, FRENCH) + sound(Notice.CONSENT, CALLER, FRENCH)
            for one in (told[: len(told) // 2], told[len(told) // 2 :]):
                assert one in here.caller.ear
            await asyncio.sleep(2 * KEY_WAIT_S + 2)
            assert here.bridge.over, "the key's time runs"

    run(scene())


def test_the_same_language_chosen_again_while_the_voice_is_slow_is_told_once() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=USUAL), announcer=FakeAnnouncer(takes_s=3.0)) as here:
            here.join(CALLER)
            await asyncio.sleep(0.5)
            here.caller.press("*")
            here.bridge.tell(LanguageChosen(SPANISH))
            here.join(CALLER)
            await asyncio.sleep(20)
            assert here.caller.ear.count(sound(Notice.ANNOUNCE, CALLER, SPANISH)) == 1
            here.bridge.tell(END)
        assert [one.notice for one in here.ended.told] == ["announce"]

    run(scene())


def test_the_agent_hears_the_announcement_out_while_the_caller_chooses_another_language() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=replace(CONSENT, consent=frozenset(Role)))) as here:
            await waiting(here)
            here.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(0.02)
            here.caller.press("*")
            here.bridge.tell(LanguageChosen(FRENCH))
            here.join(CALLER)
            await asyncio.sleep(5)
            assert here.agent.ear.count(SHORT) == 1
            assert here.agent.ear.count(sound(Notice.CONSENT, AGENT, ENGLISH)) == 1
            here.bridge.tell(END)
        assert {(one.notice, one.whole) for one in here.ended.told if one.role is AGENT} == {
            ("announce-short", True),
            ("consent", True),
        }

    run(scene())


def test_a_question_whose_mark_never_comes_back_still_gets_its_time() -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), opening=CONSENT)) as here:
            here.join(CALLER, FakeLeg("mute", returns_marks=False))
            await asyncio.sleep(2 * KEY_WAIT_S + 30)
            assert here.bridge.over
        assert here.ended.outcome.reason == "did not agree to the interpreter"
        assert not any(one.whole for one in here.ended.told), "nobody told us so"

    run(scene())


def test_what_failed_while_the_carrier_spoke_is_not_counted_as_said() -> None:
    async def scene() -> None:
        announcer = FakeAnnouncer(speaks=False, takes_s=4.0)
        async with call_scene(replace(setup(), opening=CONSENT), announcer=announcer) as here:
            here.join(CALLER)
            await asyncio.sleep(5)
            assert here.bridge.instruct(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))
            await asyncio.sleep(20)  # the carrier speaks; meanwhile the question fails too
            here.join(CALLER)
            assert here.caller.over, "let go once more, for the question"
            assert here.bridge.instruct(CALLER) == ConnectStream(SPANISH, (Notice.CONSENT,))
            await asyncio.sleep(KEY_WAIT_S + 1)
            here.join(CALLER)
            here.caller.press("1")
            here.bridge.tell(END)
        assert [one.notice for one in here.ended.told] == ["announce", "consent"]
        assert here.ended.told[1].told_s > 2 * KEY_WAIT_S
        assert [one.agreed for one in here.ended.answers] == [True]

    run(scene())


def test_a_lost_stream_that_comes_back_by_way_of_the_carriers_words_is_not_given_up() -> None:
    async def scene() -> None:
        announcer = FakeAnnouncer(speaks=False, takes_s=4.0)
        async with call_scene(replace(setup(), opening=USUAL), announcer=announcer) as here:
            here.join(CALLER)
            await asyncio.sleep(3.5)
            here.caller.end(clean=False)
            await asyncio.sleep(1)
            assert here.bridge.instruct(CALLER) == ConnectStream(SPANISH, (Notice.ANNOUNCE,))
            await asyncio.sleep(20)
            assert not here.bridge.over
            here.join(CALLER)
            await asyncio.sleep(1)
            here.bridge.tell(END)
        assert [(one.notice, one.whole) for one in here.ended.told] == [("announce", True)]

    run(scene())


def test_the_key_for_a_person_does_what_the_announcement_said_while_consent_is_asked_for() -> None:
    """The party was just told that it asks for a person: it is no second refusal."""

    async def scene() -> None:
        of = replace(setup(), opening=CONSENT, person="client:desk")
        async with call_scene(of, keys=parse_keys("0=person")) as here:
            await waiting(here)
            here.caller.press("0")
            await asyncio.sleep(1)
            assert here.bridge.instruct(CALLER) == DialPerson(SPANISH, "client:desk")
            assert here.bridge.instruct(AGENT) == HangUpLeg(), "nobody had accepted there"
        assert here.ended.outcome == Outcome(Result.CALLER, "handed to a person")
        assert here.telephony.hung_up == ["CA-call-1-agent"]
        assert here.engine.built == []

    run(scene())


@pytest.mark.parametrize(("person", "role"), [("", CALLER), ("client:desk", AGENT)])
def test_before_the_talk_nobody_else_reaches_a_person_by_that_key(person: str, role: Role) -> None:
    async def scene() -> None:
        of = replace(setup(), opening=USUAL, person=person)
        async with call_scene(of, keys=parse_keys("0=person")) as here:
            await waiting(here)
            here.legs[role].press("0")
            await asyncio.sleep(1)
            assert not here.bridge.over
            here.bridge.tell(END)

    run(scene())


@pytest.mark.parametrize("key", ["1", "*"])
def test_keys_that_mean_something_before_the_talk_mean_that(key: str) -> None:
    async def scene() -> None:
        of = replace(setup(), opening=CONSENT, person="client:desk")
        async with call_scene(of, keys=parse_keys(f"{key}=person")) as here:
            await waiting(here)
            here.caller.press(key)
            await asyncio.sleep(1)
            assert not here.bridge.over
            here.bridge.tell(END)
        assert here.ended.outcome == END.outcome

    run(scene())
