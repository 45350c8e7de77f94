"""Spanish put in an order that Apertium can read."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.from_spanish import simplify
from dragoman.interpreters.local.stream import parse

pytestmark = pytest.mark.unit

YO = "prpers<p1>"


def simple(stream: str) -> list[str]:
    units = simplify(parse(stream))
    persons = [next((f"<{tag}>" for tag in unit.word.tags if tag in ("p1", "p3")), "") for unit in units]
    return [
        unit.word.lemma + (person if unit.word.lemma == "prpers" else "")
        for unit, person in zip(units, persons, strict=True)
    ]


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        ("^tener<vblex><pri><p1><sg>$ ^uno<det><ind><f><sg>$ ^cita<n><f><sg>$", [YO, "tener", "uno", "cita"]),
        ("^yo<prn><tn>$", ["yo"]),
        ("^mío<det><pos>$ ^hija<n><f><sg>$ ^tener<vblex><pri><p3><sg>$ ^fiebre<n><f><sg>$ ^y<cnjcoo>$ ^necesitar<vblex><pri><p1><sg>$",
         ["mío", "hija", "tener", "fiebre", "y", YO, "necesitar"]),
        ("^no<adv>$ ^entender<vblex><pri><p1><sg>$", [YO, "no", "entender"]),
        ("^cuándo<adv><itg>$ ^llegar<vblex><pri><p3><sg>$ ^el<det><def>$ ^técnico<n><m><sg>$^?<sent>$",
         ["cuándo", "el", "técnico", "llegar", "?"]),
        ("^poder<vbmod><pri><p3><sg>$ ^ayudar<vblex><inf>$^?<sent>$", ["prpers<p3>", "poder", "ayudar", "?"]),
        ("^llegar<vblex><pri><p3><sg>$ ^hoy<adv>$", ["llegar", "hoy"]),
        ("^qué<det><itg>$ ^documento<n><m><pl>$ ^necesitar<vblex><pri><p1><sg>$^?<sent>$", ["qué", "documento", YO, "necesitar", "?"]),
    ],
)  # fmt: skip
def test_subjects_are_written_out_and_questions_straightened(stream: str, words: list[str]) -> None:
    assert simple(stream) == words


@pytest.mark.parametrize(
    ("stream", "lemma", "tag"),
    [("^vivo<adj><m><sg>$ ^en<pr>$ ^Lima<np>$", "vivir", "p1"), ("^esperar<vblex><prs><p3><sg>$ ^un momento<adv>$", "esperar", "imp"),
     ("^firme<adj><mf><sg>$ ^el<det>$ ^contrato<n>$", "firmar", "imp")],
)  # fmt: skip
def test_first_persons_and_commands_are_seen(stream: str, lemma: str, tag: str) -> None:
    verb = next(unit.word for unit in simplify(parse(stream)) if unit.word.lemma == lemma)
    assert tag in verb.tags


def test_who_is_asked_is_not_who_acts_in_the_clause_behind() -> None:
    stream = "^prpers<prn><tn><p3><mf><sg>$ ^creer# que<vblex><pri><p3><sg>$ ^devolver<vblex><fti><p3><pl>$^?<sent>$"
    they = [unit.word for unit in simplify(parse(stream)) if unit.word.lemma == "prpers"][1]
    assert they.has("pl")
