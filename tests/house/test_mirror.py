"""Each source file has its test file, at the same place, so that one is found from the other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "dragoman"
TESTS = ROOT / "tests"

ELSEWHERE: dict[str, str] = {
    "__main__.py": "two lines; run by tests/cli/test_main.py",
    "errors.py": "classes only; used by all",
    "ports.py": "promises; held by tests/contracts",
    "browser_ports.py": "promises and values; held by the tests of sockets and of keys",
    "assistant_ports.py": "promises and values; held by the tests of each engine that keeps them",
    "domain/assistant_effects.py": "values only; used by all of an assistant's call",
    "domain/call.py": "values only; used by all",
    "domain/effects.py": "values only; used by all",
    "domain/kept.py": "one value without a function; in every test of the store",
    "domain/outcome.py": "values only; used by all",
    "domain/reception.py": "values only; used by all of an assistant's call",
    "domain/room.py": "values only; used by all of a room and its doors",
    "domain/speech.py": "values only; used by all",
    "interpreters/local/mind/thoughts.py": "values and a promise; in every test of a mind",
    "store_ports.py": "promises; held by tests/contracts",
    "room_ports.py": "promises; held by tests/relay/test_live_rooms.py",
    "telephony/twilio/parts.py": "one value without a function; in every test of the doors",
    "web/answers.py": "two lines each; seen in every answer of tests/web",
}
"""Source files without a test file of their own, and why. This list only shrinks."""

WHOLE_FOLDERS: dict[str, str] = {
    "interpreters/openai/emulator": "one named test per item of the conformance list, and the vendor's SDK",
    "telephony/twilio/emulator": "one named test per item of the carrier's protocol, and the vendor's SDK",
}
"""Folders that are tested by what they promise together; their test folder must be there and hold tests."""


def mirrored(source: str) -> Path:
    path = Path(source)
    return TESTS / path.parent / f"test_{path.name}"


def source_files() -> list[str]:
    found = (str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))
    return sorted(path for path in found if not _is_marker(path))


def test_every_source_file_has_its_test_file() -> None:
    missing = [path for path in source_files() if not (path in ELSEWHERE or _whole(path) or mirrored(path).exists())]
    assert missing == []


def test_whole_folders_have_their_tests() -> None:
    assert [folder for folder in WHOLE_FOLDERS if not list((TESTS / folder).glob("test_*.py"))] == []


def test_the_exceptions_are_still_needed() -> None:
    assert [path for path in ELSEWHERE if not (SOURCE / path).exists()] == []
    assert [path for path in ELSEWHERE if mirrored(path).exists()] == []


def _is_marker(path: str) -> bool:
    """An `__init__` that holds a docstring, imports and `__all__`, and nothing else."""
    if not path.endswith("__init__.py"):
        return False
    body = ast.parse((SOURCE / path).read_text(encoding="utf-8")).body
    return all(isinstance(step, ast.Expr | ast.Import | ast.ImportFrom | ast.Assign) for step in body)


def _whole(path: str) -> bool:
    return any(path.startswith(f"{folder}/") for folder in WHOLE_FOLDERS)
