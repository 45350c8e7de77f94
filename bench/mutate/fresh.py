"""A pytest plugin for mutmut's runs: what runs once, at import or into a cache, is mutated like everything else.

mutmut forks one process per mutant from a parent that has imported all modules and run all tests. Tables made while a
module is imported, and answers kept by `functools.cache`, would be those of the unchanged code, and nothing could see
the mutant. And mutmut notes which test calls which function: what runs once would be noted for the first test only.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Generator, Iterator
from functools import _lru_cache_wrapper
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

PACKAGE = "dragoman"
OURS = (PACKAGE, "tests")
settings.register_profile(
    "mutate", max_examples=20, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate)
)
"""The same few examples for each mutant; a failing one is not made smaller. Chosen by `--hypothesis-profile=mutate`."""

NOTING = "stats"
"""What mutmut calls the mutant while it notes who calls what."""
AT_IMPORT = Path("at-import.json")
"""Functions that ran while modules were imported, `["dragoman.audio.g711.x__expand", ...]`; beside the mutants."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Forgets what the unchanged code has left behind. A mutant that cannot be imported is killed."""
    mutant = get_mutant_under_test()
    if not mutant.startswith(f"{PACKAGE}."):
        return
    _forget_answers()
    if mutant.rpartition("__mutmut_")[0] in json.loads(AT_IMPORT.read_text(encoding="utf-8")):
        _import_anew(mutant.rpartition(".")[0])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    """A test file that cannot be imported with the mutant has killed it; pytest itself would call that interrupted."""
    if report.failed and get_mutant_under_test().startswith(f"{PACKAGE}."):
        pytest.exit("the mutant broke the collection", returncode=1)


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """What ran at import counts for all tests of its module (`_tests_of`)."""
    noted = state()._stats  # noqa: SLF001 - mutmut's list of what ran since the last test; it has no other name
    at_import = set(noted)
    noted.clear()
    result = yield
    if get_mutant_under_test() == NOTING:
        for function in at_import:
            state().tests_by_mangled_function_name[function] |= set(_tests_of(function.rpartition(".")[0]))
        AT_IMPORT.write_text(json.dumps(sorted(at_import)), encoding="utf-8")
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """No test is spared a call by an earlier one while calls are noted."""
    if get_mutant_under_test() == NOTING:
        _forget_answers()


def _forget_answers() -> None:
    """Those of mutated modules: others, as a model that was read, stand for all mutants."""
    mutated = {function.rpartition(".")[0] for function in state().current_function_hashes}
    for name, module in list(sys.modules.items()):
        if name in mutated:
            for thing in vars(module).values():
                if isinstance(thing, _lru_cache_wrapper):
                    thing.cache_clear()


def _import_anew(module: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    try:
        importlib.import_module(module)
    except Exception as error:  # noqa: BLE001 - whatever the mutant does to an import, it is noticed
        pytest.exit(f"the mutant cannot be imported: {error}", returncode=1)


def _tests_of(module: str) -> Iterator[str]:
    """The tests that call something of `module`, and all of the test file that mirrors it: those may only look."""
    for function, tests in list(state().tests_by_mangled_function_name.items()):
        if function.rpartition(".")[0] == module:
            yield from tests
    *folders, name = module.split(".")[1:]
    mirrored = "/".join(("tests", *folders, f"test_{name}.py::"))
    yield from (test for test in state().duration_by_test if test.startswith(mirrored))
