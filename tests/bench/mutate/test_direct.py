"""Switches of functions that are not mutated are taken out, and put back for their own mutants."""

from __future__ import annotations

import sys
from collections import defaultdict
from types import ModuleType

import pytest
from mutmut.mutation.trampoline import wrap_in_trampoline

from bench.mutate import direct

pytestmark = pytest.mark.unit

NAME = "dragoman.tiny_and_switched"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module as mutmut writes it, with a function, a class, and the other two places that know the function."""

    def said() -> str:
        return "plain"

    module, mutants = ModuleType(NAME), {"_mutmut_orig": said, "x_said__mutmut_1": lambda: "mutant"}
    for function in (said,):
        function.__module__, function.__qualname__ = NAME, "said"
    switch = wrap_in_trampoline(mutants)(said)

    def shout(self: object) -> str:
        return "PLAIN"

    shout.__module__, shout.__qualname__ = NAME, "Voice.shout"
    voices = {"_mutmut_orig": shout, "xǁVoiceǁshout__mutmut_1": lambda _self: "MUTANT"}
    vars(module).update(
        said=switch,
        TABLE=[switch],
        Voice=type("Voice", (), {"shout": wrap_in_trampoline(voices)(shout), "__module__": NAME}),
    )
    monkeypatch.setitem(sys.modules, NAME, module)
    monkeypatch.setattr(direct, "OURS", ("dragoman",))
    monkeypatch.setattr(direct, "_taken_out", defaultdict(list))
    monkeypatch.setattr(direct, "_places", lambda: iter([module, module.Voice]))
    return module


def is_direct(function: object) -> bool:
    return not hasattr(function, "__wrapped__")


def test_all_are_taken_out_and_the_mutated_ones_put_back(tiny: ModuleType) -> None:
    direct._take_out()
    assert is_direct(tiny.said)
    assert is_direct(vars(tiny.Voice)["shout"])
    assert (tiny.said(), tiny.Voice().shout()) == ("plain", "PLAIN")
    direct._put_back(f"{NAME}.xǁVoiceǁshout__mutmut_1")
    assert is_direct(tiny.said)
    assert not is_direct(vars(tiny.Voice)["shout"])
    assert direct._is_known(tiny)


def test_what_holds_a_switch_elsewhere_keeps_it(tiny: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    direct._take_out()
    monkeypatch.setenv("MUTANT_UNDER_TEST", f"{NAME}.x_said__mutmut_1")
    assert tiny.TABLE[0]() == "mutant"
    assert tiny.said() == "plain"
    direct._put_back(f"{NAME}.x_said__mutmut_1")
    assert tiny.said() == "mutant"
