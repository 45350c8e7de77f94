"""Number words to digits."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.digits import digitise, ordinal_end

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("ocho uno cuatro tres cero siete", "814307"),
        ("cuatro, siete, dos, nueve, uno, seis", "472916"),
        ("8-1-4-3-0-7", "814307"),
        ("8, 1, 4, 3, 0, 7", "814307"),
        ("8.14307", "814307"),
        ("seis tres cuatro, dos uno cero, siete ocho nueve", "634210789"),
        ("634-210-789", "634210789"),
        ("ciento veinticinco", "125"),
        ("mil novecientos ochenta y cuatro", "1984"),
        ("tres mil doscientos cinco", "3205"),
        ("un millón doscientos mil", "1200000"),
        ("3 mil euros", "3000 euros"),
        ("1.200 euros", "1200 euros"),
        ("1.250,50 euros", "1250.50 euros"),
        ("39,50 euros", "39.50 euros"),
        ("cuarenta y uno", "41"),
        ("un pedido y una caja", "un pedido y una caja"),
        ("un quince", "un 15"),
        ("dos, tres días", "2, 3 días"),
        ("entre 9 y 11", "entre 9 y 11"),
        ("el vigésimo primero", "el 20º primero"),
    ],
)
def test_spanish(said: str, written: str) -> None:
    assert digitise(said, "es") == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("one hundred and forty-six dollars", "146 dollars"),
        ("seven five two, six six one", "752661"),
        ("752-661", "752661"),
        ("nineteen eighty-four", "1984"),
        ("two thousand and ten", "2010"),
        ("the thirtieth of November", "the 30th of November"),
        ("twenty-first", "21st"),
        ("ten thirty", "10 30"),
        ("one of them", "one of them"),
        ("two one zero", "210"),
        ("fifty-five oh one forty-two", "550142"),
        ("1,200 dollars", "1200 dollars"),
        ("$1,250.50", "$1250.50"),
        ("twelve point five", "12.5"),
        ("a hundred dollars", "100 dollars"),
        ("a six-year-old child", "a 6-year-old child"),
        ("June 23, 1984", "June 23, 1984"),
        ("four and five", "4 and 5"),
        ("the third floor", "the third floor"),
    ],
)
def test_english(said: str, written: str) -> None:
    assert digitise(said, "en") == written


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [("fr", "quatre-vingt-dix-sept", "97"), ("fr", "mille neuf cent quatre-vingt-quatre", "1984"), ("fr", "vingt et un", "21"),
     ("pt", "trinta e nove", "39"), ("pt", "mil novecentos e oitenta e quatro", "1984"), ("it", "ventitré", "23"),
     ("it", "millenovecentottantaquattro", "1984"), ("it", "duemila dieci", "2010"), ("ja", "three", "three")],
)  # fmt: skip
def test_other_languages(language: str, said: str, written: str) -> None:
    assert digitise(said, language) == written


def test_ordinal_ends() -> None:
    assert [f"{one}{ordinal_end(one)}" for one in (1, 2, 3, 4, 11, 12, 13, 21, 102, 113)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "113th"]  # fmt: skip


@given(st.text(max_size=80), st.sampled_from(["en", "es", "fr", "pt", "it"]))
def test_no_text_crashes_it(text: str, language: str) -> None:
    digitise(text, language)


@given(st.lists(st.sampled_from(range(10)), min_size=4, max_size=12), st.sampled_from([" ", ", ", "-"]))
def test_digits_said_one_by_one_come_together(digits: list[int], between: str) -> None:
    spanish = ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"]
    said = between.replace("-", ", ").join(spanish[digit] for digit in digits)
    assert digitise(f"Es el {said}.", "es") == f"Es el {''.join(map(str, digits))}."
    assert digitise(between.join(map(str, digits)), "en") == "".join(map(str, digits))
