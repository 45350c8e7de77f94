"""The official SDK drives the emulator, and every event that it emits is one that the SDK knows.

The SDK builds what it receives without validation, so each message is validated here a second time, raw.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from openai.lib.realtime_translation import AsyncTranslationSession
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import (
    RealtimeClientEvent,
    RealtimeServerEvent,
    RealtimeTranslationClientEvent,
    RealtimeTranslationServerEvent,
    ResponseDoneEvent,
)
from pydantic import TypeAdapter

from dragoman.interpreters.openai.emulator import (
    Ending,
    Faults,
    MarkerScript,
    OpenAIEmulator,
    Pace,
    Phrase,
    Phrases,
)
from dragoman.interpreters.openai.emulator.faults import TOO_MANY
from dragoman.interpreters.openai.emulator.markers import marker_in, marker_of, marker_tone
from dragoman.interpreters.openai.emulator.sound import SAMPLE_HZ, samples_of, silence, tone
from dragoman.interpreters.realtime.wire import conversation, translation
from dragoman.interpreters.realtime.wire.envelope import Rejection
from dragoman.interpreters.realtime.wire.session import Pcm

pytestmark = pytest.mark.pair

SERVER_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)
TRANSLATION_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeTranslationServerEvent)
WAIT_S = 10.0
PCMU: Any = {"type": "audio/pcmu"}


@pytest.fixture
async def emulator() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(script=MarkerScript(), pace=Pace(speed=4.0)) as running:
        yield running


@pytest.fixture
async def client(emulator: OpenAIEmulator) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(api_key="sk-test", base_url=emulator.base_url, max_retries=0) as one:
        yield one


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[Any]:
    """Events up to the first of one type, each validated as it came over the wire."""
    events: list[Any] = []
    async with asyncio.timeout(WAIT_S):
        while not events or events[-1].type != kind:
            raw = json.loads(await connection.recv_bytes())
            SERVER_EVENT.validate_python(raw)
            events.append(connection.parse_event(json.dumps(raw)))
    return events


def b64(audio: bytes) -> str:
    return base64.b64encode(audio).decode()


async def configured(connection: AsyncRealtimeConnection, **flags: Any) -> None:
    turns: Any = {"type": "server_vad", "silence_duration_ms": 400, **flags}
    await connection.session.update(
        session={
            "type": "realtime",
            "output_modalities": ["audio"],
            "instructions": "Interpret.",
            "tool_choice": "none",
            "audio": {
                "input": {
                    "format": PCMU,
                    "noise_reduction": {"type": "near_field"},
                    "transcription": {"model": "gpt-transcribe", "languages": ["es"]},
                    "turn_detection": turns,
                },
                "output": {"format": PCMU, "voice": "cedar"},
            },
        }
    )
    updated = (await until(connection, "session.updated"))[-1]
    assert updated.session.audio.output.voice == "cedar"
    assert updated.session.audio.input.turn_detection.silence_duration_ms == 400


async def test_the_sdk_holds_a_conversation(emulator: OpenAIEmulator, client: AsyncOpenAI) -> None:
    async with client.realtime.connect(
        model="gpt-realtime-2.1-mini", extra_headers={"OpenAI-Safety-Identifier": "hash-1"}
    ) as connection:
        await configured(connection)
        sound = marker_tone(440, 1000) + b"\xff" * 4000
        for start in range(0, len(sound), 160):
            await connection.input_audio_buffer.append(audio=b64(sound[start : start + 160]))
        events = await until(connection, "response.done")
        done = events[-1]
        assert isinstance(done, ResponseDoneEvent)
        assert done.response.status == "completed"
        assert done.response.usage is not None
        spoken = b"".join(base64.b64decode(one.delta) for one in events if one.type == "response.output_audio.delta")
        assert marker_of(spoken) == 1940
    record = emulator.sessions[0]
    assert record.safety_id == "hash-1"
    assert record.audio_ms == 1500
    assert bytes(record.audio) == sound
    assert record.said == ["answer 1940"]


async def test_the_sdk_asks_apart_truncates_cancels_and_deletes(client: AsyncOpenAI) -> None:
    async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
        await configured(connection, create_response=False, interrupt_response=False)
        await connection.input_audio_buffer.append(audio=b64(marker_tone(600, 3000) + b"\xff" * 8000))
        item = (await until(connection, "input_audio_buffer.committed"))[-1].item_id
        apart: Any = {
            "conversation": "none",
            "input": [{"type": "item_reference", "id": item}],
            "metadata": {"utterance": item},
            "instructions": "Render it in English.",
        }
        await connection.response.create(response=apart)
        done = (await until(connection, "response.done"))[-1].response
        assert done.metadata == {"utterance": item}
        assert done.conversation_id is None
        await connection.response.create()
        spoken = (await until(connection, "response.output_item.done"))[-1].item
        await until(connection, "response.done")
        await connection.conversation.item.truncate(item_id=spoken.id, content_index=0, audio_end_ms=500)
        assert (await until(connection, "conversation.item.truncated"))[-1].audio_end_ms == 500
        await connection.conversation.item.retrieve(item_id=spoken.id)
        await until(connection, "conversation.item.retrieved")
        await connection.response.create()
        await until(connection, "response.output_audio.delta")
        await connection.response.cancel()
        assert (await until(connection, "response.done"))[-1].response.status == "cancelled"
        await connection.conversation.item.delete(item_id=item)
        await until(connection, "conversation.item.deleted")
        await connection.input_audio_buffer.clear()
        await until(connection, "input_audio_buffer.cleared")
        await connection.input_audio_buffer.commit()
        assert (await until(connection, "error"))[-1].error.code == "input_audio_buffer_commit_empty"


async def test_the_sdk_interprets_continuously(emulator: OpenAIEmulator, client: AsyncOpenAI) -> None:
    async with AsyncTranslationSession(client.realtime.translations, model="gpt-realtime-translate") as session:
        await session.send(
            {
                "type": "session.update",
                "session": {
                    "audio": {
                        "input": {
                            "transcription": {"model": "gpt-live-transcribe"},
                            "noise_reduction": {"type": "near_field"},
                        },
                        "output": {"language": "de"},
                    }
                },
            }
        )
        while (await session.recv()).type != "session.updated":
            pass
        for part in (tone(700, 1000), silence(1000)):
            for start in range(0, part.size, 4800):
                chunk = part[start : start + 4800].tobytes()
                await session.send({"type": "session.input_audio_buffer.append", "audio": b64(chunk)})
        await session.send({"type": "session.close"})
        heard, said, audio = "", "", b""
        async with asyncio.timeout(WAIT_S):
            while (event := await session.recv()).type != "session.closed":
                TRANSLATION_EVENT.validate_python(event.model_dump(mode="json", exclude_unset=True))
                match event.type:
                    case "session.input_transcript.delta":
                        heard += event.delta
                    case "session.output_transcript.delta":
                        said += event.delta
                    case "session.output_audio.delta":
                        piece = base64.b64decode(event.delta)
                        audio += piece if any(piece) else b""
                    case _:
                        """Not about what was said."""
    assert (heard, said) == ("marker 700", "answer 2200")
    assert marker_in(samples_of(audio, Pcm()), SAMPLE_HZ) == 2200
    assert emulator.sessions[0].close_code == 1000


async def test_the_sdk_gets_secrets_that_open_sessions(emulator: OpenAIEmulator, client: AsyncOpenAI) -> None:
    talking = await client.realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session={"type": "realtime", "model": "gpt-realtime-2.1", "audio": {"output": {"voice": "ash"}}},
    )
    assert talking.value.startswith("ek_")
    translating = await client.realtime.translations.client_secrets.create(
        session={"model": "gpt-realtime-translate", "audio": {"output": {"language": "ja"}}}
    )
    assert translating.session.audio.output is not None
    assert translating.session.audio.output.language == "ja"
    async with AsyncOpenAI(api_key=talking.value, base_url=emulator.base_url) as browser:
        async with browser.realtime.connect(model="gpt-realtime-2.1") as connection:
            created = (await until(connection, "session.created"))[-1]
            assert created.session.audio.output.voice == "ash"
        with pytest.raises(openai.AuthenticationError):
            await browser.audio.speech.create(model="tts-1", voice="ash", input="x", response_format="pcm")


async def test_the_sdk_renders_speech(emulator: OpenAIEmulator, client: AsyncOpenAI) -> None:
    answer = await client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="marin", input="One moment, please.", response_format="pcm"
    )
    assert len(await answer.aread()) == len("One moment, please.") * 60 * 48
    assert len(emulator.spoken) == 1


async def test_the_sdk_reconnects_after_a_drop_and_sees_a_new_session() -> None:
    faults = {0: Faults(ending=Ending.DROP)}
    async with (
        OpenAIEmulator(faults_by_number=faults) as emulator,
        AsyncOpenAI(api_key="sk-test", base_url=emulator.base_url) as client,
        client.realtime.connect(
            model="gpt-realtime-2.1", on_reconnecting=lambda _: None, initial_delay=0.01, max_delay=0.01
        ) as connection,
        asyncio.timeout(WAIT_S),
    ):
        ids = []
        async for event in connection:
            if event.type == "session.created":
                ids.append(event.event_id)
            if len(ids) == 2:
                break
        assert len(emulator.sessions) == 2
        assert emulator.sessions[0].close_code == 1006
        assert emulator.sessions[0].session_id != emulator.sessions[1].session_id


async def test_the_sdk_reads_http_errors() -> None:
    async with OpenAIEmulator(keys=frozenset({"sk-good"})) as emulator:
        async with AsyncOpenAI(api_key="sk-bad", base_url=emulator.base_url, max_retries=0) as client:
            with pytest.raises(openai.AuthenticationError) as caught:
                await client.realtime.client_secrets.create()
            assert caught.value.code == "invalid_api_key"
        emulator.faults = Faults(refuse=TOO_MANY)
        async with AsyncOpenAI(api_key="sk-good", base_url=emulator.base_url, max_retries=0) as client:
            with pytest.raises(Exception, match="429"):
                async with client.realtime.connect(model="gpt-realtime-2.1"):
                    pass


async def test_a_script_of_phrases_is_said_in_order(client: AsyncOpenAI, emulator: OpenAIEmulator) -> None:
    emulator.script = Phrases((Phrase("Uno.", "One.", "es"), Phrase("Dos.", "Two.", "es")))
    async with client.realtime.connect(model="gpt-realtime-2.1") as connection:
        await configured(connection)
        for _ in range(2):
            await connection.input_audio_buffer.append(audio=b64(marker_tone(500, 400) + b"\xff" * 4000))
            await until(connection, "response.done")
    assert emulator.sessions[0].heard == ["Uno.", "Dos."]
    assert emulator.sessions[0].said == ["One.", "Two."]


# ---- What the SDK may send, the emulator takes -----------------------------------------------------------------------

CLIENT_EVENTS: list[dict[str, Any]] = [
    {"type": "session.update", "session": {"type": "realtime", "instructions": "x", "truncation": "disabled"}},
    {"type": "session.update", "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {
        "type": "conversation.item.create",
        "item": {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "x"}]},
    },
    {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "c", "output": "{}"}},
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 0},
    {"type": "conversation.item.delete", "item_id": "item_1"},
    {"type": "response.create", "response": {"conversation": "none", "output_modalities": ["text"]}},
    {"type": "response.cancel", "response_id": "resp_1"},
]
TRANSLATION_CLIENT_EVENTS: list[dict[str, Any]] = [
    {"type": "session.update", "session": {"audio": {"output": {"language": "de"}}}},
    {"type": "session.input_audio_buffer.append", "audio": "AAA="},
    {"type": "session.close"},
]


@pytest.mark.parametrize("event", CLIENT_EVENTS, ids=lambda one: str(one["type"]))
def test_what_the_sdk_holds_valid_is_taken(event: dict[str, Any]) -> None:
    TypeAdapter[Any](RealtimeClientEvent).validate_python(event)
    assert not isinstance(conversation.decode_client(json.dumps(event).encode()), Rejection)


@pytest.mark.parametrize("event", TRANSLATION_CLIENT_EVENTS, ids=lambda one: str(one["type"]))
def test_what_the_sdk_holds_valid_for_translations_is_taken(event: dict[str, Any]) -> None:
    TypeAdapter[Any](RealtimeTranslationClientEvent).validate_python(event)
    assert not isinstance(translation.decode_client(json.dumps(event).encode()), Rejection)
