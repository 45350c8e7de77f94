"""English as it is asked and told."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.stream import parse
from dragoman.interpreters.local.to_english import natural

pytestmark = pytest.mark.unit

YOU = "^prpers<prn><subj><p2><mf><sp>$"


def words(stream: str) -> list[str]:
    return [unit.word.lemma for unit in natural(parse(stream), [])]


@pytest.mark.parametrize(
    ("stream", "order"),
    [
        (f"{YOU} ^can<vaux><pres>$ ^help<vblex><inf>$^?<sent>$", ["can", "prpers", "help", "?"]),
        (f"{YOU} ^need<vblex><pres>$ ^help<n><sg>$^?<sent>$", ["do", "prpers", "need", "help", "?"]),
        ("^when<adv><itg>$ ^the<det><def>$ ^technician<n><sg>$ ^arrive<vblex><pri><p3><sg>$^?<sent>$",
         ["when", "do", "the", "technician", "arrive", "?"]),
        ("^there<adv>$ ^be<vbser><pri><p3><sg>$ ^some<det>$ ^discount<n><sg>$^?<sent>$", ["be", "there", "some", "discount", "?"]),
        (f"{YOU} ^need<vblex><pres>$ ^help<n><sg>$^.<sent>$", ["prpers", "need", "help", "."]),
        ("^say<vblex><inf>$ ^prpers<prn><obj><p1><mf><sg>$", ["tell", "prpers"]),
        ("^prpers<prn><subj><p1><mf><sg>$ ^go<vblex><pres>$ ^to<pr>$ ^look<vblex><inf>$", ["prpers", "be", "go", "to", "look"]),
        ("^his<det><pos><sg>$ ^house<n><sg>$", ["your", "house"]),
    ],
)  # fmt: skip
def test_it_is_asked_and_told_as_in_english(stream: str, order: list[str]) -> None:
    assert words(stream) == order


def test_the_tense_of_a_question_stands_on_do() -> None:
    do, _, verb, *_ = natural(parse(f"{YOU} ^buy<vblex><past>$ ^it<prn>$^?<sent>$"), [])
    assert do.word.tags == ("vbdo", "past")
    assert verb.word.tags == ("vblex", "inf")


def test_you_are_and_not_is() -> None:
    verb = natural(parse(f"{YOU} ^be<vbser><pri><p3><sg>$ ^late<adj>$"), [])[1]
    assert verb.word.tags == ("vbser", "pres")
