from __future__ import annotations

import pytest

from dragoman.interpreters.local.prompts import BEFORE, BEFORE_NUMBERS, SHORT_ANSWERS
from dragoman.interpreters.local.recognise import bare, repeats

pytestmark = pytest.mark.unit


def test_short_answers_are_written_as_they_are_compared() -> None:
    assert [one for answers in SHORT_ANSWERS.values() for one in answers if bare(one) != one] == []


def test_no_figures_stand_before_numbers_that_shall_come_as_words() -> None:
    assert [text for text in BEFORE_NUMBERS.values() if any(letter.isdigit() for letter in text)] == []


def test_what_stands_before_is_short_and_does_not_repeat_itself() -> None:
    texts = [*BEFORE.values(), *BEFORE_NUMBERS.values()]
    assert [text for text in texts if len(text) > 130 or repeats(text)] == []


def test_every_language_with_numbers_has_short_answers_too() -> None:
    assert BEFORE_NUMBERS.keys() <= SHORT_ANSWERS.keys() <= BEFORE.keys()
