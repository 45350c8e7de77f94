"""What every store of living calls promises (`store_ports.CallStore`), over the fake and over SQLite."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.store.sql import SqlCallStore
from dragoman.store_ports import CallStore
from tests.fakes.call_store import FakeCallStore

pytestmark = pytest.mark.contract

ONE, TWO, THREE = CallId("call-1"), CallId("call-2"), CallId("call-3")


def kept(call_id: CallId, node: str = "here", saved_at: float = 100.0, body: bytes = b'{"a": "\xc3\xa9"}') -> KeptCall:
    return KeptCall(call_id, node, saved_at, 1, body)


@pytest.fixture(params=["fake", "sqlite"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CallStore]:
    made: CallStore = FakeCallStore() if request.param == "fake" else SqlCallStore(f"sqlite:///{tmp_path}/calls.sqlite")
    async with contextlib.aclosing(made):
        yield made


async def test_what_was_saved_last_is_claimed(store: CallStore) -> None:
    await store.save(kept(ONE, body=b"first"))
    await store.save(kept(ONE, saved_at=101.5, body=b"\x00second"))
    assert await store.claim(ONE, "here", 200.0, 0.0) == kept(ONE, saved_at=101.5, body=b"\x00second")
    assert await store.claim(TWO, "here", 200.0, 0.0) is None


async def test_another_nodes_living_call_is_left_to_it(store: CallStore) -> None:
    await store.save(kept(ONE, node="there", saved_at=100.0))
    assert await store.claim(ONE, "here", 101.0, 90.0) is None
    assert await store.claimable("here", 90.0) == []
    assert await store.claim(ONE, "there", 101.0, 90.0) is not None, "it was not taken"


async def test_whether_it_is_there_is_known_whoever_has_it(store: CallStore) -> None:
    await store.save(kept(ONE, node="there"))
    assert (await store.has(ONE), await store.has(TWO)) == (True, False)
    await store.drop(ONE)
    assert not await store.has(ONE)


async def test_what_is_handed_back_is_the_first_ones_who_asks(store: CallStore) -> None:
    await store.save(kept(ONE, node=""))
    claims = await asyncio.gather(*(store.claim(ONE, node, 101.0, 0.0) for node in ("a", "b", "c")))
    assert [claim for claim in claims if claim is not None] == [kept(ONE, node="")]


async def test_a_stale_call_is_claimed_once(store: CallStore) -> None:
    await store.save(kept(ONE, node="dead", saved_at=100.0))
    assert await store.claim(ONE, "a", 120.0, stale_before=105.0) is not None
    assert await store.claim(ONE, "b", 120.0, stale_before=105.0) is None, "it is as fresh as its new node's claim"


async def test_a_call_that_is_touched_is_not_stale(store: CallStore) -> None:
    await store.save(kept(ONE, node="there", saved_at=100.0))
    await store.save(kept(TWO, node="dead", saved_at=100.0))
    await store.touch("there", 120.0)
    assert await store.claimable("here", 105.0) == [TWO]


async def test_claimable_calls_come_newest_first(store: CallStore) -> None:
    for call_id, at in ((ONE, 3.0), (TWO, 5.0), (THREE, 4.0)):
        await store.save(kept(call_id, saved_at=at))
    assert await store.claimable("here", 0.0) == [TWO, THREE, ONE]


async def test_nothing_remains_of_a_call_that_is_dropped(store: CallStore) -> None:
    await store.save(kept(ONE))
    await store.drop(ONE)
    await store.drop(TWO)
    assert await store.claimable("here", 0.0) == []
    assert await store.claim(ONE, "here", 101.0, 0.0) is None


async def test_what_all_nodes_spend_on_a_day_adds_up(store: CallStore) -> None:
    today, tomorrow = datetime.date(2026, 11, 22), datetime.date(2026, 11, 23)
    assert await store.spend(today, 0.0) == 0.0
    assert await store.spend(today, 0.5) == pytest.approx(0.5)
    assert await store.spend(tomorrow, 0.1) == pytest.approx(0.1)
    assert await store.spend(today, 0.25) == pytest.approx(0.75)
    assert await store.spend(today, 0.0) == pytest.approx(0.75)


async def test_closing_twice_is_closing(store: CallStore) -> None:
    await store.save(kept(ONE))
    await store.aclose()
    await store.aclose()
