"""The interpreters of one room: one for each party and language that somebody listens in, shared by all who do.

Part of the shell. Each is a lane with its seat, as in a call; where it ends is a fan, and from there each ear's own.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from structlog.typing import FilteringBoundLogger

from dragoman.domain.call import CallId, Role
from dragoman.domain.effects import Caption, LaneEffect
from dragoman.domain.language import Language
from dragoman.domain.room import PartyId
from dragoman.domain.speech import Heard, InterpreterEvent, Ready, Spoke, Trouble
from dragoman.ports import Exchange, Wanted
from dragoman.relay import modes
from dragoman.relay.end import End
from dragoman.relay.fan import Fan
from dragoman.relay.lane import Lane
from dragoman.relay.moves import ORIGINAL, Move
from dragoman.relay.parts import Parts
from dragoman.relay.room_seats import EITHER, LaneKey
from dragoman.relay.same_speech import SameSpeech
from dragoman.relay.seat import Crew, Seat
from dragoman.relay.taking_turns import Saying
from dragoman.relay.transcript import Utterance

CARE_S = 0.1
"""How often we look after the interpreters."""

RESTED_S = 30.0
"""Of an interpreter that was closed so long ago, and says nothing any more, nothing will come."""


@dataclass(slots=True, eq=False)
class RoomLane:
    """One direction of a room. `voice` is its short name there; `spans`: from when to when it was open (seconds of the
    room; None = it still is). `lost`: its interpreter is gone, and the next one not ready yet.
    """

    key: LaneKey
    voice: str
    source: Language
    target: Language
    wiring: modes.Wiring
    end: End = field(init=False)
    fan: Fan = field(init=False)
    seat: Seat | None = None
    lost: bool = False
    spans: list[tuple[float, float | None]] = field(default_factory=list)

    @property
    def utterances(self) -> list[Utterance]:
        return self.end.lane.transcript.utterances

    def rested(self, now_s: float) -> bool:
        """It was closed, and nothing is to be done for it any more. Seconds of the room."""
        closed_s = self.spans[-1][1] if self.spans else None
        if self.seat is not None or self.end.retiring or closed_s is None:
            return False
        return now_s - closed_s >= RESTED_S and not self.end.lane.busy

    @property
    def on_original(self) -> bool:
        """No engine serves: its listeners hear the speaker's own voice."""
        return self.seat is not None and self.seat.on_original


@dataclass(frozen=True, slots=True)
class RoomHears:
    """Who is told what: sound and its end, what shall not be heard, captions, interpreters' events, other engines."""

    say: Callable[[RoomLane, Saying], None]
    drop: Callable[[RoomLane, str], None]
    caption: Callable[[RoomLane, Caption], None]
    interpreter: Callable[[RoomLane, InterpreterEvent, str], None]
    moved: Callable[[RoomLane, Move], None]
    broke: Callable[[str], None]
    run: Callable[[Callable[[], Coroutine[Any, Any, None]]], None]
    hurry: Callable[[], None]


class RoomLanes:
    """Opened and closed by `need`. `judges`: speech that is in the listener's language already goes across as it is."""

    def __init__(
        self,
        room: str,
        parts: Parts,
        began: float,
        hears: RoomHears,
        log: FilteringBoundLogger,
        *,
        judges: bool = True,
    ) -> None:
        self._room = CallId(room)
        self._parts = parts
        self._began = began
        self._hears = hears
        self._log = log
        self._judges = judges
        self._lanes: dict[LaneKey, RoomLane] = {}
        self._open: dict[PartyId, list[RoomLane]] = {}
        self._stirring: dict[RoomLane, None] = {}
        """Those that are open, or were and have still something to say: in hours of coming and going, few of all."""
        self._by_voice: dict[str, RoomLane] = {}
        self._care_at = began

    # -- Which there are -----------------------------------------------------------------------------------------------

    @property
    def all(self) -> tuple[RoomLane, ...]:
        """Every one that there was, in the order in which they were opened first."""
        return tuple(self._lanes.values())

    @property
    def living(self) -> tuple[RoomLane, ...]:
        return tuple(lane for each in self._open.values() for lane in each)

    def of(self, party: PartyId) -> Sequence[RoomLane]:
        """The open ones on which this party speaks."""
        return self._open.get(party, ())

    def voiced(self, voice: str) -> RoomLane | None:
        return self._by_voice.get(voice)

    def need(self, wanted: Mapping[LaneKey, tuple[Language, Language]], now: float) -> None:
        """Open those that are wanted and not open, close those that are open and not wanted."""
        for lane in self.living:
            if lane.key not in wanted:
                self._close(lane, now)
        for key, (source, target) in wanted.items():
            known = self._lanes.get(key) or self._made(key, source, target)
            if known is not None and known.seat is None:
                self._sit(known, now)

    def _made(self, key: LaneKey, source: Language, target: Language) -> RoomLane | None:
        wiring = modes.room_lane(
            source, target, self._parts.engines, self._parts.spare_engines, both_ways=key.party == EITHER
        )
        if wiring is None:
            return None
        lane = RoomLane(key, f"v{len(self._lanes) + 1}", source, target, wiring)
        inner = Lane(wiring.plan, self._began, same_speech=self._judge(wiring))
        inner.sink_joined()
        lane.fan = Fan(
            lane.voice,
            wiring.plan.sink_format,
            lambda: inner.ear.playout.sent_label,
            functools.partial(self._hears.say, lane),
        )
        lane.end = End(
            Role.CALLER,
            inner,
            functools.partial(self._hears.caption, lane),
            lambda _role, _notice: None,
            lambda _role, _label, _whole: None,
            outlet=lane.fan,
        )
        self._lanes[key] = self._by_voice[lane.voice] = lane
        return lane

    def _judge(self, wiring: modes.Wiring) -> SameSpeech | None:
        return modes.same_speech(wiring.plan, self._parts.rank) if self._judges else None

    def _sit(self, lane: RoomLane, now: float) -> None:
        crew = Crew(
            clock=self._parts.clock,
            run=self._hears.run,
            wanted=lambda _end: self._wanted(lane),
            heard=functools.partial(self._heard, lane),
            noted=functools.partial(self._hears.interpreter, lane),
            perform=lambda _end, effects: self._perform(lane, effects),
            rewired=lambda _end, wiring: lane.end.lane.replan(wiring.plan, self._judge(wiring)),
            moved=functools.partial(self._moved, lane),
            running=self._parts.metrics.session,
            rotate_s=self._parts.rotate_s,
        )
        self._log.info("interpreter opened", voice=lane.voice, source=lane.key.source, target=lane.key.target)
        lane.spans.append((self._s(now), None))
        lane.end.lane.open()
        lane.seat = Seat(lane.end, lane.wiring.rungs, crew)
        self._stirring[lane] = None
        lane.lost = lane.fan.shut = False
        self._open.setdefault(lane.key.party, []).append(lane)
        lane.seat.sit(now)
        self._perform(lane, lane.end.lane.carry(interprets=True, straight=False, now=now))

    def _close(self, lane: RoomLane, now: float) -> None:
        """Nobody needs it any more: its interpreter says what it has still to say."""
        self._log.info("interpreter closed", voice=lane.voice)
        if lane.seat is not None:
            lane.seat.rise(now)
            lane.seat = None
        lane.spans[-1] = (lane.spans[-1][0], self._s(now))
        self._open[lane.key.party].remove(lane)

    def _s(self, now: float) -> float:
        return round(now - self._began, 3)

    def _wanted(self, lane: RoomLane) -> Wanted:
        source, target = lane.source, lane.target
        plan = lane.wiring.plan
        return Wanted(
            call_id=self._room,
            speaker=Role.CALLER,
            source=source,
            target=target,
            source_format=plan.source_format,
            sink_format=plan.sink_format,
            glossary=self._parts.glossary,
            context=(
                f"People talk with each other, some in one room, some over the network. The one who speaks speaks "
                f"{source.english}. Those who listen understand {target.english} only."
            ),
            safety_id=self._parts.safety_id(f"{self._room}/{lane.key.party}"),
            recent=self._recent(lane),
            both_ways=lane.key.party == EITHER,
        )

    def _recent(self, lane: RoomLane) -> tuple[Exchange, ...]:
        """What was said last on this lane and the one back."""
        back = [one for one in self.all if (one.key.source, one.key.target) == (lane.key.target, lane.key.source)]
        theirs = [(one.grown_s, Exchange(Role.AGENT, *_texts(one))) for each in back for one in each.utterances[-6:]]
        mine = [(one.grown_s, Exchange(Role.CALLER, *_texts(one))) for one in lane.utterances[-6:]]
        said = sorted((*theirs, *mine), key=lambda each: each[0])
        return tuple(one for _, one in said if one.source_text and one.target_text)[-6:]

    # -- Running -------------------------------------------------------------------------------------------------------

    def hear(self, party: PartyId, audio: bytes, now: float) -> None:
        """The hot path: whole frames of a party's voice, to all who interpret it."""
        event = Heard(audio, 0)
        for lane in self._open.get(party, ()):
            effects = lane.end.lane.hear(event, now)
            if effects:
                self._perform(lane, effects)
        for lane in self._stirring:
            if lane.end.retiring and lane.key.party == party:
                lane.end.hush(len(audio))

    def reached(self, voice: str, mark: str, now: float) -> None:
        """An ear has heard what the lane said, up to a mark."""
        lane = self._by_voice.get(voice)
        if lane is not None:
            self._perform(lane, lane.end.lane.reached(mark, now))

    def tick(self, now: float) -> bool:
        """Every 20 ms, or less often while it answers False."""
        busy = False
        for lane in list(self._stirring):
            effects = lane.end.lane.tick(now)
            if effects:
                self._perform(lane, effects)
            lane.end.let_retire(now)
            busy = busy or lane.end.lane.busy or (lane.seat is not None and lane.seat.waits_for_pause)
            if lane.rested(self._s(now)):
                lane.end.lane.owed.discard()  # nobody's voice stays in memory
                del self._stirring[lane]
        if now >= self._care_at:
            self._care_at = now + CARE_S
            for lane in self.living:
                if lane.seat is not None:
                    lane.seat.tick(now)
        return busy

    def _perform(self, lane: RoomLane, effects: Sequence[LaneEffect]) -> None:
        unsaid = lane.end.lane.ear.unsaid
        while unsaid:
            self._hears.drop(lane, unsaid.pop(0))
        lane.end.perform(effects)

    def _heard(self, lane: RoomLane, _end: End, engine: str, late: bool, event: InterpreterEvent) -> None:
        try:
            effects = lane.end.lane.speak(event, self._parts.clock(), late=late)
            self._perform(lane, effects)
            if isinstance(event, Spoke):
                self._hears.hurry()
                return
            if isinstance(event, Ready):
                lane.lost = False
            elif isinstance(event, Trouble) and event.fatal and not late:
                lane.lost = True
            self._hears.interpreter(lane, event, engine)
            self._hears.hurry()
        except Exception:  # noqa: BLE001 - a fault of ours ends this room, and no other
            self._hears.broke("an interpreter's event")

    def _moved(self, lane: RoomLane, _end: End, move: Move) -> None:
        """Another engine serves, or none, or one again."""
        now, inner = self._parts.clock(), lane.end.lane
        fallen = move.after == ORIGINAL
        self._log.warning("engine changed", voice=lane.voice, **move.as_json())
        self._parts.metrics.engine_changes.labels(move.after).inc()
        if fallen and self._parts.falls_to_original:
            self._perform(lane, inner.fall(now))
        lane.fan.shut, lane.lost = fallen, False
        self._perform(lane, inner.carry(interprets=not fallen, straight=fallen, now=now))
        self._hears.moved(lane, move)

    def close(self) -> None:
        """The room is over: the sessions are closed, the last captions shown. Idempotent."""
        now = self._parts.clock()
        for lane in self._lanes.values():
            if lane.seat is not None:
                lane.seat.close()
            for effect in lane.end.lane.finish(now):
                self._hears.caption(lane, effect.caption)
            lane.end.close()
            lane.end.lane.owed.discard()  # nobody's voice stays in memory

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines of all lanes, each once."""
        return tuple(dict.fromkeys(lane.end.lane.plan.engine for lane in self.all))


def _texts(one: Utterance) -> tuple[str, str]:
    return one.source_text.strip(), one.target_text.strip()
