"""The conformance list of the local server, items 10-12 and 15: `/v1/realtime`, in virtual time.

Whatever the session sends is checked against the SDK's models by `Rehearsal`.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest

from dragoman.interpreters.openai.emulator.faults import Pace
from dragoman.interpreters.openai.emulator.markers import marker_in
from dragoman.interpreters.openai.emulator.script import (
    MarkerScript,
    Phrase,
    Phrases,
    Preamble,
)
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, length_ms, samples_of, silence, tone
from dragoman.interpreters.realtime.wire.session import Pcm
from tests.fakes.openai_rehearsal import Event, Rehearsal, ask, error_of, only

pytestmark = pytest.mark.pair

NO_TURNS: dict[str, Any] = {"input": {"turn_detection": None}}
BY_HAND: dict[str, Any] = {
    "input": {"turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False}}
}
PHRASES = Phrases((Phrase("Hola, buenos días.", "Hello, good morning."), Phrase("Gracias.", "Thank you.")))


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
