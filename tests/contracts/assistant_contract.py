"""What every assistant promises (`assistant_ports.Assistant`), as checks to run over any engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from dragoman.assistant_ports import Answering, Assistant, AssistantEngine, AssistantEvent, AssistantWanted
from dragoman.domain.speech import Closed, Ready, Spoke, SpokeAll, Trouble
from dragoman.domain.tools import ToolAsked
from tests.fakes.assistant_line import brackets

READY_S = 5.0
CLOSE_S = 2.0
ANSWER_S = 10.0


@dataclass(slots=True)
class Told:
    """Everything that an assistant told, in order."""

    events: list[AssistantEvent] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, event: AssistantEvent) -> None:
        self.events.append(event)
        self.changed.set()

    def ends(self) -> list[str]:
        """What was said word for word, as far as it is over."""
        return [one.said for one in self.events if isinstance(one, Answering) and not one.on]

    async def until(self, kind: type[object], within_s: float) -> None:
        async with asyncio.timeout(within_s):
            while not any(isinstance(event, kind) for event in self.events):
                self.changed.clear()
                await self.changed.wait()

    async def until_over(self, *texts: str) -> None:
        """Until these texts were said, and what said them is over."""
        async with asyncio.timeout(ANSWER_S):
            while not set(texts) <= set(self.ends()):
                self.changed.clear()
                await self.changed.wait()


def everything(assistant: Assistant, wanted: AssistantWanted) -> None:
    """All that can be asked of one."""
    assistant.hear(wanted.format.silence(20))
    assistant.told(ToolAsked("call_nobody", "nothing", "{}"), "{}")
    assistant.interrupt({"nobody": 100})
    assistant.interrupt({})


async def check_assistant(engine: AssistantEngine, wanted: AssistantWanted, *texts: str) -> Told:
    """One session: a greeting before it is ready, more texts, what makes no sense, an end, and what comes after."""
    assert engine.name == engine.name.lower()
    greeting, *others = texts
    told = Told()
    assistant = engine.assistant(wanted, told)
    everything(assistant, wanted)
    assistant.say(greeting)
    assert told.events == [], "nothing is opened before run"
    async with asyncio.TaskGroup() as group:
        running = group.create_task(assistant.run())
        await told.until(Ready, READY_S)
        await told.until_over(greeting)
        everything(assistant, wanted)
        for text in others:
            assistant.say(text)
        await told.until_over(*others)
        assistant.close()
        assistant.close()
        async with asyncio.timeout(CLOSE_S):
            await running
    _check_story(told, texts)
    before = len(told.events)
    everything(assistant, wanted)
    assistant.say("Is anybody there?")
    assistant.digits("1")
    assistant.close()
    assert len(told.events) == before, "nothing is told after Closed"
    return told


def _check_story(told: Told, texts: tuple[str, ...]) -> None:
    assert isinstance(told.events[0], Ready)
    assert [type(one) for one in told.events].count(Closed) == 1
    assert isinstance(told.events[-1], Closed)
    assert not [one for one in told.events if isinstance(one, Trouble)]
    assert brackets(told.events), "responses come one after another, and sound only within"
    assert told.ends() == list(texts), "each text is a response of its own, in order"
    spoken = list(dict.fromkeys(one.utterance for one in told.events if isinstance(one, Spoke)))
    assert [one.utterance for one in told.events if isinstance(one, SpokeAll)] == spoken
    assert len(spoken) >= len(texts)


async def check_closed_while_opening(engine: AssistantEngine, wanted: AssistantWanted) -> None:
    """Asked to end before anything was ready, it does."""
    told = Told()
    assistant = engine.assistant(wanted, told)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(assistant.run())
        await asyncio.sleep(0)
        assistant.close()
        async with asyncio.timeout(CLOSE_S):
            await running
    assert told.events[-1] == Closed()
