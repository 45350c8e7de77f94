"""Calls that ring for agents in pages: the desk and the calls are real, carrier, engine, legs and pages on paper."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from dragoman.audio.convert import Converter
from dragoman.browser.agent_call import Calls
from dragoman.browser.agent_desk import AgentDesk
from dragoman.browser.lines import Lines
from dragoman.browser_ports import Duty
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import AgentRoute, AgentVia, CallId, Role
from dragoman.domain.language import LanguageTag
from dragoman.keys import NO_KEYS, KeyMap
from dragoman.ports import Ringing
from dragoman.relay.keeper import Keeper
from dragoman.relay.live import LiveCalls
from dragoman.relay.recall import Recall
from dragoman.relay.record import CallRecord
from tests.fakes.call_store import FakeCallStore
from tests.fakes.engine import FakeEngine
from tests.fakes.leg import FakeLeg
from tests.fakes.page import FakePage
from tests.fakes.relay_parts import BOOK, SPANISH, loop_clock, parts
from tests.fakes.telephony import FakeTelephony

IN_BROWSER = AgentRoute(AgentVia.BROWSER, "")
CALLER = "+34600000001"
RING_S = 30.0
PARTNERS = {"es": [LanguageTag("en"), LanguageTag("fr")], "en": [LanguageTag("es")]}


@dataclass
class OnDuty:
    """One agent's page: what it was told last."""

    duty: Duty = field(default_factory=lambda: Duty("", ()))
    over: bool = False

    @property
    def calls(self) -> list[str]:
        return [one.leg for one in self.duty.calls]


@dataclass
class AgentScene:
    desk: AgentDesk
    live: LiveCalls
    engine: FakeEngine
    carrier: FakeTelephony
    tasks: asyncio.TaskGroup
    records: list[CallRecord] = field(default_factory=list)
    rung: int = 0

    async def calls(self) -> tuple[CallId, FakeLeg]:
        """Somebody calls, and waits."""
        self.rung += 1
        call_id = self.live.ring(Ringing(f"CA-in-{self.rung}", CALLER, "+15550100001", SPANISH))
        leg = FakeLeg(f"caller-{self.rung}")
        self.live.join(call_id, Role.CALLER, leg, f"nonce-{self.rung}")
        await asyncio.sleep(0.1)
        return call_id, leg

    async def on_duty(self) -> OnDuty:
        agent = OnDuty()
        self.tasks.create_task(self._reads(agent))
        await asyncio.sleep(0.01)
        return agent

    async def _reads(self, agent: OnDuty) -> None:
        duty = self.desk.duty()
        assert duty is not None
        async with contextlib.aclosing(duty):
            async for agent.duty in duty:
                if agent.over:
                    return
        agent.over = True

    async def sits(self, agent: OnDuty, page: FakePage | None = None) -> tuple[FakePage, str, str]:
        """The agent accepts the first call that rings, and the page joins: the page, and where it sits."""
        call, seat = self.desk.accept(agent.calls[0], agent.duty.page)
        page = page or FakePage()
        self.desk.join(call, seat, page, page)
        await asyncio.sleep(0.5)
        return page, call, seat

    async def talking(self) -> tuple[FakeLeg, FakePage, str, str]:
        """A call, interpreted: the caller's leg, the agent's page and its seat."""
        agent = await self.on_duty()
        _, caller = await self.calls()
        return caller, *(await self.sits(agent))


def across(audio: bytes) -> bytes:
    """What an interpreter makes of some frames: the same sound, for the other kind of leg."""
    narrow, wide = AudioFormat.PCMU_8K, AudioFormat.PCM16_24K
    converter = Converter(narrow, wide) if len(audio) % wide.frame_bytes else Converter(wide, narrow)
    return converter.convert(audio) + converter.flush()


@contextlib.asynccontextmanager
async def agent_scene(
    *,
    next_route: AgentRoute | None = None,
    keys: KeyMap = NO_KEYS,
    shows_numbers: bool = False,
    silent_leg_s: float = float("inf"),
    store: FakeCallStore | None = None,
    alone: bool = True,
) -> AsyncIterator[AgentScene]:
    """Runs in virtual time; at the end nothing of it is left. `store` keeps the calls that live; not `alone`: another
    process goes on after it.
    """
    engine, carrier = FakeEngine(answer=across), FakeTelephony()
    desk = AgentDesk(RING_S, shows_numbers=shows_numbers, clock=loop_clock)
    of_calls = parts(engines=[engine], telephony=Lines(carrier, desk), keys=keys, silent_leg_s=silent_leg_s)
    made_of = replace(of_calls, next_route=next_route)
    records: list[CallRecord] = []
    keeper = None if store is None else Keeper(store, "here", made_of.metrics, loop_clock, loop_clock)
    recall = None if keeper is None else Recall(keeper, made_of.metrics)
    live = LiveCalls(made_of, BOOK, IN_BROWSER, ended=records.append, recall=recall)
    desk.serve(Calls(live, loop_clock, PARTNERS, 3600.0))
    async with asyncio.timeout(7200), asyncio.TaskGroup() as tasks:
        tasks.create_task(live.run())
        tasks.create_task(desk.run())
        await live.found()
        await asyncio.sleep(0)
        yield AgentScene(desk, live, engine, carrier, tasks, records)
        await live.drain(0.0)
        live.stop()
        desk.stop()
    assert engine.running == 0
    assert not alone or len(asyncio.all_tasks()) == 1
