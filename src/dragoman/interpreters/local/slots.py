"""Numbers, dates, times and spelled words taken out of a sentence before it is translated, and put back after.

In their place stands a token ("Zqwa") that no dictionary knows and every stage passes on; its third letter says what
kind of phrase it stands for. Pure.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.interpreters.local import names, say, slots_en, slots_es
from dragoman.interpreters.local.digits import digitise
from dragoman.interpreters.local.meaning import (
    Amount,
    Cardinal,
    Digits,
    Letters,
    Meaning,
    Name,
    Percent,
    Time,
    figures,
    number,
)
from dragoman.interpreters.local.number_words import LANGUAGES, plain

TOKEN = re.compile(r"\bzq([wmdnpe])([a-z])(?![a-z])", re.I)
_BARE = re.compile(r"(?<![\d.,])\d+(?:[.,:]\d+)?")
_HOUR_H = re.compile(r"\b(\d{1,2}) ?h(?:eures?|oras?)?(?: ?(\d\d))?\b", re.I)
_ALPHABET = "abcdefghijklmnoprstuvwxy"
_SOFT_WORDS = {
    "en": {"once": "1", "twice": "2", "thrice": "3", "half": "30", "quarter": "15", "one": "1", "a": "1", "an": "1"},
    "es": {"media": "30", "medio": "30", "un": "1", "una": "1", "uno": "1", "cuarto": "15", "ambos": "2"},
    "fr": {"un": "1", "une": "1", "demi": "30", "demie": "30", "quart": "15"},
    "pt": {"um": "1", "uma": "1", "meia": "30", "meio": "30", "quarto": "15"},
    "it": {"un": "1", "una": "1", "uno": "1", "mezza": "30", "mezzo": "30", "quarto": "15"},
}


@dataclass(frozen=True, slots=True)
class Protected:
    """A sentence with tokens in it, and what they stand for (by the token in lower case)."""

    text: str
    meanings: dict[str, Meaning]


def _letter(meaning: Meaning) -> str:
    """w = when, m = money, d = digits or letters, n = count, p = percent, e = name."""
    match meaning:
        case Amount():
            return "m"
        case Percent():
            return "p"
        case Name():
            return "e"
        case Digits() | Letters():
            return "d"
        case Cardinal():
            return "n"
        case _:
            return "w"


def find(text: str, language: str) -> Protected:
    """The text (any case, numbers as words or digits) with its numbers and times as tokens."""
    if language == "es":
        text = slots_es.PERCENT.sub("%", text)
    elif language == "en":
        text = slots_en.CLOCK_DOT.sub(r"\1 \2:\3", text)
    digits = digitise(text, language)
    meanings: dict[str, Meaning] = {}

    def keep(meaning: Meaning) -> str:
        if len(meanings) >= len(_ALPHABET):
            return say.written(meaning, language if language in say.LANGUAGES else "en")
        token = f"zq{_letter(meaning)}{_ALPHABET[len(meanings)]}"
        meanings[token] = meaning
        return token

    patterns = {"en": slots_en.PATTERNS, "es": slots_es.PATTERNS}.get(language)
    if patterns is not None:
        for pattern, meaning_of in patterns:
            digits = pattern.sub(lambda found, of=meaning_of: _put(found, of(found), keep), digits)  # type: ignore[misc]
    digits = names.NAME.sub(lambda found: _put_name(found, language, keep), digits)
    return Protected(digits, meanings)


def _put_name(found: re.Match[str], language: str, keep: Callable[[Meaning], str]) -> str:
    name = names.cut(found.group(), language)
    return found.group() if not name else found.group().replace(name, keep(Name(name)), 1)


def _put(found: re.Match[str], meaning: Meaning | None, keep: Callable[[Meaning], str]) -> str:
    """The match with its token; group `kept`, where there is one, stays before it."""
    if meaning is None:
        return found.group()
    before = found.groupdict().get("kept") or ""
    article = before.lower().strip()
    if article in ("del", "al"):  # the Spanish article belongs to the phrase that goes
        before = before[0] + ("e " if article == "del" else " ")
    elif article in ("antes", "después"):
        before += "de "
    return before + keep(meaning)


def restore(text: str, meanings: dict[str, Meaning], language: str, *, spoken: bool) -> str:
    """The text with each token replaced by its phrase in `language`."""
    phrase = say.spoken if spoken else say.written

    def put(found: re.Match[str]) -> str:
        meaning = meanings.get(found.group().lower())
        return found.group() if meaning is None else phrase(meaning, language)

    return TOKEN.sub(put, text)


def tokens(text: str) -> Counter[str]:
    """The tokens that stand in a text."""
    return Counter(found.group().lower() for found in TOKEN.finditer(text))


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a sentence: those that must survive, and those that may ("one", "half", small ordinals)."""

    hard: Counter[str]
    soft: Counter[str]


def figures_in(text: str, language: str) -> Figures:
    """All numbers in a text of one of the five languages, whether digits or words."""
    protected = find(text, language)
    hard = Counter(one for meaning in protected.meanings.values() for one in figures(meaning))
    rest = TOKEN.sub(" ", protected.text)
    if language not in ("en", "es"):
        for found in _HOUR_H.finditer(rest):
            hard.update(figures(Time(int(found.group(1)), int(found.group(2) or 0))))
        rest = _HOUR_H.sub(" ", rest)
    hard.update(number(found.group()) for found in _BARE.finditer(rest))
    soft: Counter[str] = Counter()
    numerals = LANGUAGES.get(language)
    for word in re.findall(r"[^\W\d_]+", plain(rest)):
        if word in _SOFT_WORDS.get(language, {}):
            soft[_SOFT_WORDS[language][word]] += 1
        elif numerals is not None and word in numerals.ordinals:
            soft[str(numerals.ordinals[word])] += 1
    return Figures(hard, soft)


def survived(source: Figures, target: Figures) -> bool:
    """Digits in = digits out: every number of either side stands on the other (a soft one will do)."""
    return _within(source.hard, target) and _within(target.hard, source)


def _within(wanted: Counter[str], there: Figures) -> bool:
    return not _pieces(wanted) - _pieces(there.hard + there.soft)


def _pieces(counted: Counter[str]) -> Counter[str]:
    """Parts of times and amounts apart: "7:15" and "7 15" are the same."""
    pieces: Counter[str] = Counter()
    for figure, times in counted.items():
        for piece in re.split(r"[:.]", figure):
            pieces[piece.lstrip("0") or "0"] += times
    return pieces
