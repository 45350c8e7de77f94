"""A closer look at the tools of a file: each fault at its key."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import BuiltIn, HttpCall, PythonCall, ToolPlan
from dragoman.tools.checks import tool_check
from tests.tools import operators_tools

pytestmark = pytest.mark.unit

MODULE = operators_tools.__name__
EN = LanguageTag("en")
URL = "https://shop.example/orders/{order}"
ORDER: dict[str, object] = {
    "type": "object",
    "properties": {"order": {"type": "string"}, "note": {"type": "string"}},
    "required": ["order"],
}


def plan(call: object, *patterns: str, **more: Any) -> ToolPlan:
    return ToolPlan("t", call, patterns={EN: patterns} if patterns else {}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "good",
    [
        plan(
            PythonCall(f"{MODULE}:stock"),
            r"is there any (?P<article>\w+)",
            "(?P<article__pen>pens) (?P<size__large>big)?",
        ),
        plan(HttpCall(URL), r"order (?P<order>\d+)", parameters=ORDER, description="State of an order."),
        plan(HttpCall("https://shop.example/ping"), "ping", description="Whether it lives."),
        plan(BuiltIn.HOURS, "(?P<day__monday>monday)", "open"),
        plan(BuiltIn.TRANSFER, "person", "about (?P<summary>.*)"),
        plan(BuiltIn.MESSAGE, "message"),
        plan(BuiltIn.HANG_UP, "bye"),
        plan(BuiltIn.FAQ, "question: (?P<question>.*)"),
    ],
)
def test_what_is_right(good: ToolPlan) -> None:
    assert tool_check({})(good) is None


@pytest.mark.parametrize(
    ("bad", "key", "said"),
    [
        (plan(PythonCall(f"{MODULE}:none")), "python", "there is no function none"),
        (plan(PythonCall(f"{MODULE}:untyped")), "python", "article: has no type hint"),
        (plan(PythonCall(f"{MODULE}:stock"), "(?P<colour>red)"), "patterns", "names 'colour', which is no argument"),
        (plan(PythonCall(f"{MODULE}:stock"), "stock"), "patterns", "does not give 'article'"),
        (plan(HttpCall(URL), parameters=ORDER), "description", "is needed"),
        (plan(HttpCall(URL), description="x"), "url", "{order}"),
        (plan(HttpCall(URL), parameters={"type": "object", "required": 3}, description="x"), "parameters", "schema"),
        (plan(HttpCall(URL, headers={"Cookie": "x"}), parameters=ORDER, description="x"), "headers", "environment"),
        (plan(BuiltIn.HOURS, "(?P<tag>montag)"), "patterns", "names 'tag'"),
        (plan(BuiltIn.FAQ, "question"), "patterns", "does not give 'question'"),
        (plan(BuiltIn.DIGITS, "press"), "patterns", "does not give 'digits'"),
    ],
)
def test_what_is_wrong_is_found_at_its_key(bad: ToolPlan, key: str, said: str) -> None:
    found = tool_check({})(bad)
    assert found is not None
    assert found[0] == key
    assert said in found[1]


def test_secrets_come_from_the_environment_that_is_given() -> None:
    secret = plan(HttpCall(URL, headers={"Authorization": "Bearer ${SHOP}"}), parameters=ORDER, description="x")
    assert tool_check({"SHOP": "s-1"})(secret) is None
    found = tool_check({})(secret)
    assert found is not None
    assert found[1] == "Authorization: SHOP is not set in the environment"
