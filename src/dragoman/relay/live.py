"""The living calls of this node: takes new ones, finds them for webhooks and sockets, drains."""

from __future__ import annotations

import asyncio
import datetime
import secrets
from collections.abc import AsyncIterator, Callable

import structlog

from dragoman.domain.call import (
    AgentRoute,
    CallEvent,
    CallId,
    CallSetup,
    CallView,
    EndAsked,
    HangUpLeg,
    Instruction,
    Notice,
    Party,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.outcome import Outcome, Result
from dragoman.errors import Refused
from dragoman.ports import LanguageBook, Leg, Origination, Ringing
from dragoman.relay.admission import Admission, Asking, Limits
from dragoman.relay.bridge import Bridge
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord

LINGER_S = 60.0
"""A call that is over still answers its legs for so long."""

FAREWELL_S = 5.0
"""A drain that had to end calls waits so long for their legs to ask, and to be told why."""

CALL_ID_BYTES = 12


class LiveCalls:
    """Implements `ports.Switchboard`. `run` must be running; every call is a task in its TaskGroup."""

    def __init__(
        self,
        parts: Parts,
        book: LanguageBook,
        route: AgentRoute | None,
        *,
        limits: Limits | None = None,
        ended: Callable[[CallRecord], None] = lambda _record: None,
    ) -> None:
        self._parts = parts
        self._book = book
        self._route = route
        self._admission = Admission(limits or Limits(), parts.safety_id)
        self._ended = ended
        self._bridges: dict[str, Bridge] = {}
        self._by_carrier_call: dict[str, CallId] = {}
        self._nonces: dict[str, set[str]] = {}
        self._forgetting: dict[str, asyncio.TimerHandle] = {}
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
                await self._stopped.wait()
        finally:
            self._tasks = None
            for timer in self._forgetting.values():
                timer.cancel()
            self._forgetting.clear()

    async def drain(self, deadline_s: float) -> None:
        """Accept nothing new; wait for what runs; past the deadline, end it with a word to both parties.

        The web server must still answer: a leg that is let go asks what to do, and is told.
        """
        self._draining = True
        if await self._all_over(deadline_s):
            return
        for bridge in list(self._bridges.values()):
            bridge.tell(EndAsked(Outcome(Result.US, "the server stopped"), Notice.FAILED))
        await asyncio.sleep(FAREWELL_S)

    async def _all_over(self, deadline_s: float) -> bool:
        if not self._living:
            return True
        try:
            async with asyncio.timeout(deadline_s):
                await self._drained.wait()
        except TimeoutError:
            return False
        return True

    def stop(self) -> None:
        self._draining = True
        self._stopped.set()

    async def _carry(self, bridge: Bridge) -> None:
        call_id = bridge.setup.call_id
        metrics = self._parts.metrics
        metrics.calls_living.inc()
        try:
            record = await bridge.run()
            metrics.calls_ended.labels(record.outcome.result.value).inc()
            self._observe_lag(record)
            self._ended(record)
        except Exception:  # noqa: BLE001 - one call's fault, or its record's, must not end the others
            self._log.exception("the call's end failed", call=call_id)
        finally:
            metrics.calls_living.dec()
            self._admission.leave(call_id, bridge.usd, _today())
            self._living -= 1
            if not self._living:
                self._drained.set()
            if not self._stopped.is_set():
                loop = asyncio.get_running_loop()
                self._forgetting[call_id] = loop.call_later(LINGER_S, self._forget, bridge)

    def _observe_lag(self, record: CallRecord) -> None:
        metrics = self._parts.metrics
        metrics.overlaps.inc(record.figures.overlaps)
        for one in record.utterances:
            if one.sent_s is not None and one.stopped_s is not None:
                metrics.lag_s.labels(one.engine).observe(max(one.sent_s - one.stopped_s, 0.0))
            if one.heard_s is not None and one.began_s is not None:
                metrics.ear_voice_span_s.labels(one.engine).observe(max(one.heard_s - one.began_s, 0.0))
            if one.heard_end_s is not None and one.stopped_s is not None:
                metrics.tail_s.labels(one.engine).observe(max(one.heard_end_s - one.stopped_s, 0.0))

    def _forget(self, bridge: Bridge) -> None:
        call_id = bridge.setup.call_id
        del self._forgetting[call_id]
        del self._bridges[call_id]
        del self._nonces[call_id]
        if self._by_carrier_call.get(bridge.setup.carrier_call) == call_id:
            del self._by_carrier_call[bridge.setup.carrier_call]

    # -- New calls -----------------------------------------------------------------------------------------------------

    def ring(self, ringing: Ringing) -> CallId:
        """See `ports.Switchboard.ring`."""
        known = self._by_carrier_call.get(ringing.carrier_call)
        if known is not None:
            return known
        if self._route is None:
            raise self._refused("no agent is configured", "no-agent")
        setup = CallSetup(
            call_id=_new_call_id(),
            caller=Party(Role.CALLER, ringing.language, ringing.caller_address),
            agent=Party(Role.AGENT, self._book.agent, self._route.address),
            route=self._route,
            carrier_call=ringing.carrier_call,
            account=ringing.account,
            opening=self._parts.opening,
            person=self._parts.person,
        )
        self._start(setup, Asking(ringing.account, ringing.caller_address, ringing.called_address))
        if ringing.carrier_call:
            self._by_carrier_call[ringing.carrier_call] = setup.call_id
        return setup.call_id

    def originate(self, wanted: Origination) -> CallId:
        """See `ports.Switchboard.originate`."""
        route = wanted.route or self._route
        if route is None:
            raise self._refused("no agent is configured", "no-agent")
        agent_language = wanted.agent_language or self._book.agent
        setup = CallSetup(
            call_id=_new_call_id(),
            caller=Party(Role.CALLER, wanted.language, wanted.to),
            agent=Party(Role.AGENT, agent_language, route.address),
            route=route,
            first=Role.AGENT,
            opening=self._parts.opening,
            person=self._parts.person,
        )
        self._start(setup, Asking(number=wanted.to))
        return setup.call_id

    def _start(self, setup: CallSetup, asking: Asking) -> None:
        self._admit(asking)
        if self._tasks is None:
            raise Refused("the server is not running")
        self._admission.enter(setup.call_id, asking, self._parts.clock())
        bridge = Bridge(setup, self._parts)
        self._bridges[setup.call_id] = bridge
        self._nonces[setup.call_id] = set()
        self._living += 1
        self._drained.clear()
        self._tasks.create_task(self._carry(bridge))

    def _admit(self, asking: Asking) -> None:
        if self._draining:
            raise self._refused("this server is stopping", "draining")
        # A call that is over and still writes its record counts as living, with its money.
        spending = sum(bridge.usd for call_id, bridge in self._bridges.items() if call_id not in self._forgetting)
        denied = self._admission.deny(asking, self._parts.clock(), _today(), spending)
        if denied is not None:
            raise self._refused(denied.reason, denied.label, denied.notice)

    def _refused(self, reason: str, label: str, notice: Notice = Notice.BUSY) -> Refused:
        self._parts.metrics.calls_refused.labels(label).inc()
        return Refused(reason, notice)

    # -- Living calls --------------------------------------------------------------------------------------------------

    def find(self, call_id: str) -> CallView | None:
        bridge = self._bridges.get(call_id)
        return bridge.view() if bridge is not None else None

    def setup(self, call_id: str) -> CallSetup | None:
        bridge = self._bridges.get(call_id)
        return bridge.setup if bridge is not None else None

    def tell(self, call_id: str, event: CallEvent) -> bool:
        bridge = self._bridges.get(call_id)
        if bridge is None:
            return False
        over = bridge.over
        bridge.tell(event)
        return not over

    def change(self, call_id: str, change: Change) -> CallView:
        """See `ports.Switchboard.change`."""
        bridge = self._bridges.get(call_id)
        if bridge is None:
            raise Refused("no such call")
        if bridge.over:
            raise Refused("the call is over")
        bridge.change(change)
        return bridge.view()

    def instruct(self, call_id: str, role: Role) -> Instruction:
        bridge = self._bridges.get(call_id)
        return HangUpLeg() if bridge is None else bridge.instruct(role)

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        bridge = self._bridges.get(call_id)
        if bridge is None:
            raise Refused("no such call")
        used = self._nonces[call_id]
        if nonce in used:
            raise Refused("the stream token was used already")
        bridge.join(role, leg)
        used.add(nonce)

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        bridge = self._bridges.get(call_id)
        return None if bridge is None else bridge.feed.watch()

    def calls(self) -> list[CallView]:
        return [bridge.view() for bridge in self._bridges.values() if not bridge.over]

    @property
    def draining(self) -> bool:
        return self._draining


def _today() -> datetime.date:
    """By UTC: what a day's money is counted over."""
    return datetime.datetime.now(datetime.UTC).date()


def _new_call_id() -> CallId:
    return CallId(secrets.token_urlsafe(CALL_ID_BYTES))
