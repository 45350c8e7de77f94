"""`/v1/audio/speech` of the embedded engine, by the official SDK and by hand; parts are fakes."""

from __future__ import annotations

import asyncio
import io
import threading
import wave

import httpx2
import openai
import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.server.speech import SpeechWanted, language_of
from tests.fakes.local_parts import TOKEN, FakeEngine
from tests.interpreters.local.server.conftest import client_of

pytestmark = pytest.mark.pair


async def test_a_text_is_spoken_in_the_named_language(engine: FakeEngine) -> None:
    async with client_of(engine) as client:
        answer = await client.audio.speech.create(
            model="local",
            voice="cedar",
            input="Un momento.",
            response_format="pcm",
            speed=1.2,
            instructions="Speak Spanish, calmly.",
        )
    assert AudioFormat.PCM16_24K.ms(len(answer.content)) == 110
    assert engine.voice.said == [("Un momento.", "es", "cedar", 1.2)]


async def test_a_wav_can_be_read(engine: FakeEngine) -> None:
    async with client_of(engine) as client:
        answer = await client.audio.speech.create(model="x", voice="marin", input="Hello there.", response_format="wav")
    with wave.open(io.BytesIO(answer.content)) as recording:
        assert (recording.getframerate(), recording.getnchannels(), recording.getsampwidth()) == (24_000, 1, 2)
        assert len(recording.readframes(10**6)) == 24_000 * 2 * 120 // 1000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"response_format": "mp3"}, "unsupported_value"),
        ({"input": ""}, "invalid_value"),
        ({"input": "x" * 5000}, "invalid_value"),
        ({"input": "..."}, "language_not_spoken"),
        ({"speed": 9.0}, "invalid_value"),
        ({"instructions": "Speak Hindi."}, "language_not_spoken"),
        ({"voice": 3}, "invalid_value"),
    ],
)
async def test_what_cannot_be_done_is_told(engine: FakeEngine, changes: dict[str, object], code: str) -> None:
    order: dict[str, object] = {"model": "x", "voice": "marin", "input": "Hello.", "response_format": "pcm"}
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = await client.post(f"{engine.base_url}/audio/speech", json=order | changes)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code


async def test_without_the_token_nothing_is_spoken(engine: FakeEngine) -> None:
    async with client_of(engine, "wrong") as client:
        with pytest.raises(openai.AuthenticationError):
            await client.audio.speech.create(model="x", voice="marin", input="Hello.", response_format="pcm")
    assert engine.voice.said == []


async def test_a_body_that_is_too_large_is_not_read(engine: FakeEngine) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as client:
        answer = await client.post(f"{engine.base_url}/audio/speech", content=b"x" * 70_000)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("text", "instructions", "language", "expected"),
    [
        ("Hello.", "Speak French.", "pt-BR", "pt"),
        ("Hello.", "Speak Japanese, slowly.", None, "ja"),
        ("Buenos días, ¿en qué puedo ayudarle hoy?", None, None, "es"),
        ("Good morning, how can I help you today?", "Be calm.", None, "en"),
        ("こんにちは、少々お待ちください。", None, None, "ja"),
        ("Доброе утро", None, None, "en"),
    ],
)
def test_the_language_of_an_order(text: str, instructions: str | None, language: str | None, expected: str) -> None:
    wanted = SpeechWanted(model="x", input=text, voice="marin", instructions=instructions, language=language)
    assert language_of(wanted) == expected


async def test_a_talk_is_served_between_the_clauses_of_a_notice(engine: FakeEngine) -> None:
    began, go_on = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hold() -> None:
        loop.call_soon_threadsafe(began.set)
        assert go_on.wait(10)

    engine.voice.hold = hold
    said_before: list[int] = []
    async with client_of(engine) as client, asyncio.TaskGroup() as tasks, asyncio.timeout(10):
        notice = tasks.create_task(
            client.audio.speech.create(
                model="x", voice="marin", response_format="pcm", input="This is the first. This is the second. A third."
            )
        )
        await began.wait()
        talk = [
            tasks.create_task(engine.jobs.run("talk", lambda: said_before.append(len(engine.voice.said))))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(*talk)
        await notice
    assert said_before == [1, 1, 1], "the clause that was under way, and no other"
    assert len(engine.voice.said) == 3
