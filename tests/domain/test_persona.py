"""What a persona says in which language, and which tools it has."""

from __future__ import annotations

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import BuiltIn, FaqEntry, Phrase, PythonCall, ToolPlan
from tests.fakes.personas import EN, JA, persona

pytestmark = pytest.mark.unit

LOOKUP = ToolPlan("lookup", PythonCall("shop:lookup"), filler={EN: "I am looking that up."})
HOURS = ToolPlan("when_open", BuiltIn.HOURS)


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("ja", "ja"), ("JA", "ja"), ("ja-JP", "ja"), ("en", "en"), ("en-GB", "en"), ("fr", "ja"), ("", "ja")],
)
def test_the_language_that_is_meant(asked: str, spoken: str) -> None:
    assert persona().language(asked) == spoken


def test_the_exact_tag_comes_before_a_relative() -> None:
    two = persona(languages=(LanguageTag("pt-BR"), LanguageTag("pt-PT")))
    assert (two.language("pt-pt"), two.language("pt")) == ("pt-PT", "pt-BR")


def test_sentences_with_their_slots() -> None:
    assert persona().say(Phrase.CLOSED_ON, "en", day="on Sunday") == "We are closed on Sunday."
    assert persona().say(Phrase.CLOSED_ON, "ja", day="日曜日") == "日曜日は、お休みをいただいております。"


def test_fillers_are_the_tools_own_or_the_usual() -> None:
    one = persona(LOOKUP)
    assert one.filler("lookup", "en") == "I am looking that up."
    assert one.filler("lookup", "ja") == one.say(Phrase.FILLER, "ja") == one.filler("no such tool", "ja")


def test_tools_by_name_and_kind() -> None:
    one = persona(LOOKUP, HOURS)
    assert (one.tool("lookup"), one.tool("none")) == (LOOKUP, None)
    assert (one.built_in(BuiltIn.HOURS), one.built_in(BuiltIn.FAQ)) == (HOURS, None)


def test_the_faq_of_a_language() -> None:
    entry = FaqEntry(("どこですか",), "ここです")
    one = persona(faq={JA: (entry,)})
    assert (one.answers("ja-JP"), one.answers("en")) == ((entry,), ())
