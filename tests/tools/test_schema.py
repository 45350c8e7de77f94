"""The JSON schema of a function, and the arguments that a model writes for it."""

from __future__ import annotations

import contextlib
import json

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.tools.schema import signature_of
from tests.tools import operators_tools as tools

pytestmark = pytest.mark.unit


def test_types_descriptions_and_defaults() -> None:
    stock = signature_of(tools.stock)
    assert stock.description == "How many pieces of an article are in stock."
    assert stock.parameters == {
        "type": "object",
        "properties": {
            "article": {"type": "string", "description": "its name, as the caller says it"},
            "size": {"enum": ["large", "small"], "title": "Size", "description": "which of the two"},
        },
        "required": ["article"],
        "additionalProperties": False,
    }


def test_lists_dataclasses_literals_and_typed_dicts() -> None:
    order = signature_of(tools.order)
    assert order.description == "Place an order.\nIt cannot be undone."
    properties = order.parameters["properties"]
    assert isinstance(properties, dict)
    assert properties["way"] == {"enum": ["post", "shop"], "description": "how it is collected"}
    assert properties["lines"]["items"]["required"] == ["article"]
    assert "$ref" not in json.dumps(order.parameters)
    assert order.parameters["required"] == ["lines", "way"]
    jsonschema_rs.validator_for(dict(order.parameters))


def test_the_facts_of_the_call_are_not_the_models_business() -> None:
    who = signature_of(tools.who)
    assert (who.facts, who.parameters["properties"]) == ("facts", {})


def test_arguments_become_what_the_function_takes() -> None:
    assert signature_of(tools.stock).arguments('{"article": "pen", "size": "large"}') == {
        "article": "pen",
        "size": tools.Size.LARGE,
    }
    written = '{"lines": [{"article": "pen"}], "way": "shop", "to": {"city": "東京"}, "price": 3}'
    assert signature_of(tools.order).arguments(written) == {
        "lines": [tools.Line("pen", 1)],
        "way": "shop",
        "to": {"city": "東京"},
        "price": 3.0,
    }
    assert signature_of(tools.nothing).arguments("") == {}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{}", "missing required field `article`"),
        ('{"article": 3}', "Expected `str`, got `int` - at `$.article`"),
        ('{"article": "pen", "size": "huge"}', "Invalid enum value 'huge' - at `$.size`"),
        ('{"article": "pen", "colour": "red"}', "unknown field `colour`"),
        ("[]", "Expected `object`, got `array`"),
        ("{article: 3}", "JSON is malformed"),
        ("\ud800", "surrogates"),
        ("[" * 100_000, ""),
    ],
)
def test_what_does_not_fit_is_said(written: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        signature_of(tools.stock).arguments(written)
    assert said in str(caught.value)


@given(st.text(max_size=40) | st.dictionaries(st.sampled_from(["article", "size", "x"]), st.text()).map(json.dumps))
def test_nothing_that_a_model_writes_does_anything_but_fit_or_not(written: str) -> None:
    with contextlib.suppress(ValueError):
        assert set(signature_of(tools.stock).arguments(written)) <= {"article", "size"}


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (tools.untyped, "article: has no type hint"),
        (tools.starred, "articles: parameters must have names"),
        (tools.open_ended, "article: its type hint leaves open what it takes"),
        (tools.odd_type, "number: <class 'complex'> has no JSON form"),
        (tools.unknown_name, "its type hints cannot be read: name 'Nowhere' is not defined"),
        (tools.recursive, "chain: <class"),
    ],
)
def test_functions_that_cannot_be_tools_are_refused_by_name(function: object, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        signature_of(function)  # type: ignore[arg-type]
    assert str(caught.value).startswith(said)
