"""Results as a model reads them."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.tools import HangUp, ToolResult

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("result", "output"),
    [
        (ToolResult("42"), {"result": "42"}),
        (ToolResult("開いています", "開いています"), {"result": "開いています"}),
        (ToolResult("the end", "さようなら", action=HangUp("さようなら")), {"result": "the end", "say": "さようなら"}),
        (ToolResult("no such order", "Sorry.", is_error=True), {"error": "no such order", "say": "Sorry."}),
    ],
)
def test_output_for_a_model(result: ToolResult, output: dict[str, str]) -> None:
    assert json.loads(result.output()) == output
    assert "\\u" not in result.output()
