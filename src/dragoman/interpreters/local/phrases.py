"""The phrase memory: whole sentences of contact-centre language, with slots, said as a person would say them.

`phrases.toml` is a list of pairs: `en` and `es` each hold one or more ways to say a thing; the first is what is spoken,
all are recognised. Slots stand for what `slots` takes out of a sentence: `{number}` (a count, a code, a spelled word),
`{amount}`, `{percent}`, `{when}` (a date, a time, "tomorrow"), `{name}`. Matching is on normalised text: without case,
accents, marks and fillers, English contractions written out. Nothing is guessed: a sentence is in the memory or not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files

from dragoman.interpreters.local.number_words import plain
from dragoman.interpreters.local.slots import TOKEN

SLOTS = {"n": "number", "d": "number", "m": "amount", "p": "percent", "w": "when", "e": "name"}
_SLOT = re.compile(r"\{(number|amount|percent|when|name)\}")
_CONTRACTIONS = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"\b(i)'?m\b", "i am"), (r"\bwon't\b", "will not"), (r"\bcan't\b|\bcannot\b", "can not"), (r"n't\b", " not"),
        (r"'re\b", " are"), (r"'ve\b", " have"), (r"'ll\b", " will"), (r"'d like\b", " would like"),
        (r"\b(it|that|what|who|where|how|there|here|he|she|when)'s\b", r"\1 is"), (r"\blet's\b", "let us"),
        (r"\bo'clock\b", "oclock"),
    )
)  # fmt: skip
_LEADS = {
    "en": r"um+|uh+|er+|well|so|okay so|you know|please|oh",
    "es": r"eh+|este|pues|bueno|mire|oiga|por favor|ah|oh|o sea",
}
_TAILS = {"en": "please|you know", "es": "por favor|eh"}
_EDGES = {
    language: re.compile(rf"^(?:(?:{_LEADS[language]})\b\s*)+|(?:\s*\b(?:{_TAILS[language]}))+$") for language in _LEADS
}


def normalise(text: str, language: str) -> str:
    """The form in which sentences are compared; slots (`{when}`), tokens and the mark of a question stay."""
    asked = text.rstrip().endswith("?")
    text = plain(text.replace("’", "'"))
    if language == "en":
        for pattern, put in _CONTRACTIONS:
            text = pattern.sub(put, text)
    return " ".join(re.sub(r"[^\w\s{}]", " ", text).split()) + ("?" if asked else "")


def without_courtesy(normalised: str, language: str) -> str:
    """Without "please", "well" and their like at the ends; as it was where nothing else is in it."""
    edges = _EDGES.get(language)
    mark = "?" if normalised.endswith("?") else ""
    bare = edges.sub("", normalised.removesuffix("?")).strip() if edges is not None else ""
    return bare + mark if bare else normalised


@dataclass(frozen=True, slots=True)
class Memory:
    """One direction: the key is the normalised source with slot names, the value the target with slots."""

    entries: Mapping[str, str]
    source: str

    def find(self, sentence: str) -> str | None:
        """The translation of a sentence with tokens in it (`slots.find`), tokens in their places; None when unknown."""
        kept: list[tuple[str, str]] = []

        def name_slot(found: re.Match[str]) -> str:
            slot = SLOTS[found.group(1).lower()]
            kept.append((slot, found.group().lower()))
            return f"{{{slot}}}"

        key = normalise(TOKEN.sub(name_slot, sentence), self.source)
        target = self.entries.get(key) or self.entries.get(without_courtesy(key, self.source))
        if target is None:
            return None
        return _SLOT.sub(lambda found: _take(kept, found.group(1)), target)

    def __len__(self) -> int:
        return len(self.entries)


def _take(kept: list[tuple[str, str]], slot: str) -> str:
    """The next token of that kind."""
    place = next(place for place, (kind, _) in enumerate(kept) if kind == slot)
    return kept.pop(place)[1]


def pairs() -> list[dict[str, list[str]]]:
    """The memory as it stands in the file."""
    text = files("dragoman.interpreters.local").joinpath("phrases.toml").read_text(encoding="utf-8")
    listed: list[dict[str, list[str]]] = tomllib.loads(text)["pair"]
    return listed


def load(source: str, target: str, listed: Iterable[Mapping[str, list[str]]] | None = None) -> Memory:
    """The memory for one direction; empty for languages that it does not hold."""
    entries: dict[str, str] = {}
    shorter: dict[str, str] = {}
    for pair in pairs() if listed is None else listed:
        if source in pair and target in pair:
            for variant in pair[source]:
                key = normalise(variant, source)
                entries.setdefault(key, pair[target][0])
                shorter.setdefault(without_courtesy(key, source), pair[target][0])
    return Memory({**shorter, **entries}, source)
