"""A text endpoint as a mind: it answers, refuses, stalls, breaks, and is never waited for without end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest

from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.local.mind.text import LINE_MAX_BYTES, Patience, TextEndpoint
from dragoman.interpreters.local.mind.thoughts import MindError, Said, Thinking, Thought, Used, Who, Words
from tests.fakes.text_model import KEY, MODEL, Keepalive, Scrap, Stall, TextModel, chunk, event

pytestmark = pytest.mark.pair

SPEC = ToolSpec("hours", "When the shop is open.", {"type": "object", "properties": {}})
ASKED = Thinking("Be brief.", (Said(Who.CALLER, "Are you open?", "i"),), (SPEC,), "en")
HURRIED = Patience(first_s=0.2, next_s=0.2, whole_s=0.6)


@pytest.fixture
async def model() -> AsyncIterator[TextModel]:
    async with TextModel().listening() as found:
        yield found


async def thoughts(model: TextModel, patience: Patience | None = None, key: str = KEY) -> list[Thought]:
    endpoint = TextEndpoint(model.url, MODEL, key, patience)
    try:
        return [thought async for thought in endpoint.think(ASKED)]
    finally:
        await endpoint.aclose()


async def trouble(model: TextModel, patience: Patience | None = None, key: str = KEY) -> str:
    with pytest.raises(MindError) as caught:
        await thoughts(model, patience, key)
    assert KEY not in str(caught.value)
    return caught.value.code


async def test_it_answers_sentence_by_sentence_and_tells_what_it_cost(model: TextModel) -> None:
    model.script = [["We are o", "pen. Unt", "il six."]]
    assert await thoughts(model) == [Words("We are open."), Used(11, 7), Words("Until six.")]
    (asked,) = model.asked
    assert asked["messages"][-1] == {"role": "user", "content": "Are you open?"}
    assert asked["tools"][0]["function"]["name"] == "hours"
    assert asked["stream_options"] == {"include_usage": True}


async def test_the_first_sentence_is_there_while_the_second_is_being_written(model: TextModel) -> None:
    model.script = [["We are open. Unt", Stall()]]
    endpoint = TextEndpoint(model.url, MODEL, KEY)
    async with aclosing(endpoint.think(ASKED)) as found:
        assert await anext(found) == Words("We are open.")
        await model.entered.wait()
    async with asyncio.timeout(5):
        await model.left.wait()
    await endpoint.aclose()


async def test_it_asks_for_tools(model: TextModel) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "hours", "arguments": '{"day": "now"}'}}
    model.script = [[{"tool_calls": [call]}]]
    assert await thoughts(model) == [Used(11, 7), ToolAsked("c1", "hours", '{"day": "now"}')]


async def test_thoughts_of_one_endpoint_run_beside_each_other(model: TextModel) -> None:
    endpoint = TextEndpoint(model.url, MODEL, KEY)
    model.script = [["One. ", Stall()], ["Two. "]]
    async with aclosing(endpoint.think(ASKED)) as first, aclosing(endpoint.think(ASKED)) as second:
        assert await anext(first) == Words("One.")
        assert await anext(second) == Words("Two.")
    await endpoint.aclose()


async def test_a_wrong_key_is_said(model: TextModel) -> None:
    assert await trouble(model, key="sk-wrong") == "invalid_api_key"
    assert await trouble(model, key="") == "invalid_api_key"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "invalid_api_key"),
        (404, "mind_not_there"),
        (429, "rate_limit_exceeded"),
        (500, "mind_failed"),
        (503, "mind_failed"),
        (204, "mind_failed"),
    ],
)
async def test_a_refusal_is_told_by_its_kind(model: TextModel, status: int, code: str) -> None:
    model.status = status
    assert await trouble(model) == code


async def test_a_redirect_is_not_followed(model: TextModel) -> None:
    model.status, model.headers = 307, {"Location": model.url + "/chat/completions"}
    assert await trouble(model) == "mind_failed"


async def test_nobody_there() -> None:
    model = TextModel()
    async with model.listening():
        pass
    assert await trouble(model) == "mind_unreachable"


@pytest.mark.parametrize("end", [Stall(), Keepalive()])
@pytest.mark.parametrize("before", [[], ["We are open. "]])
async def test_a_stall_ends_in_time_and_is_hung_up(model: TextModel, before: list[Scrap], end: Scrap) -> None:
    model.script = [[*before, end]]
    async with asyncio.timeout(10):
        assert await trouble(model, HURRIED) == "mind_too_slow"
        await model.left.wait()


async def test_what_comes_in_drops_ends_in_time_too(model: TextModel) -> None:
    model.script = [["<think>", *["hm, " for _ in range(1000)], Keepalive()]]
    async with asyncio.timeout(10):
        assert await trouble(model, HURRIED) == "mind_too_slow"


@pytest.mark.parametrize(
    ("scraps", "code"),
    [
        ([b"data: {\n\n"], "mind_broken_answer"),
        ([event(chunk({"content": "We are"}))], "mind_broken_answer"),
        ([b'data: {"error": {"message": "out of memory"}}\n\n'], "mind_failed"),
        ([b"<html>Welcome</html>"], "mind_broken_answer"),
        ([b"x" * (LINE_MAX_BYTES + 1)], "mind_too_long"),
    ],
)
async def test_a_broken_stream_is_said(model: TextModel, scraps: list[Scrap], code: str) -> None:
    model.script = [scraps]
    assert await trouble(model) == code


async def test_a_compressed_answer_is_not_unpacked(model: TextModel) -> None:
    model.headers = {"Content-Encoding": "gzip"}
    assert await trouble(model) == "mind_broken_answer"


async def test_an_end_without_the_last_word_will_do_once_the_model_said_stop(model: TextModel) -> None:
    model.script = [[event(chunk({"content": "はい。"})), event(chunk({}, "stop"))]]
    assert await thoughts(model) == [Words("はい。")]


async def test_lines_may_come_in_any_pieces(model: TextModel) -> None:
    whole = event(chunk({"content": "はい。"})) + event(chunk({}, "stop")) + b"data: [DONE]\r\n\r\n"
    model.script = [[whole[at : at + 5] for at in range(0, len(whole), 5)]]
    assert await thoughts(model) == [Words("はい。")]


def test_its_name_says_which_model_and_where() -> None:
    assert TextEndpoint("http://localhost:11434/v1", "qwen3", "secret").name == "qwen3 at localhost:11434"
