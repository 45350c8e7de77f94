"""Who interprets one lane: the engine that serves, the better ones that are tried behind the scenes, and the change
from one to the other. Part of the shell; `ladder` decides.

An interpreter that is lost leaves what it did not translate to the next one, whoever that is. One that gives its seat
up in good health (its session grows old, or a better engine is back) does so in a pause of the speaker, only once the
next one's session is open, and says what it has still to say.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.effects import LaneEffect
from dragoman.domain.speech import InterpreterEvent, Ready, Spent, Spoke, Trouble, TroubleKind
from dragoman.ports import Clock, Wanted
from dragoman.relay.booth import Booth
from dragoman.relay.end import End
from dragoman.relay.ladder import ROTATE_S, Ladder
from dragoman.relay.modes import Wiring
from dragoman.relay.moves import ORIGINAL, Move
from dragoman.relay.watch import Verdict

MARGIN_S = 120.0
"""A session is replaced so long before its end, where the vendor says when that is."""

PAUSE_S = 0.4
"""Another interpreter takes over in a pause of the speaker as long as this..."""

PATIENCE_S = 4.0
"""...or when so much time has passed without one."""


class Part(enum.Enum):
    """What a booth is for."""

    SERVING = "serving"
    STANDBY = "standby"
    RETIRED = "retired"
    """Says what it has still to say."""


@dataclass(frozen=True, slots=True)
class Crew:
    """What a seat needs of the talk. `rotate_s`: how old a session may grow."""

    clock: Clock
    run: Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
    wanted: Callable[[End], Wanted]
    heard: Callable[[End, str, bool, InterpreterEvent], None]
    """The end, the engine's name, whether it has given its seat up, what it said."""
    noted: Callable[[InterpreterEvent, str], None]
    perform: Callable[[End, Sequence[LaneEffect]], None]
    rewired: Callable[[End, Wiring], None]
    moved: Callable[[End, Move], None]
    running: Callable[[str], AbstractContextManager[None]]
    """Counts an interpreter of the engine of that name while it runs."""
    rotate_s: float = ROTATE_S


@dataclass(slots=True, eq=False)
class _Place:
    """A booth and what is known of it."""

    rung: int
    wiring: Wiring
    part: Part
    booth: Booth = field(init=False)
    ready_at: float | None = None
    old_at: float = float("inf")

    @property
    def engine(self) -> str:
        return self.wiring.plan.engine


class Seat:
    """One lane's, for as long as its languages stay. `rungs`: how it is wired with each engine, best first."""

    def __init__(self, end: End, rungs: Sequence[Wiring], crew: Crew) -> None:
        self.end = end
        self._rungs = rungs
        self._crew = crew
        self._ladder = Ladder(len(rungs))
        self._place: _Place | None = None
        self._fresh: _Place | None = None
        self._standbys: dict[int, _Place] = {}
        self._waits_for_pause_since: float | None = None
        self._seeks_pause = False

    @property
    def on_original(self) -> bool:
        """No engine serves: the parties hear each other's own voices."""
        return self._ladder.on_original

    # -- Sitting down, and getting up ----------------------------------------------------------------------------------

    def sit(self, now: float) -> None:
        """The first interpreter takes the seat; it hears from now on."""
        self._place = self._open(self._ladder.standing, Part.SERVING)
        self.end.booth = self._place.booth
        self._ladder.seated(now, ready=False)
        self._crew.perform(self.end, self.end.lane.interpreter_began(now))

    def rise(self, now: float) -> None:
        """Nobody is wanted here any more: who sits says what is still to be said."""
        self._close_standbys(range(len(self._rungs)))
        self._close_fresh()
        if self._place is not None:
            self._retire(self._place, now)
        self._place = None

    def close(self) -> None:
        """The call is over. Idempotent."""
        for place in (self._place, self._fresh, *self._standbys.values()):
            if place is not None:
                place.booth.close()

    def _open(self, rung: int, part: Part) -> _Place:
        wiring = self._rungs[rung]
        assert wiring.engine is not None, "a rung is an engine"
        place = _Place(rung, wiring, part)
        place.booth = Booth(
            wiring.engine,
            functools.partial(self._crew.wanted, self.end),
            listen=functools.partial(self._heard, place),
            seated=functools.partial(self._next_sits, place),
            lost=functools.partial(self._lost, place),
            running=functools.partial(self._crew.running, place.engine),
        )
        self._crew.run(place.booth.serve)
        return place

    def _retire(self, place: _Place, now: float) -> None:
        place.part = Part.RETIRED
        self.end.retire(now)

    # -- What the booths tell ------------------------------------------------------------------------------------------

    def _heard(self, place: _Place, event: InterpreterEvent) -> None:
        if isinstance(event, Spoke):  # the hot path
            if place.part is Part.RETIRED and arithmetic(place.wiring.plan.sink_format).voiced(event.audio):
                self.end.still_speaks(place.booth, self._crew.clock())
            if place.part is not Part.STANDBY:
                self._crew.heard(self.end, place.engine, place.part is Part.RETIRED, event)
            return
        if isinstance(event, Ready):
            self._is_ready(place, event)
        elif isinstance(event, Trouble) and event.fatal and event.retry_after_s:
            self._ladder.refused(place.rung, event.retry_after_s, self._crew.clock())
        if place.part is not Part.STANDBY:
            self._crew.heard(self.end, place.engine, place.part is Part.RETIRED, event)
        elif isinstance(event, Trouble | Spent):
            self._crew.noted(event, place.engine)

    def _is_ready(self, place: _Place, event: Ready) -> None:
        now = self._crew.clock()
        place.ready_at = now
        lives_s = self._crew.rotate_s
        if event.expires_in_s is not None:
            lives_s = min(lives_s, max(event.expires_in_s - MARGIN_S, event.expires_in_s / 2))
        place.old_at = now + lives_s
        if place is self._place:
            self._ladder.ready(now)
        elif place in self._standbys.values():
            self._ladder.standby_ready(place.rung, now)

    def _lost(self, place: _Place, why: TroubleKind) -> None:
        place.ready_at, place.old_at = None, float("inf")
        if place is self._place:
            self._ladder.lost(why, self._crew.clock())
        elif place in self._standbys.values():
            self._ladder.standby_lost(place.rung)

    def _next_sits(self, place: _Place) -> None:
        """In the same booth: what the last one did not translate is the next one's."""
        if place is self._place:
            self._crew.perform(self.end, self.end.lane.interpreter_began(self._crew.clock(), retell=True))

    @property
    def waits_for_pause(self) -> bool:
        """A pause of the speaker is looked for: `tick` is wanted often."""
        return self._waits_for_pause_since is not None

    # -- Time ----------------------------------------------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """A few times a second at least."""
        place = self._place
        if place is None and not self.on_original:
            return
        self._seeks_pause = False
        if place is not None and place.ready_at is not None:
            self._watch(place, now)
            self._rotate(place, now)
        rung = self._ladder.tick(now)
        if rung is not None and (rung > self._ladder.standing or self._may_change(now)):
            self._move(rung, now)
        if not self._seeks_pause:
            self._waits_for_pause_since = None
        for better in self._ladder.standbys:
            if better not in self._standbys and self._ladder.may_try(better, now):
                self._standbys[better] = self._open(better, Part.STANDBY)

    def _watch(self, place: _Place, now: float) -> None:
        failing = self.end.lane.owed.failing(now)
        if failing is None:
            return
        self._crew.noted(Trouble(TroubleKind.UPSTREAM, _WORDS[failing], fatal=False), place.engine)
        if self._ladder.stalled(TroubleKind.UPSTREAM, now):
            place.booth.replace(TroubleKind.UPSTREAM)

    def _rotate(self, place: _Place, now: float) -> None:
        """Another session of the same engine, before this one is too old."""
        if now < place.old_at:
            self._close_fresh()  # one is too late when the old one was lost, and replaced in its place
            return
        if self._fresh is None:
            self._fresh = self._open(place.rung, Part.STANDBY)
        elif self._fresh.ready_at is not None and self._may_change(now):
            fresh, self._fresh = self._fresh, None
            self._retire(place, now)
            self._take(fresh, now, retell=False)

    def _close_fresh(self) -> None:
        """Who was to take over is not wanted any more."""
        if self._fresh is not None:
            self._fresh.booth.close()
            self._fresh = None

    def _may_change(self, now: float) -> bool:
        """In a pause of the speaker, or when there was none for long. Where nobody interprets, nothing is cut."""
        place = self._place
        if place is None or place.ready_at is None:
            return True
        self._seeks_pause = True
        if self._waits_for_pause_since is None:
            self._waits_for_pause_since = now
        pauses = now - self.end.lane.times.last_voice_at >= PAUSE_S
        if not pauses and now - self._waits_for_pause_since < PATIENCE_S:
            return False
        self._waits_for_pause_since = None
        return True

    # -- From one rung to another --------------------------------------------------------------------------------------

    def _move(self, rung: int, now: float) -> None:
        old, why = self._place, self._ladder.why
        before = self._engine
        healthy = rung < self._ladder.standing and old is not None and old.ready_at is not None
        self._close_fresh()
        if old is not None:
            if healthy:
                self._retire(old, now)
            else:
                old.part = Part.STANDBY  # what it says at last is said by another one already
                old.booth.close()
        was_original = self.on_original
        self._ladder.moved(rung, now)
        self._close_standbys(range(rung + 1, len(self._rungs)))
        if rung == self._ladder.bottom:
            self._place = self.end.booth = None
        else:
            place = self._standbys.pop(rung, None) or self._open(rung, Part.STANDBY)
            self._crew.rewired(self.end, place.wiring)
            self._take(place, now, retell=not healthy and not was_original)
        at_s = self.end.lane.times.s(now)
        self._crew.moved(self.end, Move(self.end.role, before, self._engine, why, at_s))

    @property
    def _engine(self) -> str:
        return ORIGINAL if self.on_original else self._rungs[self._ladder.standing].plan.engine

    def _take(self, place: _Place, now: float, *, retell: bool) -> None:
        """This one serves from now on."""
        place.part = Part.SERVING
        self._place = place
        self.end.booth = place.booth
        ready = place.ready_at is not None
        self._ladder.seated(now, ready=ready)
        self._crew.perform(self.end, self.end.lane.interpreter_began(now, retell=retell, ready=ready))

    def _close_standbys(self, rungs: range) -> None:
        for rung in rungs:
            place = self._standbys.pop(rung, None)
            if place is not None:
                self._ladder.standby_lost(rung)
                place.booth.close()


_WORDS = {
    Verdict.SILENT: "the engine hears speech and says nothing",
    Verdict.STUCK: "the engine owes a translation and says nothing",
}
