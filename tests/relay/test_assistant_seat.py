"""An assistant's seat in virtual time: kept through losses, given up in time, whatever the engine does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from dragoman.assistant_ports import Answering, AssistantEvent, AssistantWanted
from dragoman.domain.call import CallId
from dragoman.domain.speech import Closed, Spent, Spoke, Trouble, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.languages import language_of
from dragoman.relay.assistant_seat import LEAVE_S, PATIENCE_S, STEADY_S, TRIES, AssistantSeat
from tests.fakes.assistants import FakeAssistantEngine
from tests.fakes.personas import EN, persona
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

WANTED = AssistantWanted(CallId("c"), language_of(EN), persona())
NETWORK = TroubleKind.NETWORK


@dataclass
class Room:
    """A seat, and what it told."""

    seat: AssistantSeat
    told: list[tuple[AssistantEvent, str]] = field(default_factory=list)
    seated: list[bool] = field(default_factory=list)
    down: list[tuple[TroubleKind, float]] = field(default_factory=list)

    def of(self, kind: type) -> list[AssistantEvent]:
        return [event for event, _ in self.told if isinstance(event, kind)]


@contextlib.asynccontextmanager
async def room(*engines: FakeAssistantEngine) -> AsyncIterator[Room]:
    """A seat that is being served; at the end it is closed, and nothing may be left."""

    def down(why: TroubleKind) -> None:
        made.down.append((why, asyncio.get_running_loop().time()))

    made: Room = Room(
        AssistantSeat(
            CallId("c"),
            engines,
            wanted=lambda: WANTED,
            listen=lambda event, engine: made.told.append((event, engine)),
            seated=lambda untold: made.seated.append(untold),
            down=down,
        )
    )
    async with asyncio.timeout(3600), asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(made.seat.serve())
        yield made
        made.seat.close()
        async with asyncio.timeout(LEAVE_S + 0.1):
            await serving
    assert sum(engine.running for engine in engines) == 0
    loop = asyncio.get_running_loop()
    assert [handle for handle in loop._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]


def test_what_was_asked_before_any_session_is_done_in_order() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine()
        async with room(engine) as here:
            here.seat.hear(b"a")
            here.seat.say("Hello.")
            here.seat.digits("1")
            here.seat.hear(b"b")
            await asyncio.sleep(0)
            here.seat.hear(b"c")
            await asyncio.sleep(1)
            assert (bytes(engine.now.heard), engine.now.said, engine.now.keys) == (b"abc", ["Hello."], ["1"])
            assert [engine for event, engine in here.told if isinstance(event, Spoke)] == ["fake"]

    run(story())


def test_what_a_session_that_was_never_ready_was_given_is_the_next_ones() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(dies=[NETWORK])
        async with room(engine) as here:
            here.seat.say("Hello.")
            here.seat.hear(b"a")
            await asyncio.sleep(0.31)
            here.seat.hear(b"b")
            await asyncio.sleep(1)
            assert (bytes(engine.now.heard), engine.now.said) == (b"ab", ["Hello."])
            assert (here.seated, here.seat.sessions) == ([True], 2)
            engine.now.die()
            here.seat.hear(b"c")
            await asyncio.sleep(1)
            assert (bytes(engine.now.heard), engine.now.said) == (b"c", []), "what was ready keeps what it had"
            assert here.seated == [True, False]

    run(story())


def test_what_waits_to_be_said_is_dropped_when_the_caller_cuts_in() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(dies=[NETWORK])
        async with room(engine) as here:
            await asyncio.sleep(0)
            here.seat.say("Hello.")
            here.seat.interrupt({})
            await asyncio.sleep(1)
            assert engine.now.said == []

    run(story())


def test_the_last_word_of_a_session_is_told_before_the_next_one_sits() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine()
        async with room(engine) as here:
            await asyncio.sleep(1)
            first = engine.now
            first.die(TroubleKind.EXPIRED)
            assert isinstance(here.told[-1][0], Trouble)
            assert here.seated == [False]
            before = len(here.told)
            first.speak("I am late.")
            assert len(here.told) == before, "nothing of it is heard any more"

    run(story())


@pytest.mark.parametrize("kind", [NETWORK, TroubleKind.UPSTREAM, TroubleKind.RATE_LIMIT])
def test_after_some_failures_in_a_row_there_is_nobody(kind: TroubleKind) -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(dies=[kind] * 9)
        async with room(engine) as here:
            await asyncio.sleep(20)
            assert len(engine.built) == TRIES
            ((why, at),) = here.down
            assert why is kind
            assert at < PATIENCE_S

    run(story())


def test_a_session_that_never_opens_is_not_waited_for_for_ever() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(ready_s=100)
        async with room(engine) as here:
            await asyncio.sleep(PATIENCE_S + 0.1)
            ((_, at),) = here.down
            assert at == PATIENCE_S
            assert here.seat.closed

    run(story())


def test_one_that_served_for_long_begins_the_count_anew() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine()
        async with room(engine) as here:
            for _ in range(3 * TRIES):
                await asyncio.sleep(STEADY_S + 2)
                engine.now.die()
            await asyncio.sleep(2)
            assert here.down == []
            assert here.seat.sessions == 3 * TRIES + 1

    run(story())


def test_engines_are_tried_in_turn_and_those_that_cannot_serve_no_more() -> None:
    async def story() -> None:
        first = FakeAssistantEngine("first", dies=[TroubleKind.AUTH, NETWORK])
        second = FakeAssistantEngine("second", dies=[NETWORK])
        async with room(first, second) as here:
            await asyncio.sleep(5)
            assert (len(first.built), len(second.built)) == (1, 2), "a wrong key is not tried again"
            assert here.seat.engines == ("first", "second")
            assert here.down == []

    run(story())


@pytest.mark.parametrize("method", ["hear", "say", "interrupt", "told"])
def test_an_engine_that_raises_loses_its_session_and_no_call(method: str) -> None:
    async def story() -> None:
        engine = FakeAssistantEngine()
        async with room(engine) as here:
            await asyncio.sleep(1)
            engine.broken = method
            match method:
                case "hear":
                    here.seat.hear(b"a")
                case "say":
                    here.seat.say("Hello.")
                case "told":
                    here.seat.told(ToolAsked("c1", "x", "{}"), "{}")
                case _:
                    here.seat.interrupt({})
            engine.broken = ""
            await asyncio.sleep(1)
            assert (len(engine.built), here.seated, here.down) == (2, [False], [])
            assert here.of(Closed)

    run(story())


@pytest.mark.parametrize("engine", [FakeAssistantEngine(cannot_build=True), FakeAssistantEngine(raises=OSError("x"))])
def test_an_engine_that_is_broken_altogether_is_given_up(engine: FakeAssistantEngine) -> None:
    async def story() -> None:
        async with room(engine) as here:
            await asyncio.sleep(20)
            assert [why for why, _ in here.down] == [TroubleKind.UPSTREAM]

    run(story())


def test_one_that_does_not_leave_is_cut_off() -> None:
    async def story() -> None:
        async with room(FakeAssistantEngine(deaf_to_close=True)):
            await asyncio.sleep(1)

    run(story())


def test_what_it_cost_is_told_after_the_end_and_nothing_else() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine(usd=0.5)
        async with room(engine) as here:
            await asyncio.sleep(1)
            here.seat.close()
            engine.now.speak("I am late.")
            assert [type(event) for event, _ in here.told if not isinstance(event, Answering)][-1] is Spent
            assert not here.of(Spoke)

    run(story())


def test_a_seat_that_is_closed_before_it_is_served_opens_nothing() -> None:
    async def story() -> None:
        engine = FakeAssistantEngine()
        async with room(engine) as here:
            here.seat.close()
            await asyncio.sleep(1)
            assert engine.built == []

    run(story())
