"""`/v1/realtime` of the embedded engine, driven by the official SDK; parts are fakes."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised, RefusalReason
from tests.fakes.local_parts import FakeEngine
from tests.interpreters.local.server.conftest import VAD, Talk, client_of, interpreted

pytestmark = pytest.mark.pair


async def test_an_utterance_is_heard_committed_written_down_and_interpreted(talk: Talk, engine: FakeEngine) -> None:
    await talk.set_up()
    response = await interpreted(talk)
    assert talk.kinds() == [
        "session.created",
        "session.updated",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert response.status == "completed"
    assert response.metadata == {"source": "es", "target": "en"}
    assert response.conversation_id is None
    assert response.output[0].content[0].transcript == "[en] Hola."
    assert engine.voice.said == [("en: Hola.", "en", "marin", 1.0)]
    assert AudioFormat.PCMU_8K.ms(len(talk.audio())) == pytest.approx(90, abs=5)


async def test_the_guess_during_the_pause_is_the_only_decode(talk: Talk, engine: FakeEngine) -> None:
    await talk.set_up()
    await interpreted(talk)
    assert len(engine.ears.asked) == 1
    assert engine.ears.asked[0][1] == "es"


async def test_positions_count_the_audio_and_ids_join_the_events(talk: Talk) -> None:
    await talk.set_up()
    await talk.append(talk.fmt.silence(2000))
    await talk.utter()
    await talk.until("conversation.item.input_audio_transcription.completed")
    named = [event for event in talk.seen if hasattr(event, "item_id")]
    assert len({event.item_id for event in named}) == 1
    assert 1600 <= named[0].audio_start_ms <= 1760
    assert 3000 <= named[1].audio_end_ms <= 3200


@pytest.mark.parametrize("reason", [Reason.LOW_CONFIDENCE, Reason.REPETITION])
async def test_what_was_not_understood_is_failed_and_nothing_is_spoken(
    talk: Talk, engine: FakeEngine, reason: Reason
) -> None:
    engine.ears.script = [Misheard(reason)]
    await talk.set_up()
    response = await interpreted(talk)
    assert response.status == "failed"
    assert (response.status_details.error.code, response.output) == ("speech_unclear", [])
    assert any(event.type.endswith("transcription.failed") for event in talk.seen)
    assert talk.audio() == b""


async def test_a_translation_that_is_refused_is_failed_with_the_reason(talk: Talk, engine: FakeEngine) -> None:
    engine.text.refused = {"Hola.": RefusalReason.NUMBER}
    await talk.set_up()
    response = await interpreted(talk)
    assert response.status == "failed"
    assert talk.seen[-1].response.status_details.model_dump()["error"]["code"] == "speech_unclear"
    assert talk.seen[-1].response.status_details.error.message == "number"


async def test_what_is_not_speech_makes_no_item(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Misheard(Reason.NOT_SPEECH), Recognised("Hola.", "es")]
    await talk.set_up()
    await talk.utter()
    await talk.utter()
    await talk.until("conversation.item.input_audio_transcription.completed")
    assert talk.kinds().count("input_audio_buffer.speech_started") == 2
    assert talk.kinds().count("input_audio_buffer.committed") == 1


async def test_speech_in_the_listeners_language_is_met_with_silence(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Recognised("Hello.", "en")]
    await talk.set_up()
    response = await interpreted(talk)
    assert (response.status, response.output) == ("completed", [])


async def test_speech_in_a_third_language_is_unclear(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Recognised("Guten Tag.", "de")]
    await talk.set_up()
    response = await interpreted(talk)
    assert response.status_details.error.message == "wrong-language"


async def test_without_a_target_nothing_is_guessed(talk: Talk) -> None:
    await talk.set_up()
    response = await interpreted(talk, metadata={})
    assert response.status_details.error.message == "no-target"


async def test_languages_may_stand_in_the_address(engine: FakeEngine) -> None:
    connecting = client_of(engine).realtime.connect(model="local", extra_query={"source": "es", "target": "en"})
    async with connecting as connection:
        talk = Talk(connection)
        await talk.set_up(transcription=None, turn_detection={**VAD, "create_response": True})
        await talk.utter()
        done = await talk.until("response.done")
    assert done.response.output[0].content[0].transcript == "[en] Hola."
    assert done.response.conversation_id.startswith("conv_")
    assert not any("transcription" in kind for kind in talk.kinds())
    assert engine.ears.asked[0][1] == "es"


async def test_pcm_both_ways(talk: Talk, engine: FakeEngine) -> None:
    talk.fmt = AudioFormat.PCM16_24K
    pcm = {"type": "audio/pcm", "rate": 24000}
    await talk.set_up(format=pcm)
    response = await interpreted(talk, audio={"output": {"format": pcm, "voice": "cedar"}})
    assert response.status == "completed"
    assert AudioFormat.PCM16_24K.ms(len(talk.audio())) == 90
    assert engine.voice.said[0][2] == "cedar"


async def test_utterances_are_committed_in_order(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Recognised(f"Uno {number}.", "es") for number in range(4)]
    await talk.set_up()
    for _ in range(4):
        await talk.utter(400, 700)
    heard = [(await talk.until("conversation.item.input_audio_transcription.completed")).transcript for _ in range(4)]
    assert heard == ["Uno 0.", "Uno 1.", "Uno 2.", "Uno 3."]
    committed = [event for event in talk.seen if event.type == "input_audio_buffer.committed"]
    assert [event.previous_item_id for event in committed[1:]] == [event.item_id for event in committed[:-1]]


# ---- By hand ---------------------------------------------------------------------------------------------------------


async def test_without_turn_detection_the_client_commits(talk: Talk, engine: FakeEngine) -> None:
    await talk.set_up(turn_detection=None)
    await talk.utter(600, 900)
    await talk.connection.input_audio_buffer.commit()
    await talk.until("conversation.item.input_audio_transcription.completed")
    assert not any("speech_" in kind for kind in talk.kinds())
    assert engine.ears.asked[0][0] == pytest.approx(24_000, abs=50)


async def test_a_commit_ends_what_is_being_said(talk: Talk) -> None:
    await talk.set_up()
    await talk.utter(600, 0)
    await talk.connection.input_audio_buffer.commit()
    await talk.until("input_audio_buffer.committed")


@pytest.mark.parametrize("detection", [None, VAD])
async def test_an_empty_commit_is_an_error(talk: Talk, detection: dict[str, Any] | None) -> None:
    await talk.set_up(turn_detection=detection)
    await talk.append(talk.fmt.silence(60))
    await talk.connection.input_audio_buffer.commit(event_id="mine")
    error = (await talk.until("error")).error
    assert (error.code, error.event_id) == ("input_audio_buffer_commit_empty", "mine")


async def test_clear_forgets_what_was_being_said(talk: Talk, engine: FakeEngine) -> None:
    await talk.set_up()
    await talk.utter(600, 0)
    await talk.connection.input_audio_buffer.clear()
    await talk.until("input_audio_buffer.cleared")
    await talk.append(talk.fmt.silence(1000))
    await talk.connection.input_audio_buffer.commit()
    await talk.until("error")
    assert "input_audio_buffer.committed" not in talk.kinds()


# ---- Bad input -------------------------------------------------------------------------------------------------------


async def test_a_bad_event_is_an_error_and_the_session_goes_on(talk: Talk) -> None:
    await talk.connection.send({"type": "no.such.event", "event_id": "e1"})  # type: ignore[arg-type]
    error = (await talk.until("error")).error
    assert (error.code, error.event_id) == ("invalid_value", "e1")
    await talk.set_up()
    assert (await interpreted(talk)).status == "completed"


async def test_a_format_that_this_engine_cannot_do_is_refused_whole(talk: Talk) -> None:
    session = {"type": "realtime", "instructions": "x", "audio": {"output": {"format": {"type": "audio/pcma"}}}}
    await talk.connection.session.update(session=session)  # type: ignore[arg-type]
    error = (await talk.until("error")).error
    assert error.param == "session.audio.output.format"
    await talk.set_up()
    updated = talk.seen[-1]
    assert updated.session.instructions == ""


async def test_an_item_that_is_not_there(talk: Talk) -> None:
    await talk.ask("item_nowhere")
    assert (await talk.until("error")).error.param == "response.input[0].id"
    await talk.connection.conversation.item.delete(item_id="item_nowhere")
    assert (await talk.until("error")).error.code == "item_delete_invalid_item_id"
    await talk.connection.conversation.item.retrieve(item_id="item_nowhere")
    assert (await talk.until("error")).error.code == "item_retrieve_invalid_item_id"
    await talk.connection.conversation.item.truncate(item_id="item_nowhere", content_index=0, audio_end_ms=1)
    assert (await talk.until("error")).error.code == "item_truncate_invalid_item_id"


async def test_a_used_item_is_deleted(talk: Talk) -> None:
    await talk.set_up()
    await interpreted(talk)
    item_id = next(event.item_id for event in talk.seen if event.type == "input_audio_buffer.committed")
    await talk.connection.conversation.item.retrieve(item_id=item_id)
    assert (await talk.until("conversation.item.retrieved")).item.id == item_id
    await talk.connection.conversation.item.delete(item_id=item_id)
    assert (await talk.until("conversation.item.deleted")).item_id == item_id
    await talk.connection.conversation.item.retrieve(item_id=item_id)
    await talk.until("error")


async def test_a_client_that_hangs_up_in_mid_sentence_harms_nobody(engine: FakeEngine) -> None:
    async with client_of(engine).realtime.connect(model="local") as connection:
        talk = Talk(connection)
        await talk.set_up()
        await talk.utter(600, 0)
    async with client_of(engine).realtime.connect(model="local") as connection:
        talk = Talk(connection)
        await talk.set_up()
        assert (await interpreted(talk)).status == "completed"


TWO = {"model": "local", "languages": ["es", "en"]}


async def test_of_two_languages_it_is_found_which_one_was_spoken(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Recognised("Hello.", "en"), Recognised("Hola.", "es")]
    await talk.set_up(transcription=TWO)
    for source, target, said in (("en", "es", "[es] Hello."), ("es", "en", "[en] Hola.")):
        await talk.utter()
        written = await talk.until("conversation.item.input_audio_transcription.completed")
        assert [one.code for one in written.languages] == [source]
        await talk.ask(written.item_id, source, target)
        done = await talk.until("response.done")
        assert done.response.output[0].content[0].transcript == said
    assert [source for _, source in engine.ears.asked] == ["es", "en"], "the last one first"
    assert engine.ears.others == ["en", "es"]


async def test_neither_of_two_languages_is_unclear(talk: Talk, engine: FakeEngine) -> None:
    engine.ears.script = [Misheard(Reason.WRONG_LANGUAGE)]
    await talk.set_up(transcription=TWO)
    response = await interpreted(talk)
    assert response.status_details.error.message == "wrong-language"
