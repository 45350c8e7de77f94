"""Looking up in a FAQ: which entry a question asks for, and how sure that is.

Terms weigh as in BM25 (S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
Foundations and Trends in Information Retrieval 3 (4), 2009), each way of asking being a document. BM25's score has no
scale, and says nothing of what was asked besides; so an entry is judged by two shares of weight: how much of what was
asked it knows, and how much of one way of asking was said. The score parts those that come out equal. Neither bm25s nor
rank-bm25 (last released in 2022) tells such shares.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import FaqEntry
from dragoman.tools.terms import plain, terms

SURE = 0.65
"""From this confidence on an answer is given with nobody to judge it (the small mind)."""
LIKELY = 0.3
"""From this confidence on an entry is shown to a model, which judges."""

_K1 = 1.2
_B = 0.75
_FOREIGN = 1.5
"""How much more a term weighs that was asked and that the entry does not know: it may make it another question."""
_WEIGHT_MIN = 0.5
"""Less weight than this in common is an accident of grammar."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that may answer. `confidence` 0 to 1; `score` is BM25's."""

    entry: FaqEntry
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class _Document:
    entry: int
    terms: Mapping[str, float]
    length: float


class FaqIndex:
    """The entries of one language, made ready to look up in."""

    def __init__(self, entries: Sequence[FaqEntry], language: LanguageTag) -> None:
        self._language = language
        self._entries = tuple(entries)
        ways = [(at, text) for at, entry in enumerate(entries) for text in (*entry.asks, *entry.words)]
        asked = [(at, terms(text, language)) for at, text in ways]
        self._documents = tuple(_Document(at, found, sum(found.values())) for at, found in asked)
        self._exactly = {plain(text): at for at, text in reversed(ways) if plain(text)}
        self._known: tuple[set[str], ...] = tuple(set() for _ in entries)
        for document in self._documents:
            self._known[document.entry].update(document.terms)
        self._in_entries = Counter(term for known in self._known for term in known)
        lengths = [document.length for document in self._documents]
        self._mean_length = sum(lengths) / len(lengths) if any(lengths) else 1.0

    def find(self, question: str, most: int = 3, at_least: float = LIKELY) -> tuple[Hit, ...]:
        """The entries that may answer `question`, best first: at most `most`, none of less confidence."""
        asked = terms(question, self._language)
        best: dict[int, Hit] = {}
        for document in self._documents:
            hit = self._hit(asked, document)
            if hit is not None and (
                document.entry not in best
                or (hit.confidence, hit.score) > (best[document.entry].confidence, best[document.entry].score)
            ):
                best[document.entry] = hit
        if (exact := self._exactly.get(plain(question))) is not None:
            score = best[exact].score if exact in best else 0.0
            best[exact] = Hit(self._entries[exact], score, 1.0)
        ranked = sorted(best.values(), key=_rank, reverse=True)
        return tuple(hit for hit in ranked if hit.confidence >= at_least)[:most]

    def _hit(self, asked: Mapping[str, float], document: _Document) -> Hit | None:
        known = self._known[document.entry]
        weights = {term: weight * self._rarity(term) for term, weight in asked.items()}
        understood = sum(weight for term, weight in weights.items() if term in known)
        if understood < _WEIGHT_MIN:
            return None
        said = sum(weight * self._rarity(term) for term, weight in document.terms.items() if term in asked)
        whole = sum(weight * self._rarity(term) for term, weight in document.terms.items())
        norm = _K1 * (1 - _B + _B * document.length / self._mean_length)
        score = sum(
            weight * self._rarity(term) * (_K1 + 1) / (1 + norm)
            for term, weight in document.terms.items()
            if term in asked
        )
        foreign = sum(weights.values()) - understood
        understood_share = understood / (understood + _FOREIGN * foreign)
        said_share = said / whole if whole else 0.0
        return Hit(self._entries[document.entry], score, math.sqrt(understood_share * said_share))

    def _rarity(self, term: str) -> float:
        """BM25's inverse document frequency, over entries: one is not better known for being asked in many ways."""
        having = self._in_entries.get(term, 0)
        return math.log(1 + (len(self._entries) - having + 0.5) / (having + 0.5))


def _rank(hit: Hit) -> tuple[float, float]:
    return hit.confidence, hit.score
