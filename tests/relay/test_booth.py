"""An interpreter's seat: replaced when it is lost, nothing heard in between is lost, closed in time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

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

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.events: list[InterpreterEvent] = []
        self.began = 1
        self.running = 0
        self.lost: list[TroubleKind] = []
        self.booth = Booth(
            engine,
            self._wanted,
            listen=self.events.append,
            seated=self._begins,
            lost=self.lost.append,
            retry=Retry(at_once_s=0.25),
            running=self._running,
        )

    def _wanted(self) -> Wanted:
        return WANTED

    def _begins(self) -> None:
        self.began += 1

    @contextlib.contextmanager
    def _running(self) -> Iterator[None]:
        self.running += 1
        yield
        self.running -= 1

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
            assert desk.running == 1
            desk.booth.hear(frame(2))
            await asyncio.sleep(2)
            desk.booth.hear(frame(3))
            desk.booth.close()
        assert desk.spoken == frame(1) + frame(2) + frame(3)
        assert desk.began == 1
        assert desk.engine.running == desk.running == 0

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
        assert desk.lost == [TroubleKind.NETWORK, TroubleKind.EXPIRED]
        assert desk.running == 0

    run(scene())


def test_when_it_never_works_it_is_tried_ever_more_seldom() -> None:
    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.UPSTREAM] * 99, dies_s=0.0)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(60)
            assert 8 <= len(desk.lost) <= 20
            assert set(desk.lost) == {TroubleKind.UPSTREAM}
            assert len(engine.built) == len(desk.lost) + 1, "one has sat down to hear"
            desk.booth.close()
        assert engine.running == 0

    run(scene())


def test_what_will_not_get_better_is_not_tried_again_soon() -> None:
    async def scene() -> None:
        desk = Desk(FakeEngine(dies=[TroubleKind.AUTH], dies_s=0.0))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1.4)
            assert desk.lost == [TroubleKind.AUTH]
            assert len(desk.engine.built) == 2
            assert desk.engine.running < 1
            await asyncio.sleep(2)
            assert desk.engine.running > 0
            desk.booth.close()

    run(scene())


def test_the_server_says_when_it_may_be_asked_again() -> None:
    async def scene() -> None:
        engine = FakeEngine()
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            engine.built[0].listen(Trouble(TroubleKind.RATE_LIMIT, "slow down", fatal=True, retry_after_s=5.0))
            engine.built[0].close()
            await asyncio.sleep(4.9)
            assert engine.running < 1
            await asyncio.sleep(0.2)
            assert engine.running > 0
            desk.booth.close()

    run(scene())


def test_one_who_does_nothing_is_replaced_at_once_and_leaves_beside() -> None:
    async def scene() -> None:
        engine = FakeEngine(deaf_to_close=True, ready_s=0.1)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            desk.booth.replace(TroubleKind.UPSTREAM)
            desk.booth.hear(frame(1))
            await asyncio.sleep(0.5)
            assert desk.spoken == frame(1)
            assert engine.running == 2, "the first one has not left yet"
            await asyncio.sleep(LEAVE_S)
            assert engine.running == 1
            desk.booth.close()
        assert desk.began == 2
        assert desk.lost == [], "it was not lost: its owner gave it up"

    run(scene())


def test_long_service_is_forgiven() -> None:
    """Six losses, a minute apart, are not six failures in a row."""

    async def scene() -> None:
        engine = FakeEngine(dies=[TroubleKind.NETWORK] * 6, dies_s=60.0)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(400)
            assert len(desk.lost) == 6
            desk.booth.close()
        assert len(engine.built) == 7
        assert asyncio.get_running_loop().time() < 420

    run(scene())


def test_an_engine_that_raises_is_an_interpreter_lost() -> None:
    async def scene() -> None:
        desk = Desk(FakeEngine(raises=RuntimeError("a bug in an installed engine")))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(1)
            desk.booth.close()
        assert len(desk.lost) >= 2
        assert desk.lost[-1] is TroubleKind.UPSTREAM

    run(scene())


@pytest.mark.parametrize("from_the_start", [True, False])
def test_an_engine_that_cannot_build_is_an_interpreter_lost_and_tried_again(from_the_start: bool) -> None:
    async def scene() -> None:
        dies: list[TroubleKind | None] = [] if from_the_start else [TroubleKind.NETWORK]
        engine = FakeEngine(dies=dies, cannot_build=from_the_start)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            engine.cannot_build = True
            await asyncio.sleep(3)
            assert len(desk.lost) > 2
            assert desk.lost[-1] is TroubleKind.UPSTREAM
            desk.booth.hear(frame(1))
            desk.booth.interrupt(10)
            engine.cannot_build = False
            await asyncio.sleep(20)
            assert engine.running == 1
            desk.booth.close()

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


@pytest.mark.parametrize(
    "engine",
    [FakeEngine(), FakeEngine(ready_s=60.0), FakeEngine(deaf_to_close=True), FakeEngine(broken="close")],
)
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
        assert (desk.began, desk.lost) == (2, [TroubleKind.RATE_LIMIT])

    run(scene())


@pytest.mark.parametrize("method", ["hear", "interrupt"])
def test_one_who_raises_is_cut_off_and_replaced_at_leisure(method: str) -> None:
    async def scene() -> None:
        engine = FakeEngine(broken=method)
        desk = Desk(engine)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(desk.booth.serve())
            await asyncio.sleep(0.1)
            if method == "interrupt":
                desk.booth.interrupt(100)
            else:
                with pytest.raises(RuntimeError):
                    desk.booth.hear(frame(1))
                desk.booth.raised()
                desk.booth.hear(frame(2))
            engine.broken = ""
            await asyncio.sleep(1)
            assert [one.running for one in engine.built] == [False, True]
            assert desk.lost == [TroubleKind.UPSTREAM]
            desk.booth.hear(frame(3))
            desk.booth.close()
        assert desk.spoken == frame(3)

    run(scene())
