"""What tools give back, as results."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dragoman.domain.tools import ToolResult
from dragoman.tools.results import RESULT_MAX_BYTES, ToolError, failed, result_of
from tests.fakes.personas import JA, persona

pytestmark = pytest.mark.unit


@dataclass
class Found:
    pieces: int
    say: str = ""


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (None, ToolResult("done")),
        (" three left ", ToolResult("three left", "three left")),
        (3, ToolResult("3")),
        ([1, "二"], ToolResult('[1,"二"]')),
        ({"say": "三個です", "n": 3}, ToolResult('{"say":"三個です","n":3}', "三個です")),
        ({"say": 3}, ToolResult('{"say":3}')),
        (Found(2, "Two."), ToolResult('{"pieces":2,"say":"Two."}', "Two.")),
        (ToolResult("x", "y"), ToolResult("x", "y")),
    ],
)
def test_texts_can_be_said_and_other_values_by_their_say(value: object, result: ToolResult) -> None:
    assert result_of(value) == result


@pytest.mark.parametrize("value", [object(), "x" * (RESULT_MAX_BYTES + 1), "\N{HIRAGANA LETTER A}" * 22_000])
def test_what_is_no_json_or_too_long_is_refused(value: object) -> None:
    with pytest.raises(ToolError, match="the tool gave back"):
        result_of(value)


def test_a_failure_is_told_to_the_model_and_excused_to_the_caller() -> None:
    result = failed(persona(), JA, "no such order")
    assert (result.text, result.is_error, result.action) == ("no such order", True, None)
    assert result.spoken.startswith("申し訳ございません")
