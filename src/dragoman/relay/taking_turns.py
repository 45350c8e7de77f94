"""Several interpreters speak into one ear: one is heard at a time, whole utterance by whole utterance. Pure.

Who begins first is heard; the others wait with what they say. A turn is over with its utterance, when its interpreter
falls silent in the midst of it, or when somebody has waited for too long. What waits is neither lost nor reordered.
Silence is no turn: an interpreter that sends it without end keeps nobody waiting, and is not heard until it speaks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from dragoman.audio.arithmetic import arithmetic
from dragoman.domain.audio import AudioFormat

SILENT_S = 1.5
"""An interpreter that brought no voice for so long is not in the midst of anything."""

LEAD_IN_MS = 100
"""So much of the silence before a turn is heard: words begin softly."""

PATIENCE_S = 8.0
"""Somebody who speaks without end gives way to who has waited for so long."""


@dataclass(frozen=True, slots=True)
class Say:
    """To be heard now, under `label` of this voice."""

    voice: str
    label: str
    audio: bytes


@dataclass(frozen=True, slots=True)
class SaidAll:
    """No more comes under this label for now; `mark` is what its voice wants to be told when it was heard."""

    voice: str
    label: str
    mark: str


Saying = Say | SaidAll


@dataclass(slots=True)
class _Queue:
    since: float
    said: deque[Saying] = field(default_factory=deque)


class TakingTurns:
    """One ear's. What comes back from each call is to be heard at once, in this order."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._voiced = arithmetic(fmt).voiced
        self._lead_in_bytes = fmt.bytes_for(LEAD_IN_MS)
        self._talker: str | None = None
        self._voice_at = 0.0
        self._waiting: dict[str, _Queue] = {}
        self._silences: dict[str, bytes] = {}
        """The last silence of those who have no turn."""

    @property
    def waiting(self) -> bool:
        """Somebody waits: `tick` is wanted."""
        return bool(self._waiting)

    def say(self, one: Saying, now: float) -> Sequence[Saying]:
        """An interpreter has something to say."""
        before = self._passed_on(now)
        if self._talker == one.voice and one.voice not in self._waiting:
            return (*before, *self._heard(one, now))
        if one.voice not in self._waiting:
            if isinstance(one, SaidAll):
                return (*before, one)  # all of it was silence, or was heard before the turn passed on
            if not self._voiced(one.audio):
                self._kept_silent(one)
                return before
            one = Say(one.voice, one.label, self._silences.pop(one.voice, b"") + one.audio)
        if self._talker is None and not self._waiting:
            self._talker = one.voice
            return (*before, *self._heard(one, now))
        self._waiting.setdefault(one.voice, _Queue(now)).said.append(one)
        return before

    def _heard(self, one: Saying, now: float) -> Sequence[Saying]:
        """More of what has the turn, or its end."""
        if isinstance(one, Say):
            if self._voiced(one.audio):
                self._voice_at = now
            return (one,)
        self._talker = None
        return (one, *self._next(now))

    def _kept_silent(self, one: Say) -> None:
        kept = self._silences.get(one.voice, b"") + one.audio
        self._silences[one.voice] = kept[-self._lead_in_bytes :]

    def drop(self, voice: str, label: str) -> None:
        """What waits of it is not to be heard; its end is told all the same."""
        queue = self._waiting.get(voice)
        if queue is not None:
            queue.said = deque(one for one in queue.said if not (isinstance(one, Say) and one.label == label))

    def tick(self, now: float) -> Sequence[Saying]:
        """A few times a second while somebody waits."""
        return self._passed_on(now)

    def _passed_on(self, now: float) -> Sequence[Saying]:
        """The turn is over without a word: who has it is silent, or somebody has waited for too long."""
        if self._talker is not None:
            silent = now - self._voice_at > SILENT_S
            waited_s = now - min((queue.since for queue in self._waiting.values()), default=now)
            if not silent and waited_s < PATIENCE_S:
                return ()
            self._talker = None
        return self._next(now)

    def _next(self, now: float) -> Sequence[Saying]:
        """Whoever has waited longest, to the end of an utterance or of what there is; and so on while turns end."""
        heard: list[Saying] = []
        while self._waiting and self._talker is None:
            voice = min(self._waiting, key=lambda name: self._waiting[name].since)
            queue = self._waiting[voice]
            self._talker, self._voice_at = voice, now
            while queue.said and self._talker is not None:
                heard.append(queue.said.popleft())
                if isinstance(heard[-1], SaidAll):
                    self._talker = None
            queue.since = now
            if not queue.said:
                del self._waiting[voice]
        return heard
