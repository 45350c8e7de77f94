"""Talking to the embedded engine's server with the official SDK."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from tests.fakes.local_parts import TOKEN, FakeEngine, serving, tone

VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "create_response": False,
    "interrupt_response": False,
}


@pytest_asyncio.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    async with serving() as found:
        yield found


def client_of(engine: FakeEngine, token: str = TOKEN) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=token, base_url=engine.base_url, max_retries=0)


class Talk:
    """One conversation session: what to say, and every event until one that is waited for."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.seen: list[Any] = []
        self.fmt = AudioFormat.PCMU_8K

    async def set_up(self, **audio_input: Any) -> None:
        """mu-law both ways, Spanish expected, no answers by itself; `audio_input` replaces members of the input."""
        heard = {"format": {"type": "audio/pcmu"}, "transcription": {"model": "whisper", "language": "es"}}
        session = {
            "type": "realtime",
            "audio": {
                "input": {**heard, "turn_detection": VAD, **audio_input},
                "output": {"format": {"type": "audio/pcmu"}},
            },
        }
        await self.connection.session.update(session=session)  # type: ignore[arg-type]
        await self.until("session.updated")

    async def utter(self, ms: int = 600, silence_ms: int = 900) -> None:
        """Sound, then silence, in 20 ms pieces, faster than real time."""
        audio = to_bytes(tone(ms, self.fmt.rate_hz), self.fmt) + self.fmt.silence(silence_ms)
        step = self.fmt.frame_bytes
        for at in range(0, len(audio), step):
            await self.append(audio[at : at + step])

    async def append(self, audio: bytes) -> None:
        await self.connection.input_audio_buffer.append(audio=base64.b64encode(audio).decode())

    async def ask(self, item_id: str, source: str = "es", target: str = "en", **more: Any) -> None:
        """Have an item interpreted, as the product's client does."""
        wanted: dict[str, Any] = {
            "conversation": "none",
            "input": [{"type": "item_reference", "id": item_id}],
            "metadata": {"source": source, "target": target},
            **more,
        }
        await self.connection.response.create(response=wanted)  # type: ignore[arg-type]

    async def until(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """Receive until an event of this type; all that came is in `seen`."""
        async with asyncio.timeout(8):
            while True:
                event = await self.connection.recv()
                self.seen.append(event)
                if event.type == kind and fits(event):
                    return event

    def kinds(self) -> list[str]:
        """The types of all events so far, runs of one type told once."""
        found: list[str] = []
        for event in self.seen:
            if not found or found[-1] != event.type:
                found.append(event.type)
        return found

    def audio(self) -> bytes:
        deltas = [event.delta for event in self.seen if event.type == "response.output_audio.delta"]
        return b"".join(base64.b64decode(delta) for delta in deltas)


async def interpreted(talk: Talk, **more: Any) -> Any:
    """Say something and have it interpreted; the `response.done`."""
    await talk.utter()
    committed = await talk.until("input_audio_buffer.committed")
    await talk.ask(committed.item_id, **more)
    return (await talk.until("response.done")).response


@pytest_asyncio.fixture
async def talk(engine: FakeEngine) -> AsyncIterator[Talk]:
    async with client_of(engine).realtime.connect(model="local") as connection:
        found = Talk(connection)
        await found.until("session.created")
        yield found
