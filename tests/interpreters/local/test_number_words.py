"""Number words and their sums."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.number_words import LANGUAGES, Sum, plain

pytestmark = pytest.mark.unit


def test_accents_go_and_case() -> None:
    assert plain("VEINTITRÉS Años") == "veintitres anos"


@pytest.mark.parametrize(
    ("language", "word", "value"),
    [("en", "eleven", 11), ("en", "ninety", 90), ("es", "veintiuna", 21), ("es", "quinientas", 500), ("es", "dieciseis", 16),
     ("fr", "quatre-vingt-dix-sept", 97), ("fr", "soixante-quinze", 75), ("pt", "dezesseis", 16), ("pt", "trezentas", 300),
     ("it", "ventotto", 28), ("it", "trentuno", 31), ("it", "duecentoquarantadue", 242), ("it", "centottanta", 180)],
)  # fmt: skip
def test_the_tables_have_their_words(language: str, word: str, value: int) -> None:
    assert LANGUAGES[language].small[word] == value


def test_a_sum_takes_what_belongs_to_it() -> None:
    forty = Sum().add(40)
    assert forty is not None
    forty_seven = forty.add(7)
    assert forty_seven is not None
    assert forty_seven.value == 47
    assert forty_seven.add(2) is None
    assert forty_seven.add(10) is None


def test_teens_take_no_unit_and_zero_nothing() -> None:
    for first in (0, 14):
        number = Sum().add(first)
        assert number is not None
        assert number.add(5) is None


def test_thousands_multiply_what_stands_before_them() -> None:
    two = Sum().add(2)
    assert two is not None
    thousand = two.times(1000)
    assert thousand is not None
    assert thousand.value == 2000
    assert thousand.times(1000) is None
    alone = Sum().times(1000)
    assert alone is not None
    assert alone.value == 1000
