"""What tests of the rig counted is printed."""

from __future__ import annotations

from typing import Any

from tests.doors import tally


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests recorded with `record_property`; numbers of the same name are added up."""
    ends = [one for kind in terminalreporter.stats.values() for one in kind if getattr(one, "when", "") == "teardown"]
    counted: dict[str, Any] = {}
    for name, value in (pair for report in ends for pair in report.user_properties if pair[0] != tally.PROPERTY):
        counted[name] = counted[name] + value if isinstance(value, int) and name in counted else value
    if counted:
        terminalreporter.section("counted in the rig")
        for name in sorted(counted):
            terminalreporter.write_line(f"{name}: {counted[name]}")
