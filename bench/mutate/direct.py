"""A pytest plugin for mutmut's runs: calls go straight to the function, except to the one that is mutated.

mutmut puts a switch in front of every function, which asks the environment at each call which mutant is wanted: most of
the time of a mutant's tests. But in the process of one mutant all other functions are themselves. So the switches are
taken out of modules and classes once, before the first mutant, and only those of its own function are put back. A
function that was caught with its switch elsewhere (a table, a default, an import anew) keeps it, and works as before.
"""

from __future__ import annotations

import inspect
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, Final

import pytest
from mutmut.mutation import trampoline
from mutmut.mutation.trampoline import get_mutant_under_test

PACKAGE: Final = "dragoman"
OURS: Final = (PACKAGE, "tests")
PROVING: Final = "fail"
"""What mutmut calls the mutant while it proves that tests can fail: the last thing before the first mutant."""
SWITCH: Final = "_trampoline_wrapper"

Place = ModuleType | type[Any]

_taken_out: defaultdict[str, list[tuple[Place, str, FunctionType]]] = defaultdict(list)
"""By function (`dragoman.relay.lag.xǁLagMeterǁspoke`): where its switch was. Each mutant's process inherits it."""


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """The mutant of this process is asked for once; and its function gets its switch back."""
    mutant = get_mutant_under_test()
    trampoline.get_mutant_under_test = lambda: mutant
    _put_back(mutant)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """All is imported, and proved to be able to fail: from here on a switch is only of use to its own mutants."""
    if get_mutant_under_test() == PROVING:
        _take_out()


def pytest_collection_finish() -> None:
    """What was imported anew for a mutant (`bench/mutate/fresh.py`) has all its switches again."""
    mutant = get_mutant_under_test()
    if mutant.startswith(f"{PACKAGE}.") and _taken_out and not _is_known(sys.modules[mutant.rpartition(".")[0]]):
        _taken_out.clear()
        _take_out()
        _put_back(mutant)


def _take_out() -> None:
    for place in list(_places()):
        for name, switch in list(vars(place).items()):
            if isinstance(switch, FunctionType) and switch.__code__.co_name == SWITCH:
                _taken_out[_function_of(switch)].append((place, name, switch))
                setattr(place, name, inspect.unwrap(switch))


def _put_back(mutant: str) -> None:
    for place, name, switch in _taken_out.get(mutant.rpartition("__mutmut_")[0], ()):
        setattr(place, name, switch)


def _is_known(module: ModuleType) -> bool:
    """Whether its switches, or those of one of its classes, were taken out."""
    known = {id(place) for places in _taken_out.values() for place, _, _ in places}
    return id(module) in known or any(id(thing) in known for thing in vars(module).values())


def _places() -> Iterator[Place]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS:
            yield module
            yield from (thing for thing in vars(module).values() if _is_class_of(thing, name))


def _is_class_of(thing: object, module: str) -> bool:
    return isinstance(thing, type) and thing.__module__ == module


def _function_of(switch: Callable[..., object]) -> str:
    """mutmut's name of it, which the names of its mutants begin with."""
    *classes, name = switch.__qualname__.split(".")
    mangled = f"xǁ{classes[-1]}ǁ{name}" if classes else f"x_{name}"
    return f"{switch.__module__}.{mangled}"
