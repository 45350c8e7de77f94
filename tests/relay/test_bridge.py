"""Whole calls in virtual time, with everything outside the relay on paper."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

import pytest

from dragoman.audio.hold import chime, hold_sound
from dragoman.domain.call import (
    Accepted,
    AskLanguage,
    ConnectStream,
    DialFailed,
    DialPerson,
    EndAsked,
    HangUpLeg,
    LanguageChosen,
    LegEnded,
    Notice,
    Role,
    SayAndHangUp,
)
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Caption
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.manner import Manner
from dragoman.domain.outcome import DialFailure, Outcome, Result
from dragoman.domain.speech import Captioned, Side, SpeechBegan, SpeechStopped, Spoke, SpokeAll, TroubleKind, Unclear
from dragoman.errors import Refused
from dragoman.keys import parse_keys
from dragoman.notices import Notices
from dragoman.relay.booth import LEAVE_S
from dragoman.relay.bridge import Bridge
from dragoman.relay.call_machine import REJOIN_S
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.presence import JOIN_DEADLINE_S
from dragoman.relay.streams import STALE_S
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.call_scene import CallScene, call_scene
from tests.fakes.engine import STREAMS, FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.relay_parts import DIRECT, ENGLISH, FRENCH, SILENT, SPANISH, frame, parts, setup
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run

BOTH_FULL = Manner(original_to_caller=OriginalMode.FULL, original_to_agent=OriginalMode.FULL)

pytestmark = pytest.mark.script

CALLER, AGENT = Role.CALLER, Role.AGENT
HUNG_UP_BY_US = EndAsked(Outcome(Result.US, "asked"))


def frames(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


def whisper() -> bytes:
    return sound_of(Notices.load().whisper(SPANISH, ENGLISH), ENGLISH)


def repeat(language: Language) -> bytes:
    return sound_of(Notices.load().text(Notice.REPEAT, language), language)


# ---- A whole call ----------------------------------------------------------------------------------------------------


def test_a_whole_call_from_ring_to_record() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            assert call.bridge.view().state == "ringing"
            assert call.bridge.instruct(CALLER) == ConnectStream(SPANISH, (Notice.WAIT,))
            await asyncio.sleep(5)
            call.join(CALLER)
            await asyncio.sleep(1)
            assert call.telephony.dialled == [("call-1", AGENT)]
            assert call.bridge.instruct(AGENT) == ConnectStream(ENGLISH)
            call.join(AGENT)
            await call.says(AGENT, frames(500, 10))
            await asyncio.sleep(9)
            assert call.caller.ear.startswith(b"".join(hold_sound(number) for number in range(400)))
            assert call.engine.built == [], "sessions cost money: none is opened while the caller waits"

            call.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(1)
            waited = len(call.caller.ear)
            assert call.agent.ear == whisper()

            await call.says(CALLER, frames(0, 50))
            await call.says(AGENT, frames(100, 50))
            await asyncio.sleep(0.2)
            assert call.agent.ear == whisper() + b"".join(frames(0, 50))
            assert call.caller.ear[waited:] == b"".join(frames(100, 50))
            for speaker in Role:
                call.interpreter(speaker).says("u1", f"{speaker.value} said", f"{speaker.value} was heard")

            call.caller.end(clean=True)
            assert call.agent.over, "at once"
            assert call.interpreter(CALLER).closed
            assert call.interpreter(AGENT).closed

        record = call.ended
        assert record.outcome == Outcome(Result.CALLER, "hung up")
        assert call.telephony.hung_up == ["CA-call-1-agent"]
        assert [(one.role, one.source_text) for one in record.utterances] == [
            (CALLER, "caller said"),
            (AGENT, "agent said"),
        ]
        assert (record.caller_language, record.agent_language, record.engines) == ("es", "en", ("fake", "fake"))
        assert 15 < record.duration_s < 25

    run(scene())


def test_a_call_that_we_place() -> None:
    async def scene() -> None:
        async with call_scene(setup(first=AGENT, route=DIRECT)) as call:
            await asyncio.sleep(0.1)
            assert call.telephony.dialled == [("call-1", AGENT)]
            call.join(AGENT)
            await asyncio.sleep(1)
            assert call.telephony.dialled[1:] == [("call-1", CALLER)]
            assert call.agent.ear.startswith(hold_sound(0))
            call.join(CALLER)
            await call.says(CALLER, frames(0, 20))
            assert call.agent.ear.endswith(frame(19))
            call.agent.end(clean=True)
        assert call.ended.outcome == Outcome(Result.AGENT, "hung up")
        assert call.telephony.hung_up == ["CA-call-1-caller"]

    run(scene())


def test_no_word_is_lost_between_the_acceptance_and_the_agents_stream() -> None:
    """The agent's phone was answered, its stream takes two seconds, the session half a second more."""

    async def scene() -> None:
        async with call_scene(setup(route=DIRECT), engine=FakeEngine(ready_s=2.5)) as call:
            call.join(CALLER)
            await asyncio.sleep(1)
            call.bridge.tell(Accepted(AGENT, "CA-call-1-agent"))
            words = frames(0, 150)
            await call.says(CALLER, words[:100])
            call.join(AGENT)
            await call.says(CALLER, words[100:])
            await asyncio.sleep(5)
            assert call.agent.ear == b"".join(words)
            assert call.agent.most_ahead_ms <= 120.001
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_one_language_needs_no_session() -> None:
    async def scene() -> None:
        async with call_scene(setup(caller=ENGLISH)) as call:
            await call.talk()
            await call.says(CALLER, frames(0, 50))
            await asyncio.sleep(0.2)
            assert call.agent.ear.endswith(b"".join(frames(0, 50)))
            assert call.engine.built == []
            call.agent.end(clean=True)
        assert call.ended.engines == ("passthrough", "passthrough")

    run(scene())


def test_neither_hears_the_others_interpreter_nor_themselves() -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(answer=lambda audio: audio[::-1])) as call:
            await call.talk()
            before = len(call.caller.ear)
            await call.says(CALLER, frames(0, 50))
            assert len(call.caller.ear) == before
            assert call.agent.ear.endswith(frame(49)[::-1])
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_the_original_is_mixed_in_when_asked_for() -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(answer=lambda _audio: b""), manner=BOTH_FULL) as call:
            await call.talk()
            await call.says(CALLER, frames(0, 50))
            await asyncio.sleep(1)
            assert call.agent.ear.endswith(b"".join(frames(45, 5)))
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


# ---- What is heard of notices ----------------------------------------------------------------------------------------


def test_who_was_not_understood_is_asked_in_their_own_language() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.interpreter(CALLER).listen(Unclear("u1", "low confidence"))
            call.interpreter(AGENT).listen(Unclear("u1", "low confidence"))
            await asyncio.sleep(2)
            assert call.caller.ear.endswith(repeat(SPANISH))
            assert call.agent.ear.endswith(repeat(ENGLISH))
            call.bridge.tell(HUNG_UP_BY_US)
        assert [one.flags for one in call.ended.utterances] == [["unclear: low confidence"]] * 2

    run(scene())


@pytest.mark.parametrize("announcer", [FakeAnnouncer(speaks=False), FakeAnnouncer(takes_s=7.0)])
def test_a_whisper_that_cannot_be_spoken_in_time_is_a_chime(announcer: FakeAnnouncer) -> None:
    async def scene() -> None:
        async with call_scene(announcer=announcer) as call:
            await call.talk()
            await asyncio.sleep(2)
            assert call.agent.ear == chime()
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_the_end_does_not_wait_for_notices() -> None:
    async def scene() -> None:
        async with call_scene(announcer=FakeAnnouncer(takes_s=7.0)) as call:
            await call.talk()
            now = asyncio.get_running_loop().time()
            call.caller.end(clean=True)
        assert asyncio.get_running_loop().time() == now

    run(scene())


# ---- Dials that fail, parties who do not come ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("telephony", "reason", "notice"),
    [
        (FakeTelephony(refuses=DialFailure.REJECTED), "agent: rejected", Notice.FAILED),
        (FakeTelephony(refuses=DialFailure.BUSY), "agent: busy", Notice.BUSY),
        (FakeTelephony(raises=ValueError("a bug in the carrier's client")), "agent: failed", Notice.FAILED),
    ],
)
def test_a_refused_dial_is_told_to_the_caller(telephony: FakeTelephony, reason: str, notice: Notice) -> None:
    async def scene() -> None:
        async with call_scene(telephony=telephony) as call:
            call.join(CALLER)
            await asyncio.sleep(1)
            assert call.caller.over, "the stream is let go, so that the carrier asks"
            assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, notice)
        assert call.ended.outcome.reason == reason
        assert call.telephony.hung_up == []

    run(scene())


def test_a_leg_that_is_placed_after_the_end_is_taken_down() -> None:
    async def scene() -> None:
        async with call_scene(telephony=FakeTelephony(dial_s=5.0)) as call:
            call.join(CALLER)
            await asyncio.sleep(1)
            call.caller.end(clean=True)
        assert call.telephony.hung_up == ["CA-call-1-agent"]

    run(scene())


def test_a_hang_up_that_fails_or_hangs_ends_the_call_all_the_same() -> None:
    async def scene(telephony: FakeTelephony) -> None:
        async with call_scene(telephony=telephony) as call:
            await call.talk()
            call.caller.end(clean=True)
        assert call.ended.outcome.result is Result.CALLER

    run(scene(FakeTelephony(hang_up_raises=RuntimeError("a bug"))))
    run(scene(FakeTelephony(hang_up_s=600.0)))


def test_a_caller_who_never_comes_is_not_waited_for_for_ever() -> None:
    async def scene() -> None:
        async with call_scene():
            pass
        assert JOIN_DEADLINE_S < asyncio.get_running_loop().time() < JOIN_DEADLINE_S + 2

    run(scene())


def test_a_dial_that_waits_its_turn_is_waited_for() -> None:
    """The account may place one call a second, and many are ahead."""

    async def scene() -> None:
        async with call_scene(setup(first=AGENT), telephony=FakeTelephony(dial_s=300.0)) as call:
            await asyncio.sleep(300 + JOIN_DEADLINE_S / 2)
            assert not call.bridge.over
            await asyncio.sleep(JOIN_DEADLINE_S)
        assert call.ended.outcome.reason == "the agent never came"

    run(scene())


def test_an_agent_who_accepted_and_never_comes_is_not_waited_for_for_ever() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            call.join(CALLER)
            await asyncio.sleep(600)
            assert not call.bridge.over, "the queue decides how long one may wait for an agent"
            call.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(JOIN_DEADLINE_S + 2)
            assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)
        assert call.ended.outcome.reason == "the agent never came"

    run(scene())


def test_a_caller_who_vanished_in_the_menu_frees_the_agents_leg() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            call.join(CALLER)
            await asyncio.sleep(1)
            call.join(AGENT)
            call.caller.press("*")
            await asyncio.sleep(JOIN_DEADLINE_S + 2)
        assert call.ended.outcome.reason == "the caller never came"

    run(scene())


# ---- A person --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("who", "other_hears"), [(CALLER, ENGLISH), (AGENT, SPANISH)])
def test_the_key_for_a_person_ends_the_call_and_hands_the_party_over(who: Role, other_hears: Language) -> None:
    async def scene() -> None:
        async with call_scene(replace(setup(), person="client:somebody"), keys=parse_keys("8=person")) as call:
            await call.talk()
            call.legs[who].press("0")
            assert not call.bridge.over, "another key"
            call.legs[who].press("8")
            assert call.bridge.over
            assert call.caller.over
            assert call.agent.over
            language = call.bridge.setup.party(who).language
            assert call.bridge.instruct(who) == DialPerson(language, "client:somebody")
            assert call.bridge.instruct(who.other) == SayAndHangUp(other_hears, Notice.PERSON_LEFT)
            await asyncio.sleep(LEAVE_S)
            assert call.engine.running == 0
        assert call.ended.outcome == Outcome(Result(who.value), "handed to a person")
        assert call.telephony.hung_up == [], "both legs hear a word first"

    run(scene())


def test_where_there_is_nobody_who_asks_is_told_once_and_the_talk_goes_on() -> None:
    nobody = sound_of(Notices.load().text(Notice.NO_PERSON, SPANISH), SPANISH)

    async def scene() -> None:
        async with call_scene(keys=parse_keys("0=person")) as call:
            await call.talk()
            heard = len(call.caller.ear)
            for _ in range(2):
                call.caller.press("0")
            await asyncio.sleep(1)
            assert call.caller.ear[heard:] == nobody
            await call.says(CALLER, frames(0, 10))
            await asyncio.sleep(0.2)
            assert call.agent.ear == whisper() + b"".join(frames(0, 10))
            call.caller.end(clean=True)
        assert call.ended.outcome.reason == "hung up"

    run(scene())


# ---- Another language ------------------------------------------------------------------------------------------------


def test_the_caller_chooses_another_language_while_waiting() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            call.join(CALLER)
            await asyncio.sleep(1)
            call.join(AGENT)
            await asyncio.sleep(1)
            call.caller.press("*")
            assert call.caller.over
            assert call.bridge.instruct(CALLER) == AskLanguage()
            await asyncio.sleep(10)
            call.bridge.tell(LanguageChosen(FRENCH))
            assert call.bridge.instruct(CALLER) == ConnectStream(FRENCH, (Notice.WAIT,))
            call.join(CALLER)
            await asyncio.sleep(1)
            assert call.caller.ear.startswith(hold_sound(0))
            call.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(1)
            before = len(call.caller.ear)
            await call.says(CALLER, frames(0, 30))
            await call.says(AGENT, frames(100, 30))
            assert call.interpreter(CALLER).wanted.source is FRENCH
            assert call.interpreter(AGENT).wanted.target is FRENCH
            assert call.agent.ear.endswith(b"".join(frames(0, 30))), "the agent's leg speaks into the new lane"
            assert call.caller.ear[before:] == b"".join(frames(100, 30))
            call.interpreter(CALLER).listen(Unclear("u1", "noise"))
            await asyncio.sleep(1)
            assert call.caller.ear.endswith(repeat(FRENCH))
            call.bridge.tell(HUNG_UP_BY_US)
        assert call.ended.caller_language == "fr"

    run(scene())


def test_a_language_that_nobody_carries_ends_the_call_with_a_word() -> None:
    async def scene() -> None:
        klingon = Language(LanguageTag("tlh"), "tlhIngan Hol", "Klingon", "tlh")
        engine = FakeEngine(capabilities=STREAMS)
        async with call_scene(engine=engine) as call:
            object.__setattr__(engine.capabilities, "sources", frozenset({"es", "en"}))
            call.bridge.tell(LanguageChosen(klingon))
            assert call.bridge.instruct(CALLER) == SayAndHangUp(klingon, Notice.FAILED)
        assert call.ended.outcome.result is Result.US

    run(scene())


def test_a_call_that_no_engine_carries_is_refused() -> None:
    async def scene() -> None:
        with pytest.raises(Refused, match="no engine"):
            Bridge(setup(), parts(engines=[]))

    run(scene())


# ---- Streams ---------------------------------------------------------------------------------------------------------


def test_a_second_stream_of_a_party_is_refused_while_the_first_lives() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.caller.hear(SILENT)
            with pytest.raises(Refused, match="already"):
                call.bridge.join(CALLER, FakeLeg("second"))
            await call.says(CALLER, frames(0, 5))
            assert call.agent.ear.endswith(frame(4))
            call.bridge.tell(HUNG_UP_BY_US)
            with pytest.raises(Refused, match="over"):
                call.bridge.join(CALLER, FakeLeg("third"))

    run(scene())


def test_a_stream_gone_silent_is_replaced_by_a_new_one() -> None:
    """The carrier gave it up and asks again; our side of the dead socket does not know yet."""

    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            await call.says(CALLER, frames(0, 5))
            old = call.caller
            await asyncio.sleep(STALE_S)
            new = call.join(CALLER)
            assert old.over
            old.hear(frame(7))
            await call.says(CALLER, frames(10, 5))
            assert call.agent.ear.endswith(b"".join(frames(0, 5) + frames(10, 5)))
            await asyncio.sleep(REJOIN_S + 1)
            assert not new.over
            new.end(clean=True)
        assert call.ended.outcome == Outcome(Result.CALLER, "hung up")

    run(scene())


def test_a_stream_that_was_let_go_is_over_though_its_socket_still_brings_audio() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            old = call.join(CALLER, FakeLeg(closes_late=True))
            await asyncio.sleep(1)
            call.join(AGENT)
            old.press("*")
            assert old.closing
            call.bridge.tell(LanguageChosen(FRENCH))
            call.join(CALLER)
            call.bridge.tell(Accepted(AGENT, "WR1"))
            await asyncio.sleep(1)
            old.hear(frame(7))
            old.end(clean=True)
            await call.says(CALLER, frames(10, 5))
            assert call.agent.ear.endswith(b"".join(frames(10, 5)))
            assert frame(7) not in call.agent.ear
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_stream_that_died_comes_back_and_nothing_said_meanwhile_is_lost() -> None:
    async def scene() -> None:
        async with call_scene(ear=EarPlan(lag_target_ms=0)) as call:
            await call.talk()
            call.agent.end(clean=False)
            await call.says(CALLER, frames(0, 100))
            assert call.caller.ear.count(hold_sound(10)) >= 1, "the caller hears that somebody is missing"
            call.join(AGENT)
            await asyncio.sleep(5)
            back = sound_of(Notices.load().text(Notice.BACK_AGAIN, ENGLISH), ENGLISH)
            assert call.agent.ear == b"".join(frames(0, 100)) + back
            call.bridge.tell(HUNG_UP_BY_US)

    run(scene())


def test_a_stream_that_does_not_come_back_ends_the_call() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.agent.end(clean=False)
            now = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - now == pytest.approx(REJOIN_S, abs=0.5)
        assert call.ended.outcome == Outcome(Result.UPSTREAM, "the agent's stream was lost")
        assert call.caller.over
        assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)

    run(scene())


def test_the_carriers_word_closes_a_stream_that_hangs_on() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.bridge.tell(LegEnded(CALLER, "hung up", "CA-incoming"))
            assert call.caller.over
            assert call.agent.over

    run(scene())


def test_events_from_before_the_call_runs_are_not_lost() -> None:
    async def scene() -> None:
        telephony = FakeTelephony()
        bridge = Bridge(setup(), parts(telephony=telephony))
        leg = FakeLeg()
        leg.press("1")
        bridge.join(CALLER, leg)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(bridge.run())
            await asyncio.sleep(1)
            assert telephony.dialled == [("call-1", AGENT)]
            leg.end(clean=True)
        assert running.result().outcome.result is Result.CALLER

    run(scene())


def test_a_call_that_ended_before_it_ran_dials_nobody() -> None:
    async def scene() -> None:
        telephony = FakeTelephony()
        bridge = Bridge(setup(first=AGENT), parts(telephony=telephony))
        bridge.tell(HUNG_UP_BY_US)
        record = await bridge.run()
        assert record.outcome.reason == "asked"
        assert telephony.dialled == []

    run(scene())


# ---- Interpreters ----------------------------------------------------------------------------------------------------


def test_a_lost_interpreter_is_replaced_and_nothing_said_in_between_is_lost() -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(dies=[TroubleKind.NETWORK], dies_s=2.0)) as call:
            await call.talk()
            words = frames(0, 200)
            await call.says(CALLER, words)
            await asyncio.sleep(5)
            assert call.agent.ear.startswith(whisper() + words[0])
            assert call.agent.ear.endswith(b"".join(words)), "the next one says all of the utterance it was lost over"
            call.bridge.tell(HUNG_UP_BY_US)
        assert call.ended.troubles == ("network: the session died",)
        assert call.ended.retold.times == 1
        assert 0 < call.ended.retold.repeats_ms < 2000
        assert call.ended.moves == (), "it was the same engine"
        assert len(call.ended.utterances) == 2, "the same name in two sessions is two utterances"

    run(scene())


@pytest.mark.parametrize("why", [TroubleKind.AUTH, TroubleKind.NETWORK])
def test_an_interpreter_that_cannot_be_had_ends_the_call_with_a_word(why: TroubleKind) -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(dies=[why] * 40), falls_to_original=False) as call:
            await call.talk()
            await asyncio.sleep(10)
            assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)
            assert call.bridge.instruct(AGENT) == SayAndHangUp(ENGLISH, Notice.FAILED)
        assert call.ended.outcome == Outcome(Result.UPSTREAM, f"interpreter lost: {why.value}")
        assert call.telephony.hung_up == [], "both are told before they are hung up"

    run(scene())


def test_an_engine_that_raises_costs_its_own_call_only_and_says_so() -> None:
    async def scene(engine: FakeEngine, reason: str) -> None:
        async with call_scene(engine=engine, falls_to_original=False) as call:
            await call.talk()
            await asyncio.sleep(10)
            assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.FAILED)
        assert call.ended.outcome.reason == reason

    run(scene(FakeEngine(raises=RuntimeError("a bug")), "interpreter lost: upstream"))
    run(scene(FakeEngine(cannot_build=True), "interpreter lost: upstream"))


def test_a_leg_that_raises_ends_the_call_and_closes_the_rest() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.agent.broken = True
            await call.says(CALLER, frames(0, 20))
        assert call.ended.outcome == Outcome(Result.US, "internal fault")

    run(scene())


def test_an_interpreter_that_does_not_leave_is_cut_off() -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(deaf_to_close=True)) as call:
            await call.talk()
            now = asyncio.get_running_loop().time()
            call.caller.end(clean=True)
        assert asyncio.get_running_loop().time() - now <= LEAVE_S + 0.001

    run(scene())


def test_the_spending_limit_of_a_call_ends_it_with_a_word() -> None:
    async def scene() -> None:
        async with call_scene(engine=FakeEngine(usd_per_frame=0.01), max_usd=0.2) as call:
            await call.talk()
            await call.says(CALLER, frames(0, 50))
            assert call.bridge.instruct(CALLER) == SayAndHangUp(SPANISH, Notice.LIMIT)
        assert call.ended.outcome == Outcome(Result.US, "spending limit of the call")
        assert call.ended.usd == pytest.approx(0.2)
        assert not call.ended.usd_is_estimate

    run(scene())


def test_cancelled_from_outside_everything_is_closed(logs: list[MutableMapping[str, Any]]) -> None:
    async def scene() -> None:
        engine = FakeEngine()
        call = CallScene(setup(), parts(engines=[engine]), engine, FakeTelephony())
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(call.carried())
            await asyncio.sleep(0)
            await call.talk()
            assert engine.running == 2
            for leg in call.all_legs:
                leg.stops_on_close = True
            running.cancel()
        assert engine.running == 0
        assert call.caller.over
        assert call.agent.over

    run(scene())
    assert [line for line in logs if line["log_level"] == "error"] == []


# ---- Captions and times ----------------------------------------------------------------------------------------------


def test_captions_are_published_as_they_grow_and_end_with_the_call() -> None:
    async def scene() -> None:
        seen: list[Caption] = []

        async def watch(bridge: Bridge) -> None:
            seen.extend([one async for one in bridge.feed.watch()])

        async with call_scene(engine=FakeEngine(capabilities=STREAMS)) as call, asyncio.TaskGroup() as tasks:
            tasks.create_task(watch(call.bridge))
            await call.talk()
            interpreter = call.interpreter(CALLER)
            for text in ("Hel", "lo th"):
                interpreter.listen(Captioned(Side.TARGET, text))
                await asyncio.sleep(0.1)
            call.caller.end(clean=True)
        assert [(one.text, one.final) for one in seen] == [("Hel", False), ("Hello th", False), ("Hello th", True)]
        assert {one.role for one in seen} == {CALLER}

    run(scene())


def test_times_at_mouth_and_ear_are_in_the_record() -> None:
    """Accepted at 0.1 s; speech from 1.1 to 2.1 s; the answer comes 0.4 s later and lasts one second."""

    async def scene() -> None:
        async with call_scene(engine=FakeEngine(answer=lambda _audio: b"")) as call:
            await call.talk()
            await call.says(CALLER, frames(0, 50))
            interpreter = call.interpreter(CALLER)
            interpreter.listen(SpeechBegan("u9", 0))
            interpreter.listen(SpeechStopped("u9", 1000))
            await asyncio.sleep(0.4)
            interpreter.listen(Spoke(b"".join(frames(60, 50)), "u9"))
            interpreter.listen(SpokeAll("u9"))
            await asyncio.sleep(2)
            call.bridge.tell(HUNG_UP_BY_US)
        (one,) = [one for one in call.ended.utterances if one.first_audio_s is not None]
        times = [one.began_s, one.stopped_s, one.first_audio_s, one.sent_s, one.heard_s, one.heard_end_s]
        assert times == pytest.approx([1.08, 2.08, 2.5, 2.5, 2.54, 3.5], abs=0.021)

    run(scene())


def test_legs_ask_once_more_after_the_end() -> None:
    async def scene() -> None:
        async with call_scene() as call:
            await call.talk()
            call.caller.end(clean=True)
            await asyncio.sleep(1)
        assert call.bridge.instruct(AGENT) == HangUpLeg()
        call.bridge.tell(DialFailed(AGENT, DialFailure.BUSY))
        assert call.bridge.over
        assert call.bridge.view().outcome == Outcome(Result.CALLER, "hung up")

    run(scene())
