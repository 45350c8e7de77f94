"""mutmut with our plugin on a package of a few lines: what runs once is mutated too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutate.report import Fate, read

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
"""
TESTS = """
from dragoman.tiny import kept, looked_up, one, twice

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
"""
SETTINGS = """
[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]

[tool.mutmut]
source_paths = ["src"]
pytest_add_cli_args = ["-p", "bench.mutate.fresh", "--hypothesis-profile=mutate"]
pytest_add_cli_args_test_selection = ["tests"]
track_dependencies = false
use_git_change_detection = false
"""


def test_tables_made_at_import_and_answers_kept_are_mutated(tmp_path: Path) -> None:
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
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    fates = read(tmp_path / "mutants", Path("src") / "dragoman")["tiny.py"]
    functions = {name.rpartition(".")[2].partition("__mutmut")[0] for name in fates}
    assert functions == {"x__made", "x__slow", "x__named", "x_twice"}
    assert {name: fate for name, fate in fates.items() if fate is not Fate.KILLED} == {}
