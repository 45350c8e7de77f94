"""In which order tests are asked about a mutant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from mutmut.state import state

from bench.mutate import order

pytestmark = pytest.mark.unit

LAG = "dragoman.relay.lag.xǁLagMeterǁspoke"
OTHER_OF_LAG = "dragoman.relay.lag.xǁLagMeterǁsettled"
FLOOR = "dragoman.relay.floor.x_taken"


@dataclass
class Asked:
    """What matters of a `pytest.Item`."""

    nodeid: str


def ordered(
    monkeypatch: pytest.MonkeyPatch, mutant: str, noted: list[tuple[str, str]], seconds: dict[str, float]
) -> str:
    Path("noticed-by.txt").write_text("".join(f"{of}\t{test}\n" for of, test in noted), encoding="utf-8")
    monkeypatch.setattr(order, "get_mutant_under_test", lambda: mutant)
    monkeypatch.setattr(state(), "duration_by_test", seconds)
    items = [Asked(name) for name in seconds]
    order.pytest_collection_modifyitems(items)  # type: ignore[arg-type]
    return "".join(item.nodeid for item in items)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_word_the_quickest_come_first_as_they_were_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ordered(monkeypatch, f"{LAG}__mutmut_1", [(FLOOR, "c")], {"a": 0.1, "b": 0.2, "c": 0.3}) == "abc"


def test_who_noticed_another_mutant_of_the_function_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = [(LAG, "c"), (OTHER_OF_LAG, "b"), (FLOOR, "a")]
    assert ordered(monkeypatch, f"{LAG}__mutmut_2", noted, {"a": 0.1, "b": 0.1, "c": 0.1}) == "cba"


def test_most_noticed_per_second_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = [(LAG, "b"), (LAG, "c"), (LAG, "c")]
    assert ordered(monkeypatch, f"{LAG}__mutmut_2", noted, {"a": 0.1, "b": 0.1, "c": 1.0}) == "bca"


def test_without_a_mutant_nothing_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ordered(monkeypatch, "stats", [(LAG, "b")], {"a": 0.1, "b": 0.1}) == "ab"
