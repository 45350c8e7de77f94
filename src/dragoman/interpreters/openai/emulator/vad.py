"""Voice activity by energy, counted in milliseconds of appended audio. Pure: audio in, events out.

Nothing here knows the wall clock: ten seconds appended in one message are ten seconds. `audio_start_ms` includes the
prefix padding, `audio_end_ms` the silence that was waited for (OpenAI's specification of the two events).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from dragoman.interpreters.openai.emulator.sound import NOTHING, SAMPLES_PER_MS, Samples, dbfs
from dragoman.interpreters.realtime.wire.session import SemanticVad, ServerVad, TurnDetection

STEP_MS = 20
STEP_SAMPLES = STEP_MS * SAMPLES_PER_MS
ONSET_MS = 60
"""Sound this long is speech; shorter is a click."""

SEMANTIC_SILENCE_MS = {"low": 2000, "medium": 1000, "auto": 1000, "high": 500}
"""How `semantic_vad` is played here: it has no words to weigh, so each eagerness is a length of silence."""


@dataclass(frozen=True, slots=True)
class Began:
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Speech ended; `audio` is what the turn holds, from its start with padding to its end with the silence."""

    audio_start_ms: int
    audio_end_ms: int
    audio: Samples


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody spoke for `idle_timeout_ms` after the last response had been played."""

    audio_start_ms: int
    audio_end_ms: int
    audio: Samples


Activity = Began | Stopped | Idle


def threshold_dbfs(threshold: float) -> float:
    """How loud speech must be: 0.5 is -45 dBFS, each 0.1 is 4 dB."""
    return -45.0 + (threshold - 0.5) * 40.0


class Shelf:
    """Audio in pieces: put at the end, let go at the start, taken as one."""

    def __init__(self) -> None:
        self._pieces: deque[Samples] = deque()
        self.size = 0

    def put(self, piece: Samples) -> None:
        self._pieces.append(piece)
        self.size += int(piece.size)

    def take(self) -> Samples:
        """All of it; the shelf is empty then."""
        audio = np.concatenate(list(self._pieces)) if self._pieces else NOTHING
        self._pieces.clear()
        self.size = 0
        return audio

    def keep_last(self, ms: int) -> None:
        """Let go of what is older than `ms`, to the sample."""
        spare = self.size - ms * SAMPLES_PER_MS
        while spare > 0:
            oldest = self._pieces.popleft()
            if oldest.size > spare:
                self._pieces.appendleft(oldest[spare:])
            cut = min(spare, int(oldest.size))
            self.size -= cut
            spare -= cut


class Detector:
    """Cuts one session's input into turns. `now_ms` is all audio it was ever given."""

    def __init__(self, rules: TurnDetection | None) -> None:
        self.rules = rules
        self._waiting: Samples = NOTHING
        self._kept = Shelf()
        """The input buffer: since the turn began, or the padding before one; all of it without turn detection."""
        self._done_ms = 0
        self._started_ms: int | None = None
        self._loud_ms = 0
        self._silent_ms = 0
        self._free_ms = 0
        """Where the last turn ended: padding does not reach back over it."""
        self._idle_from_ms: int | None = None

    @property
    def now_ms(self) -> int:
        return self._done_ms + int(self._waiting.size) // SAMPLES_PER_MS

    @property
    def speaking(self) -> bool:
        return self._started_ms is not None

    def configure(self, rules: TurnDetection | None) -> None:
        """Take other rules from here on; speech that runs is judged by them."""
        self.rules = rules

    def expect_silence(self, playing_ms: int) -> None:
        """A response is done and will be heard for `playing_ms`: the idle timeout counts from its end."""
        self._idle_from_ms = self.now_ms + playing_ms

    def forget_silence(self) -> None:
        """A response begins: the idle timeout does not count."""
        self._idle_from_ms = None

    def hear(self, samples: Samples) -> list[Activity]:
        """Append audio of any length."""
        self._waiting = np.concatenate([self._waiting, samples]) if self._waiting.size else samples
        found: list[Activity] = []
        while self._waiting.size >= STEP_SAMPLES:
            step, self._waiting = self._waiting[:STEP_SAMPLES], self._waiting[STEP_SAMPLES:]
            activity = self._step(step)
            if activity is not None:
                found.append(activity)
        return found

    def take(self) -> Samples:
        """Empty the input buffer: a manual commit or a clear. Ends a turn that runs."""
        self._done_ms = self.now_ms
        self._kept.put(self._waiting)
        self._waiting, audio = NOTHING, self._kept.take()
        self._started_ms, self._loud_ms, self._silent_ms = None, 0, 0
        self._free_ms = self._done_ms
        return audio

    @property
    def buffered_ms(self) -> int:
        return (self._kept.size + int(self._waiting.size)) // SAMPLES_PER_MS

    def _step(self, step: Samples) -> Activity | None:
        self._kept.put(step)
        self._done_ms += STEP_MS
        if self.rules is None:
            return None
        loud = dbfs(step) > threshold_dbfs(self.rules.threshold if isinstance(self.rules, ServerVad) else 0.5)
        if self._started_ms is not None:
            return self._end_of_speech(loud)
        self._loud_ms = self._loud_ms + STEP_MS if loud else 0
        if self._loud_ms >= ONSET_MS:
            return self._begin()
        self._kept.keep_last(self._padding_ms() + ONSET_MS)
        return self._idle()

    def _begin(self) -> Began:
        start_ms = max(self._free_ms, self._done_ms - self._loud_ms - self._padding_ms())
        self._started_ms, self._silent_ms, self._loud_ms = start_ms, 0, 0
        self._idle_from_ms = None
        self._kept.keep_last(self._done_ms - start_ms)
        return Began(start_ms)

    def _end_of_speech(self, loud: bool) -> Stopped | None:
        self._silent_ms = 0 if loud else self._silent_ms + STEP_MS
        start_ms = self._started_ms
        if start_ms is None or self._silent_ms < self._silence_ms():
            return None
        self._started_ms, self._silent_ms, self._free_ms = None, 0, self._done_ms
        return Stopped(start_ms, self._done_ms, self._kept.take())

    def _idle(self) -> Idle | None:
        rules = self.rules
        if self._idle_from_ms is None or not isinstance(rules, ServerVad) or rules.idle_timeout_ms is None:
            return None
        if self._done_ms - self._idle_from_ms < rules.idle_timeout_ms:
            return None
        start_ms, self._idle_from_ms = self._idle_from_ms, None
        self._free_ms = self._done_ms
        return Idle(start_ms, self._done_ms, self._kept.take())

    def _padding_ms(self) -> int:
        return self.rules.prefix_padding_ms if isinstance(self.rules, ServerVad) else 300

    def _silence_ms(self) -> int:
        match self.rules:
            case ServerVad(silence_duration_ms=silence_ms):
                return silence_ms
            case SemanticVad(eagerness=eagerness):
                return SEMANTIC_SILENCE_MS.get(eagerness, SEMANTIC_SILENCE_MS["auto"])
            case None:
                return 0
