"""Apertium with our rules between its steps: one direction of translation by grammar.

Takes and gives sentences with tokens in them (`slots`): those pass through as nouns, adverbs or names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from dragoman.interpreters.local import from_english, from_spanish, inflect, lexicon, to_english, to_spanish, turns
from dragoman.interpreters.local.apertium import Apertium
from dragoman.interpreters.local.lexicon import VERBATIM, Lexicon
from dragoman.interpreters.local.slots import TOKEN
from dragoman.interpreters.local.stream import Unit, Word, parse, render
from dragoman.interpreters.local.turns import Turns, turned

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

    before: Turns
    simplify: Callable[[list[Unit]], list[Unit]]
    told: Callable[[list[Unit]], list[tuple[str, str, str]]]
    finish: Callable[[list[Unit], list[tuple[str, str, str]]], list[Unit]]
    after: Turns


def _nobody(units: list[Unit]) -> list[tuple[str, str, str]]:
    del units
    return []


GRAMMARS = {
    "en-es": Grammar(
        turns.FROM_ENGLISH, from_english.simplify, from_english.told_to, to_spanish.address_formally, turns.INTO_SPANISH
    ),
    "es-en": Grammar(turns.FROM_SPANISH, from_spanish.simplify, _nobody, to_english.natural, turns.INTO_ENGLISH),
}
_THREE_LETTERS = {"en": "eng", "es": "spa"}


class RuleTranslator:
    """English to Spanish or back, by Apertium's dictionaries and our grammar. Thread-safe as `Apertium` is."""

    def __init__(self, source: str, target: str) -> None:
        self._apertium = Apertium(_THREE_LETTERS[source], _THREE_LETTERS[target])
        self._lexicon: Lexicon = lexicon.load(f"{source}-{target}")
        self._target = target
        self._grammar = GRAMMARS[f"{source}-{target}"]

    def translate(self, sentence: str) -> Drafted:
        """One sentence; raise ApertiumDied when the tools fail twice."""
        prepared = turned(sentence, self._grammar.before)
        analysed = [
            _lower_first(unit, first=place == 0) for place, unit in enumerate(parse(self._apertium.analyse(prepared)))
        ]
        simple = self._grammar.simplify([_hide_token(unit) for unit in analysed])
        looked_up = parse(self._apertium.look_up(render(simple)))
        chosen = [_show_token(unit) for unit in self._lexicon.apply(looked_up)]
        verbatim = [unit.targets[0].lemma for unit in chosen if unit.targets and unit.targets[0].has(VERBATIM)]
        transferred = parse(self._apertium.transfer(render(_number_verbatim(chosen))))
        finished = _loosen(self._grammar.finish(transferred, self._grammar.told(simple)))
        draft = self._written(finished)
        unknown = len(re.findall(r"[#@](?=\w)(?!zq)", draft, re.I)) + sum(not one.word.known for one in transferred)
        text = _put_verbatim(_NOISE.sub("", draft), verbatim)
        return Drafted(turned(text, self._grammar.after), unknown, len(re.findall(r"\w+", sentence)))

    def _written(self, units: list[Unit]) -> str:
        """The text of the finished sentence; words without a form get a regular one of ours."""
        draft = self._apertium.generate(render(units))
        if "#" not in draft:
            return draft
        formed = [self._formed(unit) for unit in units]
        return self._apertium.generate(render(formed))

    def _formed(self, unit: Unit) -> Unit:
        alone = self._apertium.generate(render([replace(unit, blank="")])) if unit.word.known and unit.word.tags else ""
        if not alone.startswith("#") or TOKEN.fullmatch(unit.word.lemma) or unit.word.lemma.lower().startswith("zq"):
            return unit
        return replace(unit, word=Word("*" + inflect.form(unit.word, self._target)))

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
