"""The phrase memory, and that no test sentence stands in it."""

from __future__ import annotations

import re
import tomllib
from difflib import SequenceMatcher
from importlib.resources import files
from pathlib import Path

import pytest

from dragoman.interpreters.local import phrases
from dragoman.interpreters.local.phrases import SLOTS, load, normalise, without_courtesy
from dragoman.interpreters.local.sentences import split
from dragoman.interpreters.local.slots import find

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
PAIRS = [
    {
        "en": ["My order number is {number}.", "It's {number}."],
        "es": ["Mi número de pedido es {number}.", "Es el {number}."],
    },
    {"en": ["Your appointment is {when} {when}."], "es": ["Su cita es {when} {when}."]},
    {"en": ["Is it right?"], "es": ["¿Es así?"]},
    {"en": ["It is right."], "es": ["Es así."]},
]


def test_a_sentence_is_known_with_its_numbers() -> None:
    protected = find("Eh, mi numero de pedido es 814307, por favor.", "es")
    token = next(iter(protected.meanings))
    assert load("es", "en", PAIRS).find(protected.text) == f"My order number is {token}."


def test_several_slots_keep_their_order() -> None:
    protected = find("Your appointment is on Monday at 9:15.", "en")
    monday, quarter_past = sorted(protected.meanings, key=protected.text.index)
    assert load("en", "es", PAIRS).find(protected.text) == f"Su cita es {monday} {quarter_past}."


def test_what_is_not_in_it_is_not_guessed() -> None:
    memory = load("es", "en", PAIRS)
    assert memory.find("mi numero de pedido es rojo") is None
    assert memory.find("mi numero de pedido es zqma") is None
    assert memory.find("") is None
    assert memory.find("¿Es así?") == "Is it right?"
    assert memory.find("Es así.") == "It is right."


def test_contractions_marks_case_and_fillers_are_no_difference() -> None:
    assert without_courtesy(normalise("Um, I don't KNOW it, please!", "en"), "en") == normalise(
        "i do not know it", "en"
    )
    assert normalise("¿Qué tal?", "es") == normalise("que tal?", "es")
    assert without_courtesy("please", "en") == "please"


def test_languages_that_it_does_not_hold_are_empty() -> None:
    assert len(load("fr", "en")) == 0


def test_the_shipped_memory_is_well_formed() -> None:
    for pair in phrases.pairs():
        assert set(pair) == {"en", "es"}
        slots = {tuple(sorted(re.findall(r"{(\\w+)}", one))) for ones in pair.values() for one in ones}
        assert len(slots) == 1, pair
        assert set(next(iter(slots))) <= set(SLOTS.values())
    assert len(phrases.pairs()) > 200


def test_no_way_to_say_a_thing_stands_twice_with_two_meanings() -> None:
    for language, other in (("en", "es"), ("es", "en")):
        seen: dict[str, str] = {}
        for pair in phrases.pairs():
            for one in pair[language]:
                key = normalise(one, language)
                assert seen.setdefault(key, pair[other][0]) == pair[other][0], one


def outsiders() -> list[tuple[str, str]]:
    """The bench's sentences, and the demo's, whole and one by one."""
    bench = tomllib.loads((ROOT / "bench" / "quality" / "sentences.toml").read_text(encoding="utf-8"))
    found = [(language, one["said"]) for language in ("es", "en") for one in bench[language]]
    demo = tomllib.loads(files("dragoman.cli.demo").joinpath("turns.toml").read_text(encoding="utf-8"))
    for turn in demo["turn"]:
        language = "es" if turn["role"] == "caller" else "en"
        found += [(language, turn["text"]), *((language, one) for one in split(turn["text"], language))]
    return found


GREETINGS = {"Thank you.", "Buenos días.", "Sí, claro.", "Good morning,"}
"""Of two words at most, and in everybody's mouth."""


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_sentence_of_the_bench_or_the_demo_stands_in_it(language: str) -> None:
    known = {normalise(one, language).rstrip("?") for pair in phrases.pairs() for one in pair[language]}
    told = [text for spoken, text in outsiders() if spoken == language and text not in GREETINGS]
    assert len(told) > 40
    for text in told:
        said = normalise(text, language).rstrip("?")
        assert said not in known, text
        assert max(SequenceMatcher(None, said, one).ratio() for one in known) < 0.93, text


def test_the_bench_has_its_sentences() -> None:
    told = [spoken for spoken, _ in outsiders()]
    assert told.count("es") >= 40
    assert told.count("en") >= 40
