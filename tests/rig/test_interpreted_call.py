"""Whole interpreted calls: our server between an emulated telephone network and emulated speech models."""

from __future__ import annotations

import pytest

from dragoman.domain.outcome import Result
from dragoman.interpreters.openai.emulator import Phrase, Phrases
from dragoman.interpreters.openai.emulator.markers import BREATH, answer_hz, marker_tone, markers_heard
from tests.rig.town import town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

CALLER_HZ, AGENT_HZ = 500, 900


@pytest.mark.parametrize("engine", ["conversation", "translation"])
async def test_each_party_hears_the_interpretation_of_the_other_and_nothing_else(engine: str) -> None:
    async with town(engine) as here:
        caller, agent = await here.interpreted()
        began = len(caller.ear)
        caller.say(marker_tone(CALLER_HZ, 900, breath=BREATH))
        await here.until(lambda: answer_hz(CALLER_HZ) in markers_heard(agent.ear[began:]))
        agent.say(marker_tone(AGENT_HZ, 900, breath=BREATH))
        await here.until(lambda: answer_hz(AGENT_HZ) in markers_heard(caller.ear[began:]))
        caller.hang_up()
        await agent.ended()
        record = await here.record()
    assert markers_heard(agent.ear[began:]) == {answer_hz(CALLER_HZ)}
    assert markers_heard(caller.ear[began:]) == {answer_hz(AGENT_HZ)}
    assert record.outcome.result is Result.CALLER
    assert record.engines == (engine, engine)
    assert here.models.errors == []
    assert here.twilio.alerts.codes == []


async def test_captions_and_record_say_what_was_said_and_when() -> None:
    script = Phrases([Phrase("Buenos días", "Good morning"), Phrase("How can I help?", "¿En qué puedo ayudar?", "en", "es")])
    async with town("conversation", script=script) as here:
        caller, agent = await here.interpreted()
        caller.say(marker_tone(CALLER_HZ, 900, breath=BREATH))
        await here.until(lambda: any(one.spoken_ms for one in here.models.sessions))
        caller.hang_up()
        record = await here.record()
    (utterance,) = record.utterances
    assert (utterance.source_text, utterance.target_text) == ("Buenos días", "Good morning")
    assert utterance.began_s is not None
    assert utterance.heard_s is not None
    assert utterance.began_s < utterance.heard_s
