"""Requests as strict servers take them, and answers as four kinds of servers stream them."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.local.mind.chat import (
    ANSWER_MAX_LENGTH,
    ARGUMENTS_MAX_LENGTH,
    CALLS_MOST,
    HISTORY_MOST,
    Answer,
    messages,
    request_body,
)
from dragoman.interpreters.local.mind.thoughts import (
    Called,
    Line,
    MindError,
    Said,
    Thinking,
    Thought,
    Told,
    Used,
    Who,
    Words,
)
from tests.fakes.text_model import MODEL, chunk, faults

pytestmark = pytest.mark.unit

SPEC = ToolSpec("hours", "When the shop is open.", {"type": "object", "properties": {}})


def thinking(*lines: Line, tools: tuple[ToolSpec, ...] = (), instructions: str = "Be brief.") -> Thinking:
    return Thinking(instructions, lines, tools, "en")


def caller(text: str, item: str = "i") -> Said:
    return Said(Who.CALLER, text, item)


def assistant(text: str) -> Said:
    return Said(Who.ASSISTANT, text, "a")


def call(call_id: str, name: str = "hours") -> Called:
    return Called(ToolAsked(call_id, name, "{}"))


def test_a_body_that_a_strict_server_takes() -> None:
    body = json.loads(request_body(MODEL, thinking(caller("When are you open?"), tools=(SPEC,))))
    assert faults(body) == []
    assert body["messages"][0]["content"].startswith("Be brief.\n\n")
    assert body["messages"][1] == {"role": "user", "content": "When are you open?"}
    assert body["tools"] == [
        {
            "type": "function",
            "function": {"name": "hours", "description": SPEC.description, "parameters": SPEC.parameters},
        }
    ]
    assert "tools" not in json.loads(request_body(MODEL, thinking(caller("Hello"))))


def test_a_greeting_comes_after_somebody_and_nobody_speaks_twice_in_a_row() -> None:
    found = messages(thinking(assistant("Hello."), caller("I"), caller(""), Said(Who.RULES, "keys: 12", "r")))
    assert [one["role"] for one in found] == ["system", "user", "assistant", "user"]
    assert found[3]["content"] == "I\n(something that could not be understood)\n(keys: 12)"


def test_calls_stand_before_their_answers_and_those_without_are_left_out() -> None:
    lines = (
        caller("Hi"),
        call("c1"),
        call("c2"),
        call("c3"),
        assistant("One moment."),
        Told("c3", "3"),
        Told("c1", "1"),
    )
    found = messages(thinking(*lines, Told("c9", "9")))
    assert [one["role"] for one in found] == ["system", "user", "assistant", "tool", "tool", "assistant"]
    calls: Any = found[2]["tool_calls"]
    assert [one["id"] for one in calls] == ["c1", "c3"]
    assert [(one["tool_call_id"], one["content"]) for one in found[3:5]] == [("c1", "1"), ("c3", "3")]
    assert messages(thinking(caller("Hi"), call("c1")))[1:] == [{"role": "user", "content": "Hi"}]


LINES = st.lists(
    st.one_of(
        st.builds(Said, st.sampled_from(Who), st.sampled_from(["yes", "好い", "x"]), st.just("i")),
        st.builds(call, st.sampled_from(["c1", "c2", "c3"])),
        st.builds(Told, st.sampled_from(["c1", "c2", "c3", "c4"]), st.just("{}")),
    ),
    max_size=12,
    unique_by=lambda line: line.asked.call_id if isinstance(line, Called) else object(),
)


@given(LINES)
def test_any_conversation_is_one_that_a_strict_server_takes(lines: list[Line]) -> None:
    assert faults(json.loads(request_body(MODEL, thinking(*lines)))) == []


def test_the_newest_lines_are_told() -> None:
    found = messages(thinking(*(one for at in range(HISTORY_MOST) for one in (caller(f"q{at}"), assistant(f"a{at}")))))
    assert len(found) == HISTORY_MOST + 1
    assert found[-1]["content"] == f"a{HISTORY_MOST - 1}"


# ---- The answer ------------------------------------------------------------------------------------------------------


def data(whole: dict[str, Any]) -> str:
    return "data: " + json.dumps(whole)


def read(*lines: str) -> list[Thought]:
    answer = Answer("call_1")
    return [thought for line in lines for thought in answer.line(line)] + answer.closed()


def tool(index: int | None, call_id: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    whole = {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"tool_calls": [{key: value for key, value in whole.items() if value is not None}]}


END = data(chunk({}, "stop"))
DONE = "data: [DONE]"


def test_words_come_sentence_by_sentence_and_the_usage_at_the_end() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}}
    texts = [data(chunk({"role": "assistant", "content": ""})), *(data(chunk({"content": one})) for one in "Yes. No")]
    found = read(": hello", "", *texts, END, data(usage), DONE)
    assert found == [Words("Yes."), Used(11, 7), Words("No")]


def test_calls_grow_by_their_index_and_come_after_the_words() -> None:
    deltas = [
        {"content": "One moment. "},
        tool(0, "c1", "hours", ""),
        tool(1, "c2", "faq", '{"question"'),
        tool(0, None, None, '{"day": '),
        tool(1, None, None, ': "x"}'),
        tool(0, None, None, '"now"}'),
    ]
    found = read(*(data(chunk(one)) for one in deltas), data(chunk({}, "tool_calls")), DONE)
    assert found == [
        Words("One moment."),
        ToolAsked("c1", "hours", '{"day": "now"}'),
        ToolAsked("c2", "faq", '{"question": "x"}'),
    ]


def test_calls_that_are_all_numbered_0_are_told_apart_by_their_ids() -> None:
    deltas = [tool(0, "c1", "hours", "{}"), tool(0, "c2", "faq", '{"question": "x"}')]
    assert [one.call_id for one in read(*(data(chunk(one)) for one in deltas), END) if isinstance(one, ToolAsked)] == [
        "c1",
        "c2",
    ]


def test_a_call_without_id_or_index_gets_one_and_arguments_may_be_an_object() -> None:
    whole = {"choices": [{"delta": {"tool_calls": [{"function": {"name": "hours", "arguments": {"day": "now"}}}]}}]}
    assert read(data(whole), END) == [ToolAsked("call_1_0", "hours", '{"day":"now"}')]


def test_a_call_without_arguments_has_none() -> None:
    assert read(data(chunk(tool(0, "c1", "hours", ""))), END) == [ToolAsked("c1", "hours", "{}")]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["data: {"], "mind_broken_answer"),
        (["data: []"], "mind_broken_answer"),
        (['data: {"choices": 3}'], "mind_broken_answer"),
        (["data: " + "[" * 5000], "mind_broken_answer"),
        ([data({"error": {"message": "overloaded"}})], "mind_failed"),
        ([data(chunk({}, "content_filter"))], "mind_refused"),
        ([data(chunk({"content": "Hello"}))], "mind_broken_answer"),
        ([], "mind_broken_answer"),
        ([data(chunk({"content": "a" * 500}))] * (ANSWER_MAX_LENGTH // 500 + 1), "mind_too_long"),
        ([data(chunk(tool(0, "c", "x", "a" * 999)))] * (ARGUMENTS_MAX_LENGTH // 999 + 1), "mind_too_long"),
        ([data(chunk(tool(at, f"c{at}", "x", "{}"))) for at in range(CALLS_MOST + 1)], "mind_too_long"),
    ],
)
def test_what_is_broken_is_said_so(lines: list[str], code: str) -> None:
    with pytest.raises(MindError) as caught:
        read(*lines)
    assert caught.value.code == code


def test_nothing_comes_after_the_end() -> None:
    answer = Answer("c")
    assert answer.line(DONE) == []
    assert answer.over
    assert answer.line(data(chunk({"content": "More. "}))) == []
    assert answer.closed() == []


@given(st.lists(st.text(max_size=20) | st.just(DONE) | st.just(END), max_size=10))
def test_no_line_raises_anything_else(lines: list[str]) -> None:
    with contextlib.suppress(MindError):
        read(*lines, *(f"data: {line}" for line in lines))
