"""Sentences out of scraps: whatever the scraps, the same sentences, and nothing that cannot be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.mind.pieces import Pieces, speakable

pytestmark = pytest.mark.unit


def cut(*scraps: str) -> list[str]:
    pieces = Pieces()
    found = [text for scrap in scraps for text in pieces.push(scrap)]
    return [*found, *filter(None, [pieces.rest()])]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("We are open. Come by!", ["We are open.", "Come by!"]),
        ("It costs 3.50 euros. Anything else?", ["It costs 3.50 euros.", "Anything else?"]),
        ("Ask Dr. Kim. She knows.", ["Ask Dr. Kim.", "She knows."]),
        ("We close at 5. Then we go home.", ["We close at 5. Then we go home."]),
        ("はい。営業しております。", ["はい。", "営業しております。"]),
        ("「はい。」と言う", ["「はい。", "と言う"]),
        ("First line\nSecond line", ["First line", "Second line"]),
        ("**Bold** and `code`. See [us](https://x.example/y).", ["Bold and code.", "See us."]),
        ("- one\n- two\n", ["one", "two"]),
        ("", []),
        (" \n ... \n", []),
        ("<think>Hm. What now?</think>Yes. Of course.", ["Yes.", "Of course."]),
        ("<think>It never ends. Never", []),
        ("1 < 2 holds. I think so.", ["1 < 2 holds.", "I think so."]),
        ("a <thin", ["a <thin"]),
    ],
)
def test_sentences(text: str, sentences: list[str]) -> None:
    assert cut(text) == sentences
    assert cut(*text) == sentences


def test_a_sentence_is_given_out_before_the_next_begins() -> None:
    pieces = Pieces()
    assert pieces.push("We are open. ") == ["We are open."]
    assert pieces.push("そうです。") == ["そうです。"]


def test_a_long_sentence_is_cut_at_a_comma_or_a_blank() -> None:
    commas = cut("one two three four, " * 20)
    assert max(map(len, commas)) <= 120
    assert all(piece.endswith(",") for piece in commas)
    blanks = cut("word " * 100)
    assert max(map(len, blanks)) <= 120
    assert " ".join(blanks).split() == ["word"] * 100
    assert "".join(cut("あ" * 500)) == "あ" * 500


@given(st.lists(st.text(alphabet="ab5 .,!?\n。、<>think/*#-[]()", max_size=12), max_size=30))
def test_any_scraps_give_speakable_pieces_and_leave_nothing_behind(scraps: list[str]) -> None:
    pieces = Pieces()
    found = [text for scrap in scraps for text in pieces.push(scrap)]
    found.append(pieces.rest())
    assert pieces.rest() == ""
    assert all(any(letter.isalnum() for letter in text) for text in found if text)
    assert "*" not in "".join(found)


@given(st.text(alphabet="ab .!?\n。", max_size=60), st.integers(1, 7))
def test_the_same_words_come_out_however_they_come_in(text: str, size: int) -> None:
    scraps = [text[at : at + size] for at in range(0, len(text), size)]
    assert "".join("".join(cut(*scraps)).split()) == "".join("".join(cut(text)).split())


def test_an_address_is_not_read_out() -> None:
    assert speakable("See https://shop.example/x?y=1 for more") == "See for more"
