"""What parties hear before the talk, and agree to, in whole calls."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.domain.call import Notice, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.relay.consent import Speaker
from tests.rig.people import SPEECH_MS, Ear, in_voice, voice
from tests.rig.town import AGENTS_PHONE, DIRECT, Town, said, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900
ON: dict[str, str | None] = {"DRAGOMAN_ANNOUNCE": None}
BY_KEY = {**ON, "DRAGOMAN_CONSENT": "key"}


def words(here: Town, role: Role, notice: Notice) -> str:
    setup = here.app.calls.setup(here.call_id)
    assert setup is not None
    return here.app.notices.words(notice, role, setup.party(role).language, setup.caller.language)


HOLE_BYTES = 10 * PCMU_FRAME_BYTES
"""So much later the last piece may be heard."""


async def test_each_party_hears_it_before_the_others_first_word_and_no_word_is_lost() -> None:
    await together(announced("conversation"), announced("translation"))


async def announced(engine: str) -> None:
    async with town(engine, env=ON) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        caller_ear = Ear(caller, 0)
        told = in_voice(words(here, Role.CALLER, Notice.ANNOUNCE))
        await here.until(lambda: caller_ear.times_heard(told))
        agent = await reservation.accept()
        caller.say(b"\xff" * 8 * 400 + voice(CALLER_HZ))  # while the agent is being told
        agent_ear = Ear(agent)
        await here.until(lambda: agent_ear.heard_answer(CALLER_HZ))
        short = in_voice(words(here, Role.AGENT, Notice.ANNOUNCE_SHORT))
        whisper = in_voice(words(here, Role.AGENT, Notice.WHISPER))
        first, second = agent_ear.place_of(whisper), agent_ear.place_of(short)
        assert 0 <= first < second
        answer = Ear(agent, agent_ear.began + second + len(short) + HOLE_BYTES)
        answer.expect_only(CALLER_HZ, SPEECH_MS)
        agent.say(voice(AGENT_HZ))
        await here.until(lambda: answer_hz(AGENT_HZ) in caller_ear.markers)
        caller.hang_up()
        record = await here.record()
    assert {(one.role, one.notice, one.whole, one.speaker) for one in record.told} == {
        (Role.CALLER, "announce", True, Speaker.US),
        (Role.AGENT, "announce-short", True, Speaker.US),
    }


async def test_the_carrier_says_it_where_we_have_no_voice() -> None:
    async with town("echo", env={**ON, "OPENAI_API_KEY": None, "OPENAI_BASE_URL": None}) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        await here.streamed(caller)
        texts = [words(here, Role.CALLER, notice) for notice in (Notice.WAIT, Notice.ANNOUNCE)]
        assert said(caller)[-2:] == texts
        agent = await reservation.accept()
        await agent.connected()
        told = Ear(agent)
        await here.until(lambda: told.heard_all(400))
        ear = Ear(agent)
        caller.say(voice(CALLER_HZ))
        await here.until(lambda: CALLER_HZ in ear.markers)
        caller.hang_up()
        record = await here.record()
    assert record.outcome.result is Result.CALLER
    assert {(one.role, one.whole, one.speaker) for one in record.told} == {
        (role, True, Speaker.CARRIER) for role in Role
    }


async def test_nothing_is_interpreted_before_the_caller_agrees(tmp_path: Path) -> None:
    async with town("conversation", env={**BY_KEY, "DRAGOMAN_RECORDS": str(tmp_path)}) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        ear = Ear(caller, 0)
        question = in_voice(words(here, Role.CALLER, Notice.CONSENT))
        await here.until(lambda: ear.times_heard(question))
        agent = await reservation.accept()
        await agent.connected()
        await here.twilio.ticker.beats(25)
        assert here.models.sessions == []
        assert here.state == "connecting"
        caller.press("1")
        await here.reaches("interpreting")
        call_id = here.call_id
        await here.twilio.ticker.beats(25)
        await here.exchange(await here.talk(caller, agent, call_id), CALLER_HZ, AGENT_HZ)
        caller.hang_up()
        record = await here.record()
    assert [(one.role, one.agreed) for one in record.answers] == [(Role.CALLER, True)]
    kept = json.loads((tmp_path / f"{call_id}.json").read_text())
    assert [one["agreed"] for one in kept["consent"]] == [True]
    assert {(one["notice"], one["heard_to_end"]) for one in kept["told"]} >= {("announce", True), ("consent", True)}


async def test_who_does_not_agree_is_told_good_bye_and_the_other_is_told_why() -> None:
    async with town("conversation", env={**BY_KEY, **DIRECT}) as here:
        here.twilio.answers(AGENTS_PHONE, "human")
        caller = await here.dial()
        agent = await here.twilio.called(AGENTS_PHONE)
        await agent.connected()
        await here.streamed(agent)
        farewells = {
            Role.CALLER: words(here, Role.CALLER, Notice.CONSENT_REFUSED),
            Role.AGENT: words(here, Role.AGENT, Notice.OTHER_REFUSED),
        }
        ear = Ear(caller, 0)
        question = in_voice(words(here, Role.CALLER, Notice.CONSENT))
        for asked in (1, 2):
            await here.until(lambda asked=asked: ear.times_heard(question) == asked)  # type: ignore[misc]
            await here.twilio.ticker.beats(25)
            caller.press("5")
        await caller.ended()
        await agent.ended()
        assert said(caller)[-1] == farewells[Role.CALLER]
        assert said(agent)[-1] == farewells[Role.AGENT]
        record = await here.record()
    assert record.outcome == Outcome(Result.CALLER, "did not agree to the interpreter")
    assert [(one.role, one.agreed) for one in record.answers] == [(Role.CALLER, False)]
    assert here.models.sessions == []
