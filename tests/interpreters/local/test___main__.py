"""The engine's real process: weights, protocol, and its end."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import numpy as np
import pytest
import pytest_asyncio
from openai import AsyncOpenAI

from dragoman.audio import g711
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.process import LocalProcess, Running
from tests.fakes.not_speech import SOUNDS, hold_music
from tests.fakes.weights import settings, spoken

pytestmark = [pytest.mark.models, pytest.mark.timeout(180)]

FMT = AudioFormat.PCMU_8K
VAD = {"type": "server_vad", "create_response": False, "interrupt_response": False}


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Running]:
    engine = LocalProcess(settings())
    yield await engine.start()
    await engine.stop()


class Call:
    """One party's session at the real engine."""

    def __init__(self, connection: Any, source: str, target: str) -> None:
        self.connection, self.source, self.target = connection, source, target
        self.kinds: list[str] = []
        self.heard, self.said, self.audio = "", "", b""

    async def set_up(self) -> None:
        pcmu = {"type": "audio/pcmu"}
        heard = {"format": pcmu, "transcription": {"model": "x", "language": self.source}, "turn_detection": VAD}
        session = {"type": "realtime", "audio": {"input": heard, "output": {"format": pcmu}}}
        await self.connection.session.update(session=session)

    async def say(self, audio: bytes) -> None:
        step = FMT.bytes_for(200)
        for at in range(0, len(audio), step):
            piece = base64.b64encode(audio[at : at + step]).decode()
            await self.connection.input_audio_buffer.append(audio=piece)

    async def answered(self) -> Any:
        """Ask for each utterance's interpretation as it comes; the first response that is done."""
        async with asyncio.timeout(60):
            async for event in self.connection:
                self.kinds.append(event.type)
                match event.type:
                    case "input_audio_buffer.committed":
                        item = {"type": "item_reference", "id": event.item_id}
                        metadata = {"source": self.source, "target": self.target}
                        await self.connection.response.create(
                            response={"conversation": "none", "input": [item], "metadata": metadata}
                        )
                    case "conversation.item.input_audio_transcription.completed":
                        self.heard = event.transcript
                    case "response.output_audio_transcript.done":
                        self.said = event.transcript
                    case "response.output_audio.delta":
                        self.audio += base64.b64decode(event.delta)
                    case "response.done":
                        return event.response
                    case _:
                        """Not about what was said."""
        raise AssertionError("the engine closed the session")


async def test_two_parties_are_interpreted_both_ways_and_music_is_not(running: Running) -> None:
    assert {("en", "es"), ("es", "en")} <= running.pairs
    client = AsyncOpenAI(api_key=running.token, base_url=running.base_url)
    async with client.realtime.connect(model="local") as one, client.realtime.connect(model="local") as two:
        caller, agent = Call(one, "es", "en"), Call(two, "en", "es")
        for call in (caller, agent):
            await call.set_up()
        music = (hold_music(10) * 32767).astype("<i2")[::2]
        await caller.say(_pcmu(music.tobytes()))
        await caller.say(spoken("Necesito cambiar la fecha de mi cita.", "es", "em_santa") + FMT.silence(1500))
        await agent.say(spoken("Can you tell me your account number, please?", "en", "am_fenrir") + FMT.silence(1500))
        answers = [await caller.answered(), await agent.answered()]
    assert [answer.status for answer in answers] == ["completed", "completed"]
    assert "change" in caller.said
    assert "date" in caller.said
    assert "número" in agent.said
    assert "cuenta" in agent.said
    assert all(FMT.ms(len(call.audio)) > 800 for call in (caller, agent))
    assert caller.kinds.count("input_audio_buffer.speech_started") == 1
    async with httpx2.AsyncClient() as web:
        told = (await web.get(running.base_url.replace("/v1", "/healthz"))).json()
    assert {"en", "es", "fr", "it", "pt", "ja"} <= set(told["spoken"])


@pytest.mark.timeout(300)
async def test_nothing_is_said_to_a_minute_of_what_is_not_speech(running: Running) -> None:
    """Silence, noise, ring tones, keys, music: no item, so nothing is spoken and nobody is asked to repeat."""
    client = AsyncOpenAI(api_key=running.token, base_url=running.base_url)
    for name, sound in SOUNDS.items():
        async with client.realtime.connect(model="local") as connection:
            call = Call(connection, "es", "en")
            await call.set_up()
            await call.say(_pcmu((sound(60) * 32767).astype("<i2")[::2].tobytes()))
            await call.say(spoken("Necesito cambiar la fecha de mi cita.", "es", "em_santa") + FMT.silence(1500))
            answer = await call.answered()
        assert answer.status == "completed", name
        assert "change" in call.said, name
        assert call.kinds.count("input_audio_buffer.committed") == 1, name


async def test_it_is_nicer_than_we_are_and_ends_with_its_input() -> None:
    engine = LocalProcess(settings())
    running = await engine.start()
    assert os.getpriority(os.PRIO_PROCESS, running.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    process = engine._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    async with asyncio.timeout(10):
        assert await process.wait() == 0
    await engine.stop()


async def test_without_a_token_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    process = await asyncio.create_subprocess_exec(
        *LocalProcess(settings())._command,
        env={key: value for key, value in os.environ.items() if key != "DRAGOMAN_LOCAL_TOKEN"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 2
    assert b"DRAGOMAN_LOCAL_TOKEN: is missing" in out


def _pcmu(pcm_8k: bytes) -> bytes:
    return g711.encode(np.frombuffer(pcm_8k, "<i2").astype(np.int16))
