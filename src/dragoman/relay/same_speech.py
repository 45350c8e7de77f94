"""Speech that is in the listener's language already goes straight across: nothing would be said for it.

The source's speech is cut into stretches by its pauses, and each stretch's audio is kept until it is known what becomes
of it. When its words are clearly the listener's language and the engine has not spoken for it, what was kept is passed
on, then what follows live, until the stretch ends, the words turn back, or the engine speaks for it after all. Words
and interpreted speech come late and mostly without a word on what they belong to; `Stretches` says how that is guessed.
An engine that gives no source transcripts passes nothing.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, InterpreterEvent, Side, SpeechBegan, Spoke
from dragoman.relay.spoken_language import SpokenLanguage
from dragoman.relay.stretches import PAUSE_S, SpokenStretch, Stretches

SETTLED_S: Final = 1.6
"""The few words of a short stretch are all there are, so long after its end: transcripts come a second late."""

LEAD_IN_PIECES: Final = 5
"""Frames before the first loud one that are part of a stretch: words begin softly."""


class PassEnd(enum.Enum):
    """Why a stretch is not passed on any longer."""

    PAUSE = "pause"
    """It is over."""
    TURNED_BACK = "turned-back"
    """The words are in the speaker's own language again: they are the engine's."""
    ENGINE_SPOKE = "engine-spoke"
    """The engine speaks for it after all: what is queued of it must not be heard."""


@dataclass(frozen=True, slots=True)
class Pass:
    """Play the source's own audio to the sink at full level, behind what was passed of this stretch."""

    audio: bytes
    stretch: int


@dataclass(frozen=True, slots=True)
class StopPassing:
    """No more of this stretch is passed. With ENGINE_SPOKE, drop what is still queued of it.

    ENGINE_SPOKE may come after PAUSE, once.
    """

    why: PassEnd
    stretch: int


SameSpeechEffect = Pass | StopPassing


class SameSpeech:
    """One lane's detector. Feed it exactly what the lane's interpreter is given, and all that this one says.

    Times are seconds of the caller's clock.
    """

    def __init__(
        self,
        language: SpokenLanguage,
        *,
        sink_format: AudioFormat = AudioFormat.PCMU_8K,
        source_format: AudioFormat = AudioFormat.PCMU_8K,
    ) -> None:
        self._language = language
        self._sink_format = sink_format
        self._voiced = arithmetic(source_format).voiced
        self._stretches = Stretches(source_format)
        self._lead_in: deque[bytes] = deque(maxlen=LEAD_IN_PIECES)

    @property
    def passing(self) -> bool:
        """Whether live audio is being passed."""
        current = self._stretches.current
        return current is not None and current.passing

    def interpreter_began(self) -> None:
        """Another interpreter took over: it names utterances from the start again, and owes nothing."""
        self._stretches.forget_engine()

    def left_out(self, now: float) -> None:
        """The source is heard by another way just now: what waits for words, or is passed, is over."""
        if self._stretches.recent:
            self._stretches.forget(now)
            self._lead_in.clear()

    # -- From the source leg -------------------------------------------------------------------------------------------

    def heard(self, audio: bytes, now: float, *, loud: bool | None = None) -> Sequence[SameSpeechEffect]:
        """Audio from the source's mouth, usually one frame; the pauses are measured in audio, not in time.

        `loud`: whether it is voiced, where that is known already.
        """
        if not audio:
            return ()
        if loud is None:
            loud = self._voiced(audio)
        current = self._stretches.current
        effects: list[SameSpeechEffect] = []
        if current is None:
            if loud:
                self._stretches.begin(b"".join(self._lead_in), audio)
                self._lead_in.clear()
            else:
                self._lead_in.append(audio)
        else:
            if current.passing:
                effects.append(Pass(audio, current.number))
            current.add(audio, loud=loud)
            if current.quiet_s >= PAUSE_S:
                effects += self._ended(current, now)
        return effects + self._due(now) if self._stretches.waiting else effects

    def _ended(self, stretch: SpokenStretch, now: float) -> Sequence[SameSpeechEffect]:
        self._stretches.end_current(now)
        if stretch.passing:
            stretch.settle()
            return (StopPassing(PassEnd.PAUSE, stretch.number),)
        return self._judged(stretch, now)

    def _due(self, now: float) -> list[SameSpeechEffect]:
        """Those whose time has come."""
        waiting = [stretch for stretch in self._stretches.recent if stretch.pass_at is not None]
        return [effect for stretch in waiting for effect in self._passed(stretch, now)]

    # -- From the interpreter ------------------------------------------------------------------------------------------

    def noticed(self, event: InterpreterEvent, now: float) -> Sequence[SameSpeechEffect]:
        """Anything the interpreter said or noticed; most of it means nothing here."""
        match event:
            case SpeechBegan(utterance):
                self._stretches.named(utterance)
            case Captioned(side=Side.SOURCE):
                return self._captioned(event, now)
            case Spoke(audio=audio) if audio:
                return self._spoke(event, now)
            case _:
                pass
        return ()

    def _captioned(self, event: Captioned, now: float) -> Sequence[SameSpeechEffect]:
        stretch = self._stretches.of_words(event, now)
        if stretch is None:
            return ()
        stretch.caption(event)
        return self._judged(stretch, now)

    def _judged(self, stretch: SpokenStretch, now: float) -> Sequence[SameSpeechEffect]:
        """What the words so far lead to."""
        if stretch.settled or not stretch.words:
            return ()
        if stretch.passing:
            if not self._language.is_source_again(stretch.words):
                return ()
            stretch.settle()
            return (StopPassing(PassEnd.TURNED_BACK, stretch.number),)
        pass_at = self._pass_at(stretch, now)
        if pass_at is not None and stretch.pass_at is not None:
            pass_at = min(pass_at, stretch.pass_at)
        stretch.pass_at = pass_at
        return self._passed(stretch, now)

    def _pass_at(self, stretch: SpokenStretch, now: float) -> float | None:
        """When a stretch of these words is to be passed on, as it looks now; None: it is not."""
        if self._language.is_target(stretch.words, over=False):
            return now
        if stretch.ended_at is not None and self._language.is_target(stretch.words, over=True):
            return max(now, stretch.ended_at + SETTLED_S)
        return None

    def _passed(self, stretch: SpokenStretch, now: float) -> Sequence[SameSpeechEffect]:
        if stretch.pass_at is None or now < stretch.pass_at:
            return ()
        kept = Pass(stretch.start_passing(), stretch.number)
        if not stretch.over:
            return (kept,)
        stretch.settle()
        return (kept, StopPassing(PassEnd.PAUSE, stretch.number))

    def _spoke(self, event: Spoke, now: float) -> Sequence[SameSpeechEffect]:
        stretch = self._stretches.of_speech(event, self._sink_format.ms(len(event.audio)) / 1000, now)
        if stretch is None or stretch.spoken:
            return ()
        passed = stretch.passed
        stretch.spoken = True
        stretch.settle()
        return (StopPassing(PassEnd.ENGINE_SPOKE, stretch.number),) if passed else ()
