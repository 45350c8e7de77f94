"""One living call: performs what its lanes and its call machine want done. The shell around the pure parts.

No queue of ours stands in the path of a frame: a leg's callback runs the lane, and the lane's effects are performed,
at once. Everything that waits (dialling, sessions, rendering) is a task in the call's own TaskGroup.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any

from dragoman.domain.call import (
    CallEvent,
    CallSetup,
    CallView,
    DialFailed,
    Dialled,
    EndAsked,
    Instruction,
    LanguageChosen,
    Notice,
    Role,
)
from dragoman.domain.effects import (
    Ask,
    CallEffect,
    Clear,
    Dial,
    Finish,
    HangUp,
    Hear,
    Interrupt,
    LaneEffect,
    LetGo,
    Mark,
    Play,
    Publish,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import (
    Digit,
    Heard,
    InterpreterEvent,
    LegClosed,
    LegEvent,
    Reached,
    TroubleKind,
)
from dragoman.errors import DialError, DragomanError, Refused
from dragoman.observe.log import call_log
from dragoman.ports import Engine, Leg
from dragoman.relay import call_machine, modes
from dragoman.relay.booth import Booth
from dragoman.relay.call_machine import REJOIN_S, GivenUp, Joined, Left, Pressed, State
from dragoman.relay.captions import CaptionFeed
from dragoman.relay.lane import Lane
from dragoman.relay.ledger import Ledger
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord, in_order

TICK_S = 0.02
JOIN_DEADLINE_S = 90.0
"""A call that nobody's stream joined, or whose caller stayed in the menu, is given up after so long."""

CONTROL_DEADLINE_S = 20.0


class Bridge:
    """A call from registration to outcome. `run` carries it; the other methods are called from webhooks and sockets."""

    def __init__(self, setup: CallSetup, parts: Parts) -> None:
        self._parts = parts
        self._now = parts.clock
        self._began = parts.clock()
        self._began_at = datetime.datetime.now(datetime.UTC).timestamp()
        self._log = call_log(setup.call_id)
        self._state, self._at_start = call_machine.begin(setup)
        self._legs: dict[Role, Leg] = {}
        self._away_since: dict[Role, float] = {}
        self._lanes: dict[Role, Lane] = {}
        self._engines: dict[Role, Engine | None] = {}
        self._booths: dict[Role, Booth] = {}
        self._wire()
        self._feed = CaptionFeed()
        self._tasks: asyncio.TaskGroup | None = None
        self._finished = asyncio.Event()
        self._closed = False
        self._timer: asyncio.TimerHandle | None = None
        self._notices = 0
        self._ledger = Ledger(parts.metrics, parts.max_usd)
        self._state_since = self._began

    def _wire(self) -> None:
        """Build both lanes for the languages as they are now."""
        wired = modes.interpreted_call(
            self._state.setup, self._parts.engines, forward_original=self._parts.forward_original
        )
        if wired is None:
            raise Refused("no engine carries these two languages both ways")
        for wiring in wired:
            lane = Lane(wiring.plan, self._began)
            if wiring.plan.sink in self._legs:
                lane.sink_joined()
            self._lanes[wiring.plan.source] = lane
            self._engines[wiring.plan.source] = wiring.engine

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> CallRecord:
        """Carry the call to its end, then close what it opened; its record."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self._timer = loop.call_at(loop.time() + TICK_S, self._tick, loop.time() + TICK_S)
            self._perform_all(self._at_start)
            await self._finished.wait()
            self._timer.cancel()
            for booth in self._booths.values():
                booth.close()
        self._closed = True
        self._feed.close()
        return self._record()

    def _tick(self, due: float) -> None:
        loop = asyncio.get_running_loop()
        now = self._now()
        for lane in self._lanes.values():
            effects = lane.tick(now)
            if effects:
                self._perform(lane, effects)
        self._watch_absence(now)
        if not self._finished.is_set():
            next_due = max(due + TICK_S, loop.time())
            self._timer = loop.call_at(next_due, self._tick, next_due)

    def _watch_absence(self, now: float) -> None:
        for role, since in list(self._away_since.items()):
            if now - since > REJOIN_S:
                del self._away_since[role]
                self._step(GivenUp(role))
        waiting = self._state.state in (State.RINGING, State.CHOOSING) and not self._legs
        if waiting and now - self._state_since > JOIN_DEADLINE_S:
            self._step(EndAsked(Outcome(Result.UNKNOWN, "nobody joined")))

    def _record(self) -> CallRecord:
        setup = self._state.setup
        both = [one for lane in self._lanes.values() for one in lane.transcript.utterances]
        return CallRecord(
            call_id=setup.call_id,
            began_at=self._began_at,
            duration_s=self._now() - self._began,
            outcome=self._state.outcome or Outcome(Result.UNKNOWN, "ended"),
            caller_language=setup.caller.language.tag,
            agent_language=setup.agent.language.tag,
            engines=tuple(lane.plan.engine for lane in self._lanes.values()),
            usd=self._ledger.usd,
            usd_is_estimate=self._ledger.is_estimate,
            troubles=tuple(self._ledger.troubles),
            utterances=in_order(both),
        )

    # -- Asked from outside --------------------------------------------------------------------------------------------

    @property
    def setup(self) -> CallSetup:
        return self._state.setup

    @property
    def over(self) -> bool:
        return self._state.state is State.OVER

    @property
    def feed(self) -> CaptionFeed:
        return self._feed

    @property
    def usd(self) -> float:
        return self._ledger.usd

    def view(self) -> CallView:
        setup = self._state.setup
        return CallView(
            setup.call_id,
            self._state.state.value,
            setup.caller.language.tag,
            setup.agent.language.tag,
            tuple(lane.plan.engine for lane in self._lanes.values()),
            round(self._now() - self._began, 3),
            self._state.outcome,
        )

    def tell(self, event: CallEvent) -> None:
        self._step(event)

    def instruct(self, role: Role) -> Instruction:
        self._state, instruction = call_machine.instruct(self._state, role)
        return instruction

    def join(self, role: Role, leg: Leg) -> None:
        """A stream arrived. Raises Refused when the call is over or the party has a living stream."""
        if self.over:
            raise Refused("the call is over")
        if role in self._legs:
            raise Refused(f"the {role.value} has a stream already")
        self._legs[role] = leg
        self._away_since.pop(role, None)
        self._lanes[role.other].sink_joined()
        self._log.info("stream joined", leg=role.value, stream=leg.leg_id)
        self._step(Joined(role))
        leg.attach(functools.partial(self._from_leg, role, leg, self._lanes[role]))

    # -- From the legs -------------------------------------------------------------------------------------------------

    def _from_leg(self, role: Role, leg: Leg, lane: Lane, event: LegEvent) -> None:
        now = self._now()
        match event:
            case Heard():
                effects = lane.hear(event, now)
                if effects:
                    self._perform(lane, effects)
            case Reached(name):
                self._lanes[role.other].reached(name, now)
            case Digit(digit):
                self._step(Pressed(role, digit))
            case LegClosed(clean, reason):
                if self._legs.get(role) is leg:
                    self._leg_closed(role, clean=clean, reason=reason, now=now)

    def _leg_closed(self, role: Role, *, clean: bool, reason: str, now: float) -> None:
        del self._legs[role]
        self._lanes[role.other].sink_left()
        self._log.info("stream left", leg=role.value, clean=clean, reason=reason)
        self._step(Left(role, clean))
        if role in self._state.away:
            self._away_since[role] = now

    # -- The call machine ----------------------------------------------------------------------------------------------

    def _step(self, event: call_machine.Event) -> None:
        before = self._state
        self._state, effects = call_machine.step(before, event)
        if self._state.state is not before.state:
            self._state_since = self._now()
            self._log.info("call state", state=self._state.state.value, after=type(event).__name__)
        if isinstance(event, LanguageChosen) and self._state is not before:
            self._wire()
        self._perform_all(effects)

    def _perform_all(self, effects: Iterable[CallEffect]) -> None:  # noqa: C901 - one branch per effect
        for effect in effects:
            match effect:
                case Dial(setup, role):
                    self._spawn(self._dial(setup, role))
                case StartHold(role):
                    self._lanes[role.other].hold(True)
                case StopHold(role):
                    self._lanes[role.other].hold(False)
                case Tell(role, notice):
                    self._spawn(self._prepare_and_tell(role, notice))
                case StartInterpreting():
                    self._start_interpreting()
                case LetGo(role):
                    if role in self._legs:
                        self._legs[role].close()
                case HangUp(role):
                    self._spawn(self._hang_up(role))
                case Finish(outcome):
                    self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        self._log.info("call over", side=outcome.result.value, reason=outcome.reason)
        self._finished.set()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        if self._tasks is None or self._closed:
            work.close()
        else:
            self._tasks.create_task(work)

    async def _dial(self, setup: CallSetup, role: Role) -> None:
        for notice, hearer in ((Notice.WHISPER, Role.AGENT), (Notice.REPEAT, Role.CALLER), (Notice.REPEAT, Role.AGENT)):
            self._spawn(self._prepare(hearer, notice))
        try:
            carrier_call = await self._parts.telephony.dial(setup, role)
        except DialError as error:
            self._log.warning("dial refused", leg=role.value, failure=error.failure.value, reason=str(error))
            self._step(DialFailed(role, error.failure))
        else:
            self._step(Dialled(role, carrier_call))

    async def _hang_up(self, role: Role) -> None:
        carrier_call = self._state.carrier_calls.get(role, "")
        if not carrier_call:
            return
        try:
            async with asyncio.timeout(CONTROL_DEADLINE_S):
                await self._parts.telephony.hang_up(carrier_call, self._state.setup.account)
        except (DragomanError, TimeoutError) as error:
            self._log.warning("hang-up failed", leg=role.value, reason=str(error) or "timed out")

    # -- Notices -------------------------------------------------------------------------------------------------------

    def _words(self, role: Role, notice: Notice) -> str:
        setup = self._state.setup
        return self._parts.announcements.text(notice, setup.party(role).language, setup.caller.language)

    async def _prepare(self, role: Role, notice: Notice) -> None:
        await self._parts.announcements.prepare(self._words(role, notice), self._state.setup.party(role).language)

    async def _prepare_and_tell(self, role: Role, notice: Notice) -> None:
        await self._prepare(role, notice)
        self._say(role, notice)

    def _say(self, role: Role, notice: Notice) -> None:
        """Play a notice to `role`, as it was rendered, or the chime."""
        language = self._state.setup.party(role).language
        audio = self._parts.announcements.audio(self._words(role, notice), language)
        self._notices += 1
        lane = self._lanes[role.other]
        self._perform(lane, lane.announce(f"{notice.value}.{self._notices}", audio, self._now()))

    # -- The lanes -----------------------------------------------------------------------------------------------------

    def _start_interpreting(self) -> None:
        for role, engine in self._engines.items():
            lane = self._lanes[role]
            if engine is not None:
                booth = Booth(
                    engine,
                    modes.wanted(self._state.setup, role, self._parts.glossary, self._parts.safety_id),
                    listen=functools.partial(self._from_interpreter, lane),
                    began=lane.interpreter_began,
                    lost=self._interpreter_lost,
                )
                self._booths[role] = booth
                self._spawn(booth.serve())
            lane.open()

    def _from_interpreter(self, lane: Lane, event: InterpreterEvent) -> None:
        effects = lane.speak(event, self._now())
        if effects:
            self._perform(lane, effects)
        if self._ledger.note(event, lane.plan.engine) and not self.over:
            self._step(EndAsked(Outcome(Result.US, "spending limit of the call"), Notice.LIMIT))

    def _interpreter_lost(self, why: TroubleKind) -> None:
        self._step(EndAsked(Outcome(Result.UPSTREAM, f"interpreter lost: {why.value}"), Notice.FAILED))

    def _perform(self, lane: Lane, effects: Sequence[LaneEffect]) -> None:  # noqa: C901 - one branch per effect
        sink = self._legs.get(lane.plan.sink)
        for effect in effects:
            match effect:
                case Hear(audio):
                    self._booths[lane.plan.source].hear(audio)
                case Play(audio):
                    if sink is not None:
                        sink.play(audio)
                case Mark(name):
                    if sink is not None:
                        sink.mark(name)
                case Publish(caption):
                    self._feed.publish(caption)
                case Clear():
                    if sink is not None:
                        sink.clear()
                case Interrupt(heard_ms):
                    self._booths[lane.plan.source].interrupt(heard_ms)
                case Ask(notice):
                    self._say(lane.plan.source, notice)
