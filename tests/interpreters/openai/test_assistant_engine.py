from __future__ import annotations

import asyncio

import pytest

from dragoman.assistant_ports import AssistantEngine, AssistantEvent
from dragoman.domain.speech import Closed, Ready
from dragoman.interpreters.openai import OpenAISettings, assistant_engine
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.settings import load
from tests.fakes.assistant_line import assistant_wanted
from tests.fakes.personas import persona

pytestmark = pytest.mark.pair


def engine(base_url: str, **more: str) -> AssistantEngine:
    return assistant_engine(load(OpenAISettings, {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": base_url, **more}))


@pytest.mark.parametrize(("own", "opened"), [("", "gpt-realtime-2.1"), ("gpt-realtime-1.5", "gpt-realtime-1.5")])
async def test_the_model_is_the_personas_or_the_configured_one(own: str, opened: str) -> None:
    async with OpenAIEmulator() as server:
        told: list[AssistantEvent] = []
        ready = asyncio.Event()

        def listen(event: AssistantEvent) -> None:
            told.append(event)
            ready.set()

        built = engine(server.base_url, OPENAI_CONVERSATION_MODEL="gpt-realtime-2.1")
        assistant = built.assistant(assistant_wanted(persona=persona(model=own)), listen)
        assert server.sessions == []
        async with asyncio.TaskGroup() as group:
            group.create_task(assistant.run())
            async with asyncio.timeout(10):
                await ready.wait()
            assistant.close()
        assert [type(one) for one in told] == [Ready, Closed]
        assert [one.admission.model for one in server.sessions] == [opened]
        assert server.errors == []


def test_a_second_server_has_a_name_of_its_own() -> None:
    settings = load(OpenAISettings, {"OPENAI_API_KEY": "sk-test"})
    names = [assistant_engine(settings).name, assistant_engine(settings, endpoint=Endpoint("https://b.test/v1")).name]
    assert names == ["conversation", "conversation-fallback"]
