"""Our own word choices, put over Apertium's dictionary: what a word means on the phone with a service centre.

`lexicon.toml` holds them per direction and word class. A key is the source phrase as lemmas ("last name", "pick
up"; `~` is a
short gap: "call ~ back"); a value is the target lemma, with its fixed grammar in angle brackets where it has any
("factura<f>"), the inflected word first and what never changes after a `#` ("dejar# en espera"). Inflection and
agreement then come from Apertium. Pure, but for reading the file once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from dragoman.interpreters.local.stream import Unit, Word, word

_CLASSES = {
    "nouns": ("n", "np"),
    "verbs": ("vblex", "vbmod", "vaux", "vbser"),
    "adjectives": ("adj", "pp"),
    "any": (),
    "fixed": (),
}
_LONGEST_GAP = 3
VERBATIM = "verbatim"
"""A tag of ours: the lemma is text in the target language, not to be inflected."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One choice: `source` lemmas (`~` a gap), the word class that the inflected source word must have, the target."""

    source: tuple[str, ...]
    kind: str
    target: Word


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The entries of one direction, by their first lemma, longest first."""

    entries: Mapping[str, tuple[Entry, ...]]

    def apply(self, units: list[Unit]) -> list[Unit]:
        """The looked-up sentence with our choices in it; a phrase of several words becomes one unit."""
        chosen: list[Unit] = []
        place = 0
        while place < len(units):
            for entry in self.entries.get(_first(units[place]), ()):
                found = _match(entry, units, place)
                if found is not None:
                    chosen += _put(entry, units, found)
                    place = found[-1] + 1
                    break
            else:
                chosen.append(units[place])
                place += 1
        return chosen


def load(direction: str) -> Lexicon:
    """The lexicon of a direction: "en-es", "es-en"."""
    text = files("dragoman.interpreters.local").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return build(tomllib.loads(text).get(direction, {}))


def build(tables: Mapping[str, Mapping[str, str]]) -> Lexicon:
    entries: dict[str, list[Entry]] = {}
    for kind, table in tables.items():
        for source, target in table.items():
            entry = Entry(tuple(source.lower().split()), kind, _own_queue(word(target)))
            entries.setdefault(entry.source[0], []).append(entry)
    return Lexicon({first: tuple(sorted(ones, key=lambda one: -len(one.source))) for first, ones in entries.items()})


def _own_queue(target: Word) -> Word:
    """A queue that Apertium's generator does not know travels with underscores: `rules` writes it out."""
    if not target.queue or target.has("vbmod"):
        return replace(target, queue_last=False)
    return replace(target, queue="_" + target.queue.strip().replace(" ", "_"), queue_last=False)


def _match(entry: Entry, units: list[Unit], start: int) -> list[int] | None:
    """The places of the entry's words, in order; None when it does not stand here."""
    if len(entry.source) > 1 and _is(units[start], " ".join(entry.source)):
        return [start] if not _CLASSES[entry.kind] or units[start].word.any(*_CLASSES[entry.kind]) else None
    places: list[int] = []
    place = start
    gap = False
    for lemma in entry.source:
        if lemma == "~":
            gap = True
            continue
        limit = place + _LONGEST_GAP if gap else place
        found = next((one for one in range(place, min(limit + 1, len(units))) if _is(units[one], lemma)), None)
        if found is None or (gap and any(_ends_clause(units[one]) for one in range(place, found))):
            return None
        places.append(found)
        place, gap = found + 1, False
    head = units[places[_head(entry)]]
    wanted = _CLASSES[entry.kind]
    return places if not wanted or head.word.any(*wanted) or not head.word.known else None


def _first(unit: Unit) -> str:
    return unit.word.lemma.lower().lstrip("*").split(" ")[0]


def _is(unit: Unit, lemma: str) -> bool:
    """Whether the unit is that word; a phrase that the analyser joined ("account number") counts as its words
    joined.
    """
    return (unit.word.lemma.lstrip("*") + unit.word.queue).lower() == lemma


def _ends_clause(unit: Unit) -> bool:
    return unit.word.any("sent", "cm", "cnjcoo", "cnjsub")


def _head(entry: Entry) -> int:
    """Which of the words carries the inflection: a noun phrase's last ("de" phrases: the first), a verb's first."""
    return -1 if entry.kind == "nouns" and not {"de", "al"} & set(entry.source) else 0


def _put(entry: Entry, units: list[Unit], places: list[int]) -> list[Unit]:
    """The phrase's units with the head translated and the other words of the phrase gone; what stood in a gap
    follows.
    """
    head = units[places[_head(entry)]]
    if entry.kind == "fixed":
        target = Word(entry.target.lemma, ("adv", VERBATIM))
        source = Word("zqfixed", ("adv",))
    else:
        model = head.targets[0] if head.targets else head.word
        target = replace(entry.target, tags=_tags(entry, model, head.word))
        tags = head.word.tags if head.word.known else _assumed(entry)
        source = Word(" ".join(entry.source), tags)
    kept = [units[one] for one in range(places[0], places[-1] + 1) if one not in places]
    if entry.kind == "any":
        source = head.word
    return [Unit(source, (target,), units[places[0]].blank), *kept]


def _assumed(entry: Entry) -> tuple[str, ...]:
    """The grammar of a source word that the analyser does not know. Spanish nouns must have a gender."""
    match entry.kind:
        case "nouns":
            return ("n", "sg") if entry.target.any("m", "f", "mf") else ("n", "m", "sg")
        case "adjectives":
            return ("adj",)
        case _:
            return ("vblex", "pres")


def _tags(entry: Entry, model: Word, source: Word) -> tuple[str, ...]:
    """Inflection from the word that stood there, fixed grammar (gender, class) from the entry."""
    own = entry.target.tags
    match entry.kind:
        case "nouns":
            number = next((tag for tag in source.tags if tag in ("sg", "pl", "sp")), "sg")
            gender = next((tag for tag in own if tag in ("m", "f", "mf")), "")
            fixed = next((tag for tag in own if tag in ("sg", "pl")), number)
            return ("n", *((gender,) if gender else ()), fixed)
        case "adjectives":
            return ("adj", *own)
        case "verbs":
            inflection = tuple(tag for tag in source.tags if tag not in ("vblex", "vbmod", "vaux", "vbser", "vbhaver"))
            return (own[0] if own else "vblex", *inflection)
        case _:
            return own or model.tags
