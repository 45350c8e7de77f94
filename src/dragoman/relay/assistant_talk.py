"""The talk of one caller with an assistant: performs what the lane wants done, on the leg, the session and the tools.

Part of the shell. No queue of ours stands in the path of a frame: what a leg or a session brings runs the lane, and the
lane's effects are performed, at once. What the leg does beside the talk is the call's part (`assistant_call`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from dragoman.assistant_ports import Answering, AssistantEvent, AssistantWanted, Line
from dragoman.domain.assistant_effects import (
    AssistantEffect,
    CutOff,
    EndTalk,
    GiveKeys,
    Perform,
    RunTool,
    Say,
    TellTool,
)
from dragoman.domain.call import CallId
from dragoman.domain.effects import Clear, Hear, Mark, Play, Publish
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.speech import Captioned, Digit, Heard, Reached, Side, Spent, Spoke, TroubleKind
from dragoman.domain.tools import CallFacts, ToolAsked, ToolResult, Tools
from dragoman.ports import Leg, Ringing
from dragoman.relay.answering_state import EngineDown, Event, LanguageSpoken, Performed, TalkEnded
from dragoman.relay.assistant_memory import AssistantMemory
from dragoman.relay.assistant_parts import AssistantParts
from dragoman.relay.assistant_record import BargeIn, CallNotes
from dragoman.relay.assistant_seat import AssistantSeat
from dragoman.relay.caller_language import CallerLanguage
from dragoman.relay.captions import CaptionFeed
from dragoman.relay.conversing import Conversing
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.ledger import Ledger

TOOLS_S: Final = 5.0
"""So long a call waits for its tools to be made ready."""
TOOL_GRACE_S: Final = 2.0
"""A tool keeps its own time; one that does not is left alone so much later."""
TOOL_S: Final = 60.0
"""The time of a tool whose plan is not known."""

LoadTools = Callable[[], Awaitable[Tools]]


@dataclass(frozen=True, slots=True)
class CallerLine:
    """What the talk asks of its call: the leg that is here, if any; what it is told: what the talk came to, that sound
    is to be paced, that the call costs more than it may, faults of ours, and that a restart should find something else
    than before (True: at once, False: soon).
    """

    leg: Callable[[], Leg | None]
    step: Callable[[Event], None]
    hurry: Callable[[], None]
    too_dear: Callable[[], None]
    broke: Callable[[str], None]
    changed: Callable[[bool], None]


class AssistantTalk:
    """One call's, which `began` by the parts' clock, and begins in `language`. `greet` opens it, or `come_back` where
    it was taken up; what that takes is done in the call's TaskGroup, once `start` has given it.
    """

    def __init__(
        self,
        call_id: CallId,
        ringing: Ringing,
        persona: Persona,
        parts: AssistantParts,
        load_tools: LoadTools,
        line: CallerLine,
        log: FilteringBoundLogger,
        began: float,
        language: LanguageTag,
    ) -> None:
        self._call_id, self._ringing, self._persona = call_id, ringing, persona
        self._parts, self._line, self._log = parts, line, log
        self._now = parts.clock
        self._began = began
        tag = persona.language(language)
        self.lane = Conversing(persona, tag, self._began, gate=EchoGate() if parts.echo_gate else None)
        self._follows = CallerLanguage(persona.languages, tag, parts.rank) if parts.rank is not None else None
        self.feed = CaptionFeed()
        self.ledger = Ledger(parts.metrics, parts.max_usd)
        self.notes = CallNotes()
        self.seats = [self._new_seat()]
        self._load_tools = load_tools
        self._tools: Tools | None = None
        self._todo: deque[AssistantEffect] = deque()
        self._performing = False
        self._tasks: asyncio.TaskGroup | None = None
        self._early: list[AssistantSeat] = []
        self._at_work: set[asyncio.Task[None]] = set()
        self._known = (False, False)
        self._over = False

    # -- Life ----------------------------------------------------------------------------------------------------------

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """From now on there is somewhere to run what was opened."""
        self._tasks = tasks
        early, self._early = self._early, []
        for seat in early:
            tasks.create_task(self._serve(seat))

    def greet(self) -> None:
        """The session opens beside the ringing; the greeting waits for the stream."""
        self._perform(self.lane.open(self._now()))
        self._sit()

    def _sit(self) -> None:
        """The session of the last seat opens."""
        if self._tasks is None:
            self._early.append(self._seat)
        else:
            self._tasks.create_task(self._serve(self._seat))

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(TOOLS_S):
                self._tools = await self._load_tools()
        except TimeoutError:
            self._log.error("the tools are late: the call goes without")
        except Exception:  # noqa: BLE001 - the assistant cannot do much then, and says so
            self._log.exception("the tools cannot be had: the call goes without")

    async def _serve(self, seat: AssistantSeat) -> None:
        if self._tools is None:
            await self._load()
        try:
            await seat.serve()
        except Exception:  # noqa: BLE001 - a fault of ours ends this call, and no other
            self._line.broke("a session")

    def close(self) -> None:
        """At once. Idempotent. Sessions leave by themselves, within seconds; tools are not waited for."""
        self._over = True
        self._seat.close()
        for task in self._at_work:
            task.cancel()

    def rest(self) -> None:
        """Nobody needs the session, until the talk goes on."""
        self._seat.close()

    def go_on(self, phrase: Phrase | None) -> None:
        """After all, beginning with `phrase`."""
        now = self._now()
        self.lane.goes_on(now)
        if self._seat.closed and not self._over:
            self.lane.session_began(now)
            self.seats.append(self._new_seat())
            self._sit()
        if phrase is not None:
            self._perform((Say(self._persona.say(phrase, self.lane.language)),))

    def tick(self, now: float) -> bool:
        """Every 20 ms, or less often while it answers False: nothing plays."""
        self._perform(self.lane.tick(now))
        lane, known = self.lane, self._known
        if (lane.greeted, lane.unsettled) != known:
            self._known = (lane.greeted, lane.unsettled)
            self._line.changed(lane.greeted is not known[0])
        return lane.ear.busy

    # -- Another process -----------------------------------------------------------------------------------------------

    def take_up(self, before: AssistantMemory) -> None:
        """Go on from there, before anything happened in this process."""
        self.lane.take_up(before.talk)
        self.ledger.take_up(before.usd, before.troubles, is_estimate=before.usd_is_estimate)
        self.notes = CallNotes(before.tools, before.barge_ins, before.tokens, before.engines, before.sessions)
        for caption in self.lane.lines.captions():
            self.feed.publish(caption)

    def come_back(self, word: str) -> None:
        """The caller is here again, and hears `word`."""
        self._perform(self.lane.come_back(word, self._now()))
        self._sit()

    @property
    def engines(self) -> tuple[str, ...]:
        """Those that were asked for a session, in order."""
        return tuple(dict.fromkeys([*self.notes.engines, *(name for seat in self.seats for name in seat.engines)]))

    @property
    def sessions(self) -> int:
        """How many were opened."""
        return self.notes.sessions + sum(seat.sessions for seat in self.seats)

    # -- The stream ----------------------------------------------------------------------------------------------------

    def joined(self) -> None:
        """The caller's stream is here: what waits to be heard plays."""
        self.lane.joined()
        self._perform(self.lane.tick(self._now()))

    def left(self) -> None:
        self.lane.left()

    def brought(self, event: Heard | Digit | Reached, now: float) -> None:
        """The stream brought sound, a key or a mark."""
        if isinstance(event, Heard):  # the hot path
            self._perform(self.lane.hear(event, now))
        elif isinstance(event, Reached):
            self._perform(self.lane.reached(event, now))
        else:
            self._perform(self.lane.digit(event, now))

    # -- The session ---------------------------------------------------------------------------------------------------

    @property
    def _seat(self) -> AssistantSeat:
        return self.seats[-1]

    def _new_seat(self) -> AssistantSeat:
        return AssistantSeat(
            self._call_id,
            self._parts.engines,
            wanted=self._wanted,
            listen=self._told,
            seated=self._seated,
            down=self._down,
            running=self._parts.metrics.session,
        )

    def _wanted(self) -> AssistantWanted:
        tag = self.lane.language
        return AssistantWanted(
            self._call_id,
            self.language(tag),
            self._persona,
            self._tools.specs(tag) if self._tools is not None else (),
            caller=self._parts.safety_id(self._ringing.caller_address),
            so_far=self.lane.so_far(),
        )

    def language(self, tag: str) -> Language:
        """One of the persona's; the ringing call's own where that is meant, for it may know more of it."""
        known = self._ringing.language
        return known if known.tag == tag else self._parts.language(tag)

    def so_far(self) -> tuple[Line, ...]:
        """What was said, oldest first."""
        return self.lane.lines.so_far()

    def _told(self, event: AssistantEvent, engine: str) -> None:
        try:
            self._perform(self.lane.heed(event, self._now()))
            if not isinstance(event, Spoke):  # sound itself costs nothing and tells nothing
                self._noted(event, engine)
            if self.lane.ear.busy:
                self._line.hurry()
        except Exception:  # noqa: BLE001 - as in `_serve`
            self._line.broke("an assistant's event")

    def _noted(self, event: AssistantEvent, engine: str) -> None:
        if isinstance(event, ToolAsked | Answering):
            return
        if isinstance(event, Captioned) and event.final:
            if event.side is Side.SOURCE:
                self._follow()
            self._line.changed(False)
        if isinstance(event, Spent):
            self.notes.tokens += event.tokens
            self._line.changed(False)
        if self.ledger.note(event, engine):
            self._line.too_dear()

    def _follow(self) -> None:
        """Our own sentences, and the carrier's, in the language that the caller speaks now."""
        said = next((line.text for line in reversed(self.lane.lines.all) if line.side is Side.SOURCE), "")
        tag = self._follows.said(said) if self._follows is not None else None
        if tag is not None:
            self.lane.speak_in(tag)
            self._line.step(LanguageSpoken(self.language(tag)))

    def _seated(self, untold: bool) -> None:
        """Another session; `untold`: it was given all that the last one was to say and hear."""
        now = self._now()
        self.lane.session_began(now)
        if not untold:
            self._perform(self.lane.resume(now))

    def _down(self, _why: TroubleKind) -> None:
        self.lane.gives_up()
        hours = self._persona.hours
        self._line.step(EngineDown(hours is None or hours.open_at(self._parts.today())))

    # -- Tools ---------------------------------------------------------------------------------------------------------

    def _use(self, asked: ToolAsked) -> None:
        if self._tasks is None or self._over:
            return
        task = self._tasks.create_task(self._used(asked))
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _used(self, asked: ToolAsked) -> None:
        use = self.notes.asked(asked.name, self.at_s())
        self._line.changed(True)
        result = await self._result(asked)
        use.ended_s, use.error = self.at_s(), result.text if result.is_error else ""
        try:
            self._perform(self.lane.tool_done(asked, result, self._now()))
            self._line.changed(True)
        except Exception:  # noqa: BLE001 - as in `_serve`
            self._line.broke("a tool's result")

    async def _result(self, asked: ToolAsked) -> ToolResult:
        """What the tool gives, whatever it does."""
        plan = self._persona.tool(asked.name)
        facts = CallFacts(self._call_id, self.lane.language, self._ringing.caller_address, self._parts.today())
        why = "there are no tools"
        try:
            async with asyncio.timeout((plan.timeout_s if plan is not None else TOOL_S) + TOOL_GRACE_S):
                if self._tools is not None:
                    return await self._tools.call(asked, facts)
        except TimeoutError:
            why = "the tool gave no answer in time"
        except Exception:  # noqa: BLE001 - a tool's bug must not end anybody's call
            self._log.exception("a tool raised")
            why = "the tool failed"
        return ToolResult(why, self._persona.say(Phrase.TOOL_FAILED, self.lane.language), is_error=True)

    def at_s(self) -> float:
        """Seconds since the call began."""
        return round(self._now() - self._began, 3)

    # -- What is to be done --------------------------------------------------------------------------------------------

    def _perform(self, effects: Iterable[AssistantEffect]) -> None:
        """At once and in order, also where one of them brings new ones about."""
        self._todo.extend(effects)
        if self._performing:
            return
        self._performing = True
        try:
            while self._todo:
                self._do(self._todo.popleft())
        finally:
            self._performing = False
            self._todo.clear()

    def _do(self, effect: AssistantEffect) -> None:  # noqa: C901 - one branch per effect
        if isinstance(effect, Hear):  # the hot path first: a `match` costs more than all else done here
            self._seat.hear(effect.audio)
            return
        leg = self._line.leg()
        if isinstance(effect, Play):
            if leg is not None:
                leg.play(effect.audio)
            return
        match effect:
            case Mark(name) if leg is not None:
                leg.mark(name)
            case Clear() if leg is not None:
                leg.clear()
            case Publish(caption):
                self.feed.publish(caption)
            case Say(text):
                self._seat.say(text)
            case CutOff(heard_ms):
                self.notes.barge_ins.append(BargeIn(self.at_s(), tuple(heard_ms.values())))
                self._seat.interrupt(heard_ms)
            case GiveKeys(keys):
                self._seat.digits(keys)
            case TellTool(asked, output):
                self._seat.told(asked, output)
            case RunTool(asked):
                self._use(asked)
            case Perform(action):
                self._line.step(Performed(action))
            case EndTalk(why):
                self._line.step(TalkEnded(why))
            case _:
                pass
