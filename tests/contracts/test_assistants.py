"""The assistant's contract over every engine that needs no weights."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.openai.assistant_engine import RealtimeAssistantEngine
from dragoman.interpreters.openai.emulator import Answer, AssistantScript, Message, OpenAIEmulator, Pace
from dragoman.interpreters.openai.endpoint import Endpoint
from tests.contracts.assistant_contract import check_assistant, check_closed_while_opening
from tests.fakes.assistant_line import PLAN, assistant_wanted

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
