from __future__ import annotations

import json

import pytest

from dragoman.interpreters.realtime.wire.conversation import CreateItem, CreateResponse, decode_client
from dragoman.interpreters.realtime.wire.envelope import Rejection
from dragoman.interpreters.realtime.wire.items import Content, FunctionCallItem, MessageItem, text_of, without_audio

pytestmark = pytest.mark.unit

USER = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hola"}]}
REFERENCE = {"type": "item_reference", "id": "item_1"}


def asked(**response: object) -> object:
    return decode_client(json.dumps({"type": "response.create", "response": response}).encode())


def created(**item: object) -> object:
    return decode_client(json.dumps({"type": "conversation.item.create", "item": item}).encode())


def test_an_out_of_band_request_by_reference() -> None:
    event = asked(conversation="none", input=[REFERENCE], metadata={"source": "es"}, instructions="Render.")
    assert isinstance(event, CreateResponse)
    assert event.response is not None
    assert event.response.metadata == {"source": "es"}


@pytest.mark.parametrize(
    ("response", "param"),
    [
        ({"conversation": "mine"}, "response.conversation"),
        ({"metadata": {str(number): "x" for number in range(17)}}, "response.metadata"),
        ({"metadata": {"k" * 65: "x"}}, "response.metadata"),
        ({"metadata": {"k": "x" * 513}}, "response.metadata"),
        ({"metadata": {"k": 5}}, "response.metadata"),
        ({"output_modalities": []}, "response.output_modalities"),
        ({"max_output_tokens": 0}, "response.max_output_tokens"),
        ({"tool_choice": "x"}, "response.tool_choice"),
        ({"reasoning": {"effort": "x"}}, "response.reasoning.effort"),
        ({"audio": {"output": {"voice": "fable"}}}, "response.audio.output.voice"),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 8000}}}}, "response.audio.output.format.rate"),
        ({"audio": {"output": {"speed": 1}}}, "response.audio.output.speed"),
        ({"input": [{"type": "message", "role": "user", "content": []}]}, "response.input[0].content"),
        ({"modalities": ["audio"]}, "response.modalities"),
    ],
    ids=str,
)
def test_a_bad_request_is_refused(response: dict[str, object], param: str) -> None:
    answer = asked(**response)
    assert isinstance(answer, Rejection)
    assert answer.param is not None
    assert answer.param.startswith(param)


def test_an_empty_request_is_fine() -> None:
    assert isinstance(decode_client(b'{"type":"response.create"}'), CreateResponse)
    assert isinstance(asked(input=[]), CreateResponse)


@pytest.mark.parametrize(
    "item",
    [
        USER,
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "x"}]},
        {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]},
        {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
        {"type": "function_call_output", "call_id": "c", "output": "{}"},
    ],
    ids=str,
)
def test_items_that_a_client_may_create(item: dict[str, object]) -> None:
    assert isinstance(created(**item), CreateItem)


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({**USER, "role": "narrator"}, "item.role"),
        ({**USER, "role": "assistant"}, "item.content[0].type"),
        (
            {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "audio": "AA=="}]},
            "item.content[0].type",
        ),
        ({**USER, "content": []}, "item.content"),
        ({**USER, "colour": "red"}, "item.colour"),
        (REFERENCE, "item.type"),
    ],
    ids=str,
)
def test_items_that_it_may_not(item: dict[str, object], param: str) -> None:
    answer = created(**item)
    assert isinstance(answer, Rejection)
    assert answer.param == param


def test_the_words_of_an_item() -> None:
    item = MessageItem(
        "assistant", [Content("output_audio", transcript="Guten", audio=b"x"), Content("output_text", " Tag")]
    )
    assert text_of(item) == "Guten Tag"
    assert without_audio(item) == MessageItem(
        "assistant", [Content("output_audio", transcript="Guten"), Content("output_text", " Tag")]
    )
    call = FunctionCallItem("f", "{}")
    assert text_of(call) == ""
    assert without_audio(call) is call
