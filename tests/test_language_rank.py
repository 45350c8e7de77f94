"""The ranking that the relay is given: real, read once."""

from __future__ import annotations

import pytest

from dragoman.language_rank import language_rank

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("you can send it to my email address please", "en"),
        ("quiero cambiar mi cita de mañana por la tarde", "es"),
        ("je voudrais changer mon rendez-vous de demain", "fr"),
        ("мне нужно перенести встречу на завтра", "ru"),
    ],
)
def test_it_ranks_the_language_of_a_sentence_first(text: str, language: str) -> None:
    assert language_rank()(text)[0][0] == language


def test_it_gives_likelihoods_best_first_and_knows_many_languages() -> None:
    ranked = language_rank()("you can send it to my email address please")
    likelihoods = [likelihood for _, likelihood in ranked]
    assert likelihoods == sorted(likelihoods, reverse=True)
    assert likelihoods[0] > likelihoods[1]
    assert len({language for language, _ in ranked}) == len(ranked) > 90


def test_the_model_is_read_once() -> None:
    assert language_rank() is language_rank()
