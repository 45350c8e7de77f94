"""How mutants are counted."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench.mutate.report import Fate, Row, fate_of, read, rows, table, total

pytestmark = pytest.mark.unit

PACKAGE = Path("src") / "dragoman"


def noted(place: Path, file: str, codes: dict[str, int | None]) -> None:
    path = place / PACKAGE / f"{file}.meta"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"exit_code_by_key": codes, "durations_by_key": {}}), encoding="utf-8")


@pytest.mark.parametrize(
    ("code", "fate"),
    [
        (0, Fate.SURVIVED),
        (1, Fate.KILLED),
        (3, Fate.KILLED),
        (33, Fate.UNSEEN),
        (-24, Fate.TIMED_OUT),
        (-9, Fate.TIMED_OUT),
        (None, Fate.UNTRIED),
    ],
)
def test_an_exit_code_has_its_meaning(code: int | None, fate: Fate) -> None:
    assert fate_of(code) is fate


@pytest.mark.parametrize("code", [2, 4, -11, 35, 77])
def test_nothing_is_claimed_for_a_code_that_is_not_known(code: int) -> None:
    assert fate_of(code) is Fate.UNTRIED


def test_files_of_which_nothing_was_tried_are_left_out(tmp_path: Path) -> None:
    noted(tmp_path, "relay/lane.py", {"a": 1, "b": 0, "c": None})
    noted(tmp_path, "relay/ear.py", {"d": None})
    noted(tmp_path, "audio/none.py", {})
    noted(tmp_path, "audio/level.py", {"e": 1})
    assert read(tmp_path, PACKAGE) == {
        "audio/level.py": {"e": Fate.KILLED},
        "relay/lane.py": {"a": Fate.KILLED, "b": Fate.SURVIVED, "c": Fate.UNTRIED},
    }


def test_the_share_is_of_those_that_were_tried() -> None:
    row = Row("x.py", {Fate.KILLED: 6, Fate.TIMED_OUT: 1, Fate.SURVIVED: 2, Fate.UNSEEN: 1, Fate.UNTRIED: 10})
    assert row.mutants == 20
    assert row.share == 0.7
    assert Row("y.py", {Fate.UNTRIED: 3}).share == 0.0
    assert Row("z.py", {}).share == 0.0


def test_all_files_count_by_their_mutants() -> None:
    of = rows({"a.py": dict.fromkeys("abc", Fate.KILLED), "b.py": {"d": Fate.SURVIVED}})
    assert [(row.file, row.share) for row in of] == [("a.py", 1.0), ("b.py", 0.0)]
    assert total(of).mutants == 4
    assert total(of).share == 0.75


def test_the_table_has_each_file_and_the_sum() -> None:
    written = io.StringIO()
    console = Console(width=120, file=written)
    console.print(table([Row("a.py", {Fate.KILLED: 3, Fate.SURVIVED: 1}), Row("b.py", {Fate.UNSEEN: 4})], 90))
    text = written.getvalue()
    assert "tried in 1.5 minutes" in text
    lines = {line.split()[1]: line.split() for line in text.splitlines() if "│" in line}
    assert lines["a.py"][3::2] == ["4", "3", "0", "1", "0", "0", "75.0%"]
    assert lines["all"][3::2] == ["8", "3", "0", "1", "4", "0", "37.5%"]
