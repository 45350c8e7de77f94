"""`/v1/realtime/translations` of the embedded engine, driven by the official SDK; parts are fakes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openai.resources.realtime.translations.translations import AsyncTranslationsConnection

from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised
from tests.fakes.local_parts import FakeEngine, tone
from tests.interpreters.local.server.conftest import client_of

pytestmark = pytest.mark.pair

FMT = AudioFormat.PCM16_24K


class Stream:
    """One translation session, with every event so far."""

    def __init__(self, connection: AsyncTranslationsConnection) -> None:
        self.connection = connection
        self.seen: list[Any] = []

    async def set_up(self, language: str = "en", transcription: bool = True) -> None:
        heard = {"transcription": {"model": "whisper"} if transcription else None}
        await self.send("session.update", session={"audio": {"input": heard, "output": {"language": language}}})
        await self.until("session.updated")

    async def send(self, kind: str, **members: Any) -> None:
        await self.connection.send({"type": kind, **members})  # type: ignore[arg-type]

    async def utter(self, ms: int = 600, silence_ms: int = 1000) -> None:
        audio = to_bytes(tone(ms, FMT.rate_hz), FMT) + FMT.silence(silence_ms)
        step = FMT.bytes_for(200)
        for at in range(0, len(audio), step):
            await self.append(audio[at : at + step])

    async def append(self, audio: bytes) -> None:
        await self.send("session.input_audio_buffer.append", audio=base64.b64encode(audio).decode())

    async def until(self, kind: str) -> Any:
        async with asyncio.timeout(8):
            while True:
                event = await self.connection.recv()
                self.seen.append(event)
                if event.type == kind:
                    return event

    def of(self, kind: str) -> list[Any]:
        return [event for event in self.seen if event.type == kind]

    async def close(self) -> None:
        await self.send("session.close")
        await self.until("session.closed")


@pytest_asyncio.fixture
async def stream(engine: FakeEngine) -> AsyncIterator[Stream]:
    async with client_of(engine).realtime.translations.connect(model="local") as connection:
        found = Stream(connection)
        await found.until("session.created")
        yield found


async def test_speech_comes_back_in_the_other_language(stream: Stream, engine: FakeEngine) -> None:
    await stream.set_up()
    await stream.utter()
    await stream.until("session.output_audio.delta")
    assert [event.delta for event in stream.of("session.input_transcript.delta")] == ["Hola. "]
    assert [event.delta for event in stream.of("session.output_transcript.delta")] == ["[en] Hola. "]
    audio = base64.b64decode(stream.of("session.output_audio.delta")[0].delta)
    assert FMT.ms(len(audio)) == 90
    assert engine.ears.asked[0][1] is None


async def test_elapsed_time_counts_appended_audio_in_steps_of_200_ms(stream: Stream) -> None:
    await stream.set_up()
    await stream.append(FMT.silence(5000))
    await stream.utter()
    delta = await stream.until("session.output_audio.delta")
    assert delta.elapsed_ms % 200 == 0
    assert 6000 <= delta.elapsed_ms <= 6600


async def test_what_was_heard_is_written_down_only_where_it_is_wanted(stream: Stream) -> None:
    await stream.set_up(transcription=False)
    await stream.utter()
    await stream.until("session.output_audio.delta")
    assert stream.of("session.input_transcript.delta") == []


async def test_the_source_may_stand_in_the_address(engine: FakeEngine) -> None:
    connecting = client_of(engine).realtime.translations.connect(model="local", extra_query={"source": "es"})
    async with connecting as connection:
        stream = Stream(connection)
        await stream.set_up()
        await stream.utter()
        await stream.until("session.output_audio.delta")
    assert engine.ears.asked[0][1] == "es"


async def test_the_target_language_changes_in_mid_session(stream: Stream) -> None:
    await stream.set_up("en")
    await stream.utter()
    await stream.until("session.output_audio.delta")
    await stream.set_up("ja")
    await stream.utter()
    await stream.until("session.output_audio.delta")
    assert [event.delta for event in stream.of("session.output_transcript.delta")][1] == "[ja] Hola. "


async def test_a_language_that_is_none_is_refused_with_the_list(stream: Stream) -> None:
    await stream.send("session.update", session={"audio": {"output": {"language": "xx"}}})
    error = (await stream.until("error")).error
    assert error.code == "invalid_value"
    assert "'es'" in error.message


@pytest.mark.parametrize(
    ("heard", "reason"),
    [(Misheard(Reason.LOW_CONFIDENCE), "low-confidence"), (Recognised("Hola.", "es"), "no-voice")],
)
async def test_what_is_not_vouched_for_is_an_error_event_and_nothing_is_spoken(
    stream: Stream, engine: FakeEngine, heard: Misheard | Recognised, reason: str
) -> None:
    engine.ears.script = [heard]
    await stream.set_up("de" if reason == "no-voice" else "en")
    await stream.utter()
    error = (await stream.until("error")).error
    assert (error.code, error.message) == ("speech_unclear", reason)
    await stream.close()
    assert stream.of("session.output_audio.delta") == []


@pytest.mark.parametrize("heard", [Misheard(Reason.NOT_SPEECH), Recognised("Hello.", "en")])
async def test_noise_and_the_listeners_own_language_are_met_with_silence(
    stream: Stream, engine: FakeEngine, heard: Misheard | Recognised
) -> None:
    engine.ears.script = [heard]
    await stream.set_up("en", transcription=False)
    await stream.utter()
    await stream.close()
    assert {event.type for event in stream.seen} == {"session.created", "session.updated", "session.closed"}


async def test_close_finishes_what_was_being_said(stream: Stream) -> None:
    await stream.set_up()
    await stream.utter(800, 0)
    await stream.close()
    assert stream.of("session.output_audio.delta") != []


async def test_events_of_the_other_protocol_are_errors(stream: Stream) -> None:
    await stream.send("input_audio_buffer.commit")
    assert (await stream.until("error")).error.code == "invalid_value"


async def test_an_odd_number_of_bytes_is_an_error(stream: Stream) -> None:
    await stream.append(b"\0\0\0")
    assert (await stream.until("error")).error.param == "audio"


async def test_a_client_that_is_gone_harms_nobody(engine: FakeEngine) -> None:
    for _ in range(2):
        async with client_of(engine).realtime.translations.connect(model="local") as connection:
            stream = Stream(connection)
            await stream.set_up()
            await stream.utter(600, 100)
