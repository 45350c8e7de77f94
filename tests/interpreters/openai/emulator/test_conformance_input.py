"""The conformance list of the local server, items 13 and 14: `/v1/realtime`, in virtual time.

Whatever the session sends is checked against the SDK's models by `Rehearsal`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.faults import Faults, Pace
from dragoman.interpreters.openai.emulator.script import (
    Phrase,
    Phrases,
)
from dragoman.interpreters.openai.emulator.sound import silence, tone
from tests.fakes.openai_rehearsal import Event, Rehearsal, error_of, item_ids

pytestmark = pytest.mark.pair

NO_TURNS: dict[str, Any] = {"input": {"turn_detection": None}}
BY_HAND: dict[str, Any] = {
    "input": {"turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False}}
}
PHRASES = Phrases((Phrase("Hola, buenos días.", "Hello, good morning."), Phrase("Gracias.", "Thank you.")))


# ---- 13: commits -----------------------------------------------------------------------------------------------------


def test_item_13_a_commit_of_less_than_100_ms_fails_late() -> None:
    room = Rehearsal()
    room.update(audio=NO_TURNS)
    room.append(silence(99))
    assert room.tell({"type": "input_audio_buffer.commit", "event_id": "c5"}) == []
    assert room.run(0.7) == []
    error = error_of(room.run(0.2))
    assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "c5")
    assert "at least 100ms" in error["message"]
    room.append(silence(1))
    assert room.tell({"type": "input_audio_buffer.commit"})[0]["type"] == "input_audio_buffer.committed"


def test_item_13_a_manual_commit_makes_an_item_and_no_response() -> None:
    room = Rehearsal()
    room.update(audio=NO_TURNS)
    room.append(tone(440, 500))
    room.tell({"type": "input_audio_buffer.commit"})
    room.run()
    types = [one for one in room.types() if one.startswith(("input_audio", "conversation.item", "response"))]
    assert types[0] == "input_audio_buffer.committed"
    assert set(types[1:]) == {"conversation.item.added", "conversation.item.done"}


def test_item_13_clear_empties_the_buffer() -> None:
    room = Rehearsal()
    room.update(audio=NO_TURNS)
    room.append(tone(440, 500))
    assert room.tell({"type": "input_audio_buffer.clear"})[0]["type"] == "input_audio_buffer.cleared"
    room.tell({"type": "input_audio_buffer.commit"})
    assert error_of(room.run())["code"] == "input_audio_buffer_commit_empty"


# ---- 14: transcripts -------------------------------------------------------------------------------------------------


def transcribing(model: str, **faults: Any) -> Rehearsal:
    room = Rehearsal(script=PHRASES, faults=Faults(**faults))
    room.update(audio={"input": {"transcription": {"model": model}, "turn_detection": {"type": "server_vad"}}})
    return room


def test_item_14_transcripts_come_in_their_own_time() -> None:
    before, after = False, False
    for seed in range(12):
        room = Rehearsal(script=PHRASES, seed=seed, pace=Pace(transcription_s=0.2, lead=4.0))
        room.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
        room.speak(700, pause_ms=300)
        room.run()
        types = room.types()
        done = types.index("conversation.item.input_audio_transcription.completed")
        before |= done < types.index("response.done")
        after |= done > types.index("response.done")
        deltas = [one["delta"] for one in room.of("conversation.item.input_audio_transcription.delta")]
        assert "".join(deltas) == "Hola, buenos días."
    assert before
    assert after


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("gpt-live-transcribe", {"type": "duration", "seconds": 2}),
        ("whisper-1", {"type": "duration", "seconds": 2}),
        ("gpt-4o-transcribe", {"type": "tokens", "input_tokens": 12, "output_tokens": 5, "total_tokens": 17}),
    ],
)
def test_item_14_transcription_is_billed_by_tokens_or_by_begun_seconds(model: str, usage: Event) -> None:
    room = transcribing(model)
    room.append(np.concatenate([tone(440, 1000), silence(200)]))
    room.run()
    done = room.of("conversation.item.input_audio_transcription.completed")[0]
    assert done["item_id"] == item_ids(room)[0]
    assert {name: done["usage"][name] for name in usage} == usage


def test_item_14_gpt_transcribe_names_the_language() -> None:
    script = Phrases((Phrase("Hola.", "Hello.", language="es"),))
    room = Rehearsal(script=script)
    room.update(audio={"input": {"transcription": {"model": "gpt-transcribe", "languages": ["es"]}}})
    room.speak(500)
    room.run()
    assert room.of("conversation.item.input_audio_transcription.completed")[0]["languages"] == [{"code": "es"}]


def test_item_14_no_transcript_unless_asked_for_and_failures_are_told() -> None:
    room = Rehearsal(script=PHRASES)
    room.speak(500)
    room.run()
    assert not [one for one in room.types() if "transcription" in one]
    room = transcribing("whisper-1", no_transcription=True)
    room.speak(500)
    room.run()
    failed = room.of("conversation.item.input_audio_transcription.failed")[0]
    assert failed["item_id"] == item_ids(room)[0]
    assert "usage" not in failed


def test_item_14_gpt_realtime_whisper_wants_no_turn_detection() -> None:
    room = Rehearsal()
    update = {"type": "realtime", "audio": {"input": {"transcription": {"model": "gpt-realtime-whisper"}}}}
    error = error_of(room.tell({"type": "session.update", "session": update}))
    assert error["param"] == "session.audio.input.turn_detection"
