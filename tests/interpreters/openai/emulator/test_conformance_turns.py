"""The conformance list of the local server, items 2-3 and 6-9: `/v1/realtime`, in virtual time.

Whatever the session sends is checked against the SDK's models by `Rehearsal`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.faults import Faults, Pace
from dragoman.interpreters.openai.emulator.markers import marker_in
from dragoman.interpreters.openai.emulator.script import (
    EchoScript,
    Failing,
    Failure,
    MarkerScript,
    Phrase,
    Phrases,
)
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, length_ms, samples_of, silence, tone
from dragoman.interpreters.realtime.wire.session import AnyFormat, Pcm, Pcma, Pcmu
from tests.fakes.openai_rehearsal import Event, Rehearsal, ask, error_of, item_ids, only

pytestmark = pytest.mark.pair

NO_TURNS: dict[str, Any] = {"input": {"turn_detection": None}}
BY_HAND: dict[str, Any] = {
    "input": {"turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False}}
}
PHRASES = Phrases((Phrase("Hola, buenos días.", "Hello, good morning."), Phrase("Gracias.", "Thank you.")))


# ---- Both endpoints --------------------------------------------------------------------------------------------------


def test_item_02_session_created_expires_in_an_hour_and_event_ids_are_unique() -> None:
    room = Rehearsal()
    created = room.events[0]
    assert created["type"] == "session.created"
    assert created["session"]["expires_at"] == int(room.stage.unix_s()) + 3600
    room.speak(600)
    room.run()
    ids = [one["event_id"] for one in room.events]
    assert len(set(ids)) == len(ids)


def test_item_02_what_a_live_session_begins_with_differs_from_the_reference() -> None:
    vad = Rehearsal().events[0]["session"]["audio"]["input"]["turn_detection"]
    assert vad["silence_duration_ms"] == 200


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "session.refresh", "event_id": "c1"}, "invalid_value", "type"),
        ({"type": "input_audio_buffer.append", "event_id": "c1"}, "missing_required_parameter", "audio"),
        (
            {"type": "response.create", "event_id": "c1", "response": {"temperature": 0.8}},
            "unknown_parameter",
            "response.temperature",
        ),
        ({"type": "session.update", "event_id": "c1", "session": {}}, "missing_required_parameter", "session.type"),
        (
            {"type": "session.update", "event_id": "c1", "session": {"type": "realtime", "voice": "cedar"}},
            "unknown_parameter",
            "session.voice",
        ),
        (
            {
                "type": "session.update",
                "event_id": "c1",
                "session": {"type": "realtime", "audio": {"output": {"speed": 2}}},
            },
            "invalid_value",
            "session.audio.output.speed",
        ),
    ],
)
def test_item_03_a_wrong_event_is_told_and_the_session_stays_up(event: Event, code: str, param: str) -> None:
    room = Rehearsal()
    error = error_of(room.tell(event))
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "c1")
    assert room.update(instructions="still here")["instructions"] == "still here"


def test_item_03_a_bad_update_leaves_the_whole_configuration_untouched() -> None:
    room = Rehearsal()
    before = room.conversation.config
    room.tell(
        {"type": "session.update", "session": {"type": "realtime", "instructions": "new", "max_output_tokens": 0}}
    )
    room.run()
    assert room.conversation.config == before
    assert not room.of("session.updated")


def test_item_03_text_that_is_not_json_is_an_error_and_no_more() -> None:
    room = Rehearsal()
    assert error_of(room.tell(b'{"type":'))["code"] == "invalid_json"
    assert not room.stage.over


def test_audio_before_session_updated_is_heard_the_old_way() -> None:
    room = Rehearsal()
    room.tell({"type": "session.update", "session": {"type": "realtime", "audio": NO_TURNS}})
    assert "input_audio_buffer.speech_started" in [one["type"] for one in room.speak(300)]
    room.run()
    room.forget()
    room.speak(300)
    assert not room.of("input_audio_buffer.speech_started")


def test_item_06_a_burst_is_held_back_and_comes_at_once() -> None:
    room = Rehearsal(script=MarkerScript(), faults=Faults(burst_ms=10_000))
    room.append(np.concatenate([tone(500, 10_000), silence(600)]))
    arrivals = [sum(one["type"] == "response.output_audio.delta" for one in room.run(0.01)) for _ in range(300)]
    room.run()
    assert room.record.spoken_ms == 10_000
    assert sum(1 for count in arrivals if count) == 1
    assert max(arrivals) > 20


# ---- 7: formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", [Pcm(), Pcmu(), Pcma()])
def test_item_07_all_three_formats_go_in_and_out(fmt: AnyFormat) -> None:
    room = Rehearsal(script=MarkerScript())
    name = {"type": {Pcm: "audio/pcm", Pcmu: "audio/pcmu", Pcma: "audio/pcma"}[type(fmt)]}
    given = {**name, "rate": 24000} if isinstance(fmt, Pcm) else name
    room.update(audio={"input": {"format": given}, "output": {"format": given}})
    room.format = fmt
    room.speak(1000, hz=440)
    room.run()
    response = room.of("response.done")[0]["response"]
    spoken = samples_of(room.audio(response["id"]), fmt)
    assert marker_in(spoken, SAMPLE_HZ) == 1940
    assert abs(length_ms(spoken) - 1000) <= 20
    assert response["audio"]["output"]["format"]["type"] == name["type"]


@pytest.mark.parametrize("side", ["input", "output"])
@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_item_07_telephone_formats_take_no_rate(side: str, kind: str) -> None:
    room = Rehearsal()
    update = {"type": "realtime", "audio": {side: {"format": {"type": kind, "rate": 8000}}}}
    error = error_of(room.tell({"type": "session.update", "session": update}))
    assert error["message"] == f"Unknown parameter: 'session.audio.{side}.format.rate'."


def test_item_07_pcm_comes_at_24_khz_only() -> None:
    room = Rehearsal()
    update = {"type": "realtime", "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}}}
    assert error_of(room.tell({"type": "session.update", "session": update}))["code"] == "invalid_value"


# ---- 8: turns --------------------------------------------------------------------------------------------------------


def test_item_08_turns_are_counted_in_appended_milliseconds() -> None:
    room = Rehearsal()
    room.update(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}}})
    room.append(np.concatenate([silence(2000), tone(440, 1000), silence(1000)]))
    started, stopped = only(room.events, "input_audio_buffer.speech_started"), room.events
    assert started["audio_start_ms"] == 2000 - 300
    assert only(stopped, "input_audio_buffer.speech_stopped")["audio_end_ms"] == 3000 + 500
    assert started["item_id"] == item_ids(room)[0]


@pytest.mark.parametrize(
    ("field", "value", "start_ms", "end_ms"),
    [
        ("prefix_padding_ms", 0, 2000, 3500),
        ("prefix_padding_ms", 1000, 1000, 3500),
        ("silence_duration_ms", 200, 1700, 3200),
        ("silence_duration_ms", 900, 1700, 3900),
    ],
)
def test_item_08_padding_and_silence_are_kept(field: str, value: int, start_ms: int, end_ms: int) -> None:
    room = Rehearsal()
    vad = {"type": "server_vad", "prefix_padding_ms": 300, "silence_duration_ms": 500, field: value}
    room.update(audio={"input": {"turn_detection": vad}})
    room.append(np.concatenate([silence(2000), tone(440, 1000), silence(1500)]))
    assert room.of("input_audio_buffer.speech_started")[0]["audio_start_ms"] == start_ms
    assert room.of("input_audio_buffer.speech_stopped")[0]["audio_end_ms"] == end_ms


def test_item_08_threshold_decides_how_loud_speech_is() -> None:
    quiet = np.concatenate([tone(440, 1000, level=0.008), silence(600)])
    for threshold, hears in ((0.3, True), (0.9, False)):
        room = Rehearsal()
        room.update(audio={"input": {"turn_detection": {"type": "server_vad", "threshold": threshold}}})
        room.append(quiet)
        assert bool(room.of("input_audio_buffer.speech_started")) is hears


def test_item_08_create_response_false_leaves_the_answer_to_the_client() -> None:
    room = Rehearsal()
    room.update(audio=BY_HAND)
    room.speak(600)
    room.run()
    assert room.of("input_audio_buffer.committed")
    assert not room.of("response.created")
    ask(room)


def test_item_08_interrupt_response_cancels_on_speech_only_when_set() -> None:
    for interrupt in (True, False):
        room = Rehearsal(pace=Pace(lead=0.5))
        vad = {"type": "server_vad", "create_response": False, "interrupt_response": interrupt}
        room.update(audio={"input": {"turn_detection": vad}})
        room.speak(2000)
        ask(room)
        room.run(1.0)
        room.append(tone(700, 200))
        done = room.of("response.done")
        assert bool(done) is interrupt
        if interrupt:
            details = done[0]["response"]["status_details"]
            assert (details["type"], details["reason"]) == ("cancelled", "turn_detected")


def test_item_08_an_automatic_response_fails_while_one_runs() -> None:
    room = Rehearsal(pace=Pace(lead=0.5))
    room.update(audio={"input": {"turn_detection": {"type": "server_vad", "interrupt_response": False}}})
    room.speak(2000)
    room.run(0.5)
    events = room.speak(500)
    assert error_of(events)["code"] == "conversation_already_has_active_response"
    assert len(item_ids(room)) == 2


def test_item_08_idle_timeout_waits_for_the_answer_to_be_played() -> None:
    room = Rehearsal()
    vad = {"type": "server_vad", "silence_duration_ms": 500, "idle_timeout_ms": 5000}
    room.update(audio={"input": {"turn_detection": vad}})
    room.append(np.concatenate([tone(440, 1000), silence(500)]))
    room.run()
    played_ms = room.record.spoken_ms
    assert played_ms == 1500
    room.forget()
    room.append(silence(played_ms + 4980))
    assert not room.of("input_audio_buffer.timeout_triggered")
    room.append(silence(20))
    timeout = only(room.events, "input_audio_buffer.timeout_triggered")
    assert (timeout["audio_start_ms"], timeout["audio_end_ms"]) == (1500 + played_ms, 1500 + played_ms + 5000)
    assert room.types()[1] == "input_audio_buffer.committed"
    assert room.of("response.created"), "the model speaks"


def test_item_08_semantic_vad_cuts_later_when_less_eager() -> None:
    ends: dict[str, int] = {}
    for eagerness in ("low", "high"):
        room = Rehearsal()
        room.update(audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": eagerness}}})
        room.append(np.concatenate([tone(440, 1000), silence(3000)]))
        ends[eagerness] = room.of("input_audio_buffer.speech_stopped")[0]["audio_end_ms"]
    assert ends["low"] > ends["high"]


# ---- 9: order --------------------------------------------------------------------------------------------------------


def collapsed(types: list[str]) -> list[str]:
    """Deltas as one word, repeats as one."""
    short = ["delta" if one.endswith(".delta") else one for one in types if one not in ("conversation.created",)]
    return [one for number, one in enumerate(short) if number == 0 or one != short[number - 1]]


def pair(types: list[str], one: str, other: str) -> int:
    """The place of a pair whose order is free."""
    first = min(types.index(one), types.index(other))
    assert {types[first], types[first + 1]} == {one, other}
    return first


@pytest.mark.parametrize("seed", range(8))
def test_item_09_a_turn_comes_in_the_order_of_the_reference(seed: int) -> None:
    room = Rehearsal(script=PHRASES, seed=seed)
    room.update(audio={"input": {"turn_detection": {"type": "server_vad"}}})
    room.forget()
    room.speak(800)
    room.run()
    types = collapsed([one for one in room.types() if one != "rate_limits.updated"])
    assert types[:3] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
    ]
    assert pair(types, "conversation.item.added", "conversation.item.done") == 3
    rest = types[5:]
    assert rest[0] == "response.created"
    assert pair(rest, "response.output_item.added", "conversation.item.added") == 1
    assert rest[3:5] == ["response.content_part.added", "delta"]
    assert pair(rest, "response.output_audio.done", "response.output_audio_transcript.done") == 5
    assert rest[7] == "response.content_part.done"
    assert pair(rest, "response.output_item.done", "conversation.item.done") == 8
    assert rest[10:] == ["response.done"]


def test_item_09_pairs_are_shuffled_by_the_seed_and_the_same_seed_says_the_same() -> None:
    def order(seed: int) -> list[str]:
        room = Rehearsal(script=PHRASES, seed=seed)
        room.speak(800)
        room.run()
        return room.types()

    orders = [order(seed) for seed in range(12)]
    for one, other in (
        ("conversation.item.added", "conversation.item.done"),
        ("response.output_audio.done", "response.output_audio_transcript.done"),
    ):
        assert {types.index(one) < types.index(other) for types in orders} == {True, False}
    assert order(3) == orders[3]
    assert {"rate_limits.updated" in types for types in orders} == {True, False}


def test_item_09_a_failed_response_still_ends_with_response_done() -> None:
    script = Failing(EchoScript(), Failure("rate_limit_exceeded", "Slow down."), asks=1)
    room = Rehearsal(script=script)
    room.speak(600)
    room.run()
    response = room.of("response.done")[0]["response"]
    assert (response["status"], response["output"]) == ("failed", [])
    assert response["status_details"]["error"]["code"] == "rate_limit_exceeded"
    again = ask(room)
    room.run()
    assert room.of("response.done")[1]["response"] | {"status": "completed"} == room.of("response.done")[1]["response"]
    assert room.audio(again)
