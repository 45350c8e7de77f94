"""Which tests are asked about a function's mutants."""

from __future__ import annotations

from pathlib import Path

import pytest
from mutmut.state import state

from bench.mutate import asked

pytestmark = pytest.mark.unit


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lane", "lane_plan", "live"):
        path = tmp_path / "src" / "dragoman" / "relay" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("test", "source"),
    [
        ("tests/relay/test_lane.py", "lane"),
        ("tests/relay/test_lane_turns.py", "lane"),
        ("tests/relay/test_lane_plan.py", "lane_plan"),
        ("tests/relay/test_live_restarts.py", "live"),
        ("tests/relay/test_other.py", None),
        ("tests/audio/test_lane.py", None),
    ],
)
def test_a_test_file_is_of_the_source_that_its_name_begins_with(test: str, source: str | None) -> None:
    assert asked._source_of(test) == (Path("src/dragoman/relay") / f"{source}.py" if source else None)


@pytest.mark.usefixtures("tree")
def test_all_of_its_own_and_the_quickest_of_others_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {
        "tests/relay/test_lane.py::test_long": 9.0,
        "tests/relay/test_live.py::test_a": 0.8,
        "tests/relay/test_live.py::test_b": 1.5,
        "tests/relay/test_live.py::test_c": 1.0,
        "tests/relay/test_live.py::test_d": 0.1,
    }
    monkeypatch.setattr(state(), "duration_by_test", seconds)
    of_lane = set(asked._asked("dragoman.relay.lane", seconds))
    assert of_lane == set(seconds) - {"tests/relay/test_live.py::test_b"}
