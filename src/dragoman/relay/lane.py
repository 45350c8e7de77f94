"""One direction of speech: source leg, interpreter, sink leg. Events in, effects out, `now` an argument.

`hear` takes what the source leg heard, `speak` what the interpreter said, `reached` the sink's marks, `tick` the
time. The bridge performs what they return, at once and in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.audio.hold import hold_sound
from dragoman.audio.level import voiced
from dragoman.audio.mixer import mix
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Notice, Role
from dragoman.domain.effects import Ask, Caption, Hear, LaneEffect, Play, Publish
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
)
from dragoman.relay.mouth import Mouth
from dragoman.relay.opening import OpeningGate
from dragoman.relay.playout import Finished, Playout, Started
from dragoman.relay.transcript import LaneTranscript, Utterance

ORIGINAL = "original"
"""Playout label of the party's own voice going straight across."""

HOLD = "hold"
SPURT_GAP_S = 0.3
"""An engine that does not say when it is done is done with a spurt after this much quiet."""

HOLD_QUEUE_MS = 80
MIXING_S = 0.1
ANCHOR_MS = 1000


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
        self._gate = OpeningGate() if plan.opening_gate else None
        self._mouth = None if plan.names_utterances else Mouth()
        self._sink_here = False
        self._given_ms = 0.0
        self._anchors: deque[tuple[float, float]] = deque(maxlen=600)
        self._last_spoke = 0.0
        self._spurt = ""
        self._last_original = float("-inf")
        self._hold_frame: int | None = None

    # -- Wiring --------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """From now on what is heard is interpreted."""
        self._is_open = True

    @property
    def is_open(self) -> bool:
        return self._is_open

    def interpreter_began(self) -> None:
        """A new interpreter takes over: its count of what it was given starts again."""
        self._given_ms = 0.0
        self._anchors.clear()

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
            self.playout.add(event.audio, ORIGINAL)
            return self._due(now)
        audio = event.audio
        if self._mouth is not None:
            self._mouth.heard(voiced=voiced(audio), now=now)
        if self._gate is not None:
            audio = self._gate.pass_through(audio)
            if self._gate.open:
                self._gate = None
            if not audio:
                return ()
        self._anchor(len(audio), now)
        if self.plan.original and self._sink_here:
            return [Hear(audio), *self._mixed(event.audio, now)]
        return (Hear(audio),)

    def _anchor(self, size_bytes: int, now: float) -> None:
        if not self._anchors or self._given_ms - self._anchors[-1][0] >= ANCHOR_MS:
            self._anchors.append((self._given_ms, now))
        self._given_ms += size_bytes / 8

    def _mixed(self, original: bytes, now: float) -> list[LaneEffect]:
        """The original voice keeps the time, and each of its frames takes one frame of the interpreter along."""
        self._last_original = now
        frame, marks = self.playout.take_frame(now)
        if frame is None:
            self.playout.sent_beside(len(original), now)
            return [Play(original), *marks]
        return [Play(mix(original, frame)), *marks]

    # -- From the interpreter ------------------------------------------------------------------------------------------

    def speak(self, event: InterpreterEvent, now: float) -> Sequence[LaneEffect]:
        """Something the interpreter said or noticed."""
        match event:
            case Spoke():
                return self._spoke(event, now)
            case Captioned():
                return (Publish(self._caption(event, now)),)
            case SpeechBegan(utterance, at_ms):
                named = self.transcript.named(utterance, self._s(now))
                named.began_s = self._s(self._heard_at(at_ms, now))
            case SpeechStopped(utterance, at_ms):
                named = self.transcript.named(utterance, self._s(now))
                named.stopped_s = self._s(self._heard_at(at_ms, now))
            case SpokeAll(utterance):
                self.playout.end(self.transcript.named(utterance, self._s(now)).utterance)
                return self._due(now)
            case Unclear(utterance, reason):
                return [self._flagged(utterance, "unclear: " + reason, Side.SOURCE, now), Ask(Notice.REPEAT)]
            case Guarded(utterance, verdict):
                return [self._flagged(utterance, "guard: " + verdict.value, Side.TARGET, now)]
            case _:
                pass
        return ()

    def _spoke(self, event: Spoke, now: float) -> Sequence[LaneEffect]:
        utterance = self.transcript.named(event.utterance, self._s(now))
        self._timed(utterance, now)
        if utterance.first_audio_s is None:
            utterance.first_audio_s = self._s(now)
        if not event.utterance:
            if self._spurt and self._spurt != utterance.utterance:
                self.playout.end(self._spurt)
            self._spurt = utterance.utterance
            self.transcript.touch(self._s(now))
        self._last_spoke = now
        self.playout.add(event.audio, utterance.utterance)
        return self._due(now)

    def _caption(self, event: Captioned, now: float) -> Caption:
        caption = self.transcript.caption(event, self._s(now))
        self._timed(self.transcript.named(event.utterance, self._s(now)), now)
        return caption

    def _timed(self, utterance: Utterance, now: float) -> None:
        """Without the engine's word on when speech began, take the oldest stretch of voice not told yet."""
        if self._mouth is None or utterance.began_s is not None:
            return
        stretch = self._mouth.claim(now)
        if stretch is not None:
            utterance.began_s = self._s(stretch.began)
            utterance.stopped_s = self._s(stretch.ended)

    def _flagged(self, key: str, flag: str, side: Side, now: float) -> Publish:
        utterance = self.transcript.named(key, self._s(now))
        utterance.flag(flag)
        return Publish(self.transcript.published(utterance, side, self._s(now), final=True))

    # -- From the sink leg ---------------------------------------------------------------------------------------------

    def reached(self, name: str, now: float) -> None:
        """The sink's carrier returned a mark."""
        self.playout.reached(name, now)
        self._note_times()

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def announce(self, label: str, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Play a fixed text or sound to the sink, behind what is queued."""
        self.playout.add(audio, label)
        self.playout.end(label)
        return self._due(now)

    def hold(self, on: bool) -> None:
        """Hold sound for the sink while nothing else plays."""
        self._hold_frame = 0 if on else None

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Every 20 ms: pacing, ends of spurts, ends of utterances."""
        effects: list[LaneEffect] = []
        if not self.plan.names_utterances:
            effects += [Publish(caption) for caption in self.transcript.settle(self._s(now))]
            if self._spurt and now - self._last_spoke > SPURT_GAP_S:
                self.playout.end(self._spurt)
                self._spurt = ""
        if self._hold_frame is not None and self._sink_here:
            self._fill_hold(now)
        if not self.playout.idle and now - self._last_original > MIXING_S:
            effects += self._due(now)
        self._note_times()
        return effects

    def _fill_hold(self, now: float) -> None:
        while self._hold_frame is not None and self.playout.unheard_ms(now) < HOLD_QUEUE_MS:
            self.playout.add(hold_sound(self._hold_frame), HOLD)
            self._hold_frame += 1

    def _due(self, now: float) -> Sequence[LaneEffect]:
        if not self._sink_here or (self.plan.original and now - self._last_original <= MIXING_S):
            return ()
        return self.playout.due(now)

    def _note_times(self) -> None:
        for note in self.playout.notes():
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

    # -- Time ----------------------------------------------------------------------------------------------------------

    def _s(self, now: float) -> float:
        """Seconds since the call began."""
        return round(now - self._began, 3)

    def _heard_at(self, at_ms: float, now: float) -> float:
        """When the audio at `at_ms` of what the interpreter was given came out of the mouth."""
        for given_ms, then in reversed(self._anchors):
            if given_ms <= at_ms:
                return min(then + (at_ms - given_ms) / 1000, now)
        return now
