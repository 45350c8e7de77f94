"""Regular forms of words that the generators do not know."""

from __future__ import annotations

import pytest

from dragoman.interpreters.local.inflect import form
from dragoman.interpreters.local.stream import word

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("tagged", "expected"),
    [
        ("reembolsar<vblex><fti><p1><pl>", "reembolsaremos"),
        ("reembolsar<vblex><ifi><p3><sg>", "reembolsó"),
        ("averiguar<vblex><pri><p1><sg>", "averiguo"),
        ("caducar<vblex><prs><p3><sg>", "caduque"),
        ("caducar<vblex><pp><f><pl>", "caducadas"),
        ("enchufar<vblex><ger>", "enchufando"),
        ("enchufar<vblex><imp><p3><sg>", "enchufe"),
        ("pagar<vblex><ifi><p1><sg>", "pagué"),
        ("vender<vblex><pii><p3><pl>", "vendían"),
        ("abrir<vblex><cni><p1><pl>", "abriríamos"),
        ("reembolsar<vblex><inf>+prpers<prn><enc><p3><mf><sg>", "reembolsarle"),
        ("recargo<n><m><pl>", "recargos"),
        ("router<n><m><pl>", "routeres"),
        ("confuso<adj><f><pl>", "confusas"),
        ("frustrante<adj><mf><sg>", "frustrante"),
    ],
)
def test_spanish(tagged: str, expected: str) -> None:
    assert form(word(tagged), "es") == expected


@pytest.mark.parametrize(
    ("tagged", "expected"),
    [
        ("last name<n><pl>", "last names"),
        ("company<n><pl>", "companies"),
        ("day<n><pl>", "days"),
        ("box<n><pl>", "boxes"),
        ("recognize<vblex><past>", "recognized"),
        ("refund<vblex><ger>", "refunding"),
        ("reach<vblex><pri><p3><sg>", "reaches"),
        ("expired<adj>", "expired"),
        ("#new<adj><sint>", "new"),
    ],
)
def test_english(tagged: str, expected: str) -> None:
    assert form(word(tagged), "en") == expected
