"""The conformance list of the local server, items 2-3 and 7-15: `/v1/realtime`, in virtual time.

Whatever the session sends is checked against the SDK's models by `Rehearsal`.
"""

from __future__ import annotations

import base64
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
    Preamble,
)
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, length_ms, samples_of, silence, tone
from dragoman.interpreters.realtime.wire.session import AnyFormat, Pcm, Pcma, Pcmu
from tests.fakes.openai_rehearsal import Event, Rehearsal

pytestmark = pytest.mark.pair

NO_TURNS: dict[str, Any] = {"input": {"turn_detection": None}}
BY_HAND: dict[str, Any] = {
    "input": {"turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False}}
}
PHRASES = Phrases((Phrase("Hola, buenos días.", "Hello, good morning."), Phrase("Gracias.", "Thank you.")))


def only(events: list[Event], kind: str) -> Event:
    found = [one for one in events if one["type"] == kind]
    assert len(found) == 1, [one["type"] for one in events]
    return found[0]


def error_of(events: list[Event]) -> Event:
    error: Event = only(events, "error")["error"]
    return error


def item_ids(room: Rehearsal) -> list[str]:
    return [one["item_id"] for one in room.of("input_audio_buffer.committed")]


def ask(room: Rehearsal, **response: Any) -> str:
    """A `response.create`; the id of what it started."""
    events = room.tell({"type": "response.create", "response": response})
    found: str = only(events, "response.created")["response"]["id"]
    return found


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


# ---- 10: several responses -------------------------------------------------------------------------------------------


def test_item_10_one_response_at_a_time_on_the_default_conversation() -> None:
    room = Rehearsal()
    room.update(audio=BY_HAND)
    room.speak(1000)
    running = ask(room)
    error = error_of(room.tell({"type": "response.create", "event_id": "c9"}))
    assert error["code"] == "conversation_already_has_active_response"
    assert running in error["message"]
    assert error["event_id"] == "c9"


def test_item_10_responses_apart_run_side_by_side_and_leave_no_trace() -> None:
    room = Rehearsal(script=PHRASES)
    room.update(audio=BY_HAND)
    room.speak(600)
    room.speak(600)
    room.forget()
    first, second = item_ids_of(room)
    runs = [
        ask(room, conversation="none", input=[{"type": "item_reference", "id": item}], metadata={"utterance": item})
        for item in (second, first)
    ]
    main = ask(room)
    room.run()
    done = {one["response"]["id"]: one["response"] for one in room.of("response.done")}
    said = {
        run: "".join(
            one["delta"] for one in room.of("response.output_audio_transcript.delta") if one["response_id"] == run
        )
        for run in (*runs, main)
    }
    assert said == {runs[0]: "Thank you.", runs[1]: "Hello, good morning.", main: "Thank you."}
    assert done[runs[0]]["conversation_id"] is None
    assert done[runs[0]]["metadata"] == {"utterance": second}
    assert done[main]["conversation_id"] is not None
    starts = [number for number, one in enumerate(room.types()) if one == "response.created"]
    ends = [number for number, one in enumerate(room.types()) if one == "response.done"]
    assert max(starts) < min(ends), "in parallel"
    assert len(room.of("conversation.item.added")) == 1, "only the default conversation grows"
    assert len(room.conversation.history.entries) == 3


def item_ids_of(room: Rehearsal) -> list[str]:
    return [entry.item_id for entry in room.conversation.history.entries if entry.from_user]


def test_item_10_a_reference_to_nothing_is_refused() -> None:
    room = Rehearsal()
    events = room.tell(
        {
            "type": "response.create",
            "event_id": "c2",
            "response": {"conversation": "none", "input": [{"type": "item_reference", "id": "item_x"}]},
        }
    )
    error = error_of(events)
    assert (error["param"], error["event_id"]) == ("response.input[0].id", "c2")


def test_item_10_an_empty_input_is_an_empty_context() -> None:
    room = Rehearsal(script=PHRASES)
    room.update(audio=BY_HAND)
    room.speak(600)
    run = ask(room, conversation="none", input=[])
    room.run()
    assert room.audio(run) == b""


def test_item_10_cancel_without_an_id_does_not_reach_a_response_apart() -> None:
    room = Rehearsal(pace=Pace(lead=0.5))
    room.update(audio=BY_HAND)
    room.speak(1000)
    run = ask(room, conversation="none")
    assert error_of(room.tell({"type": "response.cancel"}))["code"] == "response_cancel_not_active"
    events = room.tell({"type": "response.cancel", "response_id": run})
    assert only(events, "response.done")["response"]["status"] == "cancelled"


# ---- 11: audio and usage ---------------------------------------------------------------------------------------------


def test_item_11_audio_comes_faster_than_real_time_in_deltas_of_many_lengths() -> None:
    room = Rehearsal(pace=Pace(lead=5.0))
    room.update(audio=BY_HAND)
    room.append(np.concatenate([tone(440, 8000), silence(600)]))
    before_s = room.stage.now_s
    ask(room)
    while not room.of("response.done"):
        room.run(0.1)
    spoken_s = room.record.spoken_ms / 1000
    assert spoken_s > 8
    assert room.stage.now_s - before_s < spoken_s / 4
    assert len({len(one["delta"]) for one in room.of("response.output_audio.delta")}) > 5


def test_item_11_tokens_follow_the_rules_of_100_and_50_ms() -> None:
    room = Rehearsal(script=MarkerScript())
    room.update(
        audio={"input": {"turn_detection": {"type": "server_vad", "prefix_padding_ms": 0}}}, instructions="x" * 40
    )
    room.append(np.concatenate([tone(500, 2000), silence(500)]))
    room.run()
    usage = room.of("response.done")[0]["response"]["usage"]
    heard, said = usage["input_token_details"], usage["output_token_details"]
    assert (heard["text_tokens"], heard["audio_tokens"]) == (10, 22)
    assert said["audio_tokens"] == 40
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == 32


def test_item_11_the_unchanged_start_of_the_input_is_cached() -> None:
    room = Rehearsal(script=PHRASES)
    room.update(audio=BY_HAND, instructions="y" * 80)
    room.speak(600)
    ask(room)
    room.run()
    first = room.of("response.done")[0]["response"]["usage"]["input_token_details"]
    assert first["cached_tokens"] == 0
    ask(room)
    room.run()
    second = room.of("response.done")[1]["response"]["usage"]["input_token_details"]
    assert second["cached_tokens_details"]["text_tokens"] == first["text_tokens"] == 20
    assert second["cached_tokens_details"]["audio_tokens"] == first["audio_tokens"] < second["audio_tokens"]
    room.update(instructions="z" * 80)
    ask(room)
    room.run()
    third = room.of("response.done")[2]["response"]["usage"]["input_token_details"]
    assert third["cached_tokens"] == 0, "other instructions break the cache from there on"


def test_item_11_max_output_tokens_makes_it_incomplete() -> None:
    room = Rehearsal(script=MarkerScript())
    room.update(audio=BY_HAND)
    room.speak(3000)
    run = ask(room, max_output_tokens=20)
    room.run()
    response = room.of("response.done")[0]["response"]
    assert (response["status"], response["status_details"]["reason"]) == ("incomplete", "max_output_tokens")
    assert response["usage"]["output_tokens"] <= 20
    assert 0 < len(room.audio(run)) < 3000 * 48


# ---- 12: truncate and cancel -----------------------------------------------------------------------------------------


def answered(pace: Pace | None = None) -> tuple[Rehearsal, str]:
    """A conversation with one answer of 2 s; and that item's id."""
    room = Rehearsal(script=MarkerScript(), pace=pace)
    room.update(audio=BY_HAND)
    room.speak(2000)
    ask(room)
    room.run()
    return room, room.of("response.output_item.done")[0]["item"]["id"]


def truncate(item_id: str, end_ms: int, index: int = 0) -> Event:
    return {
        "type": "conversation.item.truncate",
        "event_id": "t",
        "item_id": item_id,
        "content_index": index,
        "audio_end_ms": end_ms,
    }


def test_item_12_truncation_cuts_audio_and_words() -> None:
    room, item = answered()
    told = only(room.tell(truncate(item, 900)), "conversation.item.truncated")
    assert told["audio_end_ms"] == 900
    entry = room.conversation.history.find(item)
    assert entry is not None
    assert length_ms(entry.sound) == 900
    shown = only(room.tell({"type": "conversation.item.retrieve", "item_id": item}), "conversation.item.retrieved")
    content = shown["item"]["content"][0]
    assert content["transcript"] != "answer 1940"
    assert len(base64.b64decode(content["audio"])) == 900 * 48


def test_item_12_truncation_has_limits_and_says_so() -> None:
    room, item = answered()
    error = error_of(room.tell(truncate(item, 2001)))
    assert (error["code"], error["message"]) == (
        "invalid_value",
        "Audio content of 2000ms is already shorter than 2001ms",
    )
    room.tell(truncate(item, 500))
    assert error_of(room.tell(truncate(item, 600)))["code"] == "invalid_value"
    assert error_of(room.tell(truncate("item_none", 0)))["code"] == "item_truncate_invalid_item_id"
    assert error_of(room.tell(truncate(item, 0, index=1)))["param"] == "content_index"
    assert error_of(room.tell(truncate(item, -1)))["code"] == "invalid_value"


def test_item_12_only_the_models_audio_can_be_truncated() -> None:
    room, _ = answered()
    error = error_of(room.tell(truncate(item_ids_of(room)[0], 0)))
    assert error["code"] is None
    assert error["message"] == "Only model output audio messages can be truncated"


def test_item_12_a_cancelled_response_ends_properly_and_audio_still_comes() -> None:
    room = Rehearsal(script=MarkerScript(), pace=Pace(lead=0.5, late_deltas=2))
    room.update(audio=BY_HAND)
    room.speak(4000)
    run = ask(room)
    room.run(1.0)
    room.forget()
    events = room.tell({"type": "response.cancel", "event_id": "c8", "response_id": run})
    assert events[0]["type"] == "response.output_audio.delta", "one was in flight"
    done = only(events, "response.done")["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "client_cancelled")
    assert done["output"][0]["status"] == "incomplete"
    assert done["usage"]["output_token_details"]["audio_tokens"] > 0
    late = room.run()
    assert [one["type"] for one in late] == ["response.output_audio.delta"], "and one behind response.done"
    assert late[0]["response_id"] == run
    assert error_of(room.tell({"type": "response.cancel", "response_id": run}))["code"] == "response_cancel_not_active"


def test_item_12_the_voice_is_fixed_once_it_was_heard() -> None:
    room, _ = answered()
    update = {"type": "realtime", "audio": {"output": {"voice": "cedar"}}}
    error = error_of(room.tell({"type": "session.update", "session": update}))
    assert error["code"] == "cannot_update_voice"


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


# ---- 15: several messages --------------------------------------------------------------------------------------------


def test_item_15_a_response_may_hold_a_commentary_before_the_answer() -> None:
    room = Rehearsal(script=Preamble(PHRASES, text="Let me translate that."))
    room.speak(600)
    room.run()
    output = room.of("response.done")[0]["response"]["output"]
    assert [item["phase"] for item in output] == ["commentary", "final_answer"]
    assert [item["content"][0]["transcript"] for item in output] == ["Let me translate that.", "Hello, good morning."]
    assert [one["output_index"] for one in room.of("response.output_item.added")] == [0, 1]
    keys = {(one["item_id"], one["output_index"]) for one in room.of("response.output_audio.delta")}
    assert keys == {(output[0]["id"], 0), (output[1]["id"], 1)}


# ---- Items -----------------------------------------------------------------------------------------------------------


def test_text_items_are_answered_and_placed() -> None:
    room = Rehearsal(script=PHRASES)
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Say this."}]}
    room.tell({"type": "conversation.item.create", "item": {**item, "id": "one"}})
    room.tell({"type": "conversation.item.create", "item": {**item, "id": "zero"}, "previous_item_id": "root"})
    assert [entry.item_id for entry in room.conversation.history.entries] == ["zero", "one"]
    twice = room.tell({"type": "conversation.item.create", "item": {**item, "id": "one"}})
    assert error_of(twice)["param"] == "item.id"
    lost = room.tell({"type": "conversation.item.create", "item": item, "previous_item_id": "none"})
    assert error_of(lost)["param"] == "previous_item_id"
    ask(room, output_modalities=["text"])
    room.run()
    assert room.of("response.output_text.done")[0]["text"] == "Say this."
    room.tell({"type": "conversation.item.delete", "item_id": "one"})
    assert room.of("conversation.item.deleted")
    gone = room.tell({"type": "conversation.item.delete", "item_id": "one"})
    assert error_of(gone)["code"] == "item_delete_invalid_item_id"
    gone = room.tell({"type": "conversation.item.retrieve", "item_id": "one"})
    assert error_of(gone)["code"] == "item_retrieve_invalid_item_id"


def test_assistant_audio_cannot_be_seeded() -> None:
    room = Rehearsal()
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Hi"}]}
    assert error_of(room.tell({"type": "conversation.item.create", "item": item}))["code"] == "invalid_value"


def test_a_spoken_item_can_be_created_and_is_an_utterance() -> None:
    room = Rehearsal(script=MarkerScript())
    audio = base64.b64encode(tone(600, 1000).tobytes()).decode()
    item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": audio}]}
    shown = room.tell({"type": "conversation.item.create", "item": item})[0]
    assert "audio" not in shown["item"]["content"][0]
    run = ask(room)
    room.run()
    assert marker_in(samples_of(room.audio(run), Pcm()), SAMPLE_HZ) == 2100
