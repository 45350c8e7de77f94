"""What was given to an interpreter and not yet translated, for whoever sits there next. One for each lane. Pure.

Whoever replaces a lost interpreter is given `untold` again, and counts it as the begin of what it hears: `recalled`
says so. A second loss replays what is then still not told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import (
    Guarded,
    InterpreterEvent,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Unclear,
)
from dragoman.relay.tape import BYTES_PER_S, Tape
from dragoman.relay.told import MARGIN_BYTES, Left, Spurts, Utterances

KEPT_S: Final = 15.0
"""Ten seconds, and what may pass until it is noticed that an interpreter does nothing."""
LEAD_IN_BYTES: Final = BYTES_PER_S * 3 // 10
"""So much is replayed before the first voice: soft consonants are not loud, and engines notice speech late."""
TAIL_BYTES: Final = BYTES_PER_S * 2 // 5
"""Voice so soon after the end of an utterance belongs to it."""
GAP_S: Final = 0.3
"""An engine that needs a continuous clock fills longer gaps with silence, and counts it."""


@dataclass(frozen=True, slots=True)
class Untold:
    """Audio from the first sample that was not translated until now; `began` is when that was said.

    `torn`: the utterances, by the lost interpreter's names ("" = it names none), that will be said again. `repeats_ms`:
    so much of the audio had been translated, at least partly. `lost_ms`: at least so much before it is no longer kept.
    """

    audio: bytes
    began: float
    voiced_ms: int
    torn: tuple[str, ...] = ()
    repeats_ms: int = 0
    lost_ms: int = 0


@dataclass(slots=True)
class _Sitting:
    """One interpreter: it counts what it is given from the place `begins` on the tape."""

    begins: int
    clock_began: float | None = None
    filled: list[tuple[int, int]] = field(default_factory=list)
    """Silence that an engine with a continuous clock put in by itself: where by its own count, and how much (bytes)."""
    filled_bytes: int = 0
    utterances: Utterances = field(default_factory=Utterances)
    spurts: Spurts = field(default_factory=Spurts)
    margin: int = 0
    listened: int | None = None
    """How far it had listened by its own count, when it last said so."""


class Replay:
    """`given`, `recalled` for what the interpreter gets, `noticed` for what it tells, `untold` when it is replaced."""

    def __init__(
        self,
        kept_s: float = KEPT_S,
        sink_format: AudioFormat = AudioFormat.PCMU_8K,
        source_format: AudioFormat = AudioFormat.PCMU_8K,
    ) -> None:
        self._tape = Tape(kept_s, source_format)
        self._voiced = arithmetic(sink_format).voiced
        self._sink_format = sink_format
        self._sitting = _Sitting(0)
        self._left: Untold | None = None
        self._left_at = 0
        self._given_at = float("-inf")

    # -- What it is given ----------------------------------------------------------------------------------------------

    def given(self, audio: bytes, now: float) -> None:
        """The hot path: the interpreter is given audio whose last sample was said at `now`."""
        if now - self._given_at > GAP_S:
            self._fill(audio, now)
        self._given_at = now
        self._tape.add(audio, now)

    def last(self, seconds: float) -> bytes:
        """The end of what it was given."""
        return self._tape.since(self._tape.end - round(seconds * BYTES_PER_S))

    def recalled(self, audio: bytes, began: float) -> None:
        """The interpreter is given, before all else, what was said from `began` on: what `untold` gave, or older."""
        left = self._left
        fresh = self._tape.end == self._sitting.begins
        if fresh and left is not None and began == left.began and audio == left.audio:
            self._sitting.begins = self._left_at
        elif audio:
            if fresh:
                self._tape.wipe()
                self._sitting.begins = 0
            self._tape.add(audio, began + self._tape.length(audio) / BYTES_PER_S)
        self._left = None
        self._sitting.clock_began = began
        self._given_at = began + self._tape.length(audio) / BYTES_PER_S

    def interpreter_began(self, now: float) -> None:
        """Another interpreter takes over; it is given nothing that was said before but by `recalled`."""
        if self._tape.end > self._sitting.begins:
            self._left = self._outstanding(now)
            self._left_at = self._tape.end - self._tape.length(self._left.audio) if self._left is not None else 0
        self._sitting = _Sitting(self._tape.end)
        self._given_at = float("-inf")

    def discard(self) -> None:
        """What was said until now is not to be interpreted any more: it went straight across, or was said otherwise.

        Who sits there goes on counting what it is given.
        """
        sitting = self._sitting
        sitting.begins -= self._tape.end
        sitting.listened = None if sitting.listened is None else min(sitting.listened - self._tape.end, 0)
        sitting.utterances, sitting.spurts = Utterances(), Spurts()
        self._tape.wipe()
        self._left = None

    def _fill(self, audio: bytes, now: float) -> None:
        """A gap: what an engine with a continuous clock has put in for it by now."""
        sitting = self._sitting
        began = now - self._tape.length(audio) / BYTES_PER_S
        if sitting.clock_began is None:
            sitting.clock_began = began
            return
        counted = self._tape.end - sitting.begins + sitting.filled_bytes
        missing = round((began - sitting.clock_began) * BYTES_PER_S) - counted
        if missing > 0:
            sitting.filled.append((counted, missing))
            sitting.filled_bytes += missing

    # -- What it tells -------------------------------------------------------------------------------------------------

    def noticed(self, event: InterpreterEvent, now: float) -> None:
        """Something that the interpreter which sits here now said or noticed."""
        if isinstance(event, Spoke):
            self._spoke(event, now)
            return
        utterances = self._sitting.utterances
        match event:
            case SpeechBegan(key, at_ms):
                utterances.began(key, self._place(at_ms))
                utterances.forget(self._tape.start)
            case SpeechStopped(key, at_ms):
                utterances.stopped(key, self._place(at_ms))
            case SpokeAll(key) | Unclear(key):
                utterances.done(key, self._tape.end)
                self._sitting.spurts.ended()
            case Guarded(key, asked_again=again):
                if again:
                    utterances.again(key)
                else:
                    utterances.done(key, self._tape.end)
            case _:
                pass

    def _spoke(self, event: Spoke, now: float) -> None:
        sitting = self._sitting
        length_s = self._sink_format.ms(len(event.audio)) / 1000
        if sitting.utterances.named:
            sitting.utterances.spoke(event.utterance, length_s)
            return
        if not self._voiced(event.audio):
            return
        if event.elapsed_ms is not None:
            sitting.listened = self._place_by_clock(event.elapsed_ms)
            sitting.margin = MARGIN_BYTES
        listened = self._tape.end if sitting.listened is None else sitting.listened
        sitting.spurts.spoke(listened, length_s, now)

    def _place(self, at_ms: int) -> int:
        """Where on the tape what it counts as `at_ms` lies."""
        return min(self._sitting.begins + round(at_ms * BYTES_PER_S / 1000), self._tape.end)

    def _place_by_clock(self, at_ms: int) -> int:
        """The same for an engine that counts the silence it put in."""
        counted = round(at_ms * BYTES_PER_S / 1000)
        filled = 0
        for at, missing in self._sitting.filled:
            if counted <= at:
                break
            filled += min(missing, counted - at)
        return min(self._sitting.begins + counted - filled, self._tape.end)

    # -- What is left --------------------------------------------------------------------------------------------------

    def untold(self, now: float) -> Untold | None:
        """What was not translated; None when nothing that was voiced is left.

        Asked before `interpreter_began` or after it, as long as the new one was given nothing, it is what the last one
        left.
        """
        if self._tape.end == self._sitting.begins:
            return self._left
        return self._outstanding(now)

    def _outstanding(self, now: float) -> Untold | None:
        utterances = self._sitting.utterances
        left = self._by_utterances(utterances) if utterances.named else self._by_spurts(now)
        if left is None:
            return None
        first = max(self._tape.start, self._sitting.begins)
        place = max(left.place - LEAD_IN_BYTES, first)
        audio = self._tape.since(place)
        if not audio:
            return None
        return Untold(
            audio,
            self._tape.said_at(place),
            voiced_ms=_ms(sum(one.voiced for one in self._tape.stretches(place))),
            torn=self._torn(left.place, now),
            repeats_ms=_ms(min(left.repeats, self._tape.length(audio))),
            lost_ms=_ms(max(first - max(left.place, self._sitting.begins), 0)),
        )

    def _by_utterances(self, utterances: Utterances) -> Left | None:
        """From the first utterance that is not done on, or from voice that the engine has not found yet."""
        start = self._tape.start  # an engine may name a noise of which nothing comes: it makes nobody tell all again
        places = [one.began for one in utterances.open if one.ended is None or one.ended > start]
        unheard = self._tape.stretches(max(utterances.known_until + TAIL_BYTES, self._sitting.begins))
        if unheard:
            places.append(unheard[0].began)
        if not places:
            return None
        repeats = 0
        for one in utterances.since(min(places)):
            length = (self._tape.end if one.ended is None else one.ended) - one.began
            repeats += length if one.done else min(length, round(one.spoken_s * BYTES_PER_S))
        return Left(min(places), max(repeats, 0))

    def _by_spurts(self, now: float) -> Left | None:
        """From the first stretch of voice that was not told, or from between two words of it."""
        sitting = self._sitting
        left = sitting.spurts.left(self._tape.stretches(sitting.begins), sitting.margin, now)
        if left is None or not left.repeats:
            return left
        return Left(self._tape.breath_before(left.place, max(left.place - BYTES_PER_S, 0)), left.repeats)

    def _torn(self, place: int, now: float) -> tuple[str, ...]:
        utterances = self._sitting.utterances
        if not utterances.named:
            return ("",) if self._sitting.spurts.going_on(now) else ()
        return tuple(dict.fromkeys(one.key for one in (*utterances.open, *utterances.since(place))))


def _ms(size_bytes: int) -> int:
    return size_bytes * 1000 // BYTES_PER_S
