"""Each source file has its test file, at the same place, so that one is found from the other."""

from __future__ import annotations

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
    "domain/call.py": "values only; used by all",
    "domain/effects.py": "values only; used by all",
    "domain/outcome.py": "values only; used by all",
    "domain/speech.py": "values only; used by all",
    "web/answers.py": "two lines each; seen in every answer of tests/web",
}
"""Source files without a test file of their own, and why. This list only shrinks."""


def mirrored(source: str) -> Path:
    path = Path(source)
    return TESTS / path.parent / f"test_{path.name}"


def source_files() -> list[str]:
    found = (str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))
    return sorted(path for path in found if not _is_marker(path))


def test_every_source_file_has_its_test_file() -> None:
    missing = [path for path in source_files() if path not in ELSEWHERE and not mirrored(path).exists()]
    assert missing == []


def test_the_exceptions_are_still_needed() -> None:
    assert [path for path in ELSEWHERE if not (SOURCE / path).exists()] == []
    assert [path for path in ELSEWHERE if mirrored(path).exists()] == []


def _is_marker(path: str) -> bool:
    """An `__init__` that holds a docstring and nothing else."""
    if not path.endswith("__init__.py"):
        return False
    lines = (SOURCE / path).read_text(encoding="utf-8").strip()
    return lines.count('"""') == 2 and lines.endswith('"""')
