"""The text side of the embedded engine: what was recognised, in the other language, or an honest refusal.

Per sentence: the phrase memory, else grammar (`rules`: Apertium and ours), with numbers, dates, times and names
taken out
before and put back after. Speech that is to become English has a second translator, Whisper's own: it is asked
when the first way is shaky. Whatever is said has the numbers that were heard, or nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol

from dragoman.interpreters.local import apertium, phrases, slots
from dragoman.interpreters.local.apertium import ApertiumDied
from dragoman.interpreters.local.digits import digitise
from dragoman.interpreters.local.hearing_es import as_question, mended
from dragoman.interpreters.local.meaning import Cardinal, Meaning
from dragoman.interpreters.local.rendered import Flag, How, Recognised, Refusal, RefusalReason, Rendered, Translation
from dragoman.interpreters.local.rules import Drafted, RuleTranslator
from dragoman.interpreters.local.sentences import presentable, split, without_fillers

WHISPER_INTO_ENGLISH = frozenset({"es", "fr", "pt", "it"})
"""Languages whose Whisper translation is good enough to be spoken (Japanese and Hindi are not)."""
_SHAKY_SHARE = 0.12
"""Share of unknown words from which another way is asked for."""
_LOST_SHARE = 0.5


class SentenceTranslator(Protocol):
    """`rules.RuleTranslator`, `mt_model.ModelTranslator`, or a test's."""

    def translate(self, sentence: str) -> Drafted:
        """One sentence with tokens in it; raise DragomanError when it cannot work."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sentence's translation, with tokens, and how it came."""

    text: str
    meanings: Mapping[str, Meaning]
    how: How
    words: int
    unknown: int = 0
    whole: bool = True
    """All tokens came through."""


@dataclass(slots=True)
class Direction:
    """What translates one pair: a memory, and a way by grammar or by a model (None = only Whisper)."""

    source: str
    target: str
    memory: phrases.Memory
    way: SentenceTranslator | None
    how: How = How.APERTIUM
    _open: list[SentenceTranslator] = field(default_factory=list)


class Translator:
    """All directions of one engine process. `translate` runs in a worker thread, one call at a time per direction.

    `models` is a folder with CTranslate2 translation models, one folder per pair ("en-es", "es-en", "fr-en"), which
    then take Apertium's place; None = none.
    """

    def __init__(self, directions: Mapping[tuple[str, str], Direction]) -> None:
        self._directions = dict(directions)

    @classmethod
    def open(cls, models: Path | None = None) -> Translator:
        """Everything that this machine can do. Raise ModelError when a given model folder is broken."""
        directions: dict[tuple[str, str], Direction] = {}
        for source, target in (("en", "es"), ("es", "en")):
            three = {"en": "eng", "es": "spa"}
            if apertium.installed(three[source], three[target]):
                rule = RuleTranslator(source, target)
                directions[source, target] = Direction(source, target, phrases.load(source, target), rule)
        for source in sorted(WHISPER_INTO_ENGLISH):
            directions.setdefault(
                (source, "en"), Direction(source, "en", phrases.load(source, "en"), None, How.WHISPER)
            )
        if models is not None:
            from dragoman.interpreters.local.mt_model import find_models  # its library is needed only here

            for (source, target), model in find_models(models).items():
                memory = phrases.load(source, target)
                directions[source, target] = Direction(source, target, memory, model, How.MODEL)
        return cls(directions)

    def __enter__(self) -> Translator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def pairs(self) -> frozenset[tuple[str, str]]:
        """The (source, target) languages that can be translated from speech."""
        return frozenset(self._directions)

    def warm_up(self) -> None:
        """Load the dictionaries: the first sentence is then as fast as the others."""
        samples = {"en": "One moment, please check the number.", "es": "Un momento, voy a ver el número."}
        for (source, target), direction in self._directions.items():
            if direction.way is not None and source in samples:
                self.translate(Recognised(samples[source], source), target)

    def close(self) -> None:
        for direction in self._directions.values():
            if direction.way is not None:
                direction.way.close()

    def translate(self, heard: Recognised, target: str) -> Translation:
        """What to caption and to say in `target`, or why not. Never raises for any text."""
        if not re.search(r"\w", heard.text):
            return Refusal(RefusalReason.EMPTY)
        if heard.language == target:
            return Rendered(heard.text, heard.text, How.SAME)
        direction = self._directions.get((heard.language, target))
        if direction is None:
            return Refusal(RefusalReason.NO_PAIR)
        return _Attempt(heard, direction).rendered()


class _Attempt:
    """One utterance on its way through one direction."""

    def __init__(self, heard: Recognised, direction: Direction) -> None:
        self._heard = heard
        self._direction = direction
        self._source, self._target = direction.source, direction.target
        text = mended(heard.text) if self._source == "es" else heard.text
        self._text = text
        self._sentences = split(text, self._source)
        self._figures = slots.figures_in(text, self._source)
        self._english = once(heard.english if self._target == "en" else None)

    def rendered(self) -> Translation:
        if not self._sentences:
            return Refusal(RefusalReason.EMPTY)
        if self._direction.way is None:
            return self._by_memory_or_whisper()
        pieces = [self._piece(sentence) for sentence in self._sentences]
        good = [piece for piece in pieces if piece is not None]
        if len(good) < len(pieces):
            return self._by_whisper() or Refusal(RefusalReason.ENGINE)
        if self._shaky(good):
            other = self._by_whisper()
            if other is not None:
                return other
        return self._joined(good)

    def _piece(self, sentence: str) -> _Piece | None:
        """One sentence by memory, else by the direction's way; None when that way failed."""
        sentence = without_fillers(sentence, self._source)
        if self._source == "es":
            sentence = as_question(sentence)
        protected = slots.find(sentence, self._source)
        words = len(re.findall(r"\w+", sentence))
        known = self._direction.memory.find(protected.text)
        if known is not None:
            return _Piece(known, protected.meanings, How.PHRASES, words)
        way = self._direction.way
        if way is None:
            return None
        if self._direction.how is How.MODEL:  # a model reads numbers itself; they are compared after
            draft = way.translate(digitise(sentence, self._source))
            found = slots.find(draft.text, self._target)
            return _Piece(found.text, found.meanings, How.MODEL, words)
        counted = _with_counts(protected)
        try:
            draft = way.translate(counted)
        except ApertiumDied:
            return None
        whole = slots.tokens(draft.text) == slots.tokens(counted)
        return _Piece(draft.text, protected.meanings, self._direction.how, words, draft.unknown, whole)

    def _shaky(self, pieces: list[_Piece]) -> bool:
        """Whether another way is worth its time: words unknown, or a token lost."""
        words = sum(piece.words for piece in pieces)
        unknown = sum(piece.unknown for piece in pieces)
        return unknown > max(words * _SHAKY_SHARE, 0.5) or not all(piece.whole for piece in pieces)

    def _joined(self, pieces: list[_Piece]) -> Translation:
        text, spoken = (self._said(pieces, spoken=spoken) for spoken in (False, True))
        words = sum(piece.words for piece in pieces)
        unknown = sum(piece.unknown for piece in pieces)
        if not re.search(r"\w", text):
            return Refusal(RefusalReason.EMPTY)
        if unknown > words * _LOST_SHARE and words > 2:
            return Refusal(RefusalReason.UNTRANSLATED)
        flags = {Flag.UNKNOWN_WORDS} if unknown else set()
        by_memory = sum(piece.words for piece in pieces if piece.how is How.PHRASES)
        how = How.PHRASES if by_memory * 2 > words else self._direction.how
        if 0 < by_memory < words:
            flags.add(Flag.PARTLY_PHRASES)
        if not slots.survived(self._figures, slots.figures_in(text, self._target)):
            return self._by_whisper() or Refusal(RefusalReason.NUMBER)
        return Rendered(text, spoken, how, frozenset(flags))

    def _said(self, pieces: list[_Piece], *, spoken: bool) -> str:
        said: list[str] = []
        for piece in pieces:
            restored = slots.restore(piece.text, dict(piece.meanings), self._target, spoken=spoken)
            continues = bool(said) and said[-1].endswith(",")
            said.append(presentable(restored, self._target, continues=continues))
        return " ".join(said)

    def _by_memory_or_whisper(self) -> Translation:
        return self._by_whisper() or Refusal(RefusalReason.EMPTY if not self._english() else RefusalReason.NUMBER)

    def _by_whisper(self) -> Rendered | None:
        """Whisper's English, when there is one and its numbers and names are those that were heard."""
        english = self._english()
        if not re.search(r"\w", english):
            return None
        if not slots.survived(self._figures, slots.figures_in(english, "en")) or not _plausible(self._text, english):
            return None
        protected = slots.find(english, "en")
        text = slots.restore(protected.text, protected.meanings, "en", spoken=False)
        spoken = slots.restore(protected.text, protected.meanings, "en", spoken=True)
        flags = frozenset({Flag.SECOND_CHOICE}) if self._direction.way is not None else frozenset()
        return Rendered(presentable(text, "en"), presentable(spoken, "en"), How.WHISPER, flags)


def _with_counts(protected: slots.Protected) -> str:
    """Counts as digits: "3 cajas" must agree with its noun, which a token cannot."""
    text = protected.text
    for token, meaning in protected.meanings.items():
        if isinstance(meaning, Cardinal):
            text = re.sub(rf"\b{token}\b", meaning.value, text, flags=re.I)
    return text


def _plausible(source: str, english: str) -> bool:
    """About as long as what was said, and not left in the source language."""
    before, after = source.split(), english.split()
    if not 0.4 <= (len(after) + 2) / (len(before) + 2) <= 2.2:
        return False
    same = sum(word.lower().strip(".,?!¿¡") in {one.lower().strip(".,?!¿¡") for one in before} for word in after)
    return len(after) < 3 or same < len(after) * 0.6


def once(ask: Callable[[], str] | None) -> Callable[[], str]:
    """Asked at most once; "" when there is nobody to ask."""
    answers: list[str] = []

    def answer() -> str:
        if not answers:
            answers.append(ask() if ask is not None else "")
        return answers[0]

    return answer
