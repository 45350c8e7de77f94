"""A source's speech between pauses, with its audio, and which of it words or interpreted speech belong to.

An engine that names utterances is asked once: a name belongs to the stretch that was going on when it first came. One
that names none is guessed at, by what came when:

- words: the oldest stretch without any, unless they are too many for so short a sound; else the newest;
- speech that goes on, or begins within 2 s of the end of the stretch it was for: that stretch, still, unless it is
  too much for so short a sound;
- other speech: the oldest stretch that it owes (with words, not passed on, nothing said); else the newest.

A stretch with less than 0.3 s of voice gets neither, and one that ended more than 4 s ago gets nothing new.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Spoke
from dragoman.relay.spoken_language import count, ordinary_words

PAUSE_S: Final = 0.8
"""A pause as long as this ends a stretch."""
KEPT_S: Final = 10
"""So much of a stretch is kept, the latest."""
KEPT_STRETCHES: Final = 4
KEPT_NAMES: Final = 16
TAIL_S: Final = 0.1
"""What is left of the pause behind a stretch that is over."""
LEAST_VOICE_S: Final = 0.3
LATE_S: Final = 4.0
WORDS_PER_S: Final = 6.0
"""Nobody speaks faster."""
SPURT_GAP_S: Final = 1.0
"""A pause of the interpreter in one stretch, by the time its audio takes to be heard."""
TRAIL_S: Final = 2.0
SAID_FACTOR: Final = 1.5
SAID_SLACK_S: Final = 2.0
"""A translation takes at most so many times the voice that it translates, and so much more."""
KEPT_TEXT: Final = 600
"""So many characters of a stretch's text are kept, the latest."""


class SpokenStretch:
    """What was said between two pauses, and what became of it."""

    def __init__(self, number: int, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self._kept_bytes = fmt.bytes_for(KEPT_S * 1000)
        self.number = number
        self.voice_s = 0.0
        self.quiet_s = 0.0
        self.ended_at: float | None = None
        """When its last voice was heard; None while it goes on."""
        self.spoken = False
        """The engine has spoken for it..."""
        self.said_s = 0.0
        """...for so long."""
        self.passing = False
        self.passed = False
        """Some of it was passed on."""
        self.settled = False
        """Nothing more is decided about it."""
        self.pass_at: float | None = None
        """Its words are clear: when to pass it, if the engine has not spoken by then."""
        self._kept = bytearray()
        self._texts: dict[str, str] = {}

    @property
    def over(self) -> bool:
        return self.ended_at is not None

    @property
    def words(self) -> str:
        """All that is known of its text; "" when nothing is."""
        return " ".join(text for text in self._texts.values() if text.strip())[-KEPT_TEXT:]

    @property
    def said_enough(self) -> bool:
        """Whether more interpreted speech can hardly be for this."""
        return self.said_s > SAID_SLACK_S + SAID_FACTOR * self.voice_s

    def add(self, audio: bytes, *, loud: bool) -> None:
        """More of its sound."""
        length_s = self._format.ms(len(audio)) / 1000
        if loud:
            self.voice_s += length_s
            self.quiet_s = 0.0
        else:
            self.quiet_s += length_s
        if not self.passing and not self.settled:
            self._kept += audio
            if len(self._kept) > self._kept_bytes:
                del self._kept[: -self._kept_bytes]

    def caption(self, event: Captioned) -> None:
        """More of its text."""
        old = "" if event.whole else self._texts.get(event.utterance, "")
        self._texts[event.utterance] = (old + event.text)[-KEPT_TEXT:]
        if len(self._texts) > KEPT_NAMES:
            del self._texts[next(iter(self._texts))]

    def start_passing(self) -> bytes:
        """Its audio so far, without most of the pause at the end of one that is over."""
        kept = bytes(self._kept)
        if self.over:
            over = self._format.bytes_for(max(0.0, round((self.quiet_s - TAIL_S) * 1000)))
            kept = kept[: len(kept) - over]
        self._kept.clear()
        self.passing = self.passed = True
        self.pass_at = None
        return kept

    def settle(self) -> None:
        """No more is decided, nor passed."""
        self.settled = True
        self.passing = False
        self.pass_at = None
        self._kept.clear()


class Stretches:
    """The last few stretches of one mouth, oldest first."""

    def __init__(self, fmt: AudioFormat = AudioFormat.PCMU_8K) -> None:
        self._format = fmt
        self.recent: deque[SpokenStretch] = deque(maxlen=KEPT_STRETCHES)
        self.current: SpokenStretch | None = None
        self._count = 0
        self._named: dict[str, SpokenStretch] = {}
        self._spurt: SpokenStretch | None = None
        self._spurt_ends = float("-inf")

    @property
    def waiting(self) -> bool:
        """Whether any is to be passed on when its time comes."""
        return any([stretch.pass_at is not None for stretch in self.recent])  # noqa: C419 - a list is faster for few

    def begin(self, lead_in: bytes, audio: bytes) -> None:
        """Voice after a pause; `lead_in` is what was heard just before it."""
        self._count += 1
        self.current = SpokenStretch(self._count, self._format)
        self.current.add(lead_in, loud=False)
        self.current.add(audio, loud=True)
        self.recent.append(self.current)

    def end_current(self, now: float) -> None:
        if self.current is not None:
            self.current.ended_at = now - self.current.quiet_s
            self.current = None

    def forget(self, now: float) -> None:
        """What comes next is not heard here: no more is decided about what was."""
        self.end_current(now)
        for stretch in self.recent:
            stretch.settle()
        self.recent.clear()

    def forget_engine(self) -> None:
        """What the engine named, said and owes is of no more interest."""
        self._named.clear()
        self._spurt = None
        for stretch in self.recent:
            if stretch.over:
                stretch.settle()

    # -- What belongs to which -----------------------------------------------------------------------------------------

    def named(self, utterance: str) -> SpokenStretch | None:
        """The stretch of a named utterance: the newest when the name is new."""
        stretch = self._named.get(utterance)
        if stretch is None and self.recent:
            stretch = self._named[utterance] = self.recent[-1]
            if len(self._named) > KEPT_NAMES:
                del self._named[next(iter(self._named))]
        return stretch

    def of_words(self, event: Captioned, now: float) -> SpokenStretch | None:
        """Whose words these are."""
        if event.utterance:
            return self.named(event.utterance)
        able = self._able(now)
        size = count(ordinary_words(event.text))
        for stretch in able:
            if not stretch.words and not stretch.spoken and size <= 1 + WORDS_PER_S * stretch.voice_s:
                return stretch
        return able[-1] if able else None

    def of_speech(self, event: Spoke, length_s: float, now: float) -> SpokenStretch | None:
        """What the interpreter speaks for."""
        if event.utterance:
            return self.named(event.utterance)
        spurt = self._spurt
        if spurt is None or now > self._spurt_ends + SPURT_GAP_S or spurt.said_enough:
            spurt = self._spurt = self._owed(now)
        self._spurt_ends = max(self._spurt_ends, now) + length_s
        if spurt is not None:
            spurt.said_s += length_s
        return spurt

    def _owed(self, now: float) -> SpokenStretch | None:
        able = self._able(now)
        last = self._spurt
        trails = last is not None and last.ended_at is not None and now - last.ended_at <= TRAIL_S
        if trails and last is not None and not last.said_enough:
            return last
        for stretch in able:
            if stretch.words and not stretch.spoken and not stretch.passed:
                return stretch
        return able[-1] if able else None

    def _able(self, now: float) -> list[SpokenStretch]:
        return [
            stretch
            for stretch in self.recent
            if stretch.voice_s >= LEAST_VOICE_S and (stretch.ended_at is None or now - stretch.ended_at <= LATE_S)
        ]
