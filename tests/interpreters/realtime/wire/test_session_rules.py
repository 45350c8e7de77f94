from __future__ import annotations

import json

import pytest

from dragoman.interpreters.realtime.wire.conversation import UpdateSession, decode_client
from dragoman.interpreters.realtime.wire.envelope import Rejection, RejectionCode
from dragoman.interpreters.realtime.wire.session import Session
from dragoman.interpreters.realtime.wire.session_rules import VOICES, clash

pytestmark = pytest.mark.unit

Members = dict[str, object]


def sent(session: Members) -> UpdateSession | Rejection:
    message = {"type": "session.update", "event_id": "e1", "session": {"type": "realtime", **session}}
    event = decode_client(json.dumps(message).encode())
    assert isinstance(event, UpdateSession | Rejection)
    return event


def heard(**members: object) -> Members:
    return {"audio": {"input": members}}


def spoken(**members: object) -> Members:
    return {"audio": {"output": members}}


def vad(**members: object) -> Members:
    return heard(turn_detection={"type": "server_vad", **members})


@pytest.mark.parametrize(
    "session",
    [
        {},
        {"output_modalities": ["text"], "max_output_tokens": 4096, "truncation": "disabled", "tracing": None},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 9}}},
        {"reasoning": {"effort": "xhigh"}, "include": ["item.input_audio_transcription.logprobs"]},
        {"tools": [{"type": "function", "name": "f", "parameters": {"x": 1}}], "tool_choice": "required"},
        {"tool_choice": {"type": "function", "name": "f"}},
        heard(format={"type": "audio/pcm", "rate": 24000}),
        heard(format={"type": "audio/pcma"}),
        heard(transcription={"model": "gpt-transcribe", "languages": ["de"], "keywords": ["Dragoman"], "delay": "low"}),
        heard(noise_reduction={"type": "far_field", "strength": 1}),
        heard(turn_detection={"type": "semantic_vad", "eagerness": "high"}),
        vad(idle_timeout_ms=5000, threshold=0, silence_duration_ms=200),
        vad(idle_timeout_ms=None),
        spoken(speed=0.25, voice={"id": "voice_1"}),
        spoken(speed=1.5),
        *[spoken(voice=voice) for voice in VOICES],
    ],
    ids=str,
)
def test_what_is_allowed_passes(session: Members) -> None:
    assert isinstance(sent(session), UpdateSession)


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        (heard(format={"type": "audio/pcmu", "rate": 8000}), "unknown_parameter", "audio.input.format.rate"),
        (spoken(format={"type": "audio/pcma", "rate": 8000}), "unknown_parameter", "audio.output.format.rate"),
        (heard(format={"type": "audio/pcm", "rate": 16000}), "invalid_value", "audio.input.format.rate"),
        (spoken(voice="onyx"), "invalid_value", "audio.output.voice"),
        (spoken(speed=1.6), "invalid_value", "audio.output.speed"),
        (spoken(speed=0.2), "invalid_value", "audio.output.speed"),
        (vad(threshold=1.1), "invalid_value", "audio.input.turn_detection.threshold"),
        (vad(silence_duration_ms=-1), "invalid_value", "audio.input.turn_detection.silence_duration_ms"),
        (vad(prefix_padding_ms=-1), "invalid_value", "audio.input.turn_detection.prefix_padding_ms"),
        (vad(idle_timeout_ms=4999), "invalid_value", "audio.input.turn_detection.idle_timeout_ms"),
        (vad(idle_timeout_ms=30001), "invalid_value", "audio.input.turn_detection.idle_timeout_ms"),
        (vad(eagerness="low"), "unknown_parameter", "audio.input.turn_detection.eagerness"),
        (heard(turn_detection={"type": "none"}), "invalid_value", "audio.input.turn_detection.type"),
        (
            heard(turn_detection={"type": "semantic_vad", "eagerness": "x"}),
            "invalid_value",
            "audio.input.turn_detection.eagerness",
        ),
        (heard(noise_reduction={"type": "loud"}), "invalid_value", "audio.input.noise_reduction.type"),
        (heard(noise_reduction={}), "invalid_value", "audio.input.noise_reduction.type"),
        (
            heard(noise_reduction={"type": "near_field", "strength": 2}),
            "invalid_value",
            "audio.input.noise_reduction.strength",
        ),
        (heard(transcription={"model": "m", "delay": "never"}), "invalid_value", "audio.input.transcription.delay"),
        (
            heard(transcription={"model": "m", "keywords": ["<b>"]}),
            "invalid_value",
            "audio.input.transcription.keywords",
        ),
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "output_modalities"),
        ({"max_output_tokens": 4097}, "invalid_value", "max_output_tokens"),
        ({"max_output_tokens": "many"}, "invalid_value", "max_output_tokens"),
        ({"tool_choice": "maybe"}, "invalid_value", "tool_choice"),
        ({"truncation": "some"}, "invalid_value", "truncation"),
        (
            {"truncation": {"type": "retention_ratio", "retention_ratio": 2}},
            "invalid_value",
            "truncation.retention_ratio",
        ),
        ({"reasoning": {"effort": "none"}}, "invalid_value", "reasoning.effort"),
        ({"tracing": "off"}, "invalid_value", "tracing"),
        ({"include": ["everything"]}, "invalid_value", "include"),
        ({"temperature": 0.7}, "unknown_parameter", "temperature"),
        ({"input_audio_format": "g711_ulaw"}, "unknown_parameter", "input_audio_format"),
        ({"turn_detection": None}, "unknown_parameter", "turn_detection"),
    ],
    ids=str,
)
def test_what_is_not_is_refused_whole(session: Members, code: str, param: str) -> None:
    answer = sent(session)
    assert isinstance(answer, Rejection)
    assert (answer.code, answer.param, answer.event_id) == (RejectionCode(code), f"session.{param}", "e1")


def test_the_type_must_be_realtime() -> None:
    answer = decode_client(b'{"type":"session.update","session":{"type":"live"}}')
    assert isinstance(answer, Rejection)
    assert answer.param == "session.type"


def test_the_model_cannot_change_but_may_be_named() -> None:
    session = Session(id="s", model="gpt-realtime-2.1")
    same, other = sent({"model": "gpt-realtime-2.1"}), sent({"model": "gpt-realtime-2"})
    assert isinstance(same, UpdateSession)
    assert isinstance(other, UpdateSession)
    assert clash(session, same.session, "e") is None
    refused = clash(session, other.session, "e")
    assert refused is not None
    assert (refused.param, refused.event_id) == ("session.model", "e")


def test_the_voice_cannot_change_once_it_was_heard() -> None:
    session = Session(id="s", model="m")
    update = sent(spoken(voice="cedar"))
    assert isinstance(update, UpdateSession)
    assert clash(session, update.session, None) is None
    assert clash(session, update.session, None, has_spoken=True) is not None
    same = sent(spoken(voice="marin"))
    assert isinstance(same, UpdateSession)
    assert clash(session, same.session, None, has_spoken=True) is None
