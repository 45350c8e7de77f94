"""The stream format, taken apart and put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.stream import Unit, Word, escape, parse, render, unescape, word

pytestmark = pytest.mark.unit

TAGGED = [
    "^can<vaux><pres>$ ^prpers<prn><subj><p2><mf><sp>$ ^4729<num>$^?<sent>$",
    "^have# to<vbmod><pres>/tener# que<vbmod><pres>$ ^pay<vblex><inf>/pagar<vblex><inf>$",
    "^tener<vbmod><pri><p1><sg># que$ ^pagar<vblex><inf>+prpers<prn><enc><p3><m><sg>$",
    "^*Zqa$ ^will<vaux><inf>/$ ^a\\/b<n><sg>$",
    "^¿<lquest>$^Poder<vbmod><pri><p3><sg>$",
]


@pytest.mark.parametrize("stream", TAGGED)
def test_what_is_taken_apart_is_put_together_again(stream: str) -> None:
    assert render(parse(stream)) == stream


def test_a_unit_has_its_words_and_what_stood_before_it() -> None:
    first, second = parse(" ^the<det><def><sp>/el<det><def><GD><ND>$  ^cards<n><pl>/tarjeta<n><f><pl>/carta<n><f><pl>$")
    assert first == Unit(Word("the", ("det", "def", "sp")), (Word("el", ("det", "def", "GD", "ND")),), " ")
    assert second.blank == "  "
    assert [one.lemma for one in second.targets] == ["tarjeta", "carta"]


def test_a_queue_keeps_its_place() -> None:
    before, after = word("tener# que<vbmod><pri>"), word("tener<vbmod><pri># que")
    assert (before.lemma, before.queue, before.tags) == (after.lemma, after.queue, after.tags) == (
        "tener", " que", ("vbmod", "pri"))  # fmt: skip
    assert not before.queue_last
    assert after.queue_last


def test_marks_of_unknown_words_are_told() -> None:
    assert not word("*foo").known
    assert not word("#give<vblex>").known
    assert word("give<vblex>").known


def test_tags_are_replaced_and_dropped() -> None:
    assert word("ver<vblex><pri><p2><sg>").retag(p2="p3", sg="").tags == ("vblex", "pri", "p3")


@given(st.text(max_size=80))
def test_any_text_survives_escaping(text: str) -> None:
    assert unescape(escape(text)) == text


@given(st.text(alphabet="ab^$/<>#+*\\ {}[]@", max_size=60))
def test_no_stream_crashes_it(stream: str) -> None:
    render(parse(stream))
