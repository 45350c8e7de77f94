"""mutmut with our plugins on a package of a few lines: what runs once is mutated too, and what runs for ever ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutate.__main__ import ENVIRONMENT
from bench.mutate.report import NOTICED, Fate, read

pytestmark = [pytest.mark.unit, pytest.mark.timeout(60)]

ROOT = Path(__file__).parents[3]
SOURCE = """
import functools

def _made():
    return [number * 3 for number in range(4)]

TABLE = _made()

def looked_up(place):
    return TABLE[place]

@functools.cache
def kept(number):
    return _slow(number)

def _slow(number):
    return number + 5

def _named():
    return {"one": 1}

ONE = _named()["one"]

def one():
    return ONE

def twice(number):
    return number * 2

def fallen(number):
    while number > 0:
        number -= 1
    return number

def unread(number):
    seen = number + 1

class Counter:
    def __init__(self):
        self.number = 3

    def next(self):
        self.number += one()
        return self.number
"""
TESTS = """
from dragoman.tiny import Counter, fallen, kept, looked_up, one, twice, unread

def test_first():
    assert kept(1) > 0

def test_kept():
    assert kept(1) == 6

def test_table():
    assert [looked_up(place) for place in range(-1, 4)] == [9, 0, 3, 6, 9]

def test_one():
    assert one() == 1

def test_twice():
    assert twice(3) == 6

def test_fallen():
    assert fallen(3) == 0

def test_unread():
    assert unread(1) is None

def test_counter():
    assert Counter().next() == 4
"""
SETTINGS = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]

[tool.mutmut]
source_paths = ["src"]
pytest_add_cli_args = [
  "-p", "timeout", "-p", "hypothesispytest",
  "-p", "bench.mutate.asked", "-p", "bench.mutate.fresh", "-p", "bench.mutate.direct", "-p", "bench.mutate.order",
  "--hypothesis-profile=mutate",
]
pytest_add_cli_args_test_selection = ["tests"]
track_dependencies = false
use_git_change_detection = false
"""


def test_what_makes_a_difference_is_noticed_in_tables_answers_kept_methods_and_loops(
    tmp_path: Path,
) -> None:
    for name, text in {
        "src/dragoman/__init__.py": "",
        "src/dragoman/tiny.py": SOURCE,
        "tests/test_tiny.py": TESTS,
        "pyproject.toml": SETTINGS,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    run = subprocess.run(
        [Path(sys.executable).with_name("mutmut"), "run", "--max-children", "1"],
        cwd=tmp_path,
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    fates = read(tmp_path / "mutants", Path("src") / "dragoman")["tiny.py"]
    functions = {name.rpartition(".")[2].partition("__mutmut")[0] for name in fates}
    called = {"x_twice", "x_fallen", "xǁCounterǁ__init__", "xǁCounterǁnext"}
    assert functions == {"x__made", "x__slow", "x__named", "x_unread", *called}
    assert {name for name, fate in fates.items() if fate not in NOTICED} == {name for name in fates if "unread" in name}
    endless = {name for name, fate in fates.items() if fate is Fate.TIMED_OUT}
    assert {name.rpartition(".")[2].partition("__mutmut")[0] for name in endless} == {"x_fallen"}
    noted = (tmp_path / "mutants" / "noticed-by.txt").read_text(encoding="utf-8").splitlines()
    assert "dragoman.tiny.x_twice\ttests/test_tiny.py::test_twice" in noted
