"""What all of the rig shares: the model that tells languages is read once, and what tests counted is printed."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from dragoman.interpreters.openai import engines

_rank_read_once = functools.cache(engines.language_rank)


@pytest.fixture(autouse=True)
def read_the_rank_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes most of a second; a server reads it once, and here each test has a server of its own."""
    monkeypatch.setattr(engines, "language_rank", _rank_read_once)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests recorded with `record_property`."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines = [f"{name}: {value}" for report in reports for name, value in getattr(report, "user_properties", ())]
    if lines:
        terminalreporter.section("counted in the rig")
        for line in sorted(lines):
            terminalreporter.write_line(line)
