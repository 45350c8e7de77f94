from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.clauses import clauses

pytestmark = pytest.mark.unit

LONG = "I would like to change the delivery address of my order, please, because I moved house on Tuesday."


def said(text: str, language: str = "en") -> list[str]:
    return [clause.text for clause in clauses(text, language)]


def bare(text: str) -> str:
    return re.sub(r"[\s,]", "", text)


@pytest.mark.parametrize("text", ["", "   ", "...", "¿?", "—", ", ."])
def test_what_cannot_be_said_is_no_clause(text: str) -> None:
    assert said(text, "es") == []


@pytest.mark.parametrize("text", ["Yes.", "Sí, claro.", "Thank you very much.", "472916"])
def test_a_short_text_is_one_clause(text: str) -> None:
    assert said(text) == [text]


def test_the_first_clause_of_a_long_text_is_short() -> None:
    first, *rest = said(LONG)
    assert 8 <= len(first) <= 27
    assert rest


def test_clauses_grow_by_half_at_most_once_there_is_a_place_to_cut() -> None:
    lengths = [len(one) for one in said(LONG)]
    assert all(after <= before * 2 for before, after in pairwise(lengths))


def test_sentences_are_cut_and_followed_by_a_pause() -> None:
    found = clauses("One moment, please. I will look it up. Thank you.", "en")
    assert [one.text for one in found] == ["One moment, please.", "I will look it up.", "Thank you."]
    assert [one.pause_ms > 150 for one in found] == [True, True, False]


def test_a_cut_within_a_sentence_is_spoken_as_going_on() -> None:
    found = clauses(LONG, "en")
    assert all(one.text.endswith((",", ".")) for one in found)


def test_japanese_is_cut_at_its_own_marks() -> None:
    text = "こんにちは、予約を変更したいのですが、明日の午後三時にお願いします。ありがとうございます。"
    found = said(text, "ja")
    assert len(found) >= 3
    assert "".join(found) == text


@given(st.text(alphabet="abc ,.;:!?áñ¿0123 \n、。", max_size=400), st.sampled_from(["en", "es", "ja", "xx"]))
def test_nothing_is_lost_or_doubled(text: str, language: str) -> None:
    spoken = re.findall(r"\w", "".join(said(text, language)))
    assert spoken == re.findall(r"\w", text)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    assert all(bare(one) for one in said(text))
