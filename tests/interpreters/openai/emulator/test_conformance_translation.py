"""The conformance list of the local server, items 2-3 and 16-23: `/v1/realtime/translations`, in virtual time."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.faults import Faults, Pace
from dragoman.interpreters.openai.emulator.markers import marker_in
from dragoman.interpreters.openai.emulator.record import Kind
from dragoman.interpreters.openai.emulator.script import MarkerScript, Phrase, Phrases, Script
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, Samples, samples_of, silence, tone
from dragoman.interpreters.realtime.wire.session import Pcm
from dragoman.interpreters.realtime.wire.translation import TARGETS
from tests.fakes.openai_rehearsal import Event, Rehearsal

pytestmark = pytest.mark.pair

PHRASES = Phrases((Phrase("Hola, buenos días.", "Hello, good morning.", "es"), Phrase("Gracias.", "Thank you.", "es")))


def room_of(script: Script | None = None, **more: Any) -> Rehearsal:
    return Rehearsal(Kind.TRANSLATION, script=script or MarkerScript(), **more)


def error_of(events: list[Event]) -> Event:
    errors = [one["error"] for one in events if one["type"] == "error"]
    assert len(errors) == 1, events
    found: Event = errors[0]
    return found


def speech(room: Rehearsal) -> Samples:
    """All audio that came, without the silent heartbeats."""
    deltas = [base64.b64decode(one["delta"]) for one in room.of("session.output_audio.delta")]
    return samples_of(b"".join(one for one in deltas if any(one)), Pcm())


def text(room: Rehearsal, side: str) -> str:
    return "".join(one["delta"] for one in room.of(f"session.{side}_transcript.delta"))


def heartbeat(event: Event) -> bool:
    return event["type"] == "session.output_audio.delta" and not any(base64.b64decode(event["delta"]))


def test_item_02_session_created_has_all_five_members() -> None:
    created = room_of().events[0]
    assert created["type"] == "session.created"
    session = created["session"]
    assert set(session) == {"id", "type", "model", "expires_at", "audio"}
    assert session["type"] == "translation"
    assert session["audio"] == {
        "input": {"transcription": None, "noise_reduction": None},
        "output": {"language": "es"},
    }


def test_item_03_a_bad_update_leaves_the_configuration_untouched() -> None:
    room = room_of()
    update = {"audio": {"input": {"noise_reduction": {"type": "near_field"}}, "output": {"language": "tlh"}}}
    room.tell({"type": "session.update", "event_id": "c1", "session": update})
    room.run()
    assert not room.of("session.updated")
    assert room.update(audio={})["audio"]["input"]["noise_reduction"] is None


@pytest.mark.parametrize(
    "event",
    [
        {"type": "input_audio_buffer.append", "audio": "AAAA"},
        {"type": "input_audio_buffer.commit"},
        {"type": "session.input_audio_buffer.commit"},
        {"type": "session.input_audio_buffer.clear"},
        {"type": "response.create"},
        {"type": "response.cancel"},
        {"type": "conversation.item.create", "item": {}},
    ],
)
def test_item_16_only_the_three_client_events_exist(event: Event) -> None:
    room = room_of()
    error = error_of(room.tell({**event, "event_id": "c1"}))
    assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "type", "c1")
    assert not room.stage.over


def test_item_17_audio_has_an_even_length() -> None:
    room = room_of()
    audio = base64.b64encode(b"\0" * 9601).decode()
    error = error_of(room.tell({"type": "session.input_audio_buffer.append", "audio": audio}))
    assert (error["code"], error["param"]) == ("invalid_value", "audio")
    assert room.record.audio_ms == 0


def test_item_17_small_pieces_wait_and_large_ones_are_split() -> None:
    room = room_of()
    for _ in range(9):
        assert room.append(silence(20)) == []
    events = room.append(silence(20))
    assert [one["elapsed_ms"] for one in events] == [200]
    events = room.append(silence(1000))
    assert [one["elapsed_ms"] for one in events] == [400, 600, 800, 1000, 1200]


def test_item_17_content_time_is_appended_audio_and_gaps_vanish() -> None:
    sound = np.concatenate([tone(500, 1000), silence(3000)])

    def elapsed(gap_s: float) -> list[int]:
        room = room_of()
        for start in range(0, sound.size, 4800):
            room.append(sound[start : start + 4800])
            room.run(gap_s)
        return [one["elapsed_ms"] for one in room.of("session.output_audio.delta")]

    assert elapsed(0.0) == elapsed(30.0)


def test_item_17_an_utterance_is_answered_in_full() -> None:
    room = room_of()
    room.speak(1000, hz=500, pause_ms=3000)
    assert marker_in(speech(room), SAMPLE_HZ) == 2000
    assert speech(room).size == 1000 * 24
    assert text(room, "output") == "answer 2000"


def test_item_17_speech_without_a_pause_is_cut() -> None:
    room = room_of(pace=Pace(cut_ms=2000))
    room.append(np.concatenate([tone(500, 5000), silence(3000)]))
    assert len(room.record.heard) == 3


def test_item_18_deltas_vary_heartbeats_are_zero_and_elapsed_steps_by_200() -> None:
    room = room_of(PHRASES)
    room.update(audio={"output": {"language": "en"}})
    for _ in range(3):
        room.speak(1000, pause_ms=3000)
    deltas = room.of("session.output_audio.delta")
    beats = [one for one in deltas if heartbeat(one)]
    words = [len(base64.b64decode(one["delta"])) for one in deltas if not heartbeat(one)]
    assert beats
    assert {len(base64.b64decode(one["delta"])) for one in beats} == {9600}
    assert len(set(words)) > 1
    assert 19200 in words
    steps = [one["elapsed_ms"] for one in deltas]
    assert steps == list(range(200, 200 * len(steps) + 1, 200))
    assert all(one["sample_rate"] == 24000 and one["channels"] == 1 and one["format"] == "pcm16" for one in deltas)


def test_item_19_the_input_transcript_comes_only_when_configured() -> None:
    room = room_of(PHRASES)
    room.speak(800, pause_ms=2000)
    assert text(room, "input") == ""
    room.update(audio={"input": {"transcription": {"model": "gpt-live-transcribe"}}})
    room.speak(800, pause_ms=2000)
    assert text(room, "input") == "Gracias."
    room.update(audio={"input": {"transcription": None}, "output": {"language": "en"}})
    room.forget()
    room.speak(800, pause_ms=2000)
    assert text(room, "input") == ""
    assert text(room, "output") == "Hello, good morning."


def test_item_19_several_fragments_may_share_one_elapsed_ms() -> None:
    room = room_of(PHRASES)
    room.update(audio={"input": {"transcription": {"model": "gpt-live-transcribe"}}})
    room.speak(800, pause_ms=2000)
    times = [one["elapsed_ms"] for one in room.of("session.input_transcript.delta")]
    assert len(times) > len(set(times))


def test_item_20_speech_in_the_target_language_is_met_with_silence() -> None:
    room = room_of(PHRASES)
    assert room.events[0]["session"]["audio"]["output"]["language"] == "es"
    room.speak(800, pause_ms=3000)
    assert speech(room).size == 0
    assert text(room, "output") == ""
    assert room.record.heard == ["Hola, buenos días."]


def test_item_21_close_drains_says_goodbye_and_closes_1000() -> None:
    room = room_of(PHRASES)
    room.update(audio={"output": {"language": "en"}})
    room.append(tone(500, 700))
    assert speech(room).size == 0
    room.forget()
    room.tell({"type": "session.close"})
    room.run()
    assert text(room, "output") == "Hello, good morning."
    assert speech(room).size > 0
    assert room.types()[-1] == "session.closed"
    assert room.stage.closed == (1000, "")
    assert room.record.close_code == 1000


def test_item_21_the_drain_is_faster_than_real_time() -> None:
    room = room_of(pace=Pace(drain_lead=4.0))
    room.append(tone(500, 8000))
    began_s = room.stage.now_s
    room.tell({"type": "session.close"})
    while not room.of("session.closed"):
        room.run(0.05)
    assert speech(room).size / SAMPLE_HZ > 2 * (room.stage.now_s - began_s)


def test_item_21_whatever_is_sent_after_close_is_an_error() -> None:
    room = room_of()
    room.append(tone(500, 1000))
    room.tell({"type": "session.close"})
    for event in (
        {"type": "session.input_audio_buffer.append", "audio": "AAAA", "event_id": "c2"},
        {"type": "session.update", "session": {}, "event_id": "c2"},
        {"type": "session.close", "event_id": "c2"},
    ):
        assert error_of(room.tell(event))["event_id"] == "c2"
    room.run()
    assert len(room.of("session.closed")) == 1


def test_item_22_the_language_changes_live() -> None:
    room = room_of(PHRASES)
    for language, silent in (("en", False), ("es", True), ("de", False)):
        assert room.update(audio={"output": {"language": language}})["audio"]["output"]["language"] == language
        room.forget()
        room.speak(800, pause_ms=3000)
        assert (speech(room).size == 0) is silent


def test_item_22_a_bad_language_is_refused_with_the_list() -> None:
    room = room_of()
    update = {"audio": {"output": {"language": "klingon"}}}
    error = error_of(room.tell({"type": "session.update", "session": update}))
    assert (error["code"], error["param"]) == ("invalid_value", "session.audio.output.language")
    assert all(f"'{one}'" in error["message"] for one in TARGETS)


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"type": "translation"}, "session.type"),
        ({"model": "gpt-realtime-translate"}, "session.model"),
        ({"instructions": "Be polite."}, "session.instructions"),
        ({"audio": {"input": {"format": {"type": "audio/pcmu"}}}}, "session.audio.input.format"),
        ({"audio": {"input": {"turn_detection": None}}}, "session.audio.input.turn_detection"),
        ({"audio": {"output": {"voice": "cedar"}}}, "session.audio.output.voice"),
        *(
            (
                {"audio": {"input": {"transcription": {"model": "gpt-live-transcribe", name: value}}}},
                f"session.audio.input.transcription.{name}",
            )
            for name, value in (
                ("language", "de"),
                ("languages", ["de"]),
                ("keywords", ["Aurora"]),
                ("prompt", "x"),
                ("delay", "low"),
            )
        ),
    ],
)
def test_item_22_what_it_does_not_know_is_an_unknown_parameter(session: Event, param: str) -> None:
    room = room_of()
    error = error_of(room.tell({"type": "session.update", "session": session}))
    assert (error["code"], error["param"]) == ("unknown_parameter", param)


def test_item_23_there_is_no_usage_and_nothing_but_seven_kinds_of_event() -> None:
    room = room_of(PHRASES)
    room.update(audio={"input": {"transcription": {"model": "gpt-live-transcribe"}}, "output": {"language": "en"}})
    room.speak(1000, pause_ms=3000)
    room.tell({"type": "response.create"})
    room.tell({"type": "session.close"})
    room.run()
    assert set(room.types()) == {
        "session.created",
        "session.updated",
        "session.input_transcript.delta",
        "session.output_transcript.delta",
        "session.output_audio.delta",
        "session.closed",
        "error",
    }
    assert not any("usage" in one for one in room.events)


def test_a_burst_holds_audio_back_and_lets_it_go_at_once() -> None:
    room = room_of(faults=Faults(burst_ms=800))
    room.append(np.concatenate([tone(500, 2000), silence(400)]))
    room.forget()
    arrivals = [[one for one in room.append(silence(200)) if not heartbeat(one)] for _ in range(20)]
    sizes = [sum(len(base64.b64decode(one["delta"])) for one in burst if "sample_rate" in one) for burst in arrivals]
    assert speech(room).size == 2000 * 24
    assert max(sizes) >= 800 * 48
