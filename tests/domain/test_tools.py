"""Results as a model reads them."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.tools import Action, HandOver, HangUp, SendDigits, TakeMessage, ToolResult, Transfer

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("result", "output"),
    [
        (ToolResult("42"), {"result": "42"}),
        (ToolResult("開いています", "開いています"), {"result": "開いています", "say": "開いています"}),
        (
            ToolResult("the end", "さようなら", action=HangUp("さようなら")),
            {"result": "the end", "say": "さようなら", "action": "HangUp"},
        ),
        (ToolResult("no such order", "Sorry.", is_error=True), {"error": "no such order", "say": "Sorry."}),
    ],
)
def test_output_for_a_model(result: ToolResult, output: dict[str, str]) -> None:
    assert json.loads(result.output()) == output
    assert "\\u" not in result.output()


@pytest.mark.parametrize(
    ("result", "read"),
    [
        (ToolResult("42"), ToolResult("42")),
        (ToolResult("no such order", "Sorry.", is_error=True), ToolResult("no such order", "Sorry.", is_error=True)),
        (
            ToolResult("soon", "つなぎます", action=Transfer("+12025550100", "Who calls")),
            ToolResult("soon", "つなぎます", action=Transfer("", "")),
        ),
        (ToolResult("a", action=HandOver("x", "y")), ToolResult("a", action=HandOver("", ""))),
        (ToolResult("b", action=TakeMessage("x", "y")), ToolResult("b", action=TakeMessage(""))),
        (ToolResult("c", action=SendDigits("12")), ToolResult("c", action=SendDigits(""))),
        (ToolResult("d", "Bye.", action=HangUp("Bye.")), ToolResult("d", "Bye.", action=HangUp(""))),
    ],
)
def test_a_result_is_read_back_but_for_where_its_action_leads(result: ToolResult, read: ToolResult) -> None:
    assert ToolResult.of_output(result.output()) == read


@pytest.mark.parametrize("text", ["done", "", "[1]", '{"price": 3}', "{", "\ud800", "[" * 100_000])
def test_what_others_write_is_a_text(text: str) -> None:
    assert ToolResult.of_output(text) == ToolResult(text)


def test_members_of_the_wrong_kind_are_taken_for_none() -> None:
    assert ToolResult.of_output('{"result": 3, "say": 4, "action": ["x"]}') == ToolResult("3")


def test_the_number_of_a_person_is_not_told() -> None:
    actions: tuple[Action, ...] = (Transfer("+12025550100", "s"), HandOver("+12025550100", "s"))
    assert not any("2025550100" in ToolResult("x", "y", action=action).output() for action in actions)
