"""The living calls of this node: takes new ones, finds them for webhooks and sockets, drains."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import structlog

from dragoman.domain.call import (
    AgentRoute,
    AgentVia,
    AskLater,
    CallEvent,
    CallId,
    CallSetup,
    CallView,
    EndAsked,
    HangUpLeg,
    Instruction,
    Notice,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Line
from dragoman.errors import Refused
from dragoman.ports import LanguageBook, Leg, Origination, Ringing
from dragoman.relay import call_setups
from dragoman.relay.admission import Asking, Limits
from dragoman.relay.annals import observed
from dragoman.relay.bridge import Bridge
from dragoman.relay.entrance import Entrance
from dragoman.relay.keeper import Keeper
from dragoman.relay.memory import Memory
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord

LINGER_S = 60.0
"""A call that is over still answers its legs for so long."""

FAREWELL_S = 5.0
"""At its end a drain waits so long for legs of calls that are over to ask, and to be told why."""

HANDED_BACK_S = 1.0
"""A process that handed calls back tells legs that ask here to ask again, for so long."""

AWAITED_S = 60.0
"""A call of an earlier process waits so long for its first leg."""

LOST_S = 300.0
"""Nobody comes back to a call that was left so long ago: a carrier gives a leg up long before."""

SWEEP_S = 30.0
"""So often we look for calls whose node died, and which nobody asked for."""

CALL_ID_BYTES = 12
_STOPPED = Outcome(Result.US, "the server stopped")


class LiveCalls:
    """Implements `ports.Switchboard`. `run` must be running; every call is a task in its TaskGroup.

    `entrance` is that of the node, where calls of other kinds come in too; without, one of its own with `limits`.

    With a `keeper`, calls outlive the process: they are written down as they change, and found by the next one.
    """

    def __init__(
        self,
        parts: Parts,
        book: LanguageBook,
        route: AgentRoute | None,
        *,
        limits: Limits | None = None,
        entrance: Entrance | None = None,
        ended: Callable[[CallRecord], None] = lambda _record: None,
        keeper: Keeper | None = None,
    ) -> None:
        self._parts = parts
        self._keeper = keeper
        self._claiming = asyncio.Lock()
        self._found = asyncio.Event()
        self._book = book
        self._route = route
        self._entrance = entrance or Entrance(limits or Limits(), parts.safety_id, parts.metrics, parts.clock)
        self._entrance.counts(self._spending)
        self._ended = ended
        self._bridges: dict[str, Bridge] = {}
        parts.metrics.keeps("calls", self._bridges.__len__)
        self._by_carrier_call: dict[str, CallId] = {}
        self._nonces: dict[str, set[str]] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
        self._awaited: dict[str, asyncio.TimerHandle] = {}
        self._living = 0
        self._draining = False
        self._drained = asyncio.Event()
        self._stopped = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._log = structlog.get_logger()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`; then wait for the living calls (`drain` ends them)."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                keeping = None if self._keeper is None else tasks.create_task(self._keep(self._keeper))
                if keeping is None:
                    self._found.set()
                await self._stopped.wait()
                if keeping is not None:
                    keeping.cancel()
        finally:
            self._tasks = None
            if self._keeper is not None:
                await self._keeper.finish()
            for timer in (*self._forgetting.values(), *self._awaited.values()):
                timer.cancel()
            self._forgetting.clear()
            self._awaited.clear()

    async def wind_down(self, deadline_s: float) -> None:
        """Accept nothing new, and wait so long for what runs."""
        self._draining = True
        if self._living:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(deadline_s):
                    await self._drained.wait()

    async def drain(self, deadline_s: float, close_door: Callable[[], None] = lambda: None) -> None:
        """Wind down; past the deadline, hand back what still runs: who answers the public address then takes it up, and
        new connections are that one's after `close_door`. What cannot be handed back is ended with a word to both. The
        web server must still answer: legs that are let go ask."""
        await self.wind_down(deadline_s)
        if living := [bridge for bridge in self._bridges.values() if not bridge.over]:
            await self._let_go(living, close_door)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while any(bridge.parting for bridge in self._bridges.values()):  # noqa: ASYNC110 - of many calls
                    await asyncio.sleep(0.1)

    async def _let_go(self, living: Sequence[Bridge], close_door: Callable[[], None]) -> None:
        """Hand them back, or end them."""
        await asyncio.gather(*(one.placed() for one in living))
        keeper = self._keeper
        handed_back = [one for one in living if keeper is not None and await keeper.hand_back(one.setup.call_id)]
        if handed_back:
            close_door()
        for bridge in living:
            if bridge in handed_back:
                bridge.hand_back()
            else:
                bridge.tell(EndAsked(_STOPPED, Notice.FAILED))
        self._log.info("calls handed back", handed_back=len(handed_back), ended=len(living) - len(handed_back))
        if handed_back:
            await asyncio.sleep(HANDED_BACK_S)

    def stop(self) -> None:
        self._draining = True
        self._stopped.set()

    async def _carry(self, bridge: Bridge) -> None:
        call_id = bridge.setup.call_id
        metrics = self._parts.metrics
        metrics.calls_living.inc()
        try:
            record = await bridge.run()
            if bridge.handed_back:
                return
            metrics.calls_ended.labels(record.outcome.result.value).inc()
            observed(record, metrics)
            self._ended(record)
        except asyncio.CancelledError:
            bridge.handed_back = True  # the process ends in its midst, and the next one finds it
            raise
        except Exception:  # noqa: BLE001 - one call's fault, or its record's, must not end the others
            self._log.exception("the call's end failed", call=call_id)
        finally:
            metrics.calls_living.dec()
            if self._keeper is not None:
                self._keeper.over(call_id, stays=bridge.handed_back)
            self._entrance.leave(call_id, bridge.usd)
            self._living -= 1
            if not self._living:
                self._drained.set()
            if not self._stopped.is_set():
                loop = asyncio.get_running_loop()
                self._forgetting[call_id] = loop.call_later(LINGER_S, self._forget, bridge)

    def _forget(self, bridge: Bridge) -> None:
        call_id = bridge.setup.call_id
        del self._forgetting[call_id]
        del self._bridges[call_id]
        del self._nonces[call_id]
        if self._by_carrier_call.get(bridge.setup.carrier_call) == call_id:
            del self._by_carrier_call[bridge.setup.carrier_call]

    # -- New calls -----------------------------------------------------------------------------------------------------

    def ring(self, ringing: Ringing) -> CallId:
        known = self._by_carrier_call.get(ringing.carrier_call)
        if known is not None:
            if self._bridges[known].setup.account != ringing.account:
                raise Refused("the leg is another account's", Notice.FAILED)
            return known
        if self._route is None:
            raise self._entrance.refused("no agent is configured", "no-agent")
        setup = call_setups.incoming(_new_call_id(), ringing, self._route, self._book, self._parts)
        self._start(setup, Asking(ringing.account, ringing.caller_address, ringing.called_address))
        if ringing.carrier_call:
            self._by_carrier_call[ringing.carrier_call] = setup.call_id
        return setup.call_id

    def originate(self, wanted: Origination) -> CallId:
        route = wanted.route or self._route
        if route is None:
            raise self._entrance.refused("no agent is configured", "no-agent")
        setup = call_setups.placed(_new_call_id(), wanted, route, self._book, self._parts)
        self._start(setup, Asking(number=wanted.to))
        return setup.call_id

    def take_over(self, ringing: Ringing, to: str, summary: str, lines: Sequence[Line]) -> CallId:
        """The caller of this leg talked with an assistant, and goes on with a person at `to` ("" = where agents are),
        in the same phone call. Raises Refused; it is never refused for there being too many calls: it is inside.
        """
        route = AgentRoute(AgentVia.DIRECT, to) if to else self._route
        if route is None:
            raise self._entrance.refused("no agent is configured", "no-agent")
        if self._draining or self._tasks is None:
            raise self._entrance.refused("this server is stopping", "draining")
        before = call_setups.incoming(_new_call_id(), ringing, route, self._book, self._parts)
        setup = call_setups.handed_over(before, summary, lines)
        bridge = self._begin(setup, None)
        for caption in call_setups.prior_captions(setup):
            bridge.feed.publish(caption)
        asking = Asking(ringing.account, ringing.caller_address, ringing.called_address)
        self._entrance.enter(setup.call_id, asking, came=False)
        if ringing.carrier_call:
            self._by_carrier_call[ringing.carrier_call] = setup.call_id
        return setup.call_id

    def _start(self, setup: CallSetup, asking: Asking) -> None:
        if self._draining:
            raise self._entrance.refused("this server is stopping", "draining")
        self._entrance.admit(asking)
        if self._tasks is None:
            raise Refused("the server is not running", Notice.BUSY)
        self._begin(setup, None)
        self._entrance.enter(setup.call_id, asking)

    def _begin(self, setup: CallSetup, before: Memory | None) -> Bridge:
        """Carry a call from now on; it may raise Refused, and then it is not there."""
        assert self._tasks is not None, "`run` is running"
        call_id, keeper = setup.call_id, self._keeper

        def changed(at_once: bool) -> None:
            if keeper is not None:
                keeper.changed(call_id, at_once)

        bridge = Bridge(setup, self._parts, changed=changed, before=before)
        self._bridges[call_id] = bridge
        self._nonces[call_id] = set() if before is None else set(before.nonces)
        self._living += 1
        self._drained.clear()
        if keeper is not None:
            keeper.follow(call_id, lambda: self._memory(bridge))
        self._tasks.create_task(self._carry(bridge))
        return bridge

    def _spending(self) -> float:
        """A call that is over and still writes its record counts as living, with its money."""
        return sum(bridge.usd for call_id, bridge in self._bridges.items() if call_id not in self._forgetting)

    # -- Calls of an earlier process -----------------------------------------------------------------------------------

    def _memory(self, bridge: Bridge) -> Memory:
        call_id = bridge.setup.call_id
        carrier = self._parts.telephony.keepsake(call_id)
        return replace(bridge.memory, nonces=sorted(self._nonces[call_id]), carrier=carrier)

    async def found(self) -> None:
        """Until the calls that an earlier process left are taken up: before that no webhook should be answered."""
        await self._found.wait()

    async def recall(self, call_id: str) -> None:
        if self._keeper is None or call_id in self._bridges or self._stopped.is_set():
            return
        if self._keeper.in_doubt and self._claiming.locked():
            return  # whoever asks is told to ask again, and need not wait in a row until the carrier loses patience
        async with self._claiming:
            claimed = None if call_id in self._bridges else await self._keeper.claim(CallId(call_id))
            if claimed is not None:
                self._take_up(*claimed)

    async def _keep(self, keeper: Keeper) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(keeper.run())
            while True:
                try:
                    for call_id in await keeper.claimable():
                        await self.recall(call_id)
                finally:
                    self._found.set()
                await asyncio.sleep(SWEEP_S)

    def _take_up(self, memory: Memory, ago_s: float) -> None:
        """The call goes on here, as soon as one of its legs asks; nobody comes back to one that was left long ago."""
        setup, keeper = memory.state.setup, self._keeper
        call_id = setup.call_id
        assert keeper is not None, "it was claimed"
        if self._tasks is None or self._stopped.is_set():
            return
        try:
            self._parts.telephony.remember(call_id, memory.carrier)
            bridge = self._begin(setup, memory)
        except Exception as error:  # noqa: BLE001 - it would cost all calls, of each process that finds it
            bug = not isinstance(error, Refused)
            self._log.error("a call of an earlier process cannot go on", call=call_id, reason=str(error), exc_info=bug)
            keeper.over(call_id)
            return
        if setup.carrier_call:
            self._by_carrier_call[setup.carrier_call] = call_id
        self._entrance.enter(call_id, Asking(setup.account, setup.caller.address), came=False)
        self._parts.metrics.taken_up.labels("found").inc()
        self._log.info("found a call of an earlier process", call=call_id, ago_s=round(ago_s, 1))
        if ago_s > LOST_S:
            self._give_up(bridge)
        else:
            loop = asyncio.get_running_loop()
            self._awaited[call_id] = loop.call_later(AWAITED_S, self._give_up, bridge)

    def _give_up(self, bridge: Bridge) -> None:
        """No leg came back."""
        self._awaited.pop(bridge.setup.call_id, None)
        if bridge.asleep and not bridge.over:
            self._parts.metrics.taken_up.labels("given up").inc()
            bridge.tell(EndAsked(_STOPPED))

    # -- Living calls --------------------------------------------------------------------------------------------------

    def call_of(self, carrier_call: str) -> CallId | None:
        return self._by_carrier_call.get(carrier_call)

    def find(self, call_id: str) -> CallView | None:
        return bridge.view() if (bridge := self._bridges.get(call_id)) else None

    def setup(self, call_id: str) -> CallSetup | None:
        return bridge.setup if (bridge := self._bridges.get(call_id)) else None

    def tell(self, call_id: str, event: CallEvent) -> bool:
        bridge = self._bridges.get(call_id)
        if bridge is None:
            return False
        over = bridge.over
        bridge.tell(event)
        return not over

    def change(self, call_id: str, change: Change) -> CallView:
        bridge = self._bridges.get(call_id)
        if bridge is None:
            raise Refused("no such call")
        if bridge.over:
            raise Refused("the call is over")
        bridge.change(change)
        return bridge.view()

    def instruct(self, call_id: str, role: Role, carrier_call: str = "") -> Instruction:
        bridge = self._bridges.get(call_id)
        if bridge is None:
            return AskLater() if self._keeper is not None and self._keeper.in_doubt else HangUpLeg()
        return AskLater() if bridge.handed_back else bridge.instruct(role, carrier_call)

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        bridge = self._bridges.get(call_id)
        if bridge is None or bridge.handed_back:
            raise Refused("no such call")
        if nonce in self._nonces[call_id]:
            raise Refused("the stream token was used already")
        bridge.join(role, leg)
        self._nonces[call_id].add(nonce)

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        return bridge.feed.watch() if (bridge := self._bridges.get(call_id)) else None

    def calls(self) -> list[CallView]:
        return [bridge.view() for bridge in self._bridges.values() if not bridge.over]

    @property
    def draining(self) -> bool:
        return self._draining


def _new_call_id() -> CallId:
    return CallId(secrets.token_urlsafe(CALL_ID_BYTES))
