"""Our own assistant's client at the embedded engine's server: the same machine that talks to OpenAI."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import pytest

from dragoman.assistant_ports import Answering, AssistantEvent, AssistantWanted, Before, Line
from dragoman.assistant_settings import AssistantSettings
from dragoman.audio.convert import to_bytes
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.persona import Phrase
from dragoman.domain.speech import Captioned, Ready, Side, Spoke, Trouble
from dragoman.domain.tools import ToolAsked, ToolResult, ToolSpec, ToolTold
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.local.rendered import Recognised
from dragoman.personas import Personas
from dragoman.providers import local_assistant
from dragoman.settings import load
from tests.fakes.local_parts import TOKEN, FakeEngine, serving, tone

pytestmark = pytest.mark.pair

ENGLISH = Language(LanguageTag("en"), "English", "English", "en-US")
JAPANESE = Language(LanguageTag("ja"), "Japanese", "日本語", "ja-JP")
RECEPTION = Personas.load(None).everyone[0]
TOOLS = tuple(ToolSpec(name, name, {"type": "object", "properties": {}}) for name in ("hours", "message"))
T = TypeVar("T")


class Caller:
    """A call with the shipped persona. `told` is all that the assistant told."""

    def __init__(self, engine: FakeEngine, so_far: tuple[Before, ...] = (), language: Language = ENGLISH) -> None:
        self.engine = engine
        self.told: list[AssistantEvent] = []
        self._news = asyncio.Event()
        running = Running(engine.base_url, TOKEN, 1, frozenset())
        wanted = AssistantWanted(CallId("c"), language, RECEPTION, TOOLS, so_far=so_far)
        self.assistant = local_assistant(running, time.monotonic).assistant(wanted, self._listen)

    def _listen(self, event: AssistantEvent) -> None:
        self.told.append(event)
        self._news.set()

    async def until(self, kind: type[T], fits: Callable[[T], bool] = lambda _: True) -> T:
        """The first event of this kind that was not waited for before; what came before it is forgotten."""
        async with asyncio.timeout(8):
            while True:
                while self.told:
                    event = self.told.pop(0)
                    assert not isinstance(event, Trouble)
                    if isinstance(event, kind) and fits(event):
                        return event
                self._news.clear()
                await self._news.wait()

    def says(self, text: str, language: str = "en") -> None:
        self.engine.ears.script = [Recognised(text, language)]
        fmt = AudioFormat.PCMU_8K
        audio = to_bytes(tone(800, fmt.rate_hz), fmt) + fmt.silence(900)
        for at in range(0, len(audio), 160):
            self.assistant.hear(audio[at : at + 160])

    async def hears(self) -> str:
        """What the assistant says next, to its end."""
        return (await self.until(Captioned, lambda one: one.side is Side.TARGET and one.whole)).text


@pytest.fixture
async def engine() -> AsyncIterator[FakeEngine]:
    minds = Minds(load(AssistantSettings, {}))
    async with serving(minds=minds) as found:
        yield found
    await minds.aclose()


async def test_greeting_question_tool_and_filler(engine: FakeEngine) -> None:
    caller = Caller(engine)
    greeting = RECEPTION.say(Phrase.GREETING, "en")
    caller.assistant.say(greeting)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.assistant.run())
        await caller.until(Ready)
        assert await caller.hears() == greeting
        await caller.until(Answering, lambda one: not one.on)
        caller.says("Do you have parking?")
        assert "car park" in await caller.hears()
        await caller.until(Answering, lambda one: not one.on)
        caller.says("Are you open now?")
        asked = await caller.until(ToolAsked)
        assert asked.name == "hours"
        caller.assistant.say("One moment, please.")
        assert await caller.hears() == "One moment, please."
        caller.assistant.told(asked, ToolResult("We are open.", "We are open.").output())
        assert await caller.hears() == "We are open."
        caller.assistant.close()


async def test_the_caller_cuts_in_and_the_conversation_goes_on(engine: FakeEngine) -> None:
    caller = Caller(engine)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.assistant.run())
        caller.says("Do you have parking?")
        item = (await caller.until(Spoke)).utterance
        assert item is not None
        caller.assistant.interrupt({item: 100})
        await caller.until(Answering, lambda one: not one.on)
        caller.says("駐車場はありますか。", "ja")
        assert "駐車場" in await caller.hears()
        caller.assistant.close()


async def test_the_ears_are_told_of_the_words_of_the_faq_where_many_sound_alike(engine: FakeEngine) -> None:
    for language, told in ((JAPANESE, True), (ENGLISH, False)):
        caller = Caller(engine, language=language)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(caller.assistant.run())
            caller.says("駐車場はありますか。", "ja")
            await caller.hears()
            caller.assistant.close()
        assert ("送料" in engine.ears.keywords) is told


async def test_a_conversation_goes_on_in_a_new_session(engine: FakeEngine) -> None:
    found = ToolTold(ToolAsked("c1", "hours", "{}"), ToolResult("Until six.", "Until six.").output())
    caller = Caller(engine, (Line(Side.SOURCE, "Are you open?"), found, Line(Side.TARGET, "Until six.")))
    caller.assistant.say("You are connected again.")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.assistant.run())
        assert await caller.hears() == "You are connected again."
        await caller.until(Answering, lambda one: not one.on)
        caller.says("Do you have parking?")
        assert "car park" in await caller.hears()
        caller.assistant.close()


async def test_keys_are_answered(engine: FakeEngine) -> None:
    caller = Caller(engine)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.assistant.run())
        caller.assistant.digits("12")
        assert await caller.hears() == RECEPTION.say(Phrase.CANNOT_MESSAGE, "en")
        caller.assistant.close()


async def test_what_the_persona_will_surely_say_is_wanted_beforehand(engine: FakeEngine) -> None:
    caller = Caller(engine)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.assistant.run())
        await caller.until(Ready)
        async with asyncio.timeout(8):
            rehearsing = tasks.create_task(engine.doors.rehearse())
            while not engine.voice.said:  # noqa: ASYNC110 - of another task
                await asyncio.sleep(0.02)
            rehearsing.cancel()
        caller.assistant.close()
    assert engine.voice.said[0] == ("I am sorry,", "en", "marin", 1.0)
