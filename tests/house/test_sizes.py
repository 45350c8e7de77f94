"""A file is one idea, a function one step: neither grows without being noticed."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]

FILE_MAX_LINES = {"src": 400, "bench": 400, "scripts": 400, "tests": 800}
FUNCTION_MAX_LINES = 50


def python_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("folder", FILE_MAX_LINES)
def test_no_file_is_too_long(folder: str) -> None:
    bound = FILE_MAX_LINES[folder]
    long = {str(path.relative_to(ROOT)): n for path in python_files(folder) if (n := len(_lines(path))) > bound}
    assert long == {}


def test_no_function_is_too_long() -> None:
    long: dict[str, int] = {}
    for path in python_files("src"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_MAX_LINES:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = lines
    assert long == {}


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
