"""An assistant's talk: what effects bring about is done in order, and its language is known to all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import structlog

from dragoman.domain.assistant_effects import Say
from dragoman.domain.call import CallId
from dragoman.domain.effects import Mark, Play
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Phrase
from dragoman.domain.speech import TroubleKind
from dragoman.domain.tools import ToolAsked, Tools
from dragoman.languages import language_of
from dragoman.relay.answering_state import EngineDown, Event
from dragoman.relay.assistant_talk import AssistantTalk, CallerLine
from tests.fakes.assistant_scene import RINGING, assistant_parts
from tests.fakes.assistants import FakeAssistantEngine, FakeTools
from tests.fakes.leg import FakeLeg
from tests.fakes.personas import JA, persona
from tests.fakes.relay_parts import loop_clock
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script


@dataclass
class Call:
    """The call around a talk, on paper."""

    leg: FakeLeg = field(default_factory=FakeLeg)
    events: list[Event] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    hurried: int = 0
    changed: list[bool] = field(default_factory=list)

    def line(self) -> CallerLine:
        def hurry() -> None:
            self.hurried += 1

        return CallerLine(
            lambda: self.leg, self.events.append, hurry, lambda: None, self.broke.append, self.changed.append
        )

    def talk(self, engine: FakeAssistantEngine, load: Iterator[Tools] | None = None, **fields: object) -> AssistantTalk:
        async def tools() -> Tools:
            return next(load) if load is not None else FakeTools()

        parts = assistant_parts(engine, **fields)
        who = persona(languages=(JA, LanguageTag("en")))
        log, began = structlog.get_logger(), loop_clock()
        return AssistantTalk(CallId("c"), RINGING, who, parts, tools, self.line(), log, began, RINGING.language.tag)


def test_effects_that_an_effect_brings_about_come_after_those_before_it() -> None:
    """A session may answer within `say` itself."""

    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine()
        talk = call.talk(engine)
        async with asyncio.TaskGroup() as tasks:
            talk.greet()
            talk.start(tasks)
            await asyncio.sleep(1)
            talk.joined()
            call.leg.played.clear()
            engine.now.said.clear()
            talk._perform((Say("One."), Mark("between"), Play(b"\x01" * 160)))
            assert engine.now.said == ["One."]
            assert call.leg.played[0][1] == b"\x01" * 160, "what was to be done before what the saying brought about"
            assert call.hurried
            talk.close()
        assert call.broke == []

    run(story())


def test_the_session_is_asked_for_in_the_language_of_the_call() -> None:
    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine()
        talk = call.talk(engine, safety_id=lambda address: f"hash of {len(address)}")
        async with asyncio.TaskGroup() as tasks:
            talk.greet()
            talk.start(tasks)
            await asyncio.sleep(1)
            wanted = engine.now.wanted
            assert wanted.language is RINGING.language, "as the carrier knows it"
            assert wanted.caller == "hash of 13"
            assert talk.language("ja") == language_of("ja")
            talk.close()

    run(story())


def test_tools_that_come_late_are_gone_without() -> None:
    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine()
        talk = call.talk(engine)

        async def never() -> Tools:
            await asyncio.Event().wait()
            raise AssertionError

        talk._load_tools = never
        async with asyncio.TaskGroup() as tasks:
            talk.greet()
            talk.start(tasks)
            await asyncio.sleep(6)
            assert engine.now.wanted.tools == ()
            assert engine.now.said == [persona().say(Phrase.GREETING, "en")]
            talk.close()

    run(story())


def test_an_engine_that_is_down_is_told_with_the_hours() -> None:
    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine(dies=[TroubleKind.AUTH])
        talk = call.talk(engine)
        async with asyncio.TaskGroup() as tasks:
            talk.greet()
            talk.start(tasks)
            await asyncio.sleep(1)
            assert call.events == [EngineDown(is_open=True)]
            talk.close()

    run(story())


def test_what_a_restart_should_find_is_told() -> None:
    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine(usd=0.01)
        talk = call.talk(engine)
        async with asyncio.TaskGroup() as tasks:
            talk.greet()
            talk.start(tasks)
            await asyncio.sleep(1)
            assert call.changed == [False, False], "what was said, and what it cost"
            talk.joined()
            call.changed.clear()
            for _ in range(100):
                await asyncio.sleep(0.02)
                talk.tick(loop_clock())
            assert call.changed == [False, True], "the greeting is being said, and was heard"
            call.changed.clear()
            engine.now.asks(ToolAsked("c1", "hang", "{}"))
            await asyncio.sleep(0.1)
            talk.tick(loop_clock())
            assert call.changed == [True, False], "a tool is at work, and something is owed"
            talk.close()

    run(story())


def test_what_was_opened_early_runs_once_there_is_somewhere_to_run_it() -> None:
    async def story() -> None:
        call, engine = Call(), FakeAssistantEngine()
        talk = call.talk(engine)
        talk.greet()
        await asyncio.sleep(1)
        assert talk.sessions == 0
        async with asyncio.TaskGroup() as tasks:
            talk.start(tasks)
            await asyncio.sleep(1)
            assert (talk.sessions, talk.engines) == (1, ("fake",))
            assert engine.now.said == [persona().say(Phrase.GREETING, "en")]
            talk.close()

    run(story())
