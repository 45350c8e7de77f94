"""The register of what lives on a node."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from dragoman.errors import Refused
from dragoman.observe.metrics import Metrics
from dragoman.relay.admission import Asking, Limits
from dragoman.relay.entrance import Entrance
from dragoman.relay.living import LINGER_S, Living, new_call_id
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit


class Stay:
    """Lives until it is told to go."""

    def __init__(self) -> None:
        self.wanted = True
        self.asked_to_go = asyncio.Event()

    async def carry(self, one: Stay) -> None:
        assert one is self
        await self.asked_to_go.wait()


class Node:
    """A register that runs, its entrance with a limit of so many at once."""

    def __init__(self, at_once: int = 10) -> None:
        self.metrics = Metrics()
        clock = asyncio.get_running_loop().time
        self.entrance = Entrance(Limits(max_calls=at_once), str, self.metrics, clock)
        self.forgotten: list[str] = []
        self.living: Living[Stay] = Living("stays", self.entrance, self.metrics, forgotten=self.forgotten.append)

    def comes(self, name: str) -> Stay:
        stay = Stay()
        self.entrance.admit(Asking())
        self.entrance.enter(name, Asking())
        self.living.begin(name, stay, stay.carry)
        return stay

    @property
    def kept(self) -> str:
        (line,) = [line for line in self.metrics.text().decode().splitlines() if 'kept{what="stays"}' in line]
        return line.rsplit(" ", 1)[1]


@contextlib.asynccontextmanager
async def node(at_once: int = 10) -> AsyncIterator[Node]:
    async with asyncio.TaskGroup() as tasks:
        here = Node(at_once)
        tasks.create_task(here.living.run())
        await asyncio.sleep(0)
        yield here
        here.living.stop()


def test_it_is_found_while_it_lives_and_a_while_longer() -> None:
    async def scene() -> None:
        async with node() as here:
            stay = here.comes("a")
            assert here.living.find("a") is stay
            assert (here.living.all, here.living.living, here.kept) == ([stay], [stay], "1.0")
            stay.asked_to_go.set()
            await asyncio.sleep(1)
            assert "a" in here.living
            assert (here.living.all, here.living.living) == ([stay], [])
            assert here.forgotten == []
            await asyncio.sleep(LINGER_S)
            assert "a" not in here.living
            assert here.living.find("a") is None
            assert (here.forgotten, here.kept) == (["a"], "0.0")

    run(scene())


def test_it_leaves_the_entrance_when_it_ends() -> None:
    async def scene() -> None:
        async with node(at_once=1) as here:
            stay = here.comes("a")
            with pytest.raises(Refused, match="too many calls at once"):
                here.comes("b")
            stay.asked_to_go.set()
            await asyncio.sleep(1)
            here.comes("b").asked_to_go.set()

    run(scene())


def test_waiting_for_the_last_ends_with_it_or_at_the_deadline() -> None:
    async def scene() -> None:
        async with node() as here:
            clock = asyncio.get_running_loop().time
            await here.living.until_empty(5)
            assert clock() == 0
            stay = here.comes("a")
            await here.living.until_empty(5)
            assert clock() == 5
            asyncio.get_running_loop().call_later(2, stay.asked_to_go.set)
            await here.living.until_empty(5)
            assert clock() == 7
            another = here.comes("b")
            await here.living.until_empty(1)
            assert clock() == 8
            another.asked_to_go.set()

    run(scene())


def test_waiting_until_none_is_asks_those_that_are_over_too() -> None:
    async def scene() -> None:
        async with node() as here:
            clock = asyncio.get_running_loop().time
            stay = here.comes("a")
            stay.asked_to_go.set()
            await here.living.until_none(lambda one: one.wanted, 5)
            assert clock() == pytest.approx(5)
            asyncio.get_running_loop().call_later(1, setattr, stay, "wanted", False)
            await here.living.until_none(lambda one: one.wanted, 5)
            assert clock() == pytest.approx(6, abs=0.11)

    run(scene())


def test_stopping_waits_for_what_lives_and_forgets_nothing_later() -> None:
    async def scene() -> None:
        ended: list[str] = []
        async with asyncio.TaskGroup() as tasks:
            here = Node()

            async def serve() -> None:
                await here.living.run()
                ended.append("run")

            assert not here.living.running
            tasks.create_task(serve())
            await asyncio.sleep(0)
            assert here.living.running
            first, last = here.comes("a"), here.comes("b")
            first.asked_to_go.set()
            await asyncio.sleep(1)
            here.living.stop()
            assert (here.living.draining, here.living.stopped) == (True, True)
            await asyncio.sleep(1)
            assert ended == []
            last.asked_to_go.set()
        assert ended == ["run"]
        assert not here.living.running
        await asyncio.sleep(LINGER_S + 1)
        assert here.forgotten == []

    run(scene())


def test_what_runs_beside_ends_with_the_stop_and_before_the_last_life() -> None:
    async def scene() -> None:
        seen: list[str] = []

        async def beside() -> None:
            try:
                await asyncio.sleep(1000)
            finally:
                seen.append("beside ended")

        async with asyncio.TaskGroup() as tasks:
            here = Node()
            tasks.create_task(here.living.run(beside))
            await asyncio.sleep(0)
            stay = here.comes("a")
            await asyncio.sleep(1)
            here.living.stop()
            await asyncio.sleep(1)
            assert seen == ["beside ended"]
            stay.asked_to_go.set()

    run(scene())


def test_what_is_done_meanwhile_is_waited_for() -> None:
    async def scene() -> None:
        done: list[str] = []

        async def work() -> None:
            await asyncio.sleep(3)
            done.append("closed")

        async with node() as here:
            here.living.also(work())
            await asyncio.sleep(1)
        assert done == ["closed"]

    run(scene())


def test_ids_differ_and_cannot_be_guessed() -> None:
    ids = {new_call_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(len(one) >= 16 for one in ids)
