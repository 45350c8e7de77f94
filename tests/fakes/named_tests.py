"""Finds the tests that a page names as its proofs: `rig/test_endings.py::test_something`, from `tests/`."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]

REFERENCE = re.compile(r"`([\w/]+\.py)::(\w+)`")


def references(text: str) -> list[tuple[str, str]]:
    """File and test, in the order in which the text names them."""
    return REFERENCE.findall(text)


@functools.cache
def defined_in(path: str) -> frozenset[str]:
    """The tests of a file; empty when there is no such file."""
    file = TESTS / path
    if not file.is_file():
        return frozenset()
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, functions)}
    return frozenset(name for name in found if name.startswith("test_"))


def missing(text: str) -> list[str]:
    """References that lead to no test."""
    return [f"{path}::{name}" for path, name in references(text) if name not in defined_in(path)]


def rows(page: str) -> dict[str, str]:
    """The rows of a page's tables by their first cell."""
    cells = (line.split("|") for line in page.splitlines() if line.startswith("| "))
    return {row[1].strip(): "|".join(row[2:]) for row in cells}
