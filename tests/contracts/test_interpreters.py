"""The interpreter contract over every engine that needs no weights."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.echo import EchoEngine
from dragoman.interpreters.openai.conversation import ConversationPlan
from dragoman.interpreters.openai.emulator import Faults, MarkerScript, OpenAIEmulator
from dragoman.interpreters.openai.emulator.markers import answer_hz, marker_tone, markers_heard
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.engines import ConversationEngine, TranslationEngine
from dragoman.interpreters.openai.translation import TranslationPlan
from dragoman.ports import Engine
from tests.contracts.interpreter_contract import check_closed_while_opening, check_contract, check_unreachable
from tests.fakes.interpreting_desk import wanted

pytestmark = pytest.mark.contract

PAUSE = AudioFormat.PCMU_8K.silence(1000)
SPEECH = PAUSE + marker_tone(440, 1000) + PAUSE


def openai_engine(kind: str, base_url: str) -> Engine:
    endpoint = Endpoint(base_url, "sk-test")
    if kind == "translation":
        return TranslationEngine(endpoint, TranslationPlan("gpt-realtime-translate", "gpt-live-transcribe"))
    return ConversationEngine(endpoint, ConversationPlan("gpt-realtime-2.1-mini", "gpt-transcribe", "marin"))


@pytest.fixture
async def emulator() -> AsyncIterator[OpenAIEmulator]:
    async with OpenAIEmulator(script=MarkerScript()) as running:
        yield running


@pytest.mark.parametrize("delay_s", [0.0, 0.1])
async def test_echo(delay_s: float) -> None:
    heard = await check_contract(EchoEngine(delay_s), wanted(), SPEECH)
    assert markers_heard(heard.spoken) == {440}


@pytest.mark.parametrize("kind", ["translation", "conversation"])
async def test_openai(kind: str, emulator: OpenAIEmulator) -> None:
    heard = await check_contract(openai_engine(kind, emulator.base_url), wanted(), SPEECH)
    assert markers_heard(heard.spoken) <= {answer_hz(440)}
    assert emulator.sessions[0].errors == []
    assert emulator.sessions[0].safety_id == "hash"


@pytest.mark.parametrize("kind", ["translation", "conversation"])
@pytest.mark.parametrize("fmt", [AudioFormat.PCM16_16K, AudioFormat.PCM16_24K])
async def test_openai_in_other_formats(kind: str, fmt: AudioFormat, emulator: OpenAIEmulator) -> None:
    direction = wanted(source_format=fmt, sink_format=fmt)
    speech = Converter(AudioFormat.PCMU_8K, fmt).convert(SPEECH)
    heard = await check_contract(openai_engine(kind, emulator.base_url), direction, speech)
    assert emulator.sessions[0].errors == []
    assert len(heard.spoken) >= fmt.bytes_for(40)


@pytest.mark.parametrize("kind", ["translation", "conversation"])
async def test_nobody_there(kind: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        await check_unreachable(openai_engine(kind, f"http://127.0.0.1:{port}/v1"), wanted())


@pytest.mark.parametrize("kind", ["translation", "conversation"])
async def test_closed_while_opening(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(connect_delay_s=8.0)) as emulator:
        await check_closed_while_opening(openai_engine(kind, emulator.base_url), wanted())


@pytest.mark.parametrize("kind", ["translation", "conversation"])
async def test_closed_while_being_configured(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(updated_delay_s=8.0)) as emulator:
        await check_closed_while_opening(openai_engine(kind, emulator.base_url), wanted())


async def test_echo_closed_while_opening() -> None:
    await check_closed_while_opening(EchoEngine(), wanted())


async def test_many_at_once_do_not_mix(emulator: OpenAIEmulator) -> None:
    engine = openai_engine("conversation", emulator.base_url)
    tones = (400, 440, 480, 520, 560)
    speeches = [PAUSE + marker_tone(hz, 1000) + PAUSE for hz in tones]
    stories = await asyncio.gather(*(check_contract(engine, wanted(), speech) for speech in speeches))
    for hz, story in zip(tones, stories, strict=True):
        assert markers_heard(story.spoken) <= {answer_hz(hz)}
