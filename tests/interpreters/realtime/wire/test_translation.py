"""Wire against wire in the other role, and against the official SDK's models."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.realtime import RealtimeTranslationClientEvent, RealtimeTranslationServerEvent
from pydantic import TypeAdapter

from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import (
    ErrorDetail,
    ErrorEvent,
    Rejection,
    RejectionCode,
    Stamp,
    encode,
)

pytestmark = pytest.mark.pair

SDK_SERVER: TypeAdapter[Any] = TypeAdapter(RealtimeTranslationServerEvent)
SDK_CLIENT: TypeAdapter[Any] = TypeAdapter(RealtimeTranslationClientEvent)
SESSION = wire.Session("sess_1", "gpt-realtime-translate", 3600)
SERVER: list[wire.AnyServerEvent] = [
    wire.SessionCreated(SESSION),
    wire.SessionUpdated(SESSION),
    wire.InputTranscriptDelta("Hola", 200),
    wire.OutputTranscriptDelta(" Hello"),
    wire.OutputAudioDelta(b"\x00\x01", elapsed_ms=400),
    wire.SessionClosed(),
    ErrorEvent(ErrorDetail("invalid_request_error", "no")),
]
CLIENT: list[wire.AnyClientEvent] = [
    wire.UpdateSession(
        wire.SessionUpdate(
            wire.AudioUpdate(
                wire.AudioInputUpdate(
                    wire.Transcription("gpt-live-transcribe"), wire.NoiseReduction("near_field", 0.5)
                ),
                wire.AudioOutputUpdate("de"),
            )
        ),
        event_id="c1",
    ),
    wire.AppendAudio(b"\x00\x01"),
    wire.CloseSession(),
]


def kind(event: msgspec.Struct) -> str:
    return str(event.__struct_config__.tag)


@pytest.mark.parametrize("event", SERVER, ids=kind)
def test_the_client_and_the_sdk_read_what_the_server_writes(event: wire.AnyServerEvent) -> None:
    stamped = Stamp("s")(event)
    assert wire.decode_server(stamped) == msgspec.structs.replace(event, event_id="event_s_1")
    assert SDK_SERVER.validate_json(stamped).type == kind(event)


@pytest.mark.parametrize("event", CLIENT, ids=kind)
def test_the_server_and_the_sdk_read_what_the_client_writes(event: wire.AnyClientEvent) -> None:
    assert wire.decode_client(encode(event)) == event
    assert SDK_CLIENT.validate_json(encode(event)).type == kind(event)


@given(st.binary(max_size=1000).filter(lambda audio: len(audio) % 2 == 0))
def test_the_hot_append_is_the_same_event(audio: bytes) -> None:
    assert wire.decode_client(wire.append(audio)) == wire.AppendAudio(audio)


def test_only_the_three_client_events_are_taken() -> None:
    for other in ("input_audio_buffer.append", "response.create", "input_audio_buffer.commit"):
        answer = wire.decode_client(json.dumps({"type": other}).encode())
        assert isinstance(answer, Rejection)
        assert (answer.code, answer.param) == (RejectionCode.INVALID_VALUE, "type")


def sent(session: object) -> wire.AnyClientEvent | Rejection:
    return wire.decode_client(json.dumps({"type": "session.update", "session": session}).encode())


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"type": "translation"}, "unknown_parameter", "session.type"),
        ({"model": "m"}, "unknown_parameter", "session.model"),
        (
            {"audio": {"input": {"transcription": {"model": "m", "language": "es"}}}},
            "unknown_parameter",
            "session.audio.input.transcription.language",
        ),
        (
            {"audio": {"input": {"transcription": {}}}},
            "missing_required_parameter",
            "session.audio.input.transcription.model",
        ),
        ({"audio": {"input": {"turn_detection": None}}}, "unknown_parameter", "session.audio.input.turn_detection"),
        (
            {"audio": {"input": {"noise_reduction": {"type": "x"}}}},
            "invalid_value",
            "session.audio.input.noise_reduction.type",
        ),
        ({"audio": {"output": {"voice": "marin"}}}, "unknown_parameter", "session.audio.output.voice"),
        ({"audio": {"output": {"language": "xx"}}}, "invalid_value", "session.audio.output.language"),
        ({"audio": {"output": {"language": None}}}, "invalid_value", "session.audio.output.language"),
    ],
    ids=str,
)
def test_what_an_update_may_not_say(session: object, code: str, param: str) -> None:
    answer = sent(session)
    assert isinstance(answer, Rejection)
    assert (answer.code.value, answer.param) == (code, param)


def test_an_update_must_be_wrapped() -> None:
    answer = wire.decode_client(b'{"type":"session.update","audio":{"output":{"language":"de"}}}')
    assert isinstance(answer, Rejection)


def test_a_bad_language_is_told_the_list() -> None:
    answer = sent({"audio": {"output": {"language": "klingon"}}})
    assert isinstance(answer, Rejection)
    assert all(f"'{target}'" in answer.message for target in wire.TARGETS)


def test_odd_audio_is_refused() -> None:
    answer = wire.decode_client(wire.append(b"abc"))
    assert isinstance(answer, Rejection)
    assert answer.param == "audio"


def test_merging_changes_what_is_present() -> None:
    one = sent({"audio": {"input": {"transcription": {"model": "m"}}, "output": {"language": "DEU"}}})
    assert isinstance(one, wire.UpdateSession)
    after = wire.merged(SESSION, one.session)
    assert after.audio == wire.Audio(wire.AudioInput(wire.Transcription("m")), wire.AudioOutput("de"))
    off = sent({"audio": {"input": {"transcription": None}}})
    assert isinstance(off, wire.UpdateSession)
    assert wire.merged(after, off.session).audio == wire.Audio(output=wire.AudioOutput("de"))
    assert wire.merged(after, wire.SessionUpdate()) == after


def test_the_defaults_are_the_documented_ones() -> None:
    assert SESSION.audio == wire.Audio(wire.AudioInput(None, None), wire.AudioOutput("es"))
    assert len(wire.TARGETS) == 13
