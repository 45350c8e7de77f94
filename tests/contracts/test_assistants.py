"""The assistant's contract over every engine that needs no weights."""

from __future__ import annotations

import time

import pytest

from dragoman.assistant_settings import AssistantSettings
from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai.assistant_engine import RealtimeAssistantEngine
from dragoman.interpreters.openai.emulator import Answer, AssistantScript, Message, OpenAIEmulator, Pace
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.providers import local_assistant
from dragoman.settings import load
from tests.contracts.assistant_contract import check_assistant, check_closed_while_opening
from tests.fakes.assistant_line import PLAN, assistant_wanted
from tests.fakes.local_parts import TOKEN, serving

pytestmark = pytest.mark.contract

SCRIPT = AssistantScript((Answer("Hello?", (Message("Hello."),)),))


@pytest.mark.parametrize("fmt", list(AudioFormat))
async def test_openai(fmt: AudioFormat) -> None:
    async with OpenAIEmulator(script=SCRIPT, pace=Pace(speed=10)) as server:
        engine = RealtimeAssistantEngine(Endpoint(server.base_url, "sk-test"), PLAN)
        await check_assistant(engine, assistant_wanted(format=fmt), "Good morning.", "One moment.", "Goodbye.")
        assert server.errors == []


async def test_openai_closed_while_opening() -> None:
    async with OpenAIEmulator(script=SCRIPT) as server:
        engine = RealtimeAssistantEngine(Endpoint(server.base_url, "sk-test"), PLAN)
        await check_closed_while_opening(engine, assistant_wanted())


@pytest.mark.parametrize("fmt", list(AudioFormat))
async def test_the_embedded_engine(fmt: AudioFormat) -> None:
    async with serving(minds=Minds(load(AssistantSettings, {}))) as server:
        engine = local_assistant(Running(server.base_url, TOKEN, 1, frozenset()), time.monotonic)
        told = await check_assistant(engine, assistant_wanted(format=fmt), "Good morning.", "はい。", "Goodbye.")
    assert [(text, tongue) for text, tongue, *_ in server.voice.said] == [
        ("Good morning.", "en"),
        ("はい。", "ja"),
        ("Goodbye.", "en"),
    ]
    assert told.ends() == ["Good morning.", "はい。", "Goodbye."]


async def test_the_embedded_engine_closed_while_opening() -> None:
    async with serving(minds=Minds(load(AssistantSettings, {}))) as server:
        engine = local_assistant(Running(server.base_url, TOKEN, 1, frozenset()), time.monotonic)
        await check_closed_while_opening(engine, assistant_wanted())
