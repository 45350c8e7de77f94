"""One call that an assistant answers, from ring to outcome: its talk, its stream, and what its leg shall do next.

Part of the shell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from dragoman.domain.call import CallId, CallView, Notice
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.persona import Persona
from dragoman.domain.reception import CallerLeft, Next, ReceptionEvent
from dragoman.domain.tools import CallFacts
from dragoman.errors import Refused, UpstreamError
from dragoman.observe.log import call_log
from dragoman.ports import Leg, Ringing
from dragoman.relay import annals, answering, assistant_memory
from dragoman.relay.answering_state import (
    Effect,
    EndForced,
    EngineDown,
    Event,
    Finish,
    GoOn,
    Joined,
    Left,
    LetGo,
    TakeDown,
    TakenOver,
    TakeOver,
    Waited,
    Where,
)
from dragoman.relay.assistant_memory import AssistantMemory, KeptPersona, Standing
from dragoman.relay.assistant_parts import AssistantParts
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.assistant_talk import AssistantTalk, CallerLine, LoadTools
from dragoman.relay.caller_stream import CallerStream
from dragoman.relay.captions import CaptionFeed
from dragoman.relay.ticker import Beat, Ticker

TAKE_DOWN_S: Final = 10.0
REST_S: Final = 60.0
"""A caller who is with a person for so long needs no session of the assistant's."""


class AssistantCall:
    """`run` carries it; the other methods are called from webhooks and sockets.

    `load_tools` is awaited before the first session opens. `changed` hears of all that a restart should find: True when
    at once, False when soon. With `before`, which was left `ago_s` ago, the call goes on from there: it sleeps until
    its leg asks, or brings a stream. `gone`: who answered is not there any more, and `persona` stands in.
    """

    def __init__(
        self,
        call_id: CallId,
        ringing: Ringing,
        persona: Persona,
        parts: AssistantParts,
        load_tools: LoadTools,
        *,
        changed: Callable[[bool], None] = lambda _at_once: None,
        before: AssistantMemory | None = None,
        ago_s: float = 0.0,
        gone: bool = False,
    ) -> None:
        self.call_id, self.ringing, self.persona = call_id, ringing, persona
        self._parts, self._changed, self._before = parts, changed, before
        self._now = parts.clock
        self._began, self._began_at = self._beginning()
        self.handed_back, self.asleep = False, before is not None
        self._gone = before.persona if before is not None and gone else None
        self._log = call_log(call_id)
        self._ticker = Ticker(Beat(self._now, self._tick, self._watch, self._broke))
        line = CallerLine(self._leg, self._step, self._hurry, self._too_dear, self._broke, changed)
        tag = ringing.language.tag if before is None else before.talk.language
        self._talk = AssistantTalk(call_id, ringing, persona, parts, load_tools, line, self._log, self._began, tag)
        self._stream = CallerStream(
            parts.clock, self._log, brought=self._talk.brought, left=self._left, broke=self._broke
        )
        language = self._talk.language(self._talk.lane.language)
        spoken = [self._talk.language(tag) for tag in persona.languages]
        self._rests_at = float("inf")
        self._finished = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        if before is None:
            self._state = answering.begin(call_id, persona, language, self._began, spoken)
        else:
            self._state = assistant_memory.woken(before, persona, spoken, self._began, self._now(), ago_s)
            self._talk.take_up(before)
            self._settle()

    def _beginning(self) -> tuple[float, float]:
        """When the call began, by the parts' clock and as Unix time; before this process did, where it remembers."""
        now, now_at = self._now(), annals.wall()
        if self._before is None:
            return now, now_at
        return now - max(now_at - self._before.began_at, 0.0), self._before.began_at

    def _settle(self) -> None:
        """Of a call that was taken up: what its leg is at needs no assistant, or it is over already."""
        if self._state.where is not Where.TALKING:
            self._talk.lane.gives_up()
            self._talk.rest()
        if self.over:
            self._finished.set()

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> AssistantRecord:
        """Carry the call to its end, then close what it opened; its record."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                if not self.over:
                    if not self._before:
                        self._talk.greet()
                    self._talk.start(tasks)
                    self._ticker.start()
                await self._finished.wait()
                self._close()
        finally:
            self._close()
            self.feed.close()
        if self._state.message_url:
            await self._write_down(self._state.message_url)
        return self._record()

    async def _write_down(self, url: str) -> None:
        """The carrier keeps a message of the caller's: who reads messages is to find it."""
        facts = CallFacts(self.call_id, self._state.language.tag, self.ringing.caller_address, self._parts.today())
        try:
            await self._parts.recorded(self.persona.name, url, facts)
        except OSError as broken:
            self._log.error("recorded message not written down", reason=broken.strerror, **{"pii.recording": url})

    def _tick(self, now: float) -> bool:
        return not self.asleep and self._talk.tick(now)

    def _watch(self, now: float) -> None:
        """Who is missing, and a session that nobody needs."""
        if self._stream.silent_s(now) > self._parts.silent_leg_s:
            self._stream.let_go("silent")
        if now >= self._rests_at:
            self._rests_at = float("inf")
            self._talk.rest()
        self._step(Waited())
        if self.asleep and self.over:
            self._parts.metrics.taken_up.labels("given up").inc()

    def _rouse(self) -> None:
        """The leg of the sleeping call is here: the talk goes on. Where who answered is gone, the caller hears so."""
        if not self.asleep or self.over:
            return
        self.asleep = False
        self._log.info("taken up again", state=self._state.where.value)
        if self._gone is not None and not self._state.down:
            self._log.error("who answered is gone", persona=self._gone.name)
            self._talk.ledger.troubles.append(f"persona gone: {self._gone.name}")
            self._step(EngineDown(self._gone.is_open))
        elif self._gone is None and self._state.where is Where.TALKING:
            self._talk.come_back(self._parts.notices.text(Notice.BACK_AGAIN, self._state.language))

    def hand_back(self) -> None:
        """Stop carrying it here, as it is: its leg asks whoever answers then. `run` returns; its record is none."""
        if self.over:
            return
        self.handed_back = True
        self._finished.set()
        self._close()

    def _hurry(self) -> None:
        if self._ticker.slow:
            self._ticker.hurry()

    def _close(self) -> None:
        """Everything that this call opened, at once. Idempotent."""
        self._ticker.stop()
        self._stream.let_go()
        self._talk.close()

    def _broke(self, where: str) -> None:
        """A fault of ours: it ends this call, with a word to the caller, and no other."""
        self._log.exception("the call broke", where=where)
        self.end(Outcome(Result.US, "internal fault"), Notice.FAILED)

    def _too_dear(self) -> None:
        self.end(Outcome(Result.US, "spending limit of the call"), Notice.LIMIT)

    def _record(self) -> AssistantRecord:
        talk, state = self._talk, self._state
        return AssistantRecord(
            call_id=self.call_id,
            persona=self.persona.name,
            language=talk.lane.language,
            began_at=self._began_at,
            duration_s=self._now() - self._began,
            outcome=state.outcome or Outcome(Result.UNKNOWN, "ended"),
            engines=talk.engines,
            sessions=talk.sessions,
            usd=talk.ledger.usd,
            usd_is_estimate=talk.ledger.is_estimate,
            troubles=tuple(talk.ledger.troubles),
            lines=tuple(talk.lane.lines.all),
            turns=tuple(talk.lane.turns.all),
            tools=tuple(talk.notes.tools),
            barge_ins=tuple(talk.notes.barge_ins),
            tokens=talk.notes.tokens,
            prices=self._parts.prices,
            interpreted=state.interpreted or "",
            message_url=state.message_url,
        )

    @property
    def memory(self) -> AssistantMemory:
        """The call as it is now."""
        talk = self._talk
        return AssistantMemory(
            call_id=self.call_id,
            ringing=self.ringing,
            persona=self._gone or KeptPersona.of(self.persona, self._parts.today()),
            began_at=self._began_at,
            standing=Standing.of(self._state),
            talk=talk.lane.memory,
            usd=talk.ledger.usd,
            usd_is_estimate=talk.ledger.is_estimate,
            troubles=list(talk.ledger.troubles),
            tools=talk.notes.tools,
            barge_ins=talk.notes.barge_ins,
            tokens=talk.notes.tokens,
            engines=[*talk.engines],
            sessions=talk.sessions,
            waits_s=0.0 if self._state.wait is None else self._state.wait.until - self._began,
        )

    # -- Asked from outside --------------------------------------------------------------------------------------------

    @property
    def over(self) -> bool:
        return self._state.over

    @property
    def parting(self) -> bool:
        """It is over, and the leg has yet to ask what to do."""
        return self._state.parting

    @property
    def unfinished(self) -> bool:
        """With the assistant, or leaving a message: neither over nor with a person."""
        return self._state.where in (Where.TALKING, Where.MESSAGE)

    @property
    def feed(self) -> CaptionFeed:
        return self._talk.feed

    def view(self) -> CallView:
        """As the API lists it: the assistant speaks the caller's language."""
        tag, age_s = self._talk.lane.language, self._talk.at_s()
        state = f"assistant: {self._state.where.value}"
        return CallView(self.call_id, state, tag, tag, self._talk.engines, age_s, self._state.outcome)

    def next(self) -> Next:
        """What the leg shall do; asked when it rings, and each time a verb ends."""
        self._rouse()
        self._state, answer, effects = answering.ask(self._state, self._now())
        if self._state.where is Where.PERSON:
            self._rests_at = self._now() + REST_S
        self._log.info("the leg asks", told=type(answer).__name__)
        self._changed(True)
        self._enact(effects)
        return answer

    def join(self, leg: Leg) -> None:
        """The stream arrived. Raises Refused when the call is over, or there is a living stream."""
        if self.over:
            raise Refused("the call is over")
        self._stream.make_room(leg)
        self._rouse()
        self._stream.join(leg)
        self._step(Joined())
        if self._stream.leg is not leg:
            return
        try:
            self._talk.joined()
        except Exception:  # noqa: BLE001 - see _broke
            self._broke("the stream's begin")
        self._stream.attach()
        self._hurry()

    def tell(self, event: ReceptionEvent) -> None:
        """Something became of the leg."""
        if not isinstance(event, CallerLeft):
            self._rouse()
        self._step(event)

    def end(self, outcome: Outcome, notice: Notice | None = None, *, cut: bool = False) -> None:
        """End it, with a word to the caller; who is with a person stays there, and needs none after that. `cut`: the
        phone call ends at once, whoever the caller is with.
        """
        say = self._parts.notices.text(notice, self._state.language) if notice is not None else ""
        self._step(EndForced(outcome, say, cut=cut))

    # -- What is to be done --------------------------------------------------------------------------------------------

    def _leg(self) -> Leg | None:
        return self._stream.leg

    def _left(self, clean: bool, lived_s: float) -> None:
        self._talk.left()
        self._step(Left(clean, lived_s))

    def _step(self, event: Event) -> None:
        if self.handed_back:
            return
        before = self._state
        self._state, effects = answering.step(before, event, self._now())
        if self._state.where is not before.where:
            self._log.info("call state", state=self._state.where.value, after=type(event).__name__)
        if self._state is not before:
            self._changed(True)
        self._enact(effects)

    def _enact(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            match effect:
                case LetGo():
                    self._stream.let_go()
                case TakeOver(to, summary):
                    self._step(TakenOver(self._handed(to, summary)))
                case GoOn(phrase):
                    self._rests_at = float("inf")
                    self._talk.go_on(phrase)
                case Finish(outcome):
                    self._log.info("call over", side=outcome.result.value, reason=outcome.reason)
                    self._finished.set()
                    self._close()
                case TakeDown():
                    if self._tasks is not None:
                        self._tasks.create_task(self._take_down())

    async def _take_down(self) -> None:
        """The phone call ends, with whoever is on it."""
        try:
            async with asyncio.timeout(TAKE_DOWN_S):
                await self._parts.take_down(self.ringing.carrier_call, self.ringing.account)
        except (UpstreamError, TimeoutError) as failed:
            self._log.error("the phone call was not ended", reason=str(failed) or "no answer in time")

    def _handed(self, to: str, summary: str) -> CallId | None:
        """The interpreted call in which it goes on; None = there can be none."""
        if self._parts.hand_to is None:
            self._log.warning("nothing to hand over to")
            return None
        ringing = replace(self.ringing, language=self._state.language)
        try:
            return self._parts.hand_to(ringing, to, summary, self._talk.so_far(), self.call_id)
        except Refused as refused:
            self._log.warning("not handed over", reason=refused.reason)
            return None
