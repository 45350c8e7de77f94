"""Our word choices over the dictionary."""

from __future__ import annotations

import pytest

from dragoman.interpreters.local.lexicon import VERBATIM, build, load
from dragoman.interpreters.local.stream import parse

pytestmark = pytest.mark.unit

SMALL = build(
    {
        "nouns": {"order": "pedido<m>", "last name": "apellido<m>", "due date": "fecha<f># de vencimiento"},
        "verbs": {"call ~ back": "volver# a llamar", "fix": "arreglar", "have to": "tener# que<vbmod>"},
        "adjectives": {"wrong": "equivocado"},
        "fixed": {"right now": "ahora mismo"},
    }
)


def chosen(stream: str) -> list[tuple[str, tuple[str, ...], str]]:
    return [(one.targets[0].lemma, one.targets[0].tags, one.targets[0].queue) for one in SMALL.apply(parse(stream))]


def test_a_noun_keeps_its_number_and_gets_its_gender() -> None:
    assert chosen("^order<n><pl>/orden<n><m><pl>$") == [("pedido", ("n", "m", "pl"), "")]


def test_a_word_of_another_class_is_left() -> None:
    assert chosen("^order<vblex><inf>/ordenar<vblex><inf>$") == [("ordenar", ("vblex", "inf"), "")]


def test_words_that_belong_together_become_one() -> None:
    stream = "^last<det><ord>/último<det><ord>$ ^name<n><sg>/nombre<n><m><sg>$"
    assert chosen(stream) == [("apellido", ("n", "m", "sg"), "")]
    assert chosen("^due date<n><sg>/fecha<n><f><sg>$") == [("fecha", ("n", "f", "sg"), "_de_vencimiento")]


def test_a_gap_is_kept_after_the_verb() -> None:
    stream = "^call<vblex><inf>/llamar<vblex><inf>$ ^you<prn><obj>/te<prn><pro>$ ^back<adv>/atrás<adv>$"
    assert chosen(stream) == [("volver", ("vblex", "inf"), "_a_llamar"), ("te", ("prn", "pro"), "")]


def test_a_gap_ends_with_the_clause() -> None:
    stream = "^call<vblex><inf>/llamar<vblex><inf>$^,<cm>/,<cm>$ ^back<adv>/atrás<adv>$"
    assert [one[0] for one in chosen(stream)] == ["llamar", ",", "atrás"]


def test_a_fixed_phrase_is_said_as_it_stands() -> None:
    assert chosen("^right now<adv>/ya<adv>$") == [("ahora mismo", ("adv", VERBATIM), "")]


def test_an_unknown_word_can_be_given_a_meaning() -> None:
    assert chosen("^*wrong/*wrong$") == [("equivocado", ("adj",), "")]


@pytest.mark.parametrize("direction", ["en-es", "es-en"])
def test_the_shipped_lexicon_is_well_formed(direction: str) -> None:
    entries = [entry for listed in load(direction).entries.values() for entry in listed]
    assert len(entries) > 150
    assert all(entry.target.lemma for entry in entries)
    genders = [entry for entry in entries if entry.kind == "nouns" and direction == "en-es"]
    assert all(entry.target.any("m", "f", "mf") for entry in genders)


def test_an_unknown_direction_is_empty() -> None:
    assert load("xx-yy").entries == {}
