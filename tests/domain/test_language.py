"""Languages and glossaries as calls use them."""

from __future__ import annotations

import pytest

from dragoman.domain.language import Glossary, GlossaryTerm, Language, LanguageTag

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("tag", "primary"), [("es", "es"), ("pt-BR", "pt"), ("zh-Hant-TW", "zh"), ("EN-gb", "en")])
def test_the_primary_subtag(tag: str, primary: str) -> None:
    assert Language(LanguageTag(tag), "", "", "").primary == primary


def test_a_glossary_counts_when_it_has_terms_or_a_register() -> None:
    assert not Glossary()
    assert not Glossary(background="only background")
    assert Glossary(terms=(GlossaryTerm("overdraft"),))
    assert Glossary(register="formal")
