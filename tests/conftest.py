"""What holds for every test."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import settings

from tests.doors import tally

# A busy machine is no fault: no example has a deadline of its own, `timeout` in pyproject.toml bounds each test.
settings.register_profile("suite", deadline=None)
# `make fuzz`: the same tests for as long as one likes.
settings.register_profile("long", deadline=None, max_examples=1000)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def logging_of_its_own() -> Iterator[None]:
    """Commands set logging up for their process; the next test shall not write to a stream that is closed by then,
    nor miss what a library says because a test before it silenced that library.
    """
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)
    for one in logging.Logger.manager.loggerDict.values():
        if isinstance(one, logging.Logger):
            one.setLevel(logging.NOTSET)
            one.disabled = False
            one.propagate = True


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests recorded with `record_property` (numbers of one name are added up), and what was tried at each
    door (tests/doors). Here, not beside those tests: where several processes run them, only this file is read by the
    one that prints.
    """
    ends = [one for kind in terminalreporter.stats.values() for one in kind if getattr(one, "when", "") == "teardown"]
    pairs = [pair for report in ends for pair in report.user_properties]
    counted: dict[str, Any] = {}
    for name, value in (pair for pair in pairs if pair[0] != tally.PROPERTY):
        counted[name] = counted[name] + value if isinstance(value, int) and name in counted else value
    if counted:
        terminalreporter.section("counted in the rig")
        for name in sorted(counted):
            terminalreporter.write_line(f"{name}: {counted[name]}")
    tried = [value for name, value in pairs if name == tally.PROPERTY]
    if tried:
        terminalreporter.section("tried at the doors")
        for line in tally.table(tried):
            terminalreporter.write_line(line)
