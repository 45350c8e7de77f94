"""An interpreter's seat: replaced when it is lost, nothing heard in between is lost, closed in time."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, Role
from dragoman.domain.speech import InterpreterEvent, Spoke, Trouble, TroubleKind
from dragoman.ports import Wanted
from dragoman.relay.booth import LEAVE_S, Booth
from dragoman.relay.retry import Retry
from tests.fakes.engine import FakeEngine
from tests.fakes.relay_parts import ENGLISH, SPANISH, frame
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit

WANTED = Wanted(CallId("call-1"), Role.CALLER, SPANISH, ENGLISH, AudioFormat.PCMU_8K, AudioFormat.PCMU_8K)


class Desk:
    """A booth and what came out of it."""

    def __init__(self, engine: FakeEngine, tries: int = 5) -> None:
        self.engine = engine
        self.events: list[InterpreterEvent] = []
        self.began = 0
        self.lost: list[TroubleKind] = []
        self.booth = Booth(
            engine,
            WANTED,
            listen=self.events.append,
            began=self._begins,
            lost=self.lost.append,
            retry=Retry(tries=tries),
        )

    def _begins(self) -> None:
        self.began += 1

    @property
    def spoken(self) -> bytes:
        return b"".join(event.audio for event in self.events if isinstance(event, Spoke))


def test_what_is_heard_before_it_is_ready_is_interpreted() -> None:
    async def scene() -> None:
        desk = Desk(FakeEngine(ready_s=2.0))
        desk.booth.hear(frame(1))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            desk.booth.hear(frame(2))
            await asyncio.sleep(2)
            desk.booth.hear(frame(3))
            desk.booth.close()
        assert desk.spoken == frame(1) + frame(2) + frame(3)
        assert desk.began == 1
        assert desk.engine.running == 0

    run(scene())


def test_a_lost_interpreter_is_replaced_and_what_was_heard_in_between_is_interpreted() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK, TroubleKind.EXPIRED], dies_s=0.5, ready_s=0.1)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            for number in range(200):
                desk.booth.hear(frame(number))
                await asyncio.sleep(0.02)
            await asyncio.sleep(5)
            desk.booth.close()
        assert desk.spoken == b"".join(frame(number) for number in range(200))
        assert len(engine.built) == desk.began == 3
        assert [event.kind for event in desk.events if isinstance(event, Trouble)] == [
            TroubleKind.NETWORK,
            TroubleKind.EXPIRED,
        ]
        assert desk.lost == []

    run(scene())


def test_when_it_never_works_it_is_given_up() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.UPSTREAM] * 9)
        desk = Desk(engine, tries=3)
        await desk.booth.serve()
        assert desk.lost == [TroubleKind.UPSTREAM]
        assert len(engine.built) == 5, "four were tried, and one had sat down to hear"
        assert engine.running == 0

    run(scene())


def test_what_will_not_get_better_is_given_up_at_once() -> None:
    async def scene() -> None:
        desk = Desk(FakeEngine(dies=[TroubleKind.AUTH]))
        await desk.booth.serve()
        assert desk.lost == [TroubleKind.AUTH]

    run(scene())


def test_long_service_is_forgiven() -> None:
    """Six losses, a minute apart, are not six failures in a row."""

    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK] * 6, dies_s=60.0)
        desk = Desk(engine, tries=2)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(400)
            assert desk.lost == []
            desk.booth.close()
        assert len(engine.built) == 7

    run(scene())


def test_an_engine_that_raises_is_an_interpreter_lost() -> None:
    async def scene() -> None:
        desk = Desk(FakeEngine(raises=RuntimeError("a bug in an installed engine")), tries=2)
        await desk.booth.serve()
        assert desk.lost == [TroubleKind.UPSTREAM]

    run(scene())


def test_an_engine_that_cannot_build_says_so_to_whoever_wants_it() -> None:
    async def scene() -> None:
        with pytest.raises(RuntimeError):
            Desk(FakeEngine(cannot_build=True))
        engine = FakeEngine(dies=[TroubleKind.NETWORK])
        desk = Desk(engine)
        engine.cannot_build = True
        with pytest.raises(RuntimeError):
            await desk.booth.serve()

    run(scene())


def test_what_a_replaced_interpreter_still_says_is_not_heard() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK])
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            engine.built[0].listen(Spoke(frame(9), "u1"))
            desk.booth.close()
        assert desk.spoken == b""

    run(scene())


@pytest.mark.parametrize("engine", [FakeEngine(), FakeEngine(ready_s=60.0), FakeEngine(deaf_to_close=True)])
def test_closing_takes_three_seconds_at_most(engine: FakeEngine) -> None:
    async def scene() -> None:
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            desk.booth.close()
            desk.booth.close()
        assert asyncio.get_running_loop().time() <= 1 + LEAVE_S + 0.001
        assert engine.running == 0
        assert desk.lost == []

    run(scene())


def test_closing_while_it_waits_to_try_again_ends_at_once() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK] * 9, dies_s=0.0)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(0.1)
            desk.booth.close()
        assert asyncio.get_running_loop().time() == pytest.approx(0.1)
        assert len(engine.built) == 2

    run(scene())


def test_closed_before_it_served_it_opens_nothing() -> None:
    async def scene() -> None:
        engine = FakeEngine()
        desk = Desk(engine)
        desk.booth.close()
        await desk.booth.serve()
        assert not engine.running

    run(scene())


def test_to_interrupt_reaches_the_one_who_sits_there() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK])
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            desk.booth.interrupt(120)
            desk.booth.close()
        assert [one.interrupted for one in engine.built] == [[], [120]]

    run(scene())


@pytest.mark.parametrize("why", [TroubleKind.AUTH, TroubleKind.NETWORK])
def test_one_who_retires_is_neither_replaced_nor_missed(why: TroubleKind) -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[why], dies_s=0.5)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(0.1)
            desk.booth.retire()
            desk.booth.hear(frame(1))
            await asyncio.sleep(2)
            before = bytes(engine.built[0].heard)
            desk.booth.hear(frame(2))
            assert bytes(engine.built[0].heard) == before, "it is over"
            await asyncio.sleep(10)
        assert desk.spoken == frame(1)
        assert (desk.began, desk.lost, len(engine.built)) == (1, [], 1)

    run(scene())


def test_one_who_retires_before_it_could_be_opened_says_what_it_heard() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.RATE_LIMIT], dies_s=0.1)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(0.15)
            desk.booth.hear(frame(7))
            desk.booth.retire()
            await asyncio.sleep(5)
            assert desk.spoken == frame(7)
            desk.booth.close()
        assert (desk.began, desk.lost) == (2, [])

    run(scene())
