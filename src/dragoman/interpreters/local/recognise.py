"""From one utterance's sound to its words, or to the reason why it is not vouched for.

Spoken numbers: where the first pass writes figures in a language other than English, a second pass that may not write
figures is taken ("ciento doce euros", where the first wrote "12 euros"; measured: 8 of 8 sums right instead of 4).
`Recognised.text` then carries them as words.
"""

from __future__ import annotations

import enum
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from dragoman.interpreters.local.prompts import SHORT_ANSWERS
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.which_language import (
    COUSINS,
    OPEN,
    THIRD,
    UNLIKELY,
    Reading,
    Trust,
    better,
    lean,
    suffices,
    third,
)
from dragoman.interpreters.local.whisper import RATE_HZ, WINDOW_S, Decoded, Samples

LEAST_SCORE = -0.4
"""Mean log-probability per token below which a transcript is not vouched for (98 % of natural utterances lie above)."""
LEAST_SHORT_SCORE = -1.15
"""The same for one of the frequent short answers."""
_TOO_REGULAR = 2.4
"""Text that compresses better than this repeats itself."""
_SILENT_SCORE = -0.25
_LEAST_SAMPLES = RATE_HZ // 10
_SPLIT_TWENTY = re.compile(r"\bveinti[ -](?=un|d[oó]s|tr[eé]s|cuatro|cinco|s[eé]is|siete|ocho|nueve)")
"""Without figures the model sometimes writes "veinti ocho"."""

SoundT = TypeVar("SoundT")


class Model(Protocol[SoundT]):
    """What this needs of `whisper.Whisper`; tests bring their own."""

    def encode(self, samples: Samples) -> SoundT: ...

    def languages(self, sound: SoundT) -> dict[str, float]: ...

    def transcribe(self, sound: SoundT, language: str, keywords: Sequence[str] = ()) -> Decoded: ...

    def transcribe_in_words(self, sound: SoundT, language: str) -> Decoded: ...

    def translate(self, sound: SoundT, language: str) -> Decoded: ...

    def no_speech(self, sound: SoundT, language: str) -> float: ...


class Reason(enum.Enum):
    """Why an utterance is not vouched for."""

    NOT_SPEECH = "not-speech"
    LOW_CONFIDENCE = "low-confidence"
    WRONG_LANGUAGE = "wrong-language"
    """Neither the speaker's language nor the listener's."""
    REPETITION = "repetition"


@dataclass(frozen=True, slots=True)
class Misheard:
    """No words. With NOT_SPEECH nobody is to be asked to repeat: there was nobody."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class _Read:
    """An utterance written down in one language. `doubt`: why it is not vouched for."""

    text: str
    language: str
    score: float
    doubt: Misheard | None

    @property
    def nobody(self) -> bool:
        """Nobody spoke."""
        return self.doubt is not None and self.doubt.reason is Reason.NOT_SPEECH

    @property
    def reading(self) -> Reading:
        short = self.score < LEAST_SCORE
        trust = Trust.NONE if self.doubt is not None else Trust.SHORT if short else Trust.WHOLE
        return Reading(self.language, bare(self.text), self.score, trust)


class Recogniser(Generic[SoundT]):
    """Judges what the model hears. Runs in the decode thread."""

    def __init__(self, model: Model[SoundT]) -> None:
        self._model = model

    def recognise(
        self, samples: Samples, source: str | None, keywords: Sequence[str] = (), other: str | None = None
    ) -> Recognised | Misheard:
        """The words of one utterance at 16 kHz, of any length.

        `source` is the language that is expected (None = whatever it is). Speech that is plainly in another language is
        written in that one: the result's `language` is then not `source`, and the caller decides what that means.
        `keywords` are words of `source`: of words that sound alike, they are the likelier ones. With `other` it is in
        one of both languages, `source` being the one that was spoken last.
        """
        if len(samples) < _LEAST_SAMPLES:
            return Misheard(Reason.NOT_SPEECH)
        sounds = [self._model.encode(piece) for piece in windows(samples)]
        if source is not None and other is not None:
            return self._either(sounds, source, other)
        language = self._language(sounds[0], source)
        read = self._read(sounds, language, keywords if language == source else ())
        return read.doubt if read.doubt is not None else self._recognised(sounds, read)

    def _read(self, sounds: list[SoundT], language: str, keywords: Sequence[str] = ()) -> _Read:
        passes = [self._words(sound, language, keywords) for sound in sounds]
        text = " ".join(one.text for one in passes if one.text)
        score = sum(one.score for one in passes) / len(passes)
        wrong = self._doubt(passes, language, sounds[0])
        return _Read(text, language, score, None if wrong is None else Misheard(wrong))

    def _recognised(self, sounds: list[SoundT], read: _Read) -> Recognised:
        language = read.language
        if language == "en":
            return Recognised(read.text, language, read.score)
        return Recognised(read.text, language, read.score, lambda: self._english(sounds, language))

    def _either(self, sounds: list[SoundT], last: str, other: str) -> Recognised | Misheard:
        """It is in one of two languages: one reading, or where that is not enough, both."""
        chances = self._model.languages(sounds[0])
        if third(chances, last, other) is not None:
            return Misheard(Reason.WRONG_LANGUAGE)
        odds = lean(chances, last, other)
        likely, unlikely = (last, other) if odds > -OPEN else (other, last)
        first = self._read(sounds, likely)
        if suffices(first.reading, odds if likely == last else -odds):
            return first.doubt if first.doubt is not None else self._recognised(sounds, first)
        if first.nobody:
            return Misheard(Reason.NOT_SPEECH)
        second = self._read(sounds, unlikely)
        reads = {likely: first, unlikely: second}
        chosen = better(reads[last].reading, reads[other].reading, odds)
        if chosen is None or (chosen.trust is Trust.SHORT and second.nobody):
            return first.doubt or second.doubt or Misheard(Reason.LOW_CONFIDENCE)
        return self._recognised(sounds, reads[chosen.language])

    def _language(self, sound: SoundT, source: str | None) -> str:
        """The language to decode in: the expected one unless it is plainly another."""
        chances = self._model.languages(sound)
        best = max(chances, key=lambda one: chances[one], default="en")
        if source is None:
            return best
        plain = chances.get(best, 0.0) >= THIRD and chances.get(source, 0.0) < UNLIKELY
        return best if plain and best not in COUSINS.get(source, frozenset()) else source

    def _words(self, sound: SoundT, language: str, keywords: Sequence[str]) -> Decoded:
        first = self._model.transcribe(sound, language, keywords)
        if language == "en" or not any(letter.isdigit() for letter in first.text):
            return first
        second = self._model.transcribe_in_words(sound, language)
        if second.full or repeats(second.text) or second.score < min(first.score, LEAST_SCORE) - 0.2:
            return first
        return Decoded(_SPLIT_TWENTY.sub("veinti", second.text), max(first.score, second.score), full=False)

    def _doubt(self, passes: list[Decoded], language: str, sound: SoundT) -> Reason | None:
        text = " ".join(one.text for one in passes)
        score = sum(one.score for one in passes) / len(passes)
        if not re.search(r"\w", text):
            return Reason.NOT_SPEECH
        if any(one.full for one in passes) or repeats(text):
            return Reason.REPETITION
        if bare(text) in SHORT_ANSWERS.get(language, frozenset()):
            return None if score >= LEAST_SHORT_SCORE else Reason.LOW_CONFIDENCE
        if score < _SILENT_SCORE and self._model.no_speech(sound, language) > 0.6:
            return Reason.NOT_SPEECH
        return None if score >= LEAST_SCORE else Reason.LOW_CONFIDENCE

    def _english(self, sounds: list[SoundT], language: str) -> str:
        """Whisper's own English; "" when it loops."""
        passes = [self._model.translate(sound, language) for sound in sounds]
        text = " ".join(one.text for one in passes if one.text)
        return "" if any(one.full for one in passes) or repeats(text) else text


def bare(text: str) -> str:
    """Lower case, without punctuation."""
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())


def repeats(text: str) -> bool:
    """Whether a decoder ran in circles: "SOSOSOSO", or a long text that is all alike. Figures may repeat."""
    plain = re.sub(r"[\d\s]+", " ", text)
    if re.search(r"(\D{2,20}?)\1{3,}", plain) or re.search(r"(\w)\1{5,}", plain):
        return True
    coded = text.encode()
    return len(coded) >= 60 and len(coded) / len(zlib.compress(coded)) > _TOO_REGULAR


def windows(samples: Samples) -> list[Samples]:
    """Pieces that fit the model's window, cut at the quietest place in each window's last 5 s."""
    pieces: list[Samples] = []
    whole = WINDOW_S * RATE_HZ
    while len(samples) > whole:
        at = _quietest(samples[whole - 5 * RATE_HZ : whole]) + whole - 5 * RATE_HZ
        pieces.append(samples[:at])
        samples = samples[at:]
    return [*pieces, samples] if len(samples) >= _LEAST_SAMPLES or not pieces else pieces


def _quietest(samples: Samples) -> int:
    """The middle of the quietest 200 ms."""
    step = RATE_HZ // 10
    energy = np.square(samples[: len(samples) // step * step]).reshape(-1, step).sum(axis=1)
    return (int(np.argmin(energy[:-1] + energy[1:])) + 1) * step
