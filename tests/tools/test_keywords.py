"""The words that a FAQ tells the ears to expect."""

from __future__ import annotations

import pytest

from dragoman.domain.persona import FaqEntry
from dragoman.personas import Personas
from dragoman.tools.keywords import keywords

pytestmark = pytest.mark.unit

ENTRIES = (
    FaqEntry(("送料はいくらですか", "配送料はかかりますか"), "五百円です。"),
    FaqEntry(("ギフト包装はできますか", "ラッピングはできますか"), "できます。"),
    FaqEntry(("ペンの送料は", "いくら"), "同じです。"),
)


def test_words_that_carry_meaning_once_each_from_the_first_way_of_asking() -> None:
    assert keywords(ENTRIES, "ja") == ["送料", "ギフト", "包装"]
    assert keywords(ENTRIES, "ja-JP") == keywords(ENTRIES, "ja")


def test_chinese_has_no_kana() -> None:
    assert keywords((FaqEntry(("运费A多少",), "五百日元。"),), "zh") == ["运费", "多少"]


@pytest.mark.parametrize("language", ["en", "es", "de"])
def test_where_sound_tells_the_spelling_there_are_none(language: str) -> None:
    assert keywords((FaqEntry(("How much is shipping?",), "500 yen."),), language) == []


def test_those_of_the_shipped_desk() -> None:
    (persona,) = Personas.load(None).everyone
    found = keywords(persona.answers("ja"), "ja")
    assert {"駐車場", "送料", "返品", "領収書", "万年筆"} <= set(found)
    assert len(found) == len(set(found))
    assert keywords((), "ja") == []
