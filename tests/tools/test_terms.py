"""What is looked up of a question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.language import LanguageTag
from dragoman.tools.terms import GRAMMAR_WEIGHT, SHAPE_WEIGHT, TEXT_MAX_LENGTH, terms

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Could you tell me about your DELIVERIES, please?", {"deliveri": 1}),
        ("en", "How long is delivery?", {"how": SHAPE_WEIGHT, "long": SHAPE_WEIGHT, "deliveri": 1}),
        ("en-GB", "What's the shop's address?", {"what": SHAPE_WEIGHT, "shop": 1, "address": 1}),
        ("en", "I ordered 3 of them", {"order": 1}),
        ("en", "", {}),
        ("es", "¿Cuál es el horario?", {"cual": 1, "es": 1, "el": 1, "horari": 1}),
        ("xx", "Some words", {"some": 1, "words": 1}),
        ("ja", "駐車場はありますか。", {"駐車": 1, "車場": 1}),
        ("ja", "すみません、ｶｰﾄﾞは使えますか", {"カード": 1, "は": GRAMMAR_WEIGHT, "使": 1, "えま": GRAMMAR_WEIGHT}),
        ("ja", "車で行く", {"車": 1, "行": 1, "で": GRAMMAR_WEIGHT, "く": GRAMMAR_WEIGHT}),
        ("zh", "停车场在哪里", {"停车": 1, "车场": 1, "场在": 1, "在哪": 1, "哪里": 1}),
        ("ko", "주차장 있어요", {"주차": 1, "차장": 1, "있어": 1, "어요": 1}),
    ],
)
def test_terms(language: str, text: str, expected: dict[str, float]) -> None:
    found = dict(terms(text, LanguageTag(language)))
    assert {term: weight for term, weight in found.items() if term in expected} == expected
    if language != "ja":
        assert found == expected


def test_asking_itself_says_nothing() -> None:
    assert sum(terms("すみません、教えていただけますか。", LanguageTag("ja")).values()) < 1
    assert sum(terms("Hello, can you help me please?", LanguageTag("en")).values()) < 1


@given(st.sampled_from(["en", "ja", "th", "de", "xx"]), st.text(max_size=2 * TEXT_MAX_LENGTH))
def test_any_text_has_terms_with_weights(language: str, text: str) -> None:
    found = terms(text, LanguageTag(language))
    assert all(term and 0 < weight <= 1 for term, weight in found.items())
    assert found == terms(text[:TEXT_MAX_LENGTH], LanguageTag(language))
