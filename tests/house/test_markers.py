"""Each test module says which category it is of, once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

TESTS = Path(__file__).parents[1]
CATEGORIES = {"unit", "pair", "contract", "script", "rig", "models", "house"}


def test_each_module_carries_one_category() -> None:
    wrong: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        lines = re.findall(r"^pytestmark = (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        marks = re.findall(r"pytest\.mark\.(\w+)", " ".join(lines))
        if len([mark for mark in marks if mark in CATEGORIES]) != 1:
            wrong[str(path.relative_to(TESTS))] = marks
    assert wrong == {}


def test_no_test_is_skipped() -> None:
    """What a test needs is fetched or built; a skipped test proves nothing."""
    word = "sk" + "ip"
    pattern = re.compile(rf"pytest\.(mark\.)?({word}|{word}if|importor{word}|xfail)\b")
    found = [str(path.relative_to(TESTS)) for path in TESTS.rglob("*.py") if pattern.search(path.read_text("utf-8"))]
    assert found == []
