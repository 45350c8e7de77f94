"""What outlives this process: the living calls, and what was spent today. Wires the store for `app`."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from dragoman.observe.metrics import Metrics
from dragoman.relay.entrance import today
from dragoman.relay.keeper import Keeper
from dragoman.relay.purse import Purse
from dragoman.relay.recall import Recall
from dragoman.relay.till import Till
from dragoman.sections import Settings
from dragoman.store import node_lock
from dragoman.store.sql import SqlCallStore, database_file


@dataclass(frozen=True, slots=True)
class Lasting:
    """What is kept; neither of them where nothing is."""

    recall: Recall | None = None
    till: Till | None = None

    @contextlib.asynccontextmanager
    async def money(self) -> AsyncIterator[None]:
        """Know what was spent today before anybody is let in, and write down what is spent while the block runs."""
        if self.till is None:
            yield
            return
        await self.till.write()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.till.run())
            try:
                yield
            finally:
                self.till.stop()


@contextlib.asynccontextmanager
async def opened(every: Settings, metrics: Metrics, purse: Purse) -> AsyncIterator[Lasting]:
    """The store, unless it is off; without a telephone it keeps money only, where that is limited.

    Raises SettingsError for a database that cannot be one, and where another living process of this name has the calls.
    """
    url, telephone = every.node.database_url, every.carrier is not None
    if url is None or not (telephone or every.limits.max_usd_per_day):
        yield Lasting()
        return
    async with contextlib.AsyncExitStack() as stack:
        name = every.node.name(every.app.port)
        if telephone:
            lock = node_lock.lock_file(database_file(url), every.node.state_folder, name, url)
            await stack.enter_async_context(node_lock.held(lock, name))
        store = await stack.enter_async_context(contextlib.aclosing(SqlCallStore(url)))
        till = Till(store, purse, metrics, today)
        if not telephone:
            yield Lasting(till=till)
            return
        keeper = Keeper(store, name, metrics, time.monotonic, time.time)  # noqa: TID251 - for other processes
        yield Lasting(Recall(keeper, metrics), till)
