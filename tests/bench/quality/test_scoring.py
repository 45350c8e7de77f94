"""How the quality bench judges."""

from __future__ import annotations

import pytest

from bench.quality.corpus import read
from bench.quality.report import Direction
from bench.quality.scoring import chrf, comparable, right_numbers, word_error_rate

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("wanted", "text", "language", "right"),
    [
        (("472916",), "My number is 472 916.", "en", 1),
        (("472916",), "My number is 472961.", "en", 0),
        (("5:30",), "a las cinco y media", "es", 1),
        (("2", "6"), "two adults and a six-year-old", "en", 2),
        (("6", "6"), "six", "en", 1),
        (("3",), "the third floor", "en", 1),
        ((), "nothing", "en", 0),
    ],
)
def test_numbers_are_counted_however_they_are_written(
    wanted: tuple[str, ...], text: str, language: str, right: int
) -> None:
    assert right_numbers(wanted, text, language) == right


def test_how_a_number_is_written_is_no_word_error() -> None:
    said, heard = "It costs one hundred and forty-six dollars.", "it costs $146"
    assert comparable(said, "en") == comparable(heard, "en")
    assert word_error_rate([said, "two three"], [heard, "two four"], "en") > 0
    assert word_error_rate([said], [heard], "en") == 0


def test_chrf_goes_from_nothing_to_all() -> None:
    assert chrf(["the same"], ["the same"]) == pytest.approx(100)
    assert chrf([""], ["the same"]) == 0


def test_the_corpus_says_what_must_survive() -> None:
    for sentence in read():
        wanted = len(sentence.numbers)
        assert right_numbers(sentence.numbers, sentence.said, sentence.source) == wanted, sentence.said
        assert right_numbers(sentence.numbers, sentence.reference, sentence.target) == wanted, sentence.reference
        for name in sentence.names:
            assert name in sentence.said
            assert name in sentence.reference


def direction(chrf: float, refused_percent: float, numbers_right: int) -> Direction:
    return Direction("es > en", 40, 5.0, chrf, chrf, 10, 1, numbers_right, 9, refused_percent, 2.0, 1.0, 2.0)


def test_missed_goals_are_told() -> None:
    assert direction(55.0, 5.0, 9).failures() == []
    assert len(direction(45.0, 12.0, 8).failures()) == 3
