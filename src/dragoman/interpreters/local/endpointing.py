"""Where utterances begin and end: a state machine over speech probabilities. Its clock is the audio itself.

One `step` per 32 ms frame. Positions are milliseconds of audio since the stream began. Nothing here knows the model.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

FRAME_MS = 32
"""One step: 512 samples at 16 kHz."""

_SPLIT_LOOKBACK_FRAMES = 125
"""How far back (4 s) the quietest place is looked for when an utterance must be cut."""

_EVIDENCE = 0.8
"""How far above the lower threshold the frames of a beginning must lie, in sum: two or three of clear speech, more of
faint speech. A struck note is above it for a moment only."""


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """When speech counts. Milliseconds of audio.

    `threshold` starts speech; it goes on while the probability stays above `threshold - 0.15`. `confirm_ms` of speech
    make an utterance (shorter clicks are nothing). `pause_ms` of silence give `Paused` (start to decode, it may be the
    end), `silence_ms` end it. After `long_ms` a pause of `long_pause_ms` ends it too; at `max_ms` it is cut at its
    quietest recent place.
    """

    threshold: float = 0.5
    confirm_ms: int = 96
    padding_ms: int = 600
    pause_ms: int = 160
    silence_ms: int = 500
    long_ms: int = 8_000
    long_pause_ms: int = 224
    max_ms: int = 14_000


@dataclass(frozen=True, slots=True)
class Began:
    """An utterance began; `start_ms` includes the padding before it."""

    start_ms: int


@dataclass(frozen=True, slots=True)
class Paused:
    """The speaker is silent; if they stay so, the utterance is what lies between these positions."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """It was only a pause."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The utterance is over. `at_ms` is the position when that became known; `cut` = the speaker did not stop.

    `peak` is the highest probability of speech in it.
    """

    start_ms: int
    end_ms: int
    at_ms: int
    cut: bool = False
    peak: float = 1.0


EndpointEvent = Began | Paused | Resumed | Ended


class Endpointer:
    """Follows one stream. `earliest_ms` of the next utterance never lies before the end of the last one."""

    def __init__(self, rules: EndpointRules) -> None:
        self._rules = rules
        self._frames = 0
        self._floor_ms = 0
        self._run = 0
        self._began: int | None = None
        self._last_voice_ms = 0
        self._paused = False
        self._peak = 0.0
        self._evidence = 0.0
        self._recent: deque[float] = deque(maxlen=_SPLIT_LOOKBACK_FRAMES)

    @property
    def position_ms(self) -> int:
        """How much audio was seen."""
        return self._frames * FRAME_MS

    @property
    def earliest_ms(self) -> int:
        """Audio before this position is not needed any more."""
        if self._began is not None:
            return self._began
        onset = self.position_ms - self._run * FRAME_MS
        return max(self._floor_ms, onset - self._rules.padding_ms)

    def retune(self, rules: EndpointRules) -> None:
        """Use other rules from now on."""
        self._rules = rules

    def step(self, probability: float) -> tuple[EndpointEvent, ...]:
        """The next frame's probability of speech."""
        self._frames += 1
        return self._outside(probability) if self._began is None else self._inside(probability, self._began)

    def finish(self) -> tuple[EndpointEvent, ...]:
        """The stream is over, or the client commits by hand: end what is running."""
        return () if self._began is None else self._end(self._began, self._last_voice_ms, cut=False)

    def _outside(self, probability: float) -> tuple[EndpointEvent, ...]:
        low = self._rules.threshold - 0.15
        if probability < low:
            self._run = 0
            self._peak = self._evidence = 0.0
            return ()
        self._run += 1
        self._peak = max(self._peak, probability)
        self._evidence += probability - low
        sure = self._peak >= self._rules.threshold and self._evidence >= _EVIDENCE
        if not sure or self._run * FRAME_MS < self._rules.confirm_ms:
            return ()
        self._begin(self.earliest_ms)
        return (Began(self._began or 0),)

    def _begin(self, start_ms: int) -> None:
        self._began = start_ms
        self._last_voice_ms = self.position_ms
        self._paused = False
        self._run = 0
        self._evidence = 0.0
        self._recent.clear()

    def _inside(self, probability: float, start_ms: int) -> tuple[EndpointEvent, ...]:
        self._recent.append(probability)
        self._peak = max(self._peak, probability)
        if probability >= self._rules.threshold - 0.15:
            self._last_voice_ms = self.position_ms
            if self.position_ms - start_ms >= self._rules.max_ms:
                return self._cut(start_ms)
            if self._paused:
                self._paused = False
                return (Resumed(),)
            return ()
        silent_ms = self.position_ms - self._last_voice_ms
        if silent_ms >= self._patience_ms(start_ms):
            return self._end(start_ms, self._last_voice_ms, cut=False)
        if silent_ms >= self._rules.pause_ms and not self._paused:
            self._paused = True
            return (Paused(start_ms, self._tail_ms(self._last_voice_ms)),)
        return ()

    def _patience_ms(self, start_ms: int) -> int:
        """How long a silence ends the utterance: less patience with long ones."""
        rules = self._rules
        if self._last_voice_ms - start_ms >= rules.long_ms:
            return min(rules.silence_ms, rules.long_pause_ms)
        return rules.silence_ms

    def _tail_ms(self, end_ms: int) -> int:
        """A bit of the silence belongs to the utterance, so that no last consonant is lost; always the same bit."""
        return end_ms + min(self._rules.pause_ms, self._rules.silence_ms)

    def _end(self, start_ms: int, voice_ms: int, *, cut: bool) -> tuple[EndpointEvent, ...]:
        end_ms = min(self._tail_ms(voice_ms), self.position_ms)
        self._began = None
        self._run = 0
        self._floor_ms = end_ms
        peak, self._peak = self._peak, 0.0
        return (Ended(start_ms, end_ms, self.position_ms, cut, peak),)

    def _cut(self, start_ms: int) -> tuple[EndpointEvent, ...]:
        """The speaker does not pause: end at the quietest recent place and go on from there."""
        back = _quietest(list(self._recent))
        at_ms = self.position_ms - back * FRAME_MS
        ended = Ended(start_ms, at_ms, self.position_ms, cut=True, peak=self._peak)
        self._floor_ms = at_ms
        self._begin(at_ms)
        return (ended, Began(at_ms))


def _quietest(recent: list[float]) -> int:
    """How many frames from the end the middle of the quietest three frames lies; 0 when there are fewer."""
    sums = [sum(recent[i : i + 3]) for i in range(len(recent) - 2)]
    if not sums:
        return 0
    return len(recent) - (sums.index(min(sums)) + 1) - 1
