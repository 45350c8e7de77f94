"""The two directions of one call and their interpreters: how they are wired, and how that changes in mid-call.

Part of the shell: performs what the lanes want done. What the call is about is the call machine's part (`bridge`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallSetup, Notice, Role
from dragoman.domain.control import Change, interpreted_for, interpreter_heard_by, original_heard_by
from dragoman.domain.effects import Caption, Hear, LaneEffect
from dragoman.domain.speech import Heard, InterpreterEvent, Spoke
from dragoman.errors import Refused
from dragoman.ports import Wanted
from dragoman.relay import modes
from dragoman.relay.changes import settle
from dragoman.relay.choices import Choices
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.end import End
from dragoman.relay.errands import Errands
from dragoman.relay.figures import CallFigures, ear_figures
from dragoman.relay.floor import Floor
from dragoman.relay.lane import Lane
from dragoman.relay.moves import ORIGINAL, Move, Moves
from dragoman.relay.owed import Retold
from dragoman.relay.parts import Parts
from dragoman.relay.seat import PATIENCE_S, PAUSE_S, Crew, Seat
from dragoman.relay.ticker import Ticker
from dragoman.relay.transcript import exchanges

SPEAKING_S = 0.5
"""A pause as short as this does not end what a party is saying."""

CARE_S = 0.1
"""How often we look after the interpreters."""


@dataclass(frozen=True, slots=True)
class Hears:
    """Who is told what: captions, notices to be played, announcements heard, interpreters' events, other engines."""

    caption: Callable[[Caption], None]
    ask: Callable[[Role, Notice], None]
    announced: Callable[[Role, str, bool], None]
    interpreter: Callable[[InterpreterEvent, str], None]
    moved: Callable[[Move, Notice | None], None]
    broke: Callable[[str], None]


class Talk:
    """Both ends of a call. `ends` by the role that speaks there; `manner` is how they are carried just now."""

    def __init__(self, setup: CallSetup, parts: Parts, began: float, ticker: Ticker, hears: Hears) -> None:
        self._parts = parts
        self._setup = setup
        self._began = began
        self._ticker = ticker
        self._hears = hears
        self._errands: Errands | None = None
        self._gates = self._new_gates(setup)
        self.floor = Floor(long_turn_s=parts.ear.long_turn_s or float("inf"))
        self._swaps: dict[Role, tuple[modes.Wiring, float]] = {}
        self._wired: dict[Role, modes.Wiring] = {}
        self._seats: dict[Role, Seat] = {}
        self._care_at = began
        self.moves = Moves()
        self.keys_sent = 0
        self._choices = Choices()
        self.manner = parts.manner
        self.ends: dict[Role, End] = {}
        self.wire(setup)

    # -- Wiring --------------------------------------------------------------------------------------------------------

    def wire(self, setup: CallSetup) -> None:
        """Build both lanes, before anything was said; raise Refused when no engine carries the languages both ways."""
        wired = self._wiring(setup)
        if wired is None:
            raise Refused("no engine carries these two languages both ways")
        rerouted, self._setup = setup.route is not self._setup.route, setup
        self._gates = self._new_gates(setup) | self._gates
        hears, again = self._hears, bool(self.ends)
        if not self.ends:
            self.ends = {
                wiring.plan.source: End(
                    wiring.plan.source, self._lane(wiring), hears.caption, hears.ask, hears.announced
                )
                for wiring in wired
            }
        for wiring in wired:
            end = self.ends[wiring.plan.source]
            end.other = self.ends[end.role.other]
            self._wired[end.role] = wiring
            if rerouted:
                # Nobody is at the agent's end. What the caller is being told meanwhile is heard out.
                end.lane = self._lane(wiring, before=end.lane if wiring.plan.sink is Role.CALLER else None)
                continue
            if again and wiring.plan.sink is Role.AGENT:
                # What the agent is being told meanwhile is heard out; what the caller was told is told anew.
                end.lane.replan(wiring.plan, modes.same_speech(wiring.plan, self._parts.rank))
                continue
            end.lane = self._lane(wiring)
            if end.other.leg is not None:
                end.lane.sink_joined()
        for end in self.ends.values():
            end.lane.face(end.other.lane)

    def _wiring(self, setup: CallSetup) -> tuple[modes.Wiring, modes.Wiring] | None:
        parts = self._parts
        return modes.interpreted_call(setup, parts.engines, self.manner, parts.ear, parts.spare_engines)

    def _new_gates(self, setup: CallSetup) -> dict[Role, EchoGate]:
        """At the microphones of telephones; a browser takes echoes away by itself."""
        return {role: EchoGate() for role in Role if self._parts.echo_gate and setup.by_carrier(role)}

    def _lane(self, wiring: modes.Wiring, before: Lane | None = None) -> Lane:
        plan = wiring.plan
        lane = Lane(
            plan,
            self._began,
            gate=self._gates.get(plan.source),
            far_gate=self._gates.get(plan.sink),
            same_speech=modes.same_speech(plan, self._parts.rank),
            floor=self.floor,
            before=before,
        )
        lane.transcript.recording = self.manner.recording
        return lane

    def start(self, errands: Errands) -> None:
        """Both parties are ready: open the interpreters; from now on no word is lost."""
        self._errands = errands
        now = self._parts.clock()
        for end in self.ends.values():
            end.lane.open()
            self._carry(end, now)

    @property
    def started(self) -> bool:
        return self._errands is not None

    def _carry(self, end: End, now: float) -> None:
        """Have an interpreter, or none, and the ear hear it, or the voice itself: as the manner is now."""
        listener = end.role.other
        wants = bool(self._wired[end.role].rungs) and interpreted_for(listener, self.manner)
        seat = self._seats.get(end.role)
        if wants and seat is None:
            seat = self._seats[end.role] = Seat(end, self._wired[end.role].rungs, self._crew)
            seat.sit(now)
        served = wants and seat is not None and not seat.on_original
        straight = not served or not interpreter_heard_by(listener, self.manner)
        self.perform(end, end.lane.carry(interprets=served, straight=straight, now=now))
        if not wants:
            self._vacate(end.role, now)

    def _vacate(self, role: Role, now: float) -> None:
        """Nobody is wanted there any more, or somebody else."""
        seat = self._seats.pop(role, None)
        if seat is not None:
            seat.rise(now)
        if not self._is_without:
            self.moves.settle()

    @property
    def _is_without(self) -> bool:
        """Somebody speaks whom no engine interprets, though one should."""
        return any(seat.on_original for seat in self._seats.values())

    # -- The interpreters ----------------------------------------------------------------------------------------------

    @property
    def _crew(self) -> Crew:
        """What every seat of this call is given."""
        assert self._errands is not None, "interpreters are opened once the parties are ready"
        return Crew(
            clock=self._parts.clock,
            run=self._errands.run,
            wanted=self._wanted,
            heard=self._from_interpreter,
            noted=self._hears.interpreter,
            perform=self.perform,
            rewired=self._rewired,
            moved=self._moved,
            running=self._parts.metrics.session,
            rotate_s=self._parts.rotate_s,
        )

    def _wanted(self, end: End) -> Wanted:
        said = exchanges([one for each in self.ends.values() for one in each.lane.transcript.utterances])
        return modes.wanted(self._setup, end.role, self._parts.glossary, self._parts.safety_id, said)

    def _rewired(self, end: End, wiring: modes.Wiring) -> None:
        """Another engine, the same languages."""
        plan = replace(wiring.plan, barge_in=self.manner.barge_in)
        end.lane.replan(plan, modes.same_speech(plan, self._parts.rank))

    def _moved(self, end: End, move: Move) -> None:
        """Another engine serves, or none, or one again."""
        now = self._parts.clock()
        if move.after != ORIGINAL:
            self.perform(end, end.lane.ear.cue(now))
        elif self._parts.falls_to_original:
            self.perform(end, end.lane.fall(now))
        self._carry(end, now)
        self._hears.moved(move, self.moves.note(move, now, without=self._is_without))

    # -- A change of mind ----------------------------------------------------------------------------------------------

    def change(self, change: Change) -> CallSetup:
        """Do as asked, or raise Refused and touch nothing; the setup as it is then."""
        settled = settle(self._setup, self.manner, change, self._parts.engines)
        now = self._parts.clock()
        if self.started and settled.opens and not self._choices.take(now):
            raise Refused("that was changed too often: wait some seconds")
        self._setup, self.manner = settled.setup, settled.manner
        self._rewire(settled.rewired, now)
        for end in self.ends.values():
            lane = end.lane
            if end.role in self._swaps and end.role not in self._seats:
                self._replan(end)  # nobody is cut off
            lane.transcript.recording = self.manner.recording
            lane.ear.original.switch(original_heard_by(end.role.other, self.manner))
            lane.plan = replace(lane.plan, barge_in=self.manner.barge_in)
            if self.started:
                self._carry(end, now)
        if change.duck_to_agent_db is not None:
            self.ends[Role.CALLER].lane.ear.original.lower(change.duck_to_agent_db)
        if change.say_again is not None:
            speaker = self.ends[change.say_again.other]
            self.perform(speaker, speaker.lane.say_again(now))
        return self._setup

    def _rewire(self, speakers: frozenset[Role], now: float) -> None:
        wired = self._wiring(self._setup)
        assert wired is not None, "`settle` has seen to it"
        for wiring in wired:
            if wiring.plan.source in speakers:
                self._swaps[wiring.plan.source] = (wiring, now + PATIENCE_S)

    def _swap_due(self, now: float) -> None:
        """Another interpreter takes over where the speaker pauses; the last one says what it has still to say."""
        for role, (_, at_latest) in list(self._swaps.items()):
            end = self.ends[role]
            if now - end.lane.times.last_voice_at < PAUSE_S and now < at_latest:
                continue
            self._vacate(role, now)
            self._replan(end)
            self._carry(end, now)

    def _replan(self, end: End) -> None:
        """The lane goes on with other languages, or another engine."""
        wiring, _ = self._swaps.pop(end.role)
        self._wired[end.role] = wiring
        self._rewired(end, wiring)

    # -- Running -------------------------------------------------------------------------------------------------------

    def hear(self, end: End, event: Heard, now: float) -> None:
        """The hot path: a frame from a party's mouth."""
        effects = end.lane.hear(event, now)
        if end.retiring:
            end.hush(len(event.audio))
        if effects:
            end.perform(effects)
            # What only the interpreter is given makes no ear busy; and all this is asked for every frame.
            if self._ticker.slow and (len(effects) > 1 or not isinstance(effects[0], Hear)):
                self._wake(end)

    def tick(self, now: float) -> bool:
        """Every 20 ms, or less often while it answers False: nothing plays."""
        busy = False
        for end in self.ends.values():
            effects = end.lane.tick(now)
            if effects:
                self.perform(end, effects)
            busy = busy or end.lane.busy
            end.let_retire(now)
        if self._swaps:
            self._swap_due(now)
        if self._seats and now >= self._care_at:
            self._care_at = now + CARE_S
            for seat in list(self._seats.values()):
                seat.tick(now)
        return busy or bool(self._swaps) or any([seat.waits_for_pause for seat in self._seats.values()])  # noqa: C419

    def announce(self, role: Role, label: str, audio: bytes) -> None:
        """Play a sound (8 kHz mu-law) to a party, behind what it is hearing."""
        speaker = self.ends[role].other
        converter = Converter(AudioFormat.PCMU_8K, speaker.lane.plan.sink_format)
        heard = converter.convert(audio) + converter.flush()
        self.perform(speaker, speaker.lane.announce(label, heard, self._parts.clock()))

    def press(self, role: Role, key: str) -> bool:
        """Have the other party's line hear a key of this one's. False: nobody is there, or too many keys wait."""
        end = self.ends[role]
        effects = end.lane.ear.press(key, self._parts.clock())
        if effects is None:
            return False
        self.keys_sent += 1
        self.perform(end, effects)
        return True

    def perform(self, end: End, effects: Sequence[LaneEffect]) -> None:
        """Do what a lane wants done."""
        end.perform(effects)
        if self._ticker.slow:
            self._wake(end)

    def _wake(self, end: End) -> None:
        """Something plays, or is about to: the clock ticks fast."""
        if end.lane.busy or end.other.lane.busy:
            self._ticker.hurry()

    def _from_interpreter(self, end: End, engine: str, late: bool, event: InterpreterEvent) -> None:
        try:
            effects = end.lane.speak(event, self._parts.clock(), late=late)
            if isinstance(event, Spoke):  # the hot path: sound itself costs nothing and tells nothing
                end.perform(effects)
                if self._ticker.slow and (end.lane.busy or len(effects) > 1):
                    self._wake(end)
                return
            if effects or self._ticker.slow:
                self.perform(end, effects)
            self._hears.interpreter(event, engine)
        except Exception:  # noqa: BLE001 - a fault of ours ends this call, and no other
            self._hears.broke("an interpreter's event")

    def close(self) -> None:
        """The call is over: the sessions are closed and the last captions shown. Idempotent."""
        now = self._parts.clock()
        for seat in self._seats.values():
            seat.close()
        for end in self.ends.values():
            for effect in end.lane.finish(now):
                self._hears.caption(effect.caption)
            end.lane.owed.discard()  # nobody's voice stays in memory

    def sample_lag(self, now: float) -> None:
        """Take down how far each ear is behind; a few times a second."""
        for end in self.ends.values():
            lane = end.lane
            lag_ms = lane.sample_lag(now)
            if lag_ms > 0:
                self._parts.metrics.ear_lag_s.labels(lane.plan.engine).observe(lag_ms / 1000)

    def speaking(self, now: float) -> frozenset[Role]:
        """Who is heard to speak just now, once the talk has begun."""
        return frozenset(role for role, end in self.ends.items() if now - end.lane.times.last_voice_at < SPEAKING_S)

    @property
    def figures(self) -> CallFigures:
        """What the call was like at both ears, so far."""
        totals = self.floor.totals()
        ears = tuple(
            ear_figures(end.role.other, end.lane.transcript.utterances, end.lane.times.lag.figures)
            for end in self.ends.values()
        )
        return CallFigures(ears, totals.talk_ratio(Role.CALLER), totals.overlaps, totals.overlap_ms / 1000)

    @property
    def retold(self) -> Retold:
        """What was interpreted once more because a session was lost over it, both ways."""
        caller, agent = (end.lane.owed.retold for end in self.ends.values())
        return caller + agent

    @property
    def engines(self) -> tuple[str, ...]:
        """The engine of each direction, by name."""
        return tuple(end.lane.plan.engine for end in self.ends.values())
