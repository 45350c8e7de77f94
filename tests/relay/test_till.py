"""Today's money is written down while it is spent, and read where others spend it too."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator

import pytest

from dragoman.observe.metrics import Metrics
from dragoman.relay.purse import Purse
from dragoman.relay.till import LOOK_S, PACE_S, Till
from tests.fakes.call_store import FakeCallStore
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.script

TODAY = datetime.date(2026, 11, 22)


class Desk:
    """A till that runs, on a day that can be changed."""

    def __init__(self, store: FakeCallStore) -> None:
        self.store, self.metrics, self.today = store, Metrics(), TODAY
        self.purse = Purse(lambda: self.metrics.usd)
        self.till = Till(store, self.purse, self.metrics, lambda: self.today)

    @property
    def usd(self) -> float:
        return self.purse.today_usd(self.today)


@contextlib.asynccontextmanager
async def desk(store: FakeCallStore) -> AsyncIterator[Desk]:
    made = Desk(store)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(made.till.run())
        yield made
        running.cancel()


def test_what_is_spent_is_written_within_a_second() -> None:
    async def scene() -> None:
        store = FakeCallStore()
        async with desk(store) as here:
            here.metrics.spent("fake", 0.25)
            await asyncio.sleep(PACE_S + 0.01)
            assert store.spent == {TODAY: pytest.approx(0.25)}
            here.metrics.spent("fake", 0.5)
            here.today += datetime.timedelta(days=1)
            await asyncio.sleep(PACE_S)
            assert store.spent == {TODAY: pytest.approx(0.25), here.today: pytest.approx(0.5)}

    run(scene())


def test_a_new_process_knows_at_once_and_what_others_spend_soon() -> None:
    async def scene() -> None:
        store = FakeCallStore(spent={TODAY: 0.7})
        async with desk(store) as here:
            assert here.usd == 0.0
            await here.till.write()
            assert here.usd == pytest.approx(0.7)
            store.spent[TODAY] += 0.2
            await asyncio.sleep(LOOK_S + 0.01)
            assert here.usd == pytest.approx(0.9)

    run(scene())


def test_a_store_that_fails_loses_no_cent() -> None:
    async def scene() -> None:
        store = FakeCallStore(broken=True)
        async with desk(store) as here:
            here.metrics.spent("fake", 0.25)
            await asyncio.sleep(3 * PACE_S)
            assert here.usd == pytest.approx(0.25)
            assert 'dragoman_store_failures_total{operation="spend"}' in here.metrics.text().decode()
            store.broken = False
            await asyncio.sleep(PACE_S)
            assert store.spent == {TODAY: pytest.approx(0.25)}

    run(scene())


def test_what_is_being_written_at_the_end_is_written_once() -> None:
    class Slow(FakeCallStore):
        async def spend(self, day: datetime.date, usd: float) -> float:
            all_usd = await super().spend(day, usd)
            await asyncio.sleep(0.5)
            return all_usd

    async def scene() -> None:
        made = Desk(Slow())
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(made.till.run())
            made.metrics.spent("fake", 0.25)
            await asyncio.sleep(PACE_S + 0.1)
            made.metrics.spent("fake", 0.5)
            made.till.stop()
        assert made.store.spent == {TODAY: pytest.approx(0.75)}

    run(scene())
