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
    """Print what tests recorded with `record_property`; numbers of the same name are added up."""
    ends = [one for kind in terminalreporter.stats.values() for one in kind if getattr(one, "when", "") == "teardown"]
    counted: dict[str, Any] = {}
    for name, value in (pair for report in ends for pair in report.user_properties):
        counted[name] = counted[name] + value if isinstance(value, int) and name in counted else value
    if counted:
        terminalreporter.section("counted in the rig")
        for name in sorted(counted):
            terminalreporter.write_line(f"{name}: {counted[name]}")
