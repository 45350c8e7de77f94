"""The emulated model calls functions, reads what they gave, and says what it is told to say, in virtual time.

Whatever the session sends is checked against the SDK's models by `Rehearsal`.
"""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.interpreters.openai.emulator import Answer, AssistantScript, Call, Message
from tests.fakes.openai_rehearsal import Rehearsal, ask, error_of, only

pytestmark = pytest.mark.pair

TWO_CALLS = (Call("order", '{"number": "7"}'), Call("hours"))
SCRIPT = AssistantScript(
    (
        Answer("Where is it?", (Message("One moment."), *TWO_CALLS), (Message("It is {}."), Call("hang_up"))),
        Answer("Thanks.", (Message("You are welcome."),)),
    )
)


def room_after_a_question() -> Rehearsal:
    room = Rehearsal(script=SCRIPT)
    room.update(audio={"input": {"turn_detection": {"type": "server_vad", "silence_duration_ms": 500}}})
    room.speak(800)
    room.run(3.0)
    return room


def output(call_id: str, text: str) -> dict[str, Any]:
    item = {"type": "function_call_output", "call_id": call_id, "output": text}
    return {"type": "conversation.item.create", "item": item}


def calls(room: Rehearsal) -> list[dict[str, Any]]:
    return room.of("response.function_call_arguments.done")


def test_calls_are_items_of_their_own_behind_what_is_said() -> None:
    room = room_after_a_question()
    assert [(one["name"], one["arguments"]) for one in calls(room)] == [("order", '{"number": "7"}'), ("hours", "{}")]
    deltas = "".join(one["delta"] for one in room.of("response.function_call_arguments.delta"))
    assert deltas == '{"number": "7"}{}'
    done = only(room.events, "response.done")["response"]
    assert [item["type"] for item in done["output"]] == ["message", "function_call", "function_call"]
    assert [item["call_id"] for item in done["output"][1:]] == [one["call_id"] for one in calls(room)]
    assert done["usage"]["output_token_details"]["text_tokens"] > 0


def test_the_next_response_reads_what_the_tools_gave() -> None:
    room = room_after_a_question()
    first, second = (one["call_id"] for one in calls(room))
    room.tell(output(first, "here"))
    room.tell(output(second, "now"))
    room.forget()
    ask(room)
    room.run(3.0)
    assert only(room.events, "response.output_audio_transcript.done")["transcript"] == "It is here now."
    assert [one["name"] for one in calls(room)] == ["hang_up"]
    room.forget()
    room.speak(800)
    room.run(3.0)
    assert only(room.events, "response.output_audio_transcript.done")["transcript"] == "You are welcome."


def test_an_answer_to_no_call_or_a_second_one_is_refused() -> None:
    room = room_after_a_question()
    assert error_of(room.tell(output("call_x", "?")))["code"] == "invalid_tool_call_id"
    call_id = calls(room)[0]["call_id"]
    room.tell(output(call_id, "here"))
    assert error_of(room.tell(output(call_id, "again")))["param"] == "item.call_id"


def test_it_says_what_it_is_told_to_say() -> None:
    room = Rehearsal(script=SCRIPT)
    ask(room, instructions="Say exactly this:\n<<<\nGood morning.\n>>>", tool_choice="none")
    room.run(3.0)
    assert only(room.events, "response.output_audio_transcript.done")["transcript"] == "Good morning."


def test_it_keeps_silent_when_nobody_said_anything_and_repeats_what_was_written() -> None:
    room = Rehearsal(script=SCRIPT)
    ask(room)
    room.run(3.0)
    assert room.of("response.output_audio_transcript.done") == []
    content = [{"type": "input_text", "text": "Hello?"}]
    room.tell({"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}})
    ask(room)
    room.run(3.0)
    assert room.of("response.output_audio_transcript.done")[-1]["transcript"] == "You wrote: Hello?"


def test_calls_apart_leave_no_trace() -> None:
    room = room_after_a_question()
    before = len(room.conversation.history.entries)
    ask(room, conversation="none")
    room.run(3.0)
    assert len(calls(room)) == 4
    assert len(room.conversation.history.entries) == before
