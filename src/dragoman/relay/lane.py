"""One direction of speech: source leg, interpreter, sink leg. Events in, effects out, `now` an argument.

`hear` takes what the source leg heard, `speak` what the interpreter said, `reached` the sink's marks, `tick` the
time. The bridge performs what they return, at once and in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.audio.framer import Framer
from dragoman.audio.hold import hold_sound
from dragoman.audio.level import voiced
from dragoman.audio.mixer import mix
from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import Announced, Ask, Caption, Hear, LaneEffect, Play, Publish
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    Heard,
    InterpreterEvent,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Unclear,
    Verdict,
)
from dragoman.relay.mouth import Mouth, Stretch
from dragoman.relay.opening import OpeningGate
from dragoman.relay.playout import Finished, Playout, Started
from dragoman.relay.transcript import LaneTranscript, Utterance

ORIGINAL = "original"
"""Playout label of the party's own voice going straight across."""

HOLD = "hold"
SPURT_GAP_S = 0.3
"""An engine that does not say when it is done is done with a spurt after this much quiet."""

HOLD_LEAST_MS, HOLD_MOST_MS = 60, 120
"""Hold sound is topped up from the one to the other, so that whatever comes next waits for 120 ms at most."""

MIXING_S = 0.1
"""The original has stopped coming (its stream is lost): from then on the playout keeps the time again."""

DRIFT_S = 0.06
"""How far the audio's own clock may run from ours before we take a new bearing."""

HAIR_MS = 1.0

ASK_GAP_S = 4.0
"""A party who was just asked to repeat is not asked again."""

CATCH_UP_MS = 200
"""Same language: further behind than this, pauses are left out until the ear has caught up."""


@dataclass(frozen=True, slots=True)
class LanePlan:
    """How a lane is wired.

    `passthrough`: both parties share the language. `original`: the source's own voice is mixed in at full level.
    `opening_gate`: the source's phone may play sounds before its party speaks. `names_utterances`: the engine takes
    turns and names them; otherwise the transcript cuts them.
    """

    source: Role
    source_language: str
    target_language: str
    sink_format: AudioFormat
    engine: str
    passthrough: bool = False
    original: bool = False
    opening_gate: bool = False
    names_utterances: bool = True

    @property
    def sink(self) -> Role:
        return self.source.other


class Lane:
    """The state of one direction. Closed until `open`; hold sound and notices go to the sink before that as well."""

    def __init__(self, plan: LanePlan, began: float) -> None:
        self.plan = plan
        self.playout = Playout(plan.sink_format)
        self.transcript = LaneTranscript(
            plan.source, plan.source_language, plan.target_language, plan.engine, plan.source.value[0]
        )
        self._began = began
        self._is_open = False
        self._sink_here = False
        self._gate = OpeningGate() if plan.opening_gate else None
        self._mouth = None if plan.names_utterances else Mouth()
        self._stretches: dict[str, Stretch] = {}
        self._given_s = 0.0
        self._bearing_s = float("-inf")
        self._anchors: deque[tuple[float, float]] = deque(maxlen=600)
        self._speaking = ""
        self._spoken_key = ""
        self._spurt_since = 0.0
        self._spurt = ""
        self._asked = float("-inf")
        self._originals = Framer(plan.sink_format)
        self._last_original = float("-inf")
        self._hold_frame: int | None = None
        self._announced: set[str] = set()

    # -- Wiring --------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """From now on what is heard is interpreted."""
        self._is_open = True

    @property
    def is_open(self) -> bool:
        return self._is_open

    def interpreter_began(self) -> None:
        """A new interpreter takes over: it counts what it is given, and names utterances, from the start again."""
        self._given_s = 0.0
        self._bearing_s = float("-inf")
        self._anchors.clear()
        self.transcript.new_session()
        if self._speaking:
            self.playout.end(self._speaking)
        self._speaking = self._spoken_key = self._spurt = ""

    def sink_joined(self) -> None:
        """The sink's stream is here (again)."""
        self.playout.restart()
        self._sink_here = True

    def sink_left(self) -> None:
        self._sink_here = False

    # -- From the source leg -------------------------------------------------------------------------------------------

    def hear(self, event: Heard, now: float) -> Sequence[LaneEffect]:
        """A frame from the source's mouth."""
        if not self._is_open:
            return ()
        if self.plan.passthrough:
            return self._passed(event.audio, now)
        audio = event.audio
        if self._gate is not None:
            audio = self._gated(self._gate, audio, now)
        else:
            if self._mouth is not None:
                self._mouth.heard(voiced=voiced(audio), now=now)
            self._take_bearing(now - len(audio) / 8000)
        self._given_s += len(audio) / 8000
        effects = (Hear(audio),) if audio else ()
        if self.plan.original and self._sink_here:
            return (*effects, *self._mixed(event.audio, now))
        return effects

    def _passed(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Straight across. The sink may have come late: then silence is left out until it has caught up."""
        if self.playout.unheard_ms(now) < CATCH_UP_MS or voiced(audio):
            self.playout.add(audio, ORIGINAL)
        return self._due(now)

    def _gated(self, gate: OpeningGate, audio: bytes, now: float) -> bytes:
        """What the gate lets through; it comes later than it was heard, but none is added or lost."""
        audio = gate.pass_through(audio)
        self._take_bearing(now - (gate.held_bytes + len(audio)) / 8000)
        if gate.open:
            self._gate = None
            if self._mouth is not None:
                frames = gate.recent
                for age, voice in zip(range(len(frames) - 1, -1, -1), frames, strict=True):
                    self._mouth.heard(voiced=voice, now=now - age * FRAME_MS / 1000)
        return audio

    def _take_bearing(self, began: float) -> None:
        """What the interpreter is given next left the mouth at `began`: keep that where it is not plain."""
        bearing_s = began - self._given_s
        if abs(bearing_s - self._bearing_s) > DRIFT_S:
            self._bearing_s = bearing_s
            self._anchors.append((self._given_s, bearing_s))

    def _mixed(self, original: bytes, now: float) -> list[LaneEffect]:
        """The original voice keeps the time, and each of its frames takes one frame of the interpreter along."""
        self._last_original = now
        effects: list[LaneEffect] = []
        frames = self._originals.push(original)
        size = self.plan.sink_format.frame_bytes
        for at in range(0, len(frames), size):
            own = frames[at : at + size]
            frame, marks = self.playout.take_frame(now)
            if frame is None:
                self.playout.sent_beside(size, now)
            effects += [Play(own if frame is None else mix(own, frame)), *marks]
        return effects

    # -- From the interpreter ------------------------------------------------------------------------------------------

    def speak(self, event: InterpreterEvent, now: float) -> Sequence[LaneEffect]:
        """Something the interpreter said or noticed."""
        match event:
            case Spoke():
                return self._spoke(event, now)
            case Captioned():
                return (Publish(self._caption(event, now)),)
            case SpeechBegan(key, at_ms):
                self.transcript.named(key, self._s(now)).began_s = self._s(self._heard_at(at_ms, now))
            case SpeechStopped(key, at_ms):
                self.transcript.named(key, self._s(now)).stopped_s = self._s(self._heard_at(at_ms, now))
            case SpokeAll(key):
                return self._spoke_all(key, now)
            case Unclear(key, reason):
                return self._unclear(key, reason, now)
            case Guarded(key, verdict):
                return (self._guarded(key, verdict, now),)
            case _:
                pass
        return ()

    def _spoke(self, event: Spoke, now: float) -> Sequence[LaneEffect]:
        if not event.audio:
            return ()
        if event.utterance and event.utterance == self._spoken_key:
            # The hot path: more of what is being said. All that its first piece has to tell was told.
            return self._given(event.audio, self._speaking, now)
        at_s = self._s(now)
        utterance = self.transcript.named(event.utterance, at_s)
        if utterance.first_audio_s is None:
            utterance.first_audio_s = at_s
        if self._mouth is not None:
            self._timed(self._mouth, utterance)
        label = utterance.utterance
        if not event.utterance:
            if self._spurt and self._spurt != label:
                self.playout.end(self._spurt)
            self._spurt = label
            self._spurt_since = now
            self.transcript.touch(at_s)
        self._speaking = label
        self._spoken_key = event.utterance if self._mouth is None else ""
        return self._given(event.audio, label, now)

    def _spoke_all(self, key: str, now: float) -> Sequence[LaneEffect]:
        utterance = self.transcript.find(key)
        if utterance is None:
            return ()
        self.playout.end(utterance.utterance)
        if self._spurt == utterance.utterance:
            self._spurt = ""
        return self._due(now)

    def _caption(self, event: Captioned, now: float) -> Caption:
        caption = self.transcript.caption(event, self._s(now))
        if self._mouth is not None:
            self._timed(self._mouth, self.transcript.named(event.utterance, self._s(now)))
        return caption

    def _timed(self, mouth: Mouth, utterance: Utterance) -> None:
        """Without the engine's word on when speech began, take the oldest stretch of voice not told yet."""
        label = utterance.utterance
        stretch = self._stretches.get(label)
        if stretch is None:
            stretch = mouth.claim()
            if stretch is None:
                return
            self._stretches[label] = stretch
        utterance.began_s = self._s(stretch.began)
        utterance.stopped_s = self._s(stretch.ended)

    def _unclear(self, key: str, reason: str, now: float) -> Sequence[LaneEffect]:
        told = self._flagged(key, "unclear: " + reason, Side.SOURCE, now)
        if now - self._asked < ASK_GAP_S:
            return (told,)
        self._asked = now
        return (told, Ask(Notice.REPEAT))

    def _guarded(self, key: str, verdict: Verdict, now: float) -> Publish:
        """What was caught comes faster than it is heard: the rest of it is not heard."""
        utterance = self.transcript.find(key)
        if utterance is not None:
            self.playout.drop(utterance.utterance)
        return self._flagged(key, "guard: " + verdict.value, Side.TARGET, now)

    def _flagged(self, key: str, flag: str, side: Side, now: float) -> Publish:
        utterance = self.transcript.named(key, self._s(now))
        utterance.flag(flag)
        return Publish(self.transcript.published(utterance, side, self._s(now), final=True))

    # -- From the sink leg ---------------------------------------------------------------------------------------------

    def reached(self, name: str, now: float) -> Sequence[LaneEffect]:
        """The sink's carrier returned a mark."""
        self.playout.reached(name, now)
        return self._note_times()

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def announce(self, label: str, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Play a fixed text or sound to the sink, behind what is queued."""
        self._announced.add(label)
        self.playout.add(audio, label)
        self.playout.end(label)
        return self._due(now)

    def hold(self, on: bool) -> None:
        """Hold sound for the sink while nothing else plays."""
        self._hold_frame = 0 if on else None

    @property
    def busy(self) -> bool:
        """Something plays, or is about to: `tick` is wanted every 20 ms, and not just now and then."""
        return self._hold_frame is not None or bool(self._spurt) or not self.playout.idle

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Every 20 ms while busy: pacing, ends of spurts, ends of utterances."""
        effects: list[LaneEffect] = []
        if self._spurt and now - self._spurt_since > SPURT_GAP_S:
            self.playout.end(self._spurt)
            self._spurt = ""
        if self.transcript.cutting:
            effects += self._settled(now, at_once=False)
        if self._hold_frame is not None and self._sink_here:
            self._fill_hold(now)
        if not self.playout.idle:
            effects += self._due(now)
        return [*effects, *notes] if (notes := self._note_times()) else effects

    def finish(self, now: float) -> list[Publish]:
        """The call is over: the last captions."""
        return self._settled(now, at_once=True)

    def _settled(self, now: float, *, at_once: bool) -> list[Publish]:
        cut = self.transcript.find("")
        captions = self.transcript.settle(self._s(now), at_once=at_once)
        if self._mouth is not None and cut is not None and not self.transcript.cutting:
            self._timed(self._mouth, cut)
        return [Publish(caption) for caption in captions]

    def _fill_hold(self, now: float) -> None:
        if self._hold_frame is None or self.playout.unheard_ms(now) >= HOLD_LEAST_MS:
            return
        while self.playout.unheard_ms(now) < HOLD_MOST_MS:
            self.playout.add(hold_sound(self._hold_frame), HOLD)
            self._hold_frame += 1

    def _given(self, audio: bytes, label: str, now: float) -> Sequence[LaneEffect]:
        """Queue audio, and send what is due."""
        if self._sends(now):
            return self.playout.give(audio, label, now)
        self.playout.add(audio, label)
        return ()

    def _due(self, now: float) -> Sequence[LaneEffect]:
        return self.playout.due(now) if self._sends(now) else ()

    def _sends(self, now: float) -> bool:
        """Whether the playout keeps the time: there is an ear, and no original that keeps it."""
        return self._sink_here and not (self.plan.original and now - self._last_original <= MIXING_S)

    def _note_times(self) -> Sequence[LaneEffect]:
        notes = self.playout.notes()
        if not notes:
            return ()
        effects: list[LaneEffect] = []
        for note in notes:
            if isinstance(note, Finished) and note.label in self._announced:
                self._announced.discard(note.label)
                effects.append(Announced(note.label, whole=not note.cleared))
            utterance = self.transcript.labelled(note.label)
            if utterance is None:
                continue
            match note:
                case Started(_, sent_at, heard_at):
                    utterance.sent_s = self._s(sent_at)
                    utterance.heard_s = self._s(heard_at)
                case Finished(_, at, _, cleared):
                    utterance.heard_end_s = self._s(at)
                    if cleared:
                        utterance.flag("cleared")
        return effects

    # -- Time ----------------------------------------------------------------------------------------------------------

    def _s(self, now: float) -> float:
        """Seconds since the call began."""
        return round(now - self._began, 3)

    def _heard_at(self, at_ms: float, now: float) -> float:
        """When the audio at `at_ms` of what the interpreter was given came out of the mouth."""
        for given_s, bearing_s in reversed(self._anchors):
            if given_s * 1000 <= at_ms + HAIR_MS:
                return min(bearing_s + at_ms / 1000, now)
        return now
