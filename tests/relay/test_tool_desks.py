"""Tools of personas: built once, shared, and closed when the last call that uses them is over."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace

import pytest

from dragoman.domain.persona import Persona
from dragoman.relay.tool_desks import ToolDesks
from tests.fakes.assistants import FakeTools
from tests.fakes.personas import persona

pytestmark = pytest.mark.script


@dataclass
class Workshop:
    """Builds tools; `threads` are those in which it did."""

    fails: bool = False
    built: list[FakeTools] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)
    closing: list[Awaitable[None]] = field(default_factory=list)

    def __call__(self, who: Persona) -> FakeTools:
        self.threads.append(threading.current_thread())
        if self.fails:
            raise RuntimeError("no such module")
        self.built.append(FakeTools())
        return self.built[-1]


def desks() -> tuple[ToolDesks, Workshop]:
    shop = Workshop()
    return ToolDesks(shop, shop.closing.append), shop


async def test_calls_of_one_persona_share_its_tools_which_are_built_in_a_thread() -> None:
    all_desks, shop = desks()
    one, other = all_desks.lease(persona()), all_desks.lease(persona())
    first, second = await asyncio.gather(one.tools(), other.tools())
    assert first is second is shop.built[0]
    assert shop.threads != [threading.main_thread()]
    assert all_desks.lease(persona(name="other")) is not one


async def test_a_persona_that_was_changed_has_new_tools_and_the_old_ones_go_with_their_last_call() -> None:
    all_desks, shop = desks()
    old = [all_desks.lease(persona()) for _ in range(2)]
    await old[0].tools()
    new = all_desks.lease(replace(persona(), instructions="Be long."))
    await new.tools()
    assert len(shop.built) == 2
    all_desks.give_back(old[0])
    assert shop.closing == []
    all_desks.give_back(old[1])
    for closing in shop.closing:
        await closing
    assert [tools.closed for tools in shop.built] == [True, False]


async def test_tools_that_nobody_uses_stay_until_the_persona_changes() -> None:
    all_desks, shop = desks()
    desk = all_desks.lease(persona())
    await desk.tools()
    all_desks.give_back(desk)
    assert all_desks.lease(persona()) is desk
    all_desks.give_back(desk)
    all_desks.lease(replace(persona(), instructions="Be long."))
    for closing in shop.closing:
        await closing
    assert shop.built[0].closed


async def test_what_fails_is_tried_again_for_the_next_call() -> None:
    all_desks, shop = desks()
    shop.fails = True
    desk = all_desks.lease(persona())
    with pytest.raises(RuntimeError):
        await desk.tools()
    shop.fails = False
    assert await desk.tools() is shop.built[0]


async def test_at_the_end_all_are_closed() -> None:
    all_desks, shop = desks()
    await all_desks.lease(persona()).tools()
    all_desks.lease(persona(name="never used"))
    await all_desks.aclose()
    assert [tools.closed for tools in shop.built] == [True]
