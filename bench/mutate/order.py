"""A pytest plugin for mutmut's runs: the tests that are likeliest to notice come first, and none is waited for in vain.

mutmut asks the quickest tests first. Where a function has hundreds, those that noticed its other mutants, and those of
its file, are better asked first. And a mutant that runs for ever is given up when the one test it hangs in has taken
far more processor time than it needs, and not when all of them should have ended.
"""

from __future__ import annotations

import signal
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

PACKAGE: Final = "dragoman"
NOTICED_BY: Final = Path("noticed-by.txt")
"""A line for each mutant that a test noticed: its function and the test, parted by a tab. Beside the mutants."""

OF_ITS_FILE: Final = 0.05
"""What it counts that a test noticed a mutant of another function of the same file."""
LEAST_S: Final = 0.005
"""What a test takes at least, with all that goes round it."""

PATIENCE: Final = 10.0
PATIENCE_S: Final = 1.0
"""A test may take ten times its processor time and a second; then the process ends by SIGPROF."""
COLLECTS_S: Final = 20.0
"""The same for what comes before the first test."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _end_after(COLLECTS_S)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Most noticed per second first; of those that never noticed anything, mutmut's order."""
    function = _function()
    if not function or not NOTICED_BY.exists():
        return
    likely: defaultdict[str, float] = defaultdict(float)
    for line in NOTICED_BY.read_text(encoding="utf-8").splitlines():
        of, _, test = line.partition("\t")
        if of == function:
            likely[test] += 1
        elif of.rpartition(".")[0] == function.rpartition(".")[0]:
            likely[test] += OF_ITS_FILE
    items.sort(key=lambda item: -likely[item.nodeid] / (LEAST_S + _usual_s(item)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Tell the processes that come after."""
    function = _function()
    if report.failed and function:
        with NOTICED_BY.open("a", encoding="utf-8") as noted:
            noted.write(f"{function}\t{report.nodeid}\n")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Bound it, in processor time: others on the machine make no difference."""
    _end_after(PATIENCE_S + PATIENCE * _usual_s(item))
    return (yield)


def _end_after(processor_s: float) -> None:
    """The process of a mutant; from now on."""
    if _function():
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, processor_s)


def _function() -> str:
    """The mutated one (`dragoman.relay.lag.xǁLagMeterǁspoke`), empty if there is none."""
    mutant = get_mutant_under_test()
    return mutant.rpartition("__mutmut_")[0] if mutant.startswith(f"{PACKAGE}.") else ""


def _usual_s(item: pytest.Item) -> float:
    return state().duration_by_test.get(item.nodeid, 0.0)
