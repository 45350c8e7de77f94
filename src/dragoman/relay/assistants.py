"""The calls of this node that assistants answer: takes new ones, finds them for webhooks and sockets, drains."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import structlog

from dragoman.domain.call import AskLater, CallId, CallView, Notice
from dragoman.domain.effects import Caption
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome
from dragoman.domain.persona import Persona
from dragoman.domain.reception import LeaveCall, Next, ReceptionEvent
from dragoman.errors import Refused
from dragoman.personas import Personas
from dragoman.ports import Leg, Ringing
from dragoman.relay.admission import Asking
from dragoman.relay.assistant_call import AssistantCall
from dragoman.relay.assistant_memory import AssistantMemory
from dragoman.relay.assistant_parts import AssistantParts
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.call_state import STOPPED
from dragoman.relay.carrier_calls import CarrierCalls
from dragoman.relay.entrance import Entrance
from dragoman.relay.living import FAREWELL_S, HANDED_BACK_S, Living, new_call_id
from dragoman.relay.recall import Recall
from dragoman.relay.tool_desks import BuildTools, InThread, ToolDesk, ToolDesks


class Assistants:
    """Implements `assistant_ports.Reception`. `run` must be running; every call is a task in its TaskGroup.

    `ended` gets every call's record. With `recall`, calls outlive the process.
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
        recall: Recall | None = None,
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
        self._recall = recall
        self._keeper = recall.keeper if recall is not None else None
        if recall is not None:
            recall.gives(AssistantMemory, self._calls.__contains__, self._take_up)
        self._log = structlog.get_logger()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until `stop`; then wait for the living calls (`drain` ends them)."""
        try:
            await self._calls.run()
        finally:
            await self._desks.aclose()
            if self._keeper is not None:
                await self._keeper.finish()

    async def wind_down(self, deadline_s: float) -> None:
        """Accept nothing new, and wait so long for talks and messages to finish."""
        self._calls.draining = True
        await self._calls.until_none(lambda call: call.unfinished, deadline_s)

    async def drain(self, deadline_s: float, close_door: Callable[[], None] = lambda: None) -> None:
        """Wind down; past the deadline, hand back what still runs: who answers the public address then takes it up, and
        new connections are that one's after `close_door`. What cannot be handed back is ended with a word; who is with
        a person stays there. The web server must still answer: legs that are let go ask.
        """
        await self.wind_down(deadline_s)
        if self._recall is not None:
            self._recall.close()
        if living := [call for call in self._calls.all if not call.over]:
            await self._let_go(living, close_door)
        await self._calls.until_none(lambda call: call.parting, FAREWELL_S)

    async def _let_go(self, living: Sequence[AssistantCall], close_door: Callable[[], None]) -> None:
        """Hand them back, or end them."""
        keeper = self._keeper
        handed_back = [one for one in living if keeper is not None and await keeper.hand_back(one.call_id)]
        if handed_back:
            close_door()
        for call in living:
            if call in handed_back:
                call.hand_back()
            else:
                call.end(STOPPED, Notice.FAILED)
        self._log.info(
            "assistants' calls handed back", handed_back=len(handed_back), ended=len(living) - len(handed_back)
        )
        if handed_back:
            await asyncio.sleep(HANDED_BACK_S)

    def stop(self) -> None:
        """`run` returns when the living calls are over."""
        self._calls.stop()

    async def _carry(self, desk: ToolDesk, call: AssistantCall) -> None:
        metrics = self._parts.metrics
        metrics.calls_living.inc()
        try:
            record = await call.run()
            if call.handed_back:
                return
            metrics.calls_ended.labels(record.outcome.result.value).inc()
            self._log.info("assistant call", call=record.call_id, **record.as_log())
            self._observed(record)
            self._ended(record)
        except asyncio.CancelledError:
            call.handed_back = True  # the process ends in its midst, and the next one finds it
            raise
        except Exception:  # noqa: BLE001 - one call's fault, or its record's, must not end the others
            self._log.exception("the call's end failed", call=call.call_id)
        finally:
            metrics.calls_living.dec()
            self._desks.give_back(desk)
            if self._keeper is not None:
                self._keeper.over(call.call_id, stays=call.handed_back)

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
        call_id = new_call_id()
        self._begin(call_id, ringing, answers)
        self._entrance.enter(call_id, asking)
        self._log.info("an assistant answers", call=call_id, persona=answers.name)
        return call_id

    def _begin(
        self,
        call_id: CallId,
        ringing: Ringing,
        persona: Persona,
        before: AssistantMemory | None = None,
        ago_s: float = 0.0,
        gone: bool = False,
    ) -> None:
        """Carry a call from now on."""
        keeper = self._keeper

        def changed(at_once: bool) -> None:
            if keeper is not None:
                keeper.changed(call_id, at_once)

        desk = self._desks.lease(persona)
        call = AssistantCall(
            call_id, ringing, persona, self._parts, desk.tools, changed=changed, before=before, ago_s=ago_s, gone=gone
        )
        nonces = () if before is None else before.nonces
        self._carrier_calls.begins(call_id, ringing.account, ringing.carrier_call, nonces)
        if keeper is not None:
            keeper.follow(call_id, lambda: replace(call.memory, nonces=self._carrier_calls.nonces(call_id)))
        self._calls.begin(call_id, call, functools.partial(self._carry, desk))

    # -- Calls of an earlier process -----------------------------------------------------------------------------------

    async def recall(self, call_id: str) -> None:
        if self._recall is not None and not self._calls.stopped:
            await self._recall.recall(call_id)

    def _take_up(self, memory: AssistantMemory, ago_s: float) -> None:
        """The call goes on here, as soon as its leg asks. Raises Refused."""
        if not self._calls.running or self._calls.stopped:
            return
        if not self._parts.engines:
            raise Refused("no engine for assistants is configured")
        self._look_again()
        ringing, persona = memory.ringing, self._personas.named(memory.persona.name)
        answers = persona or memory.persona.stand_in()
        self._begin(memory.call_id, ringing, answers, memory, ago_s, persona is None)
        asking = Asking(ringing.account, ringing.caller_address, ringing.called_address)
        self._entrance.enter(memory.call_id, asking, came=False)

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
        call = self._calls.find(call_id)
        if call is None:
            return AskLater() if self._recall is not None and self._recall.may_be_known(call_id) else LeaveCall()
        return AskLater() if call.handed_back else call.next()

    def tell(self, call_id: str, event: ReceptionEvent) -> bool:
        call = self._calls.find(call_id)
        if call is None or call.handed_back:
            return False
        over = call.over
        call.tell(event)
        return not over

    def join(self, call_id: str, leg: Leg, nonce: str) -> None:
        call = self._calls.find(call_id)
        if call is None or call.handed_back:
            raise Refused("no such call")
        self._carrier_calls.must_be_new(call_id, nonce)
        call.join(leg)
        self._carrier_calls.used(call_id, nonce)

    def end(self, call_id: str, outcome: Outcome) -> bool:
        call = self._calls.find(call_id)
        if call is None or call.over or call.handed_back:
            return False
        call.end(outcome, cut=True)
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
