"""Cuts a text into the pieces that are spoken one after the other: a short one first, so that sound comes soon.

The voice makes about 1.5 s of sound in 1 s, so each piece may be half as long again as the one before it without a gap.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FIRST_LETTERS = 20
_NEXT_LETTERS = 24
_MOST_LETTERS = 110
_GROWTH = 1.5
_WIDE_LETTER = 3
"""A kana or Chinese character takes about as long to say as this many Latin letters."""
_SENTENCE_PAUSE_MS = 220
_COMMA_PAUSE_MS = 90
_WEAK = {
    "en": "and|but|or|because|that|which|who|when|where|how|whether|if|so|to|for|with|in|on|at|from|of|the|a|my|your",
    "es": "y|e|pero|o|porque|que|qué|cuando|cuándo|cómo|dónde|si|para|con|en|por|de|a|desde|el|la|los|las|un|una|mi|su",
    "fr": "et|mais|ou|parce|que|qui|quand|où|comment|si|pour|avec|dans|en|de|à|le|la|les|un|une|mon|ma|votre",
    "it": "e|ma|o|perché|che|quando|dove|come|se|per|con|in|di|a|da|il|la|lo|un|una|mio",
    "pt": "e|mas|ou|porque|que|quando|onde|como|se|para|com|em|de|a|por|o|as|os|um|uma|meu|minha",
}
"""Words before which a voice may breathe."""
_ENDS = ".!?。！？…"
_MARKS = _ENDS + ",;:、，；："
_AFTER_MARK = re.compile(rf"(?<=[{re.escape(_MARKS)}])(?:\s+|(?<=[。！？、，；：])(?=\S))")


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece to be spoken and the silence after it."""

    text: str
    pause_ms: int


def clauses(text: str, language: str) -> list[Clause]:
    """The pieces of `text`; none when nothing in it can be spoken."""
    joint = "" if language in ("ja", "zh") else " "
    pieces: list[str] = []
    limit = float(_FIRST_LETTERS)
    for sentence in _sentences(text):
        rest = sentence
        while rest:
            piece, rest = _cut(rest, limit, language, joint)
            pieces.append(piece)
            limit = min(_MOST_LETTERS, max(_NEXT_LETTERS, _weight(piece) * _GROWTH))
    return [_clause(piece, last=number == len(pieces) - 1) for number, piece in enumerate(pieces)]


def _sentences(text: str) -> list[str]:
    """Sentences that hold something to say."""
    found: list[str] = []
    held = ""
    for part in _AFTER_MARK.split(" ".join(text.split())):
        held = f"{held} {part}".strip() if held and held[-1] not in "、，；：" else held + part
        if held.endswith(tuple(_ENDS)):
            found.append(held)
            held = ""
    return [one for one in [*found, held] if re.search(r"\w", one)]


def _cut(sentence: str, limit: float, language: str, joint: str) -> tuple[str, str]:
    """The first piece of about `limit` letters and the rest; the whole when it is hardly longer or has no place."""
    if _weight(sentence) <= limit * 1.3:
        return sentence, ""
    places = [found.end() for found in re.finditer(r"[,;:、，；：]\s*", sentence)]
    if joint:
        weak = _WEAK.get(language, "")
        places += [found.start() + 1 for found in re.finditer(rf" (?=(?:{weak})\b)", sentence)] if weak else []
    best = _best(sentence, sorted(places), limit)
    if best is None:
        return sentence, ""
    return sentence[:best].strip(), sentence[best:].strip()


def _best(sentence: str, places: list[int], limit: float) -> int | None:
    """The last place within the limit; else the first one after it. Neither side may be a scrap."""
    fitting = [at for at in places if _weight(sentence[:at]) >= limit * 0.35 and _weight(sentence[at:]) >= 8]
    within = [at for at in fitting if _weight(sentence[:at]) <= limit * 1.2]
    if within:
        return within[-1]
    return fitting[0] if fitting else None


def _weight(text: str) -> int:
    """How long it takes to say, in Latin letters."""
    return sum(_WIDE_LETTER if letter >= "\u3040" else 1 for letter in text)


def _clause(piece: str, *, last: bool) -> Clause:
    if piece.endswith(tuple(_ENDS)):
        return Clause(piece, 0 if last else _SENTENCE_PAUSE_MS)
    if piece.endswith(tuple(_MARKS)):
        return Clause(piece, 0 if last else _COMMA_PAUSE_MS)
    return Clause(piece if last else f"{piece},", 0)
