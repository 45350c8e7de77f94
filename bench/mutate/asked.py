"""A pytest plugin for mutmut's runs: which tests are asked about the mutants of a function.

Those of its file, all; and of the others that call it, the quickest: a function in the middle of everything is called
by hundreds, which would take long for each mutant that none of them notices. To leave some out lets more survive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest
from mutmut.configuration import config
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

NOTING: Final = "stats"
"""What mutmut calls the mutant while it notes who calls what."""
PACKAGE: Final = Path("src") / "dragoman"
OTHERS_S: Final = 2.0
"""All tests of other files together, by the time they take while calls are noted, which is longer than otherwise."""
LEAST_S: Final = 0.01
"""What a test takes at least, with all that goes round it."""


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leaves out the tests of what is not mutated: they run whole calls, and so all that is mutated."""
    if collection_path.suffix != ".py" or not collection_path.name.startswith("test_"):
        return None
    source = _source_of(collection_path.relative_to(Path.cwd()).as_posix())
    return True if source and not config().should_mutate(source) else None


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    if get_mutant_under_test() == NOTING:
        callers = state().tests_by_mangled_function_name
        for function in list(callers):
            callers[function] = set(_asked(function.rpartition(".")[0], callers[function]))


def _asked(module: str, tests: Iterable[str]) -> Iterator[str]:
    """Of the tests that call something of `module` (`dragoman.relay.lag`)."""
    source, left_s = Path("src", *module.split(".")).with_suffix(".py"), OTHERS_S
    for test in sorted(tests, key=lambda test: (state().duration_by_test[test], test)):
        if _source_of(test.partition("::")[0]) == source:
            yield test
            continue
        left_s -= LEAST_S + state().duration_by_test[test]
        if left_s > 0:
            yield test


def _source_of(test_file: str) -> Path | None:
    """What `tests/relay/test_lane_turns.py` tests: `relay/lane.py`, as there is no `lane_turns.py`."""
    _, *folders, file = test_file.split("/")
    name = file.removeprefix("test_").removesuffix(".py")
    while name:
        source = PACKAGE.joinpath(*folders, f"{name}.py")
        if source.exists():
            return source
        name = name.rpartition("_")[0]
    return None
