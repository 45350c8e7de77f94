"""Tokens for numbers and names, and whether numbers survived."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dragoman.interpreters.local.meaning import Name
from dragoman.interpreters.local.slots import figures_in, find, restore, survived, tokens

pytestmark = pytest.mark.unit


def test_tokens_stand_for_phrases_and_come_back() -> None:
    protected = find("El pedido 814307 cuesta 39 euros.", "es")
    assert protected.text == "El pedido zqdb cuesta zqma."
    assert (
        restore("The order zqdb costs ZQMA.", protected.meanings, "en", spoken=False)
        == "The order 814307 costs 39 euros."
    )
    assert restore("zqdb", protected.meanings, "en", spoken=True) == "8 1 4, 3 0 7"


def test_names_are_kept_out_too() -> None:
    protected = find("Me llamo Carolina Méndez y vivo en España.", "es")
    assert list(protected.meanings.values()) == [Name("Carolina Méndez")]
    assert "España" in protected.text


def test_a_token_that_stands_for_nothing_stays() -> None:
    assert restore("zqwx", {}, "en", spoken=False) == "zqwx"
    assert tokens("ZQWA zqwa zqnb") == Counter({"zqwa": 2, "zqnb": 1})


@pytest.mark.parametrize(
    ("language", "text", "hard"),
    [
        ("en", "June 23, 1984 at 7:15", ["23", "1984", "7:15"]),
        ("en", "two boxes for $45.90", ["2", "45.90"]),
        ("es", "dos cajas por 45,90 euros", ["2", "45.90"]),
        ("fr", "à 17h30, vingt et un euros", ["5:30", "21"]),
        ("pt", "trinta e nove reais", ["39"]),
        ("it", "ventitré giugno", ["23"]),
    ],
)
def test_the_numbers_of_a_text(language: str, text: str, hard: list[str]) -> None:
    assert figures_in(text, language).hard == Counter(hard)


@pytest.mark.parametrize(
    ("spanish", "english", "same"),
    [
        ("Cuesta ciento doce euros.", "It costs 112 euros.", True),
        ("Cuesta ciento doce euros.", "It costs 12 euros.", False),
        ("Cuesta doce euros.", "It costs 112 euros.", False),
        ("Me cobraron dos veces.", "They charged me twice.", True),
        ("El tercer piso.", "The third floor.", True),
        ("A las siete y cuarto.", "At 7:15.", True),
        ("A las siete y cuarto.", "At 7:50.", False),
        ("Mi número es 472916.", "My number is 472 916.", True),
        ("Mi número es 472916.", "My number is 472961.", False),
        ("Una caja.", "A box.", True),
        ("No lo sé.", "I have 3 of them.", False),
        ("A las 17:30.", "At 5:30 p.m.", True),
    ],
)
def test_digits_in_are_digits_out(spanish: str, english: str, same: bool) -> None:
    assert survived(figures_in(spanish, "es"), figures_in(english, "en")) is same


@example("0£0", "en")
@given(st.text(max_size=80), st.sampled_from(["en", "es", "fr", "ja"]))
def test_any_text_comes_back_from_its_tokens(text: str, language: str) -> None:
    protected = find(text, language)
    assert tokens(protected.text) >= Counter(protected.meanings.keys()) or not protected.meanings
    restore(protected.text, protected.meanings, "en", spoken=True)


@given(st.integers(0, 10**7))
def test_a_number_survives_itself(value: int) -> None:
    assert survived(figures_in(f"son {value}", "es"), figures_in(f"they are {value}", "en"))
