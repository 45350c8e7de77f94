"""Which of an assistant's languages the caller speaks."""

from __future__ import annotations

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.language_rank import language_rank
from dragoman.relay.caller_language import CallerLanguage

pytestmark = pytest.mark.unit

JA, EN, GB = LanguageTag("ja"), LanguageTag("en"), LanguageTag("en-GB")


@pytest.mark.parametrize(
    "text",
    ["Where can I park my car, please?", "I would like to know when you are open on Saturdays."],
)
def test_who_speaks_another_language_is_followed_once_and_back(text: str) -> None:
    caller = CallerLanguage((JA, EN), JA, language_rank())
    assert [caller.said(text), caller.said(text)] == [EN, None]
    assert caller.said("土曜日は何時に開いていますか、教えてください。") == JA
    assert caller.tag == JA


@pytest.mark.parametrize("text", ["", "OK", "はい", "No.", "12345", "Dragoman", "東京都港区"])
def test_what_decides_nothing_changes_nothing(text: str) -> None:
    assert CallerLanguage((JA, EN), JA, language_rank()).said(text) is None


def test_a_language_that_is_none_of_them_changes_nothing() -> None:
    caller = CallerLanguage((JA, EN), JA, language_rank())
    assert caller.said("Guten Tag, ich möchte wissen, wann Sie am Samstag geöffnet haben.") is None


def test_two_of_a_kind_are_one() -> None:
    assert CallerLanguage((EN, GB), EN, language_rank()).said("When do you open on Saturdays, please?") is None
