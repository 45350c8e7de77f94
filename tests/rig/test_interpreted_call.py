"""Whole interpreted calls: our server between an emulated telephone network and emulated speech models."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.domain.call import Role
from dragoman.domain.outcome import Result
from dragoman.interpreters.openai.emulator.markers import answer_hz
from dragoman.relay.record import CallRecord
from dragoman.relay.transcript import Utterance
from tests.rig.captions import Reader
from tests.rig.people import SPEECH_MS, voice
from tests.rig.town import Town, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900


async def whole_call(here: Town) -> tuple[Reader, CallRecord]:
    """A caller and an agent each say a marker; the caller hangs up; what captions and record hold."""
    caller = await here.dial()
    reservation = await here.reserved()
    reader = Reader.of_task(reservation.task.attributes)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.read())
        talk = await here.accepted(caller, reservation)
        await here.exchange(talk, CALLER_HZ, AGENT_HZ)
        caller.hang_up()
        await talk.agent.ended()
        async with asyncio.timeout(10):
            await reader.ended.wait()
    return reader, await here.record()


def expect_times_in_order(one: Utterance) -> None:
    """Mouth, engine, carrier, ear."""
    times = [one.began_s, one.stopped_s, one.first_audio_s, one.sent_s, one.heard_s, one.heard_end_s]
    known = [time for time in times if time is not None]
    assert len(known) == len(times)
    assert known == sorted(known)


async def test_each_party_hears_the_interpretation_of_the_other_and_nothing_else() -> None:
    await together(interpreted("conversation"), interpreted("translation"))


async def interpreted(engine: str) -> None:
    async with town(engine, by_digits=engine == "conversation") as here:
        reader, record = await whole_call(here)
    assert record.outcome.result is Result.CALLER
    assert record.engines == (engine, engine)
    assert here.models.errors == []
    assert here.twilio.alerts.codes() == []
    assert {one.role: one.source_text.strip() for one in record.utterances} == {
        Role.CALLER: f"marker {CALLER_HZ}",
        Role.AGENT: f"marker {AGENT_HZ}",
    }
    assert {one.role: one.target_text.strip() for one in record.utterances} == {
        Role.CALLER: f"answer {answer_hz(CALLER_HZ)}",
        Role.AGENT: f"answer {answer_hz(AGENT_HZ)}",
    }
    for utterance in record.utterances:
        expect_times_in_order(utterance)
    assert sorted(reader.texts("source")) == [f"marker {CALLER_HZ}", f"marker {AGENT_HZ}"]
    assert sorted(reader.texts("target")) == [f"answer {answer_hz(CALLER_HZ)}", f"answer {answer_hz(AGENT_HZ)}"]
    assert {one["language"] for one in reader.captions} == {"es", "en"}


async def test_echo_says_back_and_one_language_goes_straight_across() -> None:
    async with town("echo") as here:
        spanish = await here.interpreted(key="2", worker="Alice")
        english = await here.interpreted(number="+15555550120", key="1", worker="Bob")
        spanish.caller.say(voice(CALLER_HZ))
        english.caller.say(voice(CALLER_HZ + 40))
        english.agent.say(voice(AGENT_HZ))
        heard = ((spanish.agent_ear, CALLER_HZ), (english.agent_ear, CALLER_HZ + 40), (english.caller_ear, AGENT_HZ))
        await here.until(lambda: all(ear.heard_all(200) and hz in ear.markers for ear, hz in heard))
        for ear, hz in heard:
            assert ear.markers == {hz}
        assert voice(AGENT_HZ)[: 20 * PCMU_FRAME_BYTES] in english.caller_ear.audio, "it is the very audio"
        english.caller.hang_up()
        record = await here.record_of(english.call_id)
        assert record.engines == ("passthrough", "passthrough")
        spanish.caller.hang_up()
        assert (await here.record_of(spanish.call_id)).engines == ("echo", "echo")


async def test_the_original_can_be_heard_before_its_interpretation() -> None:
    await together(original_first("conversation"), original_first("translation"))


async def original_first(engine: str) -> None:
    async with town(engine, env={"FORWARD_AUDIO_BEFORE_TRANSLATION": "true"}) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(CALLER_HZ))
        await here.until(lambda: talk.agent_ear.heard_answer(CALLER_HZ))
        assert talk.agent_ear.markers == {CALLER_HZ, answer_hz(CALLER_HZ)}
        assert talk.agent_ear.sound_ms <= 2 * SPEECH_MS + 200
        assert talk.caller_ear.markers == set(), "nobody hears their own voice, nor its interpretation"


async def test_words_that_follow_each_other_are_all_heard_in_order() -> None:
    said = [500, 560, 620]
    async with town("conversation") as here:
        talk = await here.interpreted()
        await here.twilio.ticker.beats(30)
        assert [ear.sound_ms for ear in (talk.caller_ear, talk.agent_ear)] == [0, 0], "nobody speaks yet"
        for hz in said:
            talk.caller.say(voice(hz, 400) + b"\xff" * 6400)
        await here.until(lambda: talk.agent_ear.heard_answer(said[-1]))
        assert talk.agent_ear.markers == {answer_hz(hz) for hz in said}
        talk.caller.hang_up()
        record = await here.record()
    assert [one.source_text for one in record.utterances] == [f"marker {hz}" for hz in said]
    heard_s = [one.heard_s for one in record.utterances]
    assert None not in heard_s
    assert heard_s == sorted(time for time in heard_s if time is not None)
