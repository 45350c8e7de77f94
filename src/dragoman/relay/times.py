"""When each utterance of a lane was said, interpreted and heard; and how far the ear is behind."""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.domain.audio import FRAME_MS
from dragoman.domain.speech import Spoke
from dragoman.relay.bearing import Bearing
from dragoman.relay.lag import LagMeter
from dragoman.relay.lane_plan import LanePlan
from dragoman.relay.mouth import Mouth, Stretch
from dragoman.relay.opening import OpeningGate
from dragoman.relay.playout import Finished, PlayoutNote, Started
from dragoman.relay.transcript import LaneTranscript, Utterance

TOLD_S = 2.0
"""What an utterance that grows now tells may be so old; what ended before that was told by it, or never will be."""

NOISE_S = 15.0
"""What nothing came of for so long was a noise, if more was heard since."""


class Times:
    """One lane's. `now` is the caller's clock; what the transcript gets is seconds since the call began."""

    def __init__(self, plan: LanePlan, transcript: LaneTranscript, began: float) -> None:
        self.lag = LagMeter()
        self.last_voice_at = float("-inf")
        self._transcript = transcript
        self._began = began
        self._bytes_per_s = plan.sink_format.bytes_for(1000)
        self._source = plan.source_format
        self._bearing = Bearing()
        self._mouth = None if plan.names_utterances else Mouth()
        self._stretches: dict[str, Stretch] = {}
        self._placed: Utterance | None = None

    def s(self, now: float) -> float:
        """Seconds since the call began."""
        return round(now - self._began, 3)

    def replan(self, plan: LanePlan) -> None:
        """Another engine may say what the last one did not, or the reverse."""
        if plan.names_utterances:
            self._mouth = None
        elif self._mouth is None:
            self._mouth = Mouth()

    def interpreter_began(self) -> None:
        """It counts what it is given from the start again."""
        self._bearing.restart()

    # -- At the mouth --------------------------------------------------------------------------------------------------

    def heard(self, audio: bytes, now: float, *, loud: bool) -> None:
        """The interpreter is given a frame as it was heard."""
        if loud:
            self.last_voice_at = now
            self.lag.heard_voice(now)
        if self._mouth is not None:
            self._mouth.heard(voiced=loud, now=now)
        length_s = self._source.ms(len(audio)) / 1000
        self._bearing.given(length_s, now - length_s)

    def recalled(self, audio: bytes, began: float) -> None:
        """The interpreter is given what was said from `began` on, before it listened."""
        self._bearing.given(self._source.ms(len(audio)) / 1000, began)

    def let_through(self, gate: OpeningGate, audio: bytes, now: float) -> None:
        """The interpreter is given what the opening gate let through: later than it was heard."""
        length_s = self._source.ms(len(audio)) / 1000
        self._bearing.given(length_s, now - length_s - self._source.ms(gate.held_bytes) / 1000)
        if gate.open and self._mouth is not None:
            frames = gate.recent
            for age, voice in zip(range(len(frames) - 1, -1, -1), frames, strict=True):
                self._mouth.heard(voiced=voice, now=now - age * FRAME_MS / 1000)

    def said_at(self, at_ms: float, now: float) -> float:
        """When the audio at `at_ms` of what the interpreter was given was said, in seconds of the call."""
        return self.s(self._bearing.said_at(at_ms, now))

    def place(self, utterance: Utterance) -> None:
        """Without the engine's word on when speech began, take the oldest stretch of voice not told yet."""
        if self._mouth is None:
            return
        label = utterance.utterance
        stretch = self._stretches.get(label)
        if stretch is None:
            self._pass_over(self._mouth)
            self._mouth.pass_noise(self._began + utterance.grown_s - NOISE_S)
            stretch = self._mouth.claim()
            if stretch is None:
                return
            self._stretches[label] = stretch
            self._placed = utterance
        utterance.began_s = self.s(stretch.began)
        utterance.stopped_s = self.s(stretch.ended)

    def _pass_over(self, mouth: Mouth) -> None:
        """One utterance may tell several stretches: those that are its own are not left to the next one."""
        last = self._placed
        if last is None:
            return
        told = mouth.pass_over(self._began + last.grown_s - TOLD_S)
        if told is not None:
            last.stopped_s = self.s(told.ended)
            self._stretches[last.utterance].ended = told.ended

    # -- At the interpreter --------------------------------------------------------------------------------------------

    def spoke(self, event: Spoke, utterance: Utterance, now: float) -> None:
        """A piece of interpreted speech arrived."""
        utterance.spoken_s += len(event.audio) / self._bytes_per_s
        self.lag.spoke(self._source_of(event, utterance, now))

    def _source_of(self, event: Spoke, utterance: Utterance, now: float) -> float:
        """What was said when, for this piece: `relay/lag.py` says how that is told."""
        if event.elapsed_ms is not None:
            return self._bearing.said_at(event.elapsed_ms, now)
        if utterance.began_s is None:
            return now
        said_s = utterance.began_s + utterance.spoken_s
        return self._began + (said_s if utterance.stopped_s is None else min(said_s, utterance.stopped_s))

    # -- At the ear ----------------------------------------------------------------------------------------------------

    def noted(self, notes: Sequence[PlayoutNote]) -> None:
        """What became of it in the playout."""
        for note in notes:
            utterance = self._transcript.labelled(note.label)
            if utterance is None:
                continue
            match note:
                case Started(_, sent_at, heard_at):
                    utterance.sent_s = self.s(sent_at)
                    utterance.heard_s = self.s(heard_at)
                case Finished(_, at, _, cleared):
                    utterance.heard_end_s = self.s(at)
                    if cleared:
                        utterance.flag("cleared")
