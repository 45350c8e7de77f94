"""The product's own wiring of a call, whatever it is: a whole `Bridge` in virtual time, between these phones.

This is the one file that knows how a call is built; a new setting of the relay is given here.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bench.ear.phone import Phone
from bench.ear.scenes import Scene
from bench.ear.scripted import ScriptedEngine
from dragoman.domain.call import Accepted, EndAsked, Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.language_rank import language_rank
from dragoman.relay.bridge import Bridge
from tests.fakes.relay_parts import DIRECT, ENGLISH, SPANISH, parts, setup


@contextlib.asynccontextmanager
async def on_the_line(scene: Scene, phones: dict[Role, Phone], engine: ScriptedEngine) -> AsyncIterator[None]:
    """The call stands until the block ends. The phones must beat meanwhile: notices are heard before it is talk."""
    caller = ENGLISH if scene.one_language else SPANISH
    bridge = Bridge(
        setup(route=DIRECT, caller=caller, agent=ENGLISH), parts(engines=[engine], echo_gate=True, rank=language_rank())
    )
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(bridge.run())
        bridge.join(Role.CALLER, phones[Role.CALLER])
        await asyncio.sleep(0.1)
        bridge.join(Role.AGENT, phones[Role.AGENT])
        bridge.tell(Accepted(Role.AGENT, "WR1"))
        yield
        if call.done():
            raise RuntimeError(f"the call ended before the scene did: {call.result().outcome}")
        bridge.tell(EndAsked(Outcome(Result.US, "the scene is over")))
