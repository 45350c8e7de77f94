"""Which of two languages an utterance is in, by what the model makes of it. The figures are measured ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.which_language import (
    OPEN,
    SURE,
    Reading,
    Trust,
    better,
    lean,
    likelihood,
    suffices,
    third,
)

pytestmark = pytest.mark.unit


def es(bare: str, score: float = -0.1, trust: Trust = Trust.WHOLE) -> Reading:
    return Reading("es", bare, score, trust)


def en(bare: str, score: float = -0.1, trust: Trust = Trust.WHOLE) -> Reading:
    return Reading("en", bare, score, trust)


def test_languages_that_are_taken_for_one_count_for_it() -> None:
    chances = {"pt": 0.59, "es": 0.05, "gl": 0.1, "en": 0.003, "cy": 0.01}
    assert likelihood(chances, "es", "en") == pytest.approx(0.74)
    assert likelihood(chances, "en", "es") == pytest.approx(0.013)
    assert likelihood(chances, "es", "pt") == pytest.approx(0.05), "Galician is neither's own"
    assert lean(chances, "es", "en") > SURE
    assert lean({}, "es", "en") == 0


def test_a_third_language_must_be_plain() -> None:
    assert third({"de": 0.9, "es": 0.02, "en": 0.01}, "es", "en") == "de"
    assert third({"de": 0.9, "es": 0.06, "en": 0.01}, "es", "en") is None
    assert third({"de": 0.7, "es": 0.02, "en": 0.01}, "es", "en") is None
    assert third({"pt": 0.97, "es": 0.02, "en": 0.01}, "es", "en") is None
    assert third({}, "es", "en") is None


def test_a_sentence_of_which_the_model_is_sure_needs_no_second_reading() -> None:
    assert suffices(es("me duele aquí"), SURE)
    assert not suffices(es("me duele aquí"), SURE - 0.1)
    assert not suffices(es("muy bien"), 9.0)


@pytest.mark.parametrize(
    ("one", "other", "odds", "language"),
    [
        (es("vale", -0.14), en("bali", -0.59, Trust.NONE), -0.7, "es"),
        (es("muy bien", -0.09), en("more you be in", -0.87, Trust.NONE), -1.3, "es"),
        (es("exacto", -0.16), en("exactly", -0.75, Trust.SHORT), -0.6, "es"),
        (es("gracias", -0.08), en("thank you", -0.23), 3.4, "es"),
        (es("gracias", -0.21), en("thank you", -0.04), -5.3, "en"),
        (es("sí", -0.66, Trust.SHORT), en("yes", -0.08), -1.8, "en"),
        (es("dígame", -0.73, Trust.SHORT), en("okay ma'am", -0.8, Trust.NONE), 1.2, "es"),
        (es("cuánto cuesta esto", -0.39), en("how much is this", -0.65, Trust.NONE), 0.3, "es"),
        (es("9", -0.42, Trust.NONE), en("nine", -0.32), -0.3, "en"),
    ],
)
def test_the_better_reading_counts_whoever_spoke_last(one: Reading, other: Reading, odds: float, language: str) -> None:
    for found in (better(one, other, odds), better(other, one, -odds)):
        assert found is not None
        assert found.language == language


def test_the_same_words_go_by_the_sound_and_what_is_open_to_who_spoke_last() -> None:
    for last, new in ((es("no", -0.17), en("no", -0.16)), (en("no", -0.16), es("no", -0.17))):
        assert better(last, new, 0.0) is last
        assert better(last, new, -OPEN + 0.1) is last
        assert better(last, new, -OPEN - 0.1) is new
    assert better(es("perfecto", -0.3), en("perfecto", -0.5, Trust.NONE), -4.0) == es("perfecto", -0.3)


def test_what_nobody_can_vouch_for_is_nothing() -> None:
    assert better(es("sí yo", -0.61, Trust.NONE), en("say it", -0.54, Trust.NONE), -1.3) is None
    assert better(es("agua", -1.3, Trust.NONE), en("agua", -0.9, Trust.NONE), -1.3) is None
    assert better(es("un momento", -0.56, Trust.NONE), en("one moment", -0.27), 3.1) is None, "its translation"


@pytest.mark.parametrize(
    ("one", "other", "odds"),
    [
        (es("sí", -0.98, Trust.SHORT), en("thank you", -0.66, Trust.SHORT), -2.3),
        (es("sí va", -0.68, Trust.NONE), en("thank you", -0.44, Trust.SHORT), -0.4),
        (es("sí", -0.76, Trust.SHORT), en("see you", -0.76, Trust.NONE), -0.6),
    ],
)
def test_a_mumbled_short_answer_is_not_guessed(one: Reading, other: Reading, odds: float) -> None:
    assert better(one, other, odds) is better(other, one, -odds) is None


_readings = st.tuples(st.sampled_from(["no", "sí", "yes", "maria"]), st.floats(-3, 0), st.sampled_from(Trust))


@given(_readings, _readings, st.floats(-12, 12))
def test_never_what_is_not_vouched_for(
    one: tuple[str, float, Trust], other: tuple[str, float, Trust], odds: float
) -> None:
    found = better(es(*one), en(*other), odds)
    assert found is None or found.trust is not Trust.NONE
