"""One living call: performs what its lanes and its call machine want done. The shell around the pure parts.

A call has two ends: a party, its stream, the lane that carries what it says, and that lane's interpreter. No queue of
ours stands in the path of a frame: a leg's callback runs the lane, and the lane's effects are performed, at once.
Everything that waits (dialling, sessions, rendering) is a task in the call's own TaskGroup.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterable
from dataclasses import replace

from dragoman.domain.call import (
    CONSENT_KEY,
    CallEvent,
    CallSetup,
    CallView,
    ConnectStream,
    EndAsked,
    HangUpLeg,
    Instruction,
    Notice,
    Role,
)
from dragoman.domain.control import Change, KeyAction, PersonAsked
from dragoman.domain.effects import (
    AwaitKey,
    CallEffect,
    Caption,
    CloseTask,
    Dial,
    Finish,
    HangUp,
    HangUpTwin,
    LetGo,
    NoteConsent,
    NoteSaid,
    Show,
    StartHold,
    StartInterpreting,
    StopHold,
    Tell,
)
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import InterpreterEvent
from dragoman.errors import Refused
from dragoman.observe.log import call_log
from dragoman.ports import Leg
from dragoman.relay import call_end, call_machine, memory
from dragoman.relay.annals import Annals, times
from dragoman.relay.call_machine import LANGUAGE_KEY, LadderEnded, Pressed, State
from dragoman.relay.captions import CaptionFeed
from dragoman.relay.errands import Errands
from dragoman.relay.keys import Keypad
from dragoman.relay.ledger import Ledger
from dragoman.relay.memory import Memory
from dragoman.relay.moves import ORIGINAL, Move
from dragoman.relay.parts import Parts
from dragoman.relay.presence import Presence, saying_s
from dragoman.relay.record import CallRecord
from dragoman.relay.streams import Streams
from dragoman.relay.talk import Hears, Talk
from dragoman.relay.teller import Teller
from dragoman.relay.ticker import Beat, Ticker


class Bridge:
    """A call from registration to outcome. `run` carries it; the other methods are called from webhooks and sockets.

    `changed` hears of all that a restart should find: True when at once, False when soon. With `before`, the call goes
    on from there: it sleeps until one of its legs asks, or brings a stream.
    """

    def __init__(
        self,
        setup: CallSetup,
        parts: Parts,
        *,
        changed: Callable[[bool], None] = lambda _at_once: None,
        before: Memory | None = None,
    ) -> None:
        self._parts = parts = parts if before is None else replace(parts, manner=before.manner)
        self._now = parts.clock
        self._changed = changed
        self.asleep = before is not None
        self.handed_back = False
        self._began, began_at = times(parts, before)
        self._log = call_log(setup.call_id)
        self._state, self._at_start = (
            call_machine.begin(setup, parts.dial_tries) if before is None else memory.woken(before)
        )
        self.feed = CaptionFeed()
        self._ledger = Ledger(parts.metrics, parts.max_usd)
        self._keypad = Keypad(parts.keys)
        self._ticker = Ticker(Beat(self._now, lambda now: self._talk.tick(now), self._watch, self._broke))
        self._teller = self._new_teller()
        self._talk = Talk(setup, parts, self._began, self._ticker, self._hears())
        self._errands = Errands(parts, self._log, state=lambda: self._state, step=self._step, broke=self._broke)
        self.placed = self._errands.placed
        self._finished = asyncio.Event()
        self._presence = Presence(self._began, parts.max_call_s, parts.silent_leg_s)
        self._presence.moved(self._now())
        self._streams = Streams(
            self._talk,
            self._presence,
            parts.clock,
            self._log,
            step=self._step,
            pressed=self._pressed,
            broke=self._broke,
        )
        self._annals = Annals(parts, self._began, began_at, self._talk, self._teller, self._ledger, self.feed)
        if before is not None:
            self._annals.take_up(before)
        if self.over:  # its process died between its end and its last word to the store
            self._finished.set()

    def _new_teller(self) -> Teller:
        return Teller(
            self._parts.announcements,
            self._log,
            setup=lambda: self._state.setup,
            play=lambda role, label, audio: self._talk.announce(role, label, audio),
            step=self._step,
            at_s=lambda: round(self._now() - self._began, 3),
        )

    def _hears(self) -> Hears:
        return Hears(
            caption=self._captioned,
            ask=self._teller.say,
            announced=self._teller.heard,
            interpreter=self._noted,
            moved=self._moved,
            broke=self._broke,
        )

    # -- Life ----------------------------------------------------------------------------------------------------------

    async def run(self) -> CallRecord:
        """Carry the call to its end, then close what it opened; its record."""
        try:
            async with asyncio.TaskGroup() as tasks:
                if not self.over and not self.asleep:
                    self._perform_all(self._at_start)
                self._errands.start(tasks)
                self._ticker.start()
                await self._finished.wait()
                self._close()
        finally:
            self._errands.close()
            self._close()
            self.feed.close()
        return self._annals.record(self._state)

    def _watch(self, now: float) -> None:
        """Who lost a stream and did not come back, and who never came; how far behind the ears are."""
        self._talk.sample_lag(now)
        if 0 < self._parts.person_after_s < self._talk.moves.without_s(now):
            self._step(LadderEnded())
        # Nobody is away from a call that sleeps: all are late.
        state = replace(self._state, away=frozenset()) if self.asleep else self._state
        for event in self._presence.due(state, self._streams.heard_at(), now):
            self._step(event)

    def _close(self) -> None:
        """Everything that this call opened, at once: its clock, streams, sessions, notices. Idempotent."""
        self._ticker.stop()
        for end in self._talk.ends.values():
            try:
                end.close()
            except Exception:  # noqa: BLE001 - whatever cannot be closed, the rest is
                self._log.exception("closing failed", leg=end.role.value)
        self._talk.close()
        self._errands.drop()

    def _broke(self, where: str) -> None:
        """A fault of ours, or of an installed engine: it ends this call, with a word to both parties, and no other."""
        self._log.exception("the call broke", where=where)
        if not self.over:
            self._step(EndAsked(Outcome(Result.US, "internal fault"), Notice.FAILED))

    def _rouse(self, role: Role) -> None:
        """This leg of the sleeping call is here: who was on the line may come back, and what was under way goes on."""
        if not self.asleep or self.over:
            return
        self.asleep, now = False, self._now()
        self._log.info("taken up again", state=self._state.state.value)
        self._presence.moved(now)
        self._perform_all(one for one in self._at_start if not (isinstance(one, Dial) and one.role is role))

    def hand_back(self) -> None:
        """Stop carrying it here, as it is: its legs ask whoever answers then. `run` returns; its record is none."""
        if self.over:
            return
        self.handed_back = True
        self._finished.set()
        self._close()

    # -- Asked from outside --------------------------------------------------------------------------------------------

    @property
    def setup(self) -> CallSetup:
        return self._state.setup

    @property
    def over(self) -> bool:
        return self._state.state is State.OVER

    @property
    def parting(self) -> bool:
        return call_end.parting(self._state)

    @property
    def memory(self) -> Memory:
        """The call as it is now."""
        return self._annals.memory(self._state)

    def view(self) -> CallView:
        return self._annals.view(self._state)

    def change(self, change: Change) -> None:
        """Carry the call otherwise from now on. Raises Refused, and then nothing has changed."""
        if self.over or self.handed_back:
            raise Refused("the call is over")
        setup = self._talk.change(change)
        if setup is not self._state.setup:
            self._state = replace(self._state, setup=setup)
            self._errands.prepare_notices()
        self._changed(True)

    def tell(self, event: CallEvent) -> None:
        self._step(event)

    def instruct(self, role: Role, carrier_call: str = "") -> Instruction:
        if not self.over and self._streams.strange(role, carrier_call):
            return HangUpLeg()
        self._rouse(role)
        self._state, instruction = call_machine.instruct(self._state, role)
        match instruction:
            case ConnectStream(_, say):
                words = (self._parts.announcements.words(self._state.setup, role, notice)[0] for notice in say)
                self._presence.connecting(role, sum(map(saying_s, words)), self._now())
            case HangUpLeg() if not self.over:
                self._step(EndAsked(Outcome(Result.UPSTREAM, f"the {role.value}'s leg ran in circles"), Notice.FAILED))
            case _:
                pass
        return instruction

    def join(self, role: Role, leg: Leg) -> None:
        """A stream arrived. Raises Refused when the call is over or the party has a living stream."""
        if self.over:
            raise Refused("the call is over")
        self._streams.make_room(role)
        self._rouse(role)
        self._streams.join(role, leg)

    # -- Keys ----------------------------------------------------------------------------------------------------------

    def _pressed(self, role: Role, digit: str, now: float) -> None:
        """A key: the call machine's before and beside the talk, and the parties' own while they talk. A page has
        buttons for what they ask for: its keypad is for the other party's line.
        """
        before = self._state
        free = before.state is State.CONNECTING and digit not in (CONSENT_KEY, LANGUAGE_KEY)
        if free and self._parts.keys.action(role, digit) is KeyAction.PERSON:
            self._step(PersonAsked(role))
        if self._state is before:
            self._step(Pressed(role, digit))
        if self._state is not before or self._state.state is not State.INTERPRETING:
            return
        if not self._state.setup.by_carrier(role):
            if not self._talk.press(role, digit):
                self._log.debug("key without effect", leg=role.value, reason="nobody is there, or too many keys wait")
            return
        asked = self._keypad.pressed(role, digit, self._talk.manner, now)
        try:
            if isinstance(asked, Change):
                self.change(asked)
            elif asked is not None:
                self._log.info("a person was asked for", leg=role.value)
                self._step(asked)
        except Refused as refused:
            self._log.info("key without effect", leg=role.value, reason=refused.reason)

    # -- The call machine ----------------------------------------------------------------------------------------------

    def _step(self, event: call_machine.Event) -> None:
        before = self._state
        if self.handed_back:
            return
        self._state, effects = call_machine.step(before, event)
        if self._state.state is not before.state:
            self._log.info("call state", state=self._state.state.value, after=type(event).__name__)
        if self._state is not before:
            self._presence.moved(self._now())
            self._changed(True)
        for role in before.announced - self._state.announced:
            self._errands.tell_anew(role)
        if self._state.setup is not before.setup and not self._rewired():
            return
        self._perform_all(effects)

    def _rewired(self) -> bool:
        """The caller chose another language. False: it cannot be carried, and the call is over."""
        try:
            self._talk.wire(self._state.setup)
        except Refused as refused:
            self._log.warning("language refused", reason=refused.reason)
            self._step(EndAsked(Outcome(Result.US, refused.reason), Notice.FAILED))
            return False
        self._errands.prepare_notices()
        return True

    def _perform_all(self, effects: Iterable[CallEffect]) -> None:
        for effect in effects:
            try:
                self._do(effect)
            except Exception:  # noqa: BLE001 - see _broke
                self._broke(type(effect).__name__)
                return

    def _do(self, effect: CallEffect) -> None:  # noqa: C901 - one branch per effect
        match effect:
            case Dial(setup, role, after_s):
                self._errands.prepare_notices()
                self._errands.dial(setup, role, after_s)
            case StartHold(role):
                self._talk.ends[role].other.lane.hold(True)
                self._ticker.hurry()
            case StopHold(role):
                self._talk.ends[role].other.lane.hold(False)
            case Tell(role, notice, number):
                self._errands.tell(role, notice, functools.partial(self._teller.say, number=number), number)
            case Show(role, notice):
                self.feed.publish(self._teller.shown(role, notice))
            case StartInterpreting():
                self._talk.start(self._errands)
            case LetGo(role):
                self._streams.let_go(role)
            case HangUp(role):
                self._errands.hang_up(role)
            case HangUpTwin(role, carrier_call):
                self._errands.hang_up_twin(role, carrier_call)
            case AwaitKey(role):
                self._errands.await_key(role)
            case NoteSaid(role, notice):
                self._teller.said(role, notice)
            case NoteConsent(role, agreed):
                self._teller.answered(role, agreed)
            case CloseTask(task, taken):
                self._errands.close_task(task, taken=taken)
            case Finish(outcome):
                self._log.info("call over", side=outcome.result.value, reason=outcome.reason)
                self._finished.set()
                self._close()

    # -- The interpreters ----------------------------------------------------------------------------------------------

    def _captioned(self, caption: Caption) -> None:
        self.feed.publish(caption)
        if caption.final:
            self._changed(False)

    def _noted(self, event: InterpreterEvent, engine: str) -> None:
        if self._ledger.note(event, engine) and not self.over:
            self._step(EndAsked(Outcome(Result.US, "spending limit of the call"), Notice.LIMIT))

    def _moved(self, move: Move, notice: Notice | None) -> None:
        """Another engine interprets what a party says, or none, or one again: both are told what they must know."""
        self._log.warning("engine changed", **move.as_json())
        self._parts.metrics.engine_changes.labels(move.after).inc()
        if move.after == ORIGINAL and not self._parts.falls_to_original:
            self._step(LadderEnded())
            self._step(EndAsked(Outcome(Result.UPSTREAM, f"interpreter lost: {move.why.value}"), Notice.FAILED))
        elif notice is not None:
            for role in Role:
                self._errands.tell(role, notice, self._teller.say)
