from __future__ import annotations

import asyncio

import pytest

from dragoman.assistant_ports import Answering, AssistantEvent
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Closed, Ready, Side, Trouble, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai.assistant import AssistantMachine
from dragoman.interpreters.openai.assistant_session import RealtimeAssistant
from dragoman.interpreters.openai.emulator import (
    Answer,
    AssistantScript,
    Call,
    Ending,
    Faults,
    Message,
    OpenAIEmulator,
    Pace,
)
from dragoman.interpreters.openai.emulator.markers import marker_tone
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.socket import RealtimeSocket
from tests.fakes.assistant_line import PLAN, assistant_wanted, brackets

pytestmark = pytest.mark.pair

SCRIPT = AssistantScript((Answer("Where is it?", (Call("order", '{"number": "7"}'),), (Message("{}"),)),))
QUICK = Pace(speed=10, transcription_s=0.02)
SPEECH = marker_tone(440, 900) + AudioFormat.PCMU_8K.silence(900)


class Caller:
    """Answers tools, and keeps all that it is told."""

    def __init__(self, base_url: str) -> None:
        self.told: list[AssistantEvent] = []
        self.changed = asyncio.Event()
        socket = RealtimeSocket(Endpoint(base_url, "sk-test"), "/realtime", PLAN.model, "hash")
        self.assistant = RealtimeAssistant(
            socket, lambda out: AssistantMachine(PLAN, assistant_wanted(), out), self._listen
        )

    def _listen(self, event: AssistantEvent) -> None:
        self.told.append(event)
        self.changed.set()
        if isinstance(event, ToolAsked):
            self.assistant.told(event, "on its way")

    def said(self) -> list[str]:
        return [one.text for one in self.told if isinstance(one, Captioned) and one.final and one.side is Side.TARGET]

    async def until_said(self, *texts: str) -> None:
        async with asyncio.timeout(10):
            while self.said() != list(texts):
                self.changed.clear()
                await self.changed.wait()


async def test_a_call_with_a_greeting_a_tool_keys_and_a_goodbye() -> None:
    async with OpenAIEmulator(script=SCRIPT, pace=QUICK) as server:
        caller = Caller(server.base_url)
        caller.assistant.hear(AudioFormat.PCMU_8K.silence(100))
        caller.assistant.say("Good morning.")
        async with asyncio.TaskGroup() as group:
            group.create_task(caller.assistant.run())
            await caller.until_said("Good morning.")
            caller.assistant.hear(SPEECH)
            await caller.until_said("Good morning.", "on its way")
            caller.assistant.interrupt({})
            caller.assistant.digits("5")
            async with asyncio.timeout(10):
                while len(caller.said()) < 3:
                    caller.changed.clear()
                    await caller.changed.wait()
            caller.assistant.close()
            caller.assistant.close()
        assert server.errors == []
        assert server.sessions[0].safety_id == "hash"
    assert isinstance(caller.told[0], Ready)
    assert caller.told[-1] == Closed()
    assert "5" in caller.said()[-1]
    assert brackets(caller.told)


async def test_a_session_that_breaks_off_says_so_and_ends_what_ran() -> None:
    faults = Faults(ending=Ending.SERVER_ERROR, ending_after_ms=1)
    slow = Pace(lead=0.5)
    async with OpenAIEmulator(script=SCRIPT, pace=slow, faults=faults) as server:
        caller = Caller(server.base_url)
        caller.assistant.say("A long text that takes a while to be said, so that it is cut off.")
        async with asyncio.TaskGroup() as group:
            group.create_task(caller.assistant.run())
            async with asyncio.timeout(10):
                while not any(isinstance(one, Answering) for one in caller.told):
                    caller.changed.clear()
                    await caller.changed.wait()
            caller.assistant.hear(SPEECH)
    troubles = [one for one in caller.told if isinstance(one, Trouble)]
    assert troubles[-1].kind is TroubleKind.UPSTREAM
    assert troubles[-1].fatal
    assert caller.told[-1] == Closed()
    assert [one.on for one in caller.told if isinstance(one, Answering)] == [True, False]
    before = list(caller.told)
    caller.assistant.say("Hello?")
    caller.assistant.hear(SPEECH)
    caller.assistant.interrupt({})
    assert caller.told == before


async def test_a_server_that_is_not_there_is_trouble_and_no_exception() -> None:
    async with OpenAIEmulator() as server:
        url = server.base_url
    caller = Caller(url)
    caller.assistant.say("Hello.")
    async with asyncio.timeout(10):
        await caller.assistant.run()
    assert [type(one) for one in caller.told] == [Trouble, Closed]
