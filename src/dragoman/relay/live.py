"""The living calls of this node: takes new ones, finds them for webhooks and sockets, drains."""

from __future__ import annotations

import asyncio
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
    Prior,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Line
from dragoman.errors import Refused
from dragoman.ports import LanguageBook, Leg, Origination, Ringing
from dragoman.relay import call_setups
from dragoman.relay.admission import Asking, Limits
from dragoman.relay.annals import observed
from dragoman.relay.bridge import Bridge
from dragoman.relay.call_state import AWAITED_S, LOST_S, STOPPED
from dragoman.relay.carrier_calls import CarrierCalls
from dragoman.relay.entrance import Entrance
from dragoman.relay.living import FAREWELL_S, HANDED_BACK_S, Living, new_call_id
from dragoman.relay.memory import Memory
from dragoman.relay.parts import Parts
from dragoman.relay.recall import Recall
from dragoman.relay.record import CallRecord


class LiveCalls:
    """Implements `ports.Switchboard`. `run` must be running; every call is a task in its TaskGroup.

    `entrance` is that of the node, where calls of other kinds come in too; without, one of its own with `limits`.

    With `recall`, calls outlive the process: they are written down as they change, and found by the next one.
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
        recall: Recall | None = None,
    ) -> None:
        self._parts = parts
        self._recall = recall
        self._keeper = recall.keeper if recall is not None else None
        self._book = book
        self._route = route
        self._entrance = entrance or Entrance(limits or Limits(), parts.safety_id, parts.metrics, parts.clock)
        self._ended = ended
        self._carrier_calls = CarrierCalls()
        self._bridges: Living[Bridge] = Living(
            "calls", self._entrance, parts.metrics, forgotten=self._carrier_calls.forget
        )
        self._awaited: dict[str, asyncio.TimerHandle] = {}
        self._begun = asyncio.Event()
        if recall is not None:
            recall.gives(Memory, self._bridges.__contains__, self._take_up)
        self._log = structlog.get_logger()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`; then wait for the living calls (`drain` ends them)."""
        self._begun.set()
        try:
            await self._bridges.run(None if self._recall is None else self._recall.run)
        finally:
            if self._keeper is not None:
                await self._keeper.finish()
            for timer in self._awaited.values():
                timer.cancel()
            self._awaited.clear()

    async def wind_down(self, deadline_s: float) -> None:
        """Accept nothing new, and wait so long for what runs."""
        self._bridges.draining = True
        await self._bridges.until_empty(deadline_s)

    async def drain(self, deadline_s: float, close_door: Callable[[], None] = lambda: None) -> None:
        """Wind down; past the deadline, hand back what still runs: who answers the public address then takes it up, and
        new connections are that one's after `close_door`. What cannot be handed back is ended with a word to both. The
        web server must still answer: legs that are let go ask."""
        await self.wind_down(deadline_s)
        if self._recall is not None:
            self._recall.close()
        if living := [bridge for bridge in self._bridges.all if not bridge.over]:
            await self._let_go(living, close_door)
        await self._bridges.until_none(lambda bridge: bridge.parting, FAREWELL_S)

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
                bridge.tell(EndAsked(STOPPED, Notice.FAILED))
        self._log.info("calls handed back", handed_back=len(handed_back), ended=len(living) - len(handed_back))
        if handed_back:
            await asyncio.sleep(HANDED_BACK_S)

    def stop(self) -> None:
        self._bridges.stop()

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

    # -- New calls -----------------------------------------------------------------------------------------------------

    def ring(self, ringing: Ringing) -> CallId:
        if (known := self._carrier_calls.ringing_again(ringing)) is not None:
            return known
        if self._route is None:
            raise self._entrance.refused("no agent is configured", "no-agent", Notice.NO_AGENT)
        setup = call_setups.incoming(new_call_id(), ringing, self._route, self._book, self._parts)
        self._start(setup, Asking(ringing.account, ringing.caller_address, ringing.called_address))
        return setup.call_id

    def originate(self, wanted: Origination) -> CallId:
        route = wanted.route or self._route
        if route is None:
            raise self._entrance.refused("no agent is configured", "no-agent")
        setup = call_setups.placed(new_call_id(), wanted, route, self._book, self._parts)
        self._start(setup, Asking(number=wanted.to))
        return setup.call_id

    def take_over(self, ringing: Ringing, to: str, summary: str, lines: Sequence[Line], call_id: str = "") -> CallId:
        """The caller of this leg talked with an assistant (that was `call_id`), and goes on with a person at `to` ("" =
        where agents are), in the same phone call. Raises Refused; it is never refused for there being too many calls:
        it is inside.
        """
        route = AgentRoute(AgentVia.DIRECT, to) if to else self._route
        if route is None:
            raise self._entrance.refused("no agent is configured", "no-agent")
        if self._bridges.draining or not self._bridges.running:
            raise self._entrance.refused("this server is stopping", "draining")
        before = call_setups.incoming(new_call_id(), ringing, route, self._book, self._parts)
        setup = call_setups.handed_over(before, Prior(summary, tuple(lines), CallId(call_id)))
        bridge = self._begin(setup, None)
        for caption in call_setups.prior_captions(setup):
            bridge.feed.publish(caption)
        asking = Asking(ringing.account, ringing.caller_address, ringing.called_address)
        self._entrance.enter(setup.call_id, asking, came=False)
        return setup.call_id

    def _start(self, setup: CallSetup, asking: Asking) -> None:
        if self._bridges.draining:
            raise self._entrance.refused("this server is stopping", "draining")
        self._entrance.admit(asking)
        if not self._bridges.running:
            raise Refused("the server is not running", Notice.BUSY)
        self._begin(setup, None)
        self._entrance.enter(setup.call_id, asking)

    def _begin(self, setup: CallSetup, before: Memory | None) -> Bridge:
        """Carry a call from now on; it may raise Refused, and then it is not there."""
        call_id, keeper = setup.call_id, self._keeper

        def changed(at_once: bool) -> None:
            if keeper is not None:
                keeper.changed(call_id, at_once)

        bridge = Bridge(setup, self._parts, changed=changed, before=before)
        self._carrier_calls.begins(call_id, setup.account, setup.carrier_call, () if before is None else before.nonces)
        if keeper is not None:
            keeper.follow(call_id, lambda: self._memory(bridge))
        self._bridges.begin(call_id, bridge, self._carry)
        return bridge

    # -- Calls of an earlier process -----------------------------------------------------------------------------------

    def _memory(self, bridge: Bridge) -> Memory:
        call_id = bridge.setup.call_id
        carrier = self._parts.telephony.keepsake(call_id)
        return replace(bridge.memory, nonces=self._carrier_calls.nonces(call_id), carrier=carrier)

    async def found(self) -> None:
        """Until the calls that an earlier process left are taken up: before that no webhook should be answered."""
        await self._begun.wait()
        if self._recall is not None:
            await self._recall.found()

    async def recall(self, call_id: str) -> None:
        if self._recall is not None and not self._bridges.stopped:
            await self._recall.recall(call_id)

    def _take_up(self, memory: Memory, ago_s: float) -> None:
        """The call goes on here, as soon as one of its legs asks; nobody comes back to one that was left long ago."""
        setup = memory.state.setup
        call_id = setup.call_id
        if not self._bridges.running or self._bridges.stopped:
            return
        self._parts.telephony.remember(call_id, memory.carrier)
        bridge = self._begin(setup, memory)
        self._entrance.enter(call_id, Asking(setup.account, setup.caller.address), came=False)
        if ago_s > LOST_S:
            self._give_up(bridge)
        else:
            loop = asyncio.get_running_loop()
            self._awaited[call_id] = loop.call_later(AWAITED_S, self._give_up, bridge)

    def _give_up(self, bridge: Bridge) -> None:
        """No leg came back."""
        self._awaited.pop(bridge.setup.call_id, None)
        if bridge.asleep and not bridge.over:
            self._bridges.also(self._given_up(bridge))

    async def _given_up(self, bridge: Bridge) -> None:
        """The call ends, unless its node was not dead after all: then that one carries it, and its legs stay."""
        call_id = bridge.setup.call_id
        lost = self._keeper is not None and await self._keeper.lost(call_id)
        if not bridge.asleep or bridge.over:
            return
        if lost:
            self._log.warning("a call that was taken up is another node's: left to it", call=call_id)
            bridge.hand_back()
        else:
            self._parts.metrics.taken_up.labels("given up").inc()
            bridge.tell(EndAsked(STOPPED))

    # -- Living calls --------------------------------------------------------------------------------------------------

    def call_of(self, carrier_call: str) -> CallId | None:
        return self._carrier_calls.of(carrier_call)

    def heir_of(self, call_id: str) -> CallId | None:
        setups = [bridge.setup for bridge in self._bridges.living if not bridge.over]
        return next((one.call_id for one in setups if one.prior is not None and one.prior.call_id == call_id), None)

    def find(self, call_id: str) -> CallView | None:
        return bridge.view() if (bridge := self._bridges.find(call_id)) else None

    def setup(self, call_id: str) -> CallSetup | None:
        return bridge.setup if (bridge := self._bridges.find(call_id)) else None

    def tell(self, call_id: str, event: CallEvent) -> bool:
        bridge = self._bridges.find(call_id)
        if bridge is None or bridge.handed_back:
            return False
        over = bridge.over
        bridge.tell(event)
        return not over

    def change(self, call_id: str, change: Change) -> CallView:
        bridge = self._bridges.find(call_id)
        if bridge is None:
            raise Refused("no such call")
        if bridge.over:
            raise Refused("the call is over")
        bridge.change(change)
        return bridge.view()

    def instruct(self, call_id: str, role: Role, carrier_call: str = "") -> Instruction:
        bridge = self._bridges.find(call_id)
        if bridge is None:
            return AskLater() if self._recall is not None and self._recall.may_be_known(call_id) else HangUpLeg()
        return AskLater() if bridge.handed_back else bridge.instruct(role, carrier_call)

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        bridge = self._bridges.find(call_id)
        if bridge is None or bridge.handed_back:
            raise Refused("no such call")
        self._carrier_calls.must_be_new(call_id, nonce)
        bridge.join(role, leg)
        self._carrier_calls.used(call_id, nonce)

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        return bridge.feed.watch() if (bridge := self._bridges.find(call_id)) else None

    def calls(self) -> list[CallView]:
        return [bridge.view() for bridge in self._bridges.all if not bridge.over]

    @property
    def draining(self) -> bool:
        return self._bridges.draining
