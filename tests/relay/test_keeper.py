"""Living calls are written down as they change, at their pace; whatever the store does, calls go on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.domain.manner import AS_USUAL
from dragoman.errors import StoreError
from dragoman.observe.metrics import Metrics
from dragoman.relay import call_machine
from dragoman.relay.keeper import FAILS, PACE_BYTES, PACE_S, STALE_S, TOUCH_S, Keeper
from dragoman.relay.memory import VERSION, Memory, read, written
from tests.fakes.call_store import FakeCallStore
from tests.fakes.relay_parts import loop_clock, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

ONE, TWO, THREE = CallId("call-1"), CallId("call-2"), CallId("call-3")
EPOCH = 1_700_000_000.0


@dataclass
class Desk:
    """A keeper that runs; `usd` is what the call remembers next."""

    store: FakeCallStore
    metrics: Metrics = field(default_factory=Metrics)
    usd: float = 0.0
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keeper = Keeper(self.store, "here", self.metrics, loop_clock, lambda: EPOCH + loop_clock())

    def memory(self) -> Memory:
        state, _ = call_machine.begin(setup())
        return Memory(state, AS_USUAL, EPOCH, usd=self.usd, troubles=self.troubles)

    def failures(self, what: str) -> bool:
        return f'dragoman_store_failures_total{{operation="{what}"}}' in self.metrics.text().decode()


@contextlib.asynccontextmanager
async def desk(store: FakeCallStore | None = None) -> AsyncIterator[Desk]:
    made = Desk(store or FakeCallStore())
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.keeper.run())
        await asyncio.sleep(0)
        yield made
        running.cancel()


def test_a_call_is_written_at_once_when_it_begins_and_when_its_state_changes() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            assert here.store.kept[ONE].node == "here"
            assert here.store.kept[ONE].saved_at == pytest.approx(EPOCH + loop_clock(), abs=0.05)
            here.usd = 1.0
            here.keeper.changed(ONE, at_once=True)
            await asyncio.sleep(0.01)
            last = read(here.store.kept[ONE].body, VERSION)
            assert last is not None
            assert last.usd == 1.0

    run(scene())


def test_what_is_not_urgent_is_gathered_for_a_second() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            for _ in range(20):
                here.keeper.changed(ONE, at_once=False)
                await asyncio.sleep(PACE_S / 40)
            assert len(here.store.saves) == 1
            await asyncio.sleep(PACE_S)
            assert len(here.store.saves) == 2
            await asyncio.sleep(10)
            assert len(here.store.saves) == 2, "nothing changed since"

    run(scene())


def test_a_call_that_has_grown_is_written_less_often() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.troubles = ["x" * PACE_BYTES] * 3
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            for _ in range(90):
                here.keeper.changed(ONE, at_once=False)
                await asyncio.sleep(0.1)
            assert len(here.store.saves) == 3, "every three seconds"

    run(scene())


def test_a_store_that_failed_gets_quiet_calls_anew_when_it_works_again() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            here.store.broken = True
            await asyncio.sleep(2 * TOUCH_S)
            here.store.kept.clear()
            here.store.broken = False
            await asyncio.sleep(2 * TOUCH_S)
            assert list(here.store.kept) == [ONE]
            assert len(here.store.saves) == 2

    run(scene())


def test_a_store_that_hangs_does_not_hold_up_who_hands_back_many_calls() -> None:
    class Hanging(FakeCallStore):
        async def save(self, kept: KeptCall) -> None:
            await asyncio.sleep(8)
            raise StoreError("the store did not answer in time")

    async def scene() -> None:
        made = Desk(Hanging())
        for number in range(100):
            made.keeper.follow(CallId(f"call-{number}"), made.memory)
        handed = [await made.keeper.hand_back(CallId(f"call-{number}")) for number in range(100)]
        assert not any(handed)
        assert loop_clock() == 8 * FAILS

    run(scene())


def test_a_call_that_cannot_be_written_down_keeps_no_other_from_it() -> None:
    async def scene() -> None:
        async with desk() as here:
            state, _ = call_machine.begin(setup())
            here.keeper.follow(ONE, lambda: Memory(state, AS_USUAL, EPOCH, troubles=["\ud800"]))
            here.keeper.follow(TWO, here.memory)
            await asyncio.sleep(0.01)
            assert list(here.store.kept) == [TWO]
            assert here.failures("save")
            here.keeper.changed(ONE, at_once=True)
            here.keeper.changed(TWO, at_once=True)
            await asyncio.sleep(0.01)
            assert len(here.store.saves) == 2
            assert not await here.keeper.hand_back(ONE)

    run(scene())


def test_nothing_remains_of_a_call_that_is_over_and_late_news_of_it_is_nothing() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            here.keeper.over(ONE)
            here.keeper.changed(ONE, at_once=True)
            await asyncio.sleep(0.01)
            assert here.store.kept == {}
            here.keeper.follow(TWO, here.memory)
            await asyncio.sleep(0.01)
        here.keeper.over(TWO)
        await here.keeper.finish()
        assert here.store.kept == {}

    run(scene())


class Slow(FakeCallStore):
    """Its `drop` takes a moment, and is not done when nobody waits for it."""

    async def drop(self, call_id: CallId) -> None:
        await asyncio.sleep(0.1)
        await super().drop(call_id)


def test_a_call_that_ends_as_the_process_does_is_dropped_all_the_same() -> None:
    async def scene() -> None:
        async with desk(Slow()) as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.01)
            here.keeper.over(ONE)
            await asyncio.sleep(0.05)  # `run` is cancelled in the midst of it
        await here.keeper.finish()
        assert here.store.kept == {}

    run(scene())


class Told(FakeCallStore):
    """Takes a moment for everything, and notes what it was asked in order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, CallId]] = []

    async def save(self, kept: KeptCall) -> None:
        self.asked.append(("save", kept.call_id))
        await asyncio.sleep(0.1)
        await super().save(kept)

    async def drop(self, call_id: CallId) -> None:
        self.asked.append(("drop", call_id))
        await asyncio.sleep(0.1)
        await super().drop(call_id)


@pytest.mark.parametrize("after_s", [0.0, 0.05])
def test_a_new_call_is_written_before_the_one_goes_in_which_it_began(after_s: float) -> None:
    """A caller whom an assistant hands over: of a process that is killed between the two one of them must remain."""

    async def scene() -> None:
        async with desk(store := Told()) as here:
            here.keeper.follow(TWO, here.memory)
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(0.3)
            here.keeper.changed(TWO, at_once=True)
            await asyncio.sleep(after_s)  # another call is being written
            store.asked.clear()
            here.keeper.follow(THREE, here.memory)
            here.keeper.changed(ONE, at_once=True)
            await asyncio.sleep(0)
            here.keeper.over(ONE)
            await asyncio.sleep(1)
        mine = [one for one in store.asked if one[1] is not TWO]
        assert mine == [("save", THREE), ("drop", ONE)]

    run(scene())


def test_a_broken_store_hurts_nobody_and_is_tried_again() -> None:
    async def scene() -> None:
        async with desk(FakeCallStore(broken=True)) as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(TOUCH_S + 1)
            assert here.failures("save")
            assert here.failures("touch")
            assert await here.keeper.claimable() == []
            assert await here.keeper.claim(TWO) is None
            here.store.broken = False
            await asyncio.sleep(PACE_S + 0.1)
            assert ONE in here.store.kept

    run(scene())


def test_calls_without_news_are_not_stale_while_their_node_lives() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            await asyncio.sleep(10 * STALE_S)
            assert EPOCH + loop_clock() - here.store.kept[ONE].saved_at <= TOUCH_S + 0.1

    run(scene())


def test_a_call_of_the_process_before_is_claimed_once_with_its_age() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with desk(store) as before:
            before.usd = 2.0
            before.keeper.follow(ONE, before.memory)
            await asyncio.sleep(0.01)
        await asyncio.sleep(5)
        async with desk(store) as after:
            assert await after.keeper.claimable() == [ONE]
            claimed = await after.keeper.claim(ONE)
            assert claimed is not None
            memory, ago_s = claimed
            assert memory.usd == 2.0
            assert ago_s == pytest.approx(5, abs=0.1)
            after.keeper.follow(ONE, after.memory)
            assert await after.keeper.claim(ONE) is None, "it goes on here"
            assert await after.keeper.claimable() == []

    run(scene())


def test_what_cannot_be_read_is_dropped() -> None:
    async def scene() -> None:
        async with desk() as here:
            await here.store.save(KeptCall(ONE, "here", EPOCH, VERSION, b"{"))
            await here.store.save(KeptCall(TWO, "here", EPOCH, VERSION + 1, written(here.memory())))
            assert await here.keeper.claim(ONE) is None
            assert await here.keeper.claim(TWO) is None
            await asyncio.sleep(0.01)
            assert here.store.kept == {}

    run(scene())


def test_a_call_that_is_handed_back_is_nobodys_as_it_was_last() -> None:
    async def scene() -> None:
        async with desk() as here:
            here.keeper.follow(ONE, here.memory)
            here.keeper.follow(TWO, here.memory)
            await asyncio.sleep(0.01)
            here.usd = 3.0
            assert await here.keeper.hand_back(ONE)
            here.keeper.changed(ONE, at_once=True)
            await asyncio.sleep(1)
            kept = here.store.kept[ONE]
            last = read(kept.body, VERSION)
            assert last is not None
            assert (kept.node, last.usd) == ("", 3.0)
            here.store.broken = True
            assert not await here.keeper.hand_back(TWO)
            assert not await here.keeper.hand_back(CallId("unknown"))

    run(scene())


def test_another_nodes_call_is_left_to_it_until_that_node_is_silent() -> None:
    async def scene() -> None:
        async with desk() as here:
            kept = KeptCall(ONE, "there", EPOCH + loop_clock(), VERSION, written(here.memory()))
            await here.store.save(kept)
            assert await here.keeper.claim(ONE) is None
            await here.store.save(replace(kept, saved_at=kept.saved_at - STALE_S - 1))
            assert await here.keeper.claimable() == [ONE]
            assert await here.keeper.claim(ONE) is not None

    run(scene())
