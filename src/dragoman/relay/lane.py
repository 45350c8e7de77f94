"""One direction of speech: source leg, interpreter, sink leg. Events in, effects out, `now` an argument.

`hear` takes what the source leg heard, `speak` what the interpreter said, `reached` the sink's marks, `tick` the
time. The bridge performs what they return, at once and in order. What the ear gets, and when, is `ear`'s part.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.effects import Across, Hear, Interrupt, LaneEffect, Publish
from dragoman.domain.manner import BargeIn
from dragoman.domain.speech import Heard, InterpreterEvent, Side, Spoke
from dragoman.relay.announcing import Announcing
from dragoman.relay.ear import Ear
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.floor import TURN_PAUSE_S, BargedIn, Floor, FloorEvent, LongTurn, OverlapBegan, OverlapEnded
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.opening import OpeningGate
from dragoman.relay.owed import Owed
from dragoman.relay.playout import Finished, PlayoutNote
from dragoman.relay.recent import Recalled, Recent
from dragoman.relay.rendering import Rendering
from dragoman.relay.replay import Untold
from dragoman.relay.same_speech import Pass, PassEnd, SameSpeech, SameSpeechEffect
from dragoman.relay.succession import Succession
from dragoman.relay.tape import BYTES_PER_S
from dragoman.relay.times import Times
from dragoman.relay.transcript import LaneTranscript

PLAYING_S = 0.05
"""So often the floor is told how long what a speaker hears will last."""


class Lane:
    """The state of one direction. Closed until `open`; hold sound and notices go to the sink before that as well.

    `gate` stands at the source's microphone, `far_gate` at the sink's. `before`: a lane whose ear it takes over.
    """

    def __init__(
        self,
        plan: LanePlan,
        began: float,
        *,
        gate: EchoGate | None = None,
        far_gate: EchoGate | None = None,
        same_speech: SameSpeech | None = None,
        floor: Floor | None = None,
        before: Lane | None = None,
    ) -> None:
        self.plan = plan
        self._voiced = arithmetic(plan.source_format).voiced
        self.ear: Ear = before.ear if before is not None else Ear(plan.sink_format, plan.ear, gate=far_gate)
        self.ear.playout.turns = plan.names_utterances
        self.ear.face(plan.source_format)
        self.transcript = LaneTranscript(
            plan.source, plan.source_language, plan.target_language, plan.engine, plan.source.value[0]
        )
        self.times = Times(plan, self.transcript, began)
        self._rendering = Rendering(plan, self.ear, self.transcript, self.times)
        self._opposite: Lane | None = None
        self._is_open = False
        self._interprets = not plan.passthrough
        self._gate = gate
        self._same_speech = same_speech
        self._floor = floor
        self._playing_told = float("-inf")
        self._opening = OpeningGate() if plan.opening_gate else None
        self._recent = Recent(fmt=plan.source_format)
        self.owed = Owed(plan.source_format, plan.sink_format)
        self._succession = Succession()
        self.announcing: Announcing = before.announcing if before is not None else Announcing(self.ear.playout)

    # -- Wiring --------------------------------------------------------------------------------------------------------

    def face(self, opposite: Lane) -> None:
        """The lane of the other direction: its sink is our source."""
        self._opposite = opposite

    def open(self) -> None:
        """From now on what is heard is interpreted."""
        self._is_open = True

    def replan(self, plan: LanePlan, same_speech: SameSpeech | None) -> None:
        """Other languages, or another engine, from the next audio on; what is on its way to the ear stays."""
        self.plan = self._rendering.plan = plan
        self.transcript.retitle(plan.source_language, plan.target_language, plan.engine)
        self.times.replan(plan)
        self.ear.playout.turns = plan.names_utterances
        self._same_speech = same_speech
        if plan.passthrough:
            self._interprets, self._rendering.muted = False, False
            self.owed.discard()
            self.ear.wait(False)
        self.owed.replan()
        self._off_the_floor()

    def carry(self, *, interprets: bool, straight: bool, now: float) -> Sequence[LaneEffect]:
        """Whether the interpreter hears the source, and whether the sink hears the source itself instead of it.

        Turned on in mid-call, the interpreter is given the stretch of speech that is going on from its begin.
        """
        if self.plan.passthrough:
            return ()
        turned_on = interprets and not self._interprets
        self._interprets, self._rendering.muted = interprets, straight
        if not interprets:
            self._off_the_floor()
            self.owed.discard()
            self.ear.wait(False)
        if straight:
            self.awaits_nothing()
        return self._recalled(self._recent.take(now) if turned_on else None)

    def _recalled(self, said: Recalled | Untold | None) -> Sequence[LaneEffect]:
        """The interpreter is given what was said before it listened."""
        if said is None:
            return ()
        self.times.recalled(said.audio, said.began)
        self.owed.recalled(said.audio, said.began)
        return (Hear(said.audio),)

    def interpreter_began(self, now: float, *, retell: bool = False, ready: bool = False) -> Sequence[LaneEffect]:
        """A new interpreter takes over: it counts what it is given, and names utterances, from the start again; it is
        `ready` already, or will say so.

        With `retell` it is given what the last one did not translate; what that one had begun to say, and the ear has
        not heard yet, is said by the new one, from its begin.
        """
        waited = self._waited(now, at_once=True)
        untold = self._untranslated(now) if retell else None
        self.times.interpreter_began()
        self.transcript.new_session()
        if self._same_speech is not None:
            self._same_speech.interpreter_began()
        self._rendering.interpreter_began()
        self.owed.interpreter_began(now, retell=retell, ready=ready)
        return (*waited, *self._recalled(untold))

    def fall(self, now: float) -> Sequence[LaneEffect]:
        """No interpreter serves any more: what was not translated is heard as it was said, if it was not already."""
        untold = self._untranslated(now)
        self.owed.discard()
        if untold is None or self._rendering.muted or self.ear.original.needed:
            return ()
        return self.ear.give_whole(self.ear.as_heard(untold.audio), f"untold.{self.owed.retold.times}", now)

    def _untranslated(self, now: float) -> Untold | None:
        untold = self.owed.untold(now)
        if untold is not None:
            self._rendering.torn(untold.torn)
        return untold

    def sink_joined(self) -> None:
        """The sink's stream is here (again). What was being announced on the last one lost some of it."""
        self.announcing.sink_joined()
        self.ear.joined()

    def sink_left(self) -> None:
        self.ear.left()

    # -- From the source leg -------------------------------------------------------------------------------------------

    def hear(self, event: Heard, now: float) -> Sequence[LaneEffect]:
        """A frame from the source's mouth."""
        audio = event.audio
        if self.plan.passthrough:
            return self._across(audio, now) if self._is_open else ()
        if self._gate is not None:
            audio = self._gate.pass_through(audio, now)  # before the talk too: notices teach it what comes back
        if not self._is_open:
            return ()
        return self._interpreted(audio, now) if self._interprets else self._plain(audio, now)

    def _plain(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Nobody interprets this party, who may hear an interpreter, and cut in, all the same."""
        self._recent.heard(audio, now)
        if self._same_speech is not None:
            self._same_speech.left_out(now)
        return self._across(audio, now)

    def _across(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """The voice itself; who speaks, and over whom, counts all the same."""
        effects = self.ear.across(audio, now)
        if self._floor is None:
            return effects
        loud = self._voiced(audio)
        if loud:
            self.times.last_voice_at = now
        return (*effects, *self._on_the_floor(self._floor, now, loud=loud))

    def _interpreted(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        loud = self._voiced(audio)
        effects = self._given(audio, now, loud=loud)
        floor = self._floor if self._opening is None else None
        if floor is not None and (happened := self._on_the_floor(floor, now, loud=loud)):
            effects = (*effects, *happened)
        if self._rendering.muted or self.ear.original.needed:
            if self._same_speech is not None:
                self._same_speech.left_out(now)
            beside = self.ear.across if self._rendering.muted else self.ear.beside
            return (*effects, *beside(audio, now))
        if self._same_speech is not None and (passed := self._same_speech.heard(audio, now, loud=loud)):
            return (*effects, *self._same(passed, now))
        return effects

    def _given(self, audio: bytes, now: float, *, loud: bool) -> Sequence[LaneEffect]:
        """What the interpreter is given for a frame."""
        at = now
        if self._opening is not None:
            audio = self._opening.pass_through(audio)
            at -= self._opening.held_bytes / BYTES_PER_S
            self.times.let_through(self._opening, audio, now)
            loud = self._opening.open
            if self._opening.open:
                self._opening = None
        else:
            self.times.heard(audio, now, loud=loud)
        self.owed.given(audio, at, loud=loud)
        if self.ear.comfort is not None and not self._rendering.muted:
            self.ear.comfort.heard(audio, now)
        return (Hear(audio),) if audio else ()

    # -- Turns ---------------------------------------------------------------------------------------------------------

    def _on_the_floor(self, floor: Floor, now: float, *, loud: bool) -> Sequence[LaneEffect]:
        """Who speaks, who speaks over whom, and what becomes of it. Nobody's own going on cancels anything."""
        opposite = self._opposite
        if opposite is None:
            return ()
        if loud and now - self._playing_told > PLAYING_S:
            self._playing_told = now
            floor.playing(self.plan.source, now + opposite.ear.speech_ms(now) / 1000)
        elif opposite.ear.low and now - self.times.last_voice_at > TURN_PAUSE_S:
            opposite.ear.lower(False)
        events = floor.heard(self.plan.source, loud, now)
        if not events:
            return ()
        return tuple(effect for event in events for effect in self._happened(event, opposite, now))

    def _happened(self, event: FloorEvent, opposite: Lane, now: float) -> Sequence[LaneEffect]:
        match event:
            case BargedIn():
                return (Across(tuple(opposite.cut_in(now))),)
            case LongTurn():
                return (Across(tuple(opposite.ear.cue(now))),) if self._interprets else ()
            case OverlapBegan():
                return (*self.overlapped(now), Across(tuple(opposite.overlapped(now))))
            case OverlapEnded():
                return ()

    def _off_the_floor(self) -> None:
        """Nobody asks who speaks here any more: what the source hears is as loud as ever."""
        if self._opposite is not None:
            self._opposite.ear.lower(False)

    def cut_in(self, now: float) -> Sequence[LaneEffect]:
        """The sink's party speaks over what it is hearing. What it has a right to hear is heard all the same."""
        match self.plan.barge_in:
            case _ if self.announcing.goes_on(now):
                return ()
            case BargeIn.DUCK:
                self.ear.lower(True)
                return ()
            case BargeIn.STOP if not self.ear.keyed(now):
                effects = self.ear.clear(now)
                notes = self.ear.playout.notes()
                cut = [note for note in notes if isinstance(note, Finished) and note.cleared]
                heard_ms = sum(note.heard_ms for note in cut if self.transcript.labelled(note.label) is not None)
                return (*effects, Interrupt(round(heard_ms)), *self._settled_notes(notes))
            case _:
                return ()

    def overlapped(self, now: float) -> Sequence[LaneEffect]:
        """Both spoke at once: watchers see it at what is being said."""
        said = self.transcript.utterances
        if not self._interprets or not said or "overlap" in said[-1].flags:
            return ()
        said[-1].flag("overlap")
        final = Side.SOURCE in said[-1].finals
        return (Publish(self.transcript.published(said[-1], Side.SOURCE, self.times.s(now), final=final)),)

    # -- Speech in the listener's language -----------------------------------------------------------------------------

    def _same(self, found: Sequence[SameSpeechEffect], now: float) -> Sequence[LaneEffect]:
        """Speech that is in the listener's language goes straight across."""
        effects: list[LaneEffect] = []
        for one in found:
            match one:
                case Pass(audio, stretch):
                    effects += self.ear.give(self.ear.as_heard(audio), f"same.{stretch}", now)
                    self.awaits_nothing()
                case _ if one.why is PassEnd.ENGINE_SPOKE:
                    self.ear.drop(f"same.{one.stretch}")
                case _:
                    self.ear.playout.end(f"same.{one.stretch}")
        return effects

    def awaits_nothing(self) -> None:
        """The ear has heard, or will hear, the source itself."""
        self.times.lag.settled()
        self.owed.discard()
        self.ear.settled()

    # -- From the interpreter ------------------------------------------------------------------------------------------

    def speak(self, event: InterpreterEvent, now: float, *, late: bool = False) -> Sequence[LaneEffect]:
        """Something the interpreter said or noticed; `late`: the last one, while another sits there already."""
        if late:
            return self._said(self._succession.last_says(event, now), now, late=True)
        self.owed.noticed(event, now)
        return () if self._succession.waits(event, now) else self._said(event, now)

    def _waited(self, now: float, *, at_once: bool = False) -> Sequence[LaneEffect]:
        """What the next interpreter has said while the last one was still speaking."""
        due = self._succession.due(now, at_once=at_once)
        return tuple(effect for event in due for effect in self._said(event, now)) if due else ()

    def _said(self, event: InterpreterEvent, now: float, *, late: bool = False) -> Sequence[LaneEffect]:
        if isinstance(event, Spoke):
            effects = self._rendering.spoke(event, now)
            if self._opposite is not None:
                effects = self._told_the_speaker(self._opposite, event, effects, now)
        else:
            effects = self._rendering.noticed(event, now)
        if self._same_speech is None or late:
            return effects
        passed = self._same_speech.noticed(event, now)
        return (*effects, *self._same(passed, now)) if passed and not self.ear.original.needed else effects

    def _told_the_speaker(
        self, opposite: Lane, event: Spoke, effects: Sequence[LaneEffect], now: float
    ) -> Sequence[LaneEffect]:
        """What the speaker hears of it: the translation, quietly, if wanted; a cue when the ear is far behind."""
        if self.plan.ear.self_db is not None and effects:
            effects = (*effects, Across(tuple(opposite.ear.overhear(event.audio, now))))
        if self.ear.playout.wants_cue:
            self.ear.playout.wants_cue = False
            effects = (*effects, Across(tuple(opposite.ear.cue(now))))
        return effects

    def say_again(self, now: float) -> Sequence[LaneEffect]:
        """The sink wants to hear the last interpreted utterance again: slower, and when it is complete."""
        return self._rendering.say_again(now)

    # -- From the sink leg ---------------------------------------------------------------------------------------------

    def reached(self, name: str, now: float) -> Sequence[LaneEffect]:
        """The sink's carrier returned a mark."""
        return self._settled_notes(self.ear.reached(name, now))

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def announce(self, label: str, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Play a fixed text or sound to the sink, behind what is queued."""
        self.announcing.begin(label)
        return self.ear.give_whole(audio, label, now)

    def hold(self, on: bool) -> None:
        """Hold sound for the sink while nothing else plays."""
        self.ear.hold(on)

    @property
    def busy(self) -> bool:
        """Something plays, or is about to: `tick` is wanted every 20 ms, and not just now and then."""
        return self._rendering.open or self.ear.busy or bool(self._succession)

    def sample_lag(self, now: float) -> float:
        """Take down, and give back, how far (ms) the ear is behind: by what is interpreted, and nothing else."""
        if self._rendering.muted or not self._interprets:
            self.times.lag.settled()
        unheard_ms = self.ear.playout.unheard_of(lambda label: self.transcript.labelled(label) is not None, now)
        return self.times.lag.sample(now, unheard_ms)

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Every 20 ms while busy: pacing, ends of spurts, ends of utterances."""
        if self._interprets and self._is_open:
            self._reassure(now)
        effects = (*self._rendering.tick(now), *self.ear.tick(now), *self._waited(now))
        if self.announcing:
            effects = (*effects, *self.announcing.overdue(now))
        notes = self.ear.playout.notes()
        return (*effects, *self._settled_notes(notes)) if notes else effects

    def _reassure(self, now: float) -> None:
        """Nobody is left in silence: who waits too long hears a soft sound until something is said."""
        heard = self.ear.speech_ms(now) > 0 or self._rendering.muted or self.ear.original.needed
        self.ear.wait(not heard and self.owed.keeps_waiting(now))

    def finish(self, now: float) -> list[Publish]:
        """The call is over: the last captions."""
        return self._rendering.settled(now, at_once=True)

    def _settled_notes(self, notes: Sequence[PlayoutNote]) -> Sequence[LaneEffect]:
        self.times.noted(notes)
        told = [self.announcing.finished(note) for note in notes if isinstance(note, Finished)]
        return [one for one in told if one is not None]
