"""English put in an order that Apertium can read."""

# ruff: noqa: E501 - a row of a table is read as one line
from __future__ import annotations

import pytest

from dragoman.interpreters.local.from_english import simplify, told_to
from dragoman.interpreters.local.stream import parse, render

pytestmark = pytest.mark.unit

YOU = "^prpers<prn><subj><p2><mf><sp>$"
IT = "^prpers<prn><obj><p3><nt><sg>$"


@pytest.mark.parametrize(
    ("question", "plain"),
    [
        (f"^do<vbdo><past>$ {YOU} ^see<vblex><pres>$ {IT}^?<sent>$", f"{YOU} ^see<vblex><past>$ {IT}^?<sent>$"),
        (f"^can<vaux><pres>$ {YOU} ^see<vblex><pres>$ {IT}^?<sent>$", f"{YOU} ^can<vaux><pres>$ ^see<vblex><pres>$ {IT}^?<sent>$"),
        ("^do<vbdo><pri><p3><sg>$ ^the<det><def><sp>$ ^light<n><sg>$ ^work<vblex><inf>$^?<sent>$",
         "^the<det><def><sp>$ ^light<n><sg>$ ^work<vblex><pri><p3><sg>$^?<sent>$"),
        ("^who<prn><itg>$ ^be<vbser><pri><p1><sg>$ ^I<num>$ ^speak<vblex><ger>$ ^with<pr>$^?<sent>$",
         "^with<pr>$ ^who<prn><itg>$ ^prpers<prn><subj><p1><mf><sg>$ ^be<vbser><pri><p1><sg>$ ^speak<vblex><ger>$^?<sent>$"),
        ("^what<prn><itg>$ ^be<vbser><pri><p3><sg>$ ^your<det><pos><sp>$ ^name<n><sg>$^?<sent>$",
         "^what<prn><itg>$ ^be<vbser><pri><p3><sg>$ ^your<det><pos><sp>$ ^name<n><sg>$^?<sent>$"),
        ("^do<vbdo><past>$ ^the<det><def><sp>$ ^problem<n><sg>$ ^start<n><sg>$^?<sent>$",
         "^the<det><def><sp>$ ^problem<n><sg>$ ^start<vblex><past>$^?<sent>$"),
    ],
)  # fmt: skip
def test_questions_are_put_in_plain_order(question: str, plain: str) -> None:
    assert render(simplify(parse(question))) == plain


def test_commands_become_infinitives() -> None:
    stream = "^please<vblex><inf>$ ^sign<n><sg>$ ^the<det><def><sp>$ ^form<n><sg>$ ^and<cnjcoo>$ ^wait<vblex><pres>$^.<sent>$"
    tags = [unit.word.tags for unit in simplify(parse(stream))]
    assert tags[1] == tags[5] == ("vblex", "inf")


def test_forbidding_loses_its_auxiliary() -> None:
    stream = "^do<vbdo><pres>$ ^not<adv>$ ^worry<vblex><inf>$^.<sent>$"
    assert render(simplify(parse(stream))) == " ^not<adv>$ ^worry<vblex><inf>$^.<sent>$"


def test_a_noun_that_opens_a_sentence_is_no_command() -> None:
    stream = "^order<n><sg>$ ^number<n><sg>$"
    assert render(simplify(parse(stream))) == stream


def test_an_adverb_inside_a_perfect_goes_before_it() -> None:
    stream = "^prpers<prn><subj><p1><mf><sg>$ ^have<vblex><pres>$ ^already<adv>$ ^pay<vblex><past>$"
    assert render(simplify(parse(stream))) == (
        "^prpers<prn><subj><p1><mf><sg>$ ^already<adv>$ ^have<vbhaver><pres>$ ^pay<vblex><pp>$"
    )


def test_what_one_wants_of_another_is_a_clause() -> None:
    stream = "^want<vblex><pres>$ ^prpers<prn><obj><p2><mf><sp>$ ^to<pr>$ ^sign<vblex><inf>$"
    lemmas = [unit.word.lemma for unit in simplify(parse(stream))]
    assert lemmas == ["want", "that", "prpers", "sign"]


def test_whose_person_a_verb_has_is_told() -> None:
    we = "^prpers<prn><subj><p1><mf><pl>$ ^send<vblex><past>$ ^prpers<prn><obj><p2><mf><sp>$"
    he = "^the<det><def>$ ^agent<n><sg>$ ^call<vblex><past>$ ^prpers<prn><obj><p1><mf><sg>$"
    assert told_to(parse(we)) == [("p2", "p1", "pl")]
    assert told_to(parse(he)) == [("p1", "p3", "sg")]
    assert told_to([]) == []
