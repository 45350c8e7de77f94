from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.openai.scripts import Script, counted, expected, is_wide, script_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("char", "script"),
    [
        ("a", Script.LATIN),
        ("ñ", Script.LATIN),
        ("ế", Script.LATIN),
        ("ж", Script.CYRILLIC),
        ("中", Script.HAN),
        ("の", Script.KANA),
        ("カ", Script.KANA),
        ("한", Script.HANGUL),
        ("ह", Script.DEVANAGARI),
        ("ع", Script.OTHER),
        ("5", None),
        ("?", None),
    ],
)
def test_letters(char: str, script: Script | None) -> None:
    assert script_of(char) is script


def test_languages() -> None:
    assert expected("ja") == {Script.HAN, Script.KANA}
    assert expected("es") == {Script.LATIN}
    assert expected("ar") == {Script.OTHER}
    assert expected("xx") == {Script.LATIN}


def test_wide_characters() -> None:
    assert is_wide("中")
    assert not is_wide("a")


@given(st.text())
def test_any_text_counts(text: str) -> None:
    assert sum(counted(text).values()) == sum(char.isalpha() for char in text)
