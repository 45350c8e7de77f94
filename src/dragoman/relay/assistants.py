"""The calls of this node that assistants answer: takes new ones, finds them for webhooks and sockets, drains."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable

import structlog

from dragoman.domain.call import CallId, CallView, Notice
from dragoman.domain.effects import Caption
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Persona
from dragoman.domain.reception import LeaveCall, Next, ReceptionEvent
from dragoman.errors import Refused
from dragoman.personas import Personas
from dragoman.ports import Leg, Ringing
from dragoman.relay.admission import Asking
from dragoman.relay.assistant_call import AssistantCall
from dragoman.relay.assistant_parts import AssistantParts
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.carrier_calls import CarrierCalls
from dragoman.relay.entrance import Entrance
from dragoman.relay.living import FAREWELL_S, Living, new_call_id
from dragoman.relay.tool_desks import BuildTools, InThread, ToolDesk, ToolDesks

_STOPPED = Outcome(Result.US, "the server stopped")


class Assistants:
    """Implements `assistant_ports.Reception`. `run` must be running; every call is a task in its TaskGroup.

    `ended` gets every call's record.
    """

    def __init__(
        self,
        parts: AssistantParts,
        personas: Personas,
        build_tools: BuildTools,
        entrance: Entrance,
        *,
        ended: Callable[[AssistantRecord], None] = lambda _record: None,
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self._parts = parts
        self._personas = personas
        self._desks = ToolDesks(build_tools, lambda closing: self._calls.also(closing), in_thread)
        self._entrance = entrance
        self._ended = ended
        self._carrier_calls = CarrierCalls()
        self._calls: Living[AssistantCall] = Living(
            "assistants' calls", entrance, parts.metrics, forgotten=self._carrier_calls.forget
        )
        self._log = structlog.get_logger()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`; then wait for the living calls (`drain` ends them)."""
        try:
            await self._calls.run()
        finally:
            await self._desks.aclose()

    async def drain(self, deadline_s: float) -> None:
        """Accept nothing new; let talks and messages finish; past the deadline, end them with a word. Who is with a
        person by then is in the carrier's hands, and stays there. The web server must still answer: legs that are let
        go ask.
        """
        self._calls.draining = True
        await self._calls.until_none(lambda call: call.unfinished, deadline_s)
        for call in self._calls.all:
            if not call.over:
                call.end(_STOPPED, Notice.FAILED)
        await self._calls.until_none(lambda call: call.parting, FAREWELL_S)

    def stop(self) -> None:
        """`run` returns when the living calls are over."""
        self._calls.stop()

    async def _carry(self, desk: ToolDesk, call: AssistantCall) -> None:
        metrics = self._parts.metrics
        metrics.calls_living.inc()
        try:
            record = await call.run()
            metrics.calls_ended.labels(record.outcome.result.value).inc()
            self._log.info("assistant call", call=record.call_id, **record.as_log())
            self._observed(record)
            self._ended(record)
        except Exception:  # noqa: BLE001 - one call's fault, or its record's, must not end the others
            self._log.exception("the call's end failed", call=call.call_id)
        finally:
            metrics.calls_living.dec()
            self._desks.give_back(desk)

    def _observed(self, record: AssistantRecord) -> None:
        """Count what the record says."""
        metrics, engine = self._parts.metrics, record.engines[-1] if record.engines else ""
        metrics.barge_ins.labels(engine).inc(len(record.barge_ins))
        for turn in record.turns:
            metrics.assistant_turns.labels(engine).inc()
            if turn.wait_s is not None and not turn.fixed:
                metrics.assistant_wait_s.labels(engine).observe(max(turn.wait_s, 0.0))
        for use in record.tools:
            metrics.tool_calls.labels("failed" if use.error or use.ended_s is None else "done").inc()

    # -- New calls -----------------------------------------------------------------------------------------------------

    def greeting_language(self, called: str, persona: str = "", wish: str = "") -> Language:
        """What who answers begins in: `wish` where that is theirs, else their first. Where nobody answers, `wish` where
        it is configured, else a configured one.
        """
        answers = self._answers(called, persona)
        if answers is not None:
            return self._parts.language(answers.language(wish or answers.languages[0]))
        primary = wish.lower().split("-")[0]
        configured = self._parts.languages
        return next(
            (one for one in configured if one.primary == primary),
            configured[0] if configured else self._parts.language("en"),
        )

    def ring(self, ringing: Ringing, persona: str = "") -> CallId:
        """Register an incoming call; the session opens at once."""
        if (known := self._carrier_calls.ringing_again(ringing)) is not None:
            return known
        if self._calls.draining or not self._calls.running:
            raise self._entrance.refused("this server is stopping", "draining")
        self._look_again()
        answers = self._answers(ringing.called_address, persona)
        if answers is None:
            raise self._entrance.refused("no assistant answers here", "no-assistant", Notice.FAILED)
        if not self._parts.engines:
            raise self._entrance.refused("no engine for assistants is configured", "no-engine", Notice.FAILED)
        asking = Asking(ringing.account, ringing.caller_address, ringing.called_address)
        self._entrance.admit(asking)
        call = self._begin(ringing, answers)
        self._entrance.enter(call.call_id, asking)
        return call.call_id

    def _begin(self, ringing: Ringing, persona: Persona) -> AssistantCall:
        call_id = new_call_id()
        desk = self._desks.lease(persona)
        call = AssistantCall(call_id, ringing, persona, self._parts, desk.tools)
        self._carrier_calls.begins(call_id, ringing.account, ringing.carrier_call)
        self._log.info("an assistant answers", call=call_id, persona=persona.name)
        self._calls.begin(call_id, call, functools.partial(self._carry, desk))
        return call

    def _answers(self, called: str, name: str) -> Persona | None:
        return self._personas.named(name) if name else self._personas.of_number(called)

    def _look_again(self) -> None:
        """A persona that was changed serves from the next call on."""
        if self._personas.fresh():
            for problem in self._personas.problems:
                self._log.error("persona not in force", problem=problem)
            self._log.info("personas read again", personas=[one.name for one in self._personas.everyone])

    # -- Living calls --------------------------------------------------------------------------------------------------

    def account_of(self, call_id: str) -> str | None:
        return call.ringing.account if (call := self._calls.find(call_id)) else None

    def call_of(self, carrier_call: str) -> CallId | None:
        return self._carrier_calls.of(carrier_call)

    def next(self, call_id: str) -> Next:
        return call.next() if (call := self._calls.find(call_id)) else LeaveCall()

    def tell(self, call_id: str, event: ReceptionEvent) -> bool:
        call = self._calls.find(call_id)
        if call is None:
            return False
        over = call.over
        call.tell(event)
        return not over

    def join(self, call_id: str, leg: Leg, nonce: str) -> None:
        call = self._calls.find(call_id)
        if call is None:
            raise Refused("no such call")
        self._carrier_calls.must_be_new(call_id, nonce)
        call.join(leg)
        self._carrier_calls.used(call_id, nonce)

    def end(self, call_id: str, outcome: Outcome) -> bool:
        """End a living call without a word; False when there is none."""
        call = self._calls.find(call_id)
        if call is None or call.over:
            return False
        call.end(outcome)
        return True

    def find(self, call_id: str) -> CallView | None:
        return call.view() if (call := self._calls.find(call_id)) else None

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        """All captions of a call from its start, then as they come; None: no such call."""
        return call.feed.watch() if (call := self._calls.find(call_id)) else None

    def calls(self) -> list[CallView]:
        return [call.view() for call in self._calls.all if not call.over]

    @property
    def draining(self) -> bool:
        return self._calls.draining
