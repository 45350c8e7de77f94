"""Apertium with our rules between its steps: one direction of translation by grammar.

Takes and gives sentences with tokens in them (`slots`): those pass through as nouns, adverbs or names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from dragoman.interpreters.local import from_english, from_spanish, lexicon, to_english, to_spanish
from dragoman.interpreters.local.apertium import Apertium
from dragoman.interpreters.local.lexicon import VERBATIM, Lexicon
from dragoman.interpreters.local.slots import TOKEN
from dragoman.interpreters.local.stream import Unit, Word, parse, render

_TOKEN_TAGS = {
    "w": (("adv",), ("adv",)),
    "m": (("n", "pl"), ("n", "m", "pl")),
    "p": (("n", "sg"), ("n", "m", "sg")),
    "e": (("np", "ant", "m", "sg"), ("np", "ant", "m", "sg")),
    "d": (("np", "ant", "m", "sg"), ("np", "ant", "m", "sg")),
}
_NOISE = re.compile(r"(?<!\w)[*#@](?=\w)")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A translated sentence and how sure it is: words that stayed as they were, and all words."""

    text: str
    unknown: int
    words: int


@dataclass(frozen=True, slots=True)
class Grammar:
    """What our rules do in one direction."""

    prepare: Callable[[str], str]
    simplify: Callable[[list[Unit]], list[Unit]]
    finish: Callable[[list[Unit]], list[Unit]]
    polish: Callable[[str], str]


GRAMMARS = {
    "en-es": Grammar(from_english.prepare, from_english.simplify, to_spanish.address_formally, to_spanish.polish),
    "es-en": Grammar(from_spanish.prepare, from_spanish.simplify, to_english.natural, to_english.polish),
}
_THREE_LETTERS = {"en": "eng", "es": "spa"}


class RuleTranslator:
    """English to Spanish or back, by Apertium's dictionaries and our grammar. Thread-safe as `Apertium` is."""

    def __init__(self, source: str, target: str) -> None:
        self._apertium = Apertium(_THREE_LETTERS[source], _THREE_LETTERS[target])
        self._lexicon: Lexicon = lexicon.load(f"{source}-{target}")
        self._grammar = GRAMMARS[f"{source}-{target}"]

    def translate(self, sentence: str) -> Drafted:
        """One sentence; raise ApertiumDied when the tools fail twice."""
        prepared = self._grammar.prepare(sentence)
        analysed = [
            _lower_first(unit, first=place == 0) for place, unit in enumerate(parse(self._apertium.analyse(prepared)))
        ]
        simple = self._grammar.simplify([_hide_token(unit) for unit in analysed])
        looked_up = parse(self._apertium.look_up(render(simple)))
        chosen = [_show_token(unit) for unit in self._lexicon.apply(looked_up)]
        verbatim = [unit.targets[0].lemma for unit in chosen if unit.targets and unit.targets[0].has(VERBATIM)]
        transferred = parse(self._apertium.transfer(render(_number_verbatim(chosen))))
        finished = _loosen(self._grammar.finish(transferred))
        draft = self._apertium.generate(render(finished))
        unknown = len(re.findall(r"[#@](?=\w)(?!zq)", draft, re.I)) + sum(not one.word.known for one in transferred)
        text = _put_verbatim(_NOISE.sub("", draft), verbatim)
        return Drafted(self._grammar.polish(text), unknown, len(re.findall(r"\w+", sentence)))

    @property
    def pids(self) -> tuple[int, ...]:
        return self._apertium.pids

    def close(self) -> None:
        self._apertium.close()


def _lower_first(unit: Unit, *, first: bool) -> Unit:
    """The first word without its capital, unless it is a name or unknown."""
    word = unit.word
    if not first or word.has("np") or not word.known or word.lemma == "I":
        return unit
    return replace(unit, word=replace(word, lemma=word.lemma[:1].lower() + word.lemma[1:]))


def _hide_token(unit: Unit) -> Unit:
    """Tokens with the grammar of what they stand for, so that the rules see a noun or an adverb."""
    found = TOKEN.fullmatch(unit.word.lemma.lstrip("*"))
    if found is None:
        return unit
    return replace(unit, word=Word(found.group().lower(), _TOKEN_TAGS[found.group(1).lower()][0]))


def _show_token(unit: Unit) -> Unit:
    """The dictionary knows no token: give it its translation, itself."""
    found = TOKEN.fullmatch(unit.word.lemma)
    if found is None:
        return unit
    source, target = _TOKEN_TAGS[found.group(1).lower()]
    return replace(unit, word=Word(unit.word.lemma, source), targets=(Word(unit.word.lemma, target),))


def _number_verbatim(units: list[Unit]) -> list[Unit]:
    """Fixed phrases travel as tokens "zqfa", "zqfb"."""
    numbered: list[Unit] = []
    place = 0
    for unit in units:
        if unit.targets and unit.targets[0].has(VERBATIM):
            name = f"zqf{chr(ord('a') + place % 26)}"
            place += 1
            unit = replace(unit, word=Word(name, ("adv",)), targets=(Word(name, ("adv",)),))
        numbered.append(unit)
    return numbered


def _put_verbatim(text: str, phrases: list[str]) -> str:
    for place, phrase in enumerate(phrases):
        text = re.sub(rf"\bzqf{chr(ord('a') + place % 26)}\b", lambda _, phrase=phrase: phrase, text, flags=re.I)  # type: ignore[misc]
    return text


def _loosen(units: list[Unit]) -> list[Unit]:
    """Queues of ours ("dejar# en espera") become plain words: the generator knows only its own."""
    loose: list[Unit] = []
    for unit in units:
        word = unit.word
        queue = word.queue
        if not queue.startswith("_"):
            loose.append(unit)
            continue
        loose.append(replace(unit, word=replace(word, queue="")))
        loose += [Unit(Word("*" + one), blank=" ") for one in queue.split("_") if one]
    return loose
