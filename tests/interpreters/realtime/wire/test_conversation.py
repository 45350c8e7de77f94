"""Wire against wire in the other role, and against the official SDK's models."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import TypeAdapter

from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire import items
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, Rejection, Stamp, encode
from dragoman.interpreters.realtime.wire.session import AudioUpdate, Session, SessionUpdate

pytestmark = pytest.mark.pair

SDK_SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
SDK_CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)

SAID = items.MessageItem("user", [items.Content("input_audio", transcript="Hola")], id="item_1", status="completed")
CALLED = items.FunctionCallItem("end_call", "{}", call_id="call_1", id="item_3")
PART = items.Part("audio", transcript="Hi")
SESSION = Session(id="sess_1", model="gpt-realtime-2.1", expires_at=1)
USAGE = items.Usage(3, 2, 1, items.InputTokens(1, 1, 0, 1, items.CachedTokens(1, 0, 0)), items.OutputTokens(0, 1))
RESPONSE = items.Response(
    "resp_1",
    "failed",
    status_details=items.StatusDetails("failed", error=items.StatusError("server_error", "server_error", "x")),
    output=[SAID],
    output_modalities=["audio"],
    max_output_tokens="inf",
    audio=items.ResponseAudio(items.ResponseAudioOutput(voice="marin")),
    metadata={"source": "es"},
    usage=USAGE,
)
AT = ("resp_1", "item_2", 0, 0)

SERVER: list[wire.AnyServerEvent] = [
    ErrorEvent(ErrorDetail("invalid_request_error", "no", "invalid_value", "session", "c1")),
    wire.SessionCreated(SESSION),
    wire.SessionUpdated(SESSION),
    wire.ConversationCreated(items.ConversationRef("conv_1")),
    wire.ItemAdded(SAID, "item_0"),
    wire.ItemCreated(SAID),
    wire.ItemDone(CALLED),
    wire.ItemDeleted("item_1"),
    wire.ItemRetrieved(SAID),
    wire.ItemTruncated("item_1", 0, 500),
    wire.TranscriptionDelta("item_1", 0, "Ho"),
    wire.TranscriptionCompleted("item_1", "Hola", 0, items.DurationUsage(2), [items.TranscribedLanguage("es")]),
    wire.TranscriptionCompleted("item_1", "Hola", 0, items.TokensUsage(2, 1, 3, items.InputTokens(0, 2))),
    wire.TranscriptionSegment("item_1", "seg_1", "Hola", "A", 0.0, 1.5),
    wire.TranscriptionFailed("item_1", items.TranscriptionError("server_error", "x", "y")),
    wire.AudioCommitted("item_1", "item_0"),
    wire.AudioCleared(),
    wire.SpeechStarted(100, "item_1"),
    wire.SpeechStopped(900, "item_1"),
    wire.IdleTimeout(100, 900, "item_1"),
    wire.DtmfReceived("5", 17),
    wire.OutputStarted("resp_1"),
    wire.OutputStopped("resp_1"),
    wire.OutputCleared("resp_1"),
    wire.RateLimits([items.RateLimit("tokens", 10, 5, 1.5)]),
    wire.ResponseCreated(items.Response("resp_1", "in_progress")),
    wire.ResponseDone(RESPONSE),
    wire.OutputItemAdded("resp_1", 0, CALLED),
    wire.OutputItemDone("resp_1", 0, SAID),
    wire.PartAdded(*AT, PART),
    wire.PartDone(*AT, PART),
    wire.AudioDelta(*AT, b"\x00\xff\x10"),
    wire.AudioDone(*AT),
    wire.TranscriptDelta(*AT, "Hi"),
    wire.TranscriptDone(*AT, "Hi"),
    wire.TextDelta(*AT, "Hi"),
    wire.TextDone(*AT, "Hi"),
    wire.ArgumentsDelta("resp_1", "item_3", 0, "call_1", "{"),
    wire.ArgumentsDone("resp_1", "item_3", 0, "call_1", "{}", "end_call"),
]

CLIENT: list[wire.AnyClientEvent] = [
    wire.UpdateSession(SessionUpdate(type="realtime", audio=AudioUpdate()), event_id="c1"),
    wire.AppendAudio(b"\x00\xff"),
    wire.CommitAudio(),
    wire.ClearAudio(),
    wire.CreateItem(items.MessageItem("user", [items.Content("input_text", "hola")]), "root"),
    wire.RetrieveItem("item_1"),
    wire.TruncateItem("item_1", 0, 0),
    wire.DeleteItem("item_1"),
    wire.CreateResponse(),
    wire.CreateResponse(items.ResponseWanted("Render.", "none", [], {"source": "es"}, ["audio"])),
    wire.CancelResponse("resp_1"),
    wire.CancelResponse(),
]


def kind(event: msgspec.Struct) -> str:
    return str(event.__struct_config__.tag)


@pytest.mark.parametrize("event", SERVER, ids=kind)
def test_the_client_reads_what_the_server_writes(event: wire.AnyServerEvent) -> None:
    stamped = Stamp("s")(event)
    assert wire.decode_server(stamped) == msgspec.structs.replace(event, event_id="event_s_1")


@pytest.mark.parametrize("event", SERVER, ids=kind)
def test_the_sdk_takes_what_the_server_writes(event: wire.AnyServerEvent) -> None:
    read = SDK_SERVER.validate_json(Stamp("s")(event))
    assert read.type == kind(event)


@pytest.mark.parametrize("event", CLIENT, ids=kind)
def test_the_server_reads_what_the_client_writes(event: wire.AnyClientEvent) -> None:
    assert wire.decode_client(encode(event)) == event


@pytest.mark.parametrize("event", CLIENT, ids=kind)
def test_the_sdk_takes_what_the_client_writes(event: wire.AnyClientEvent) -> None:
    read = SDK_CLIENT.validate_json(encode(event))
    assert read.type == kind(event)


def test_every_client_event_of_the_sdk_is_known() -> None:
    tags = {kind(event) for event in CLIENT} | {"output_audio_buffer.clear"}
    assert tags == set(wire.CLIENT_TYPES.split(", "))
    assert set(_sdk_types(RealtimeClientEvent)) == tags


def test_every_server_event_of_the_sdk_is_known_but_those_of_mcp() -> None:
    ours = {kind(event) for event in SERVER}
    theirs = {name for name in _sdk_types(RealtimeServerEvent) if "mcp" not in name}
    assert theirs <= ours
    assert ours - theirs <= {"conversation.item.created"}


def _sdk_types(union: Any) -> list[str]:
    members = union.__args__[0].__args__ if hasattr(union, "__metadata__") else union.__args__
    return [member.model_fields["type"].annotation.__args__[0] for member in members]


@given(st.binary(max_size=2000))
def test_the_hot_append_is_the_same_event(audio: bytes) -> None:
    assert wire.decode_client(wire.append(audio)) == wire.AppendAudio(audio)


def test_an_item_reference_passes_the_server_though_the_sdk_model_lacks_it() -> None:
    event = wire.CreateResponse(items.ResponseWanted(input=[items.ItemReference("item_u12")]), event_id="c7")
    assert wire.decode_client(encode(event)) == event
    assert json.loads(encode(event))["response"]["input"] == [{"type": "item_reference", "id": "item_u12"}]


def test_too_much_audio_in_one_event_is_refused() -> None:
    answer = wire.decode_client(wire.append(bytes(15 * 1024 * 1024 + 1)))
    assert isinstance(answer, Rejection)
    assert answer.param == "audio"


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"output_audio_buffer.clear","event_id":"e"}',
        b'{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":-1,"event_id":"e"}',
        b'{"type":"conversation.item.truncate","item_id":"i","content_index":-1,"audio_end_ms":1,"event_id":"e"}',
        b'{"type":"session.close","event_id":"e"}',
    ],
)
def test_what_the_endpoint_does_not_take(message: bytes) -> None:
    answer = wire.decode_client(message)
    assert isinstance(answer, Rejection)
    assert answer.event_id == "e"
