"""Calls that an earlier process left, given to who carries their kind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.observe.metrics import Metrics
from dragoman.relay.assistant_memory import AssistantMemory
from dragoman.relay.keeper import Keeper
from dragoman.relay.memories import AnyMemory, written
from dragoman.relay.memory import Memory
from dragoman.relay.recall import SWEEP_S, Recall
from tests.fakes.call_store import FakeCallStore
from tests.fakes.relay_parts import loop_clock
from tests.fakes.remembered import ANSWERED, INTERPRETED
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

ONE, TWO = CallId("one"), CallId("two")


@dataclass
class Desk:
    """Who takes calls up, and what they got."""

    store: FakeCallStore = field(default_factory=FakeCallStore)
    metrics: Metrics = field(default_factory=Metrics)
    taken: list[tuple[AnyMemory, float]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    raises: Exception | None = None

    def left(self, call_id: CallId, remembered: AnyMemory, ago_s: float = 1.0) -> None:
        version, body = written(remembered)
        self.store.kept[call_id] = KeptCall(call_id, "here", loop_clock() - ago_s, version, body)

    def take_up(self, remembered: AnyMemory, ago_s: float) -> None:
        if self.raises is not None:
            raise self.raises
        self.taken.append((remembered, ago_s))
        self.known.add("one")

    def counted(self, line: str) -> bool:
        return line in self.metrics.text().decode()


@contextlib.asynccontextmanager
async def running(here: Desk, *kinds: type) -> AsyncIterator[Recall]:
    recall = Recall(Keeper(here.store, "here", here.metrics, loop_clock, loop_clock), here.metrics)
    for kind in kinds:
        recall.gives(kind, here.known.__contains__, here.take_up)
    async with asyncio.TaskGroup() as tasks:
        work = tasks.create_task(recall.run())
        await recall.found()
        yield recall
        work.cancel()


def test_calls_of_both_kinds_are_found_at_the_start() -> None:
    async def scene() -> None:
        here = Desk()
        here.left(ONE, INTERPRETED, 2.5)
        here.left(TWO, ANSWERED, 3.5)
        async with running(here, Memory, AssistantMemory):
            assert [(one, round(ago_s, 1)) for one, ago_s in here.taken] == [(INTERPRETED, 2.5), (ANSWERED, 3.5)]
            assert here.counted('dragoman_taken_up_total{how="found"} 2.0')

    run(scene())


def test_one_that_is_asked_for_is_looked_for() -> None:
    async def scene() -> None:
        here = Desk()
        async with running(here, AssistantMemory) as recall:
            await recall.recall("nobody")
            assert here.taken == []
            here.left(ONE, ANSWERED)
            await recall.recall("one")
            await recall.recall("one")
            assert len(here.taken) == 1, "known from then on"

    run(scene())


def test_one_that_nobody_asks_for_is_found_in_time() -> None:
    async def scene() -> None:
        here = Desk()
        async with running(here, AssistantMemory):
            here.left(ONE, ANSWERED)
            await asyncio.sleep(SWEEP_S + 1)
            assert len(here.taken) == 1

    run(scene())


def test_one_that_cannot_go_on_is_dropped_and_costs_no_other() -> None:
    async def scene() -> None:
        here = Desk(raises=RuntimeError("a bug of ours"))
        here.left(ONE, INTERPRETED)
        async with running(here, Memory):
            here.raises = None
            await asyncio.sleep(0.1)
            assert here.store.kept == {}
            here.left(TWO, INTERPRETED)
            await asyncio.sleep(SWEEP_S + 1)
            assert [one for one, _ in here.taken] == [INTERPRETED]

    run(scene())


def test_a_kind_that_nobody_here_carries_is_dropped() -> None:
    async def scene() -> None:
        here = Desk()
        here.left(ONE, ANSWERED)
        async with running(here, Memory):
            await asyncio.sleep(0.1)
            assert (here.taken, here.store.kept) == ([], {})

    run(scene())


def test_once_closed_nothing_is_taken_up_not_even_what_was_on_its_way() -> None:
    class Slow(FakeCallStore):
        async def claim(self, call_id: CallId, node: str, now: float, stale_before: float) -> KeptCall | None:
            claimed = await super().claim(call_id, node, now, stale_before)
            await asyncio.sleep(1)
            return claimed

    async def scene() -> None:
        here = Desk(Slow())
        async with running(here, Memory) as recall:
            here.left(ONE, INTERPRETED)
            here.left(TWO, INTERPRETED)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(recall.recall(ONE))
                await asyncio.sleep(0.5)
                recall.close()
            await recall.recall(TWO)
            await asyncio.sleep(2 * SWEEP_S)
            assert here.taken == []
            assert recall.may_be_known(TWO), "its leg asks whoever answers then"
            assert {name: kept.node for name, kept in here.store.kept.items()} == {ONE: "", TWO: "here"}

    run(scene())
