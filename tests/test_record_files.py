"""The files that remain of calls."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from dragoman.domain.outcome import Outcome, Result
from dragoman.errors import SettingsError
from dragoman.record_files import keeping
from dragoman.relay.record import CallRecord

pytestmark = pytest.mark.unit


def record(call_id: str) -> CallRecord:
    return CallRecord(
        call_id=call_id,
        began_at=1.0,
        duration_s=2.0,
        outcome=Outcome(Result.CALLER, "hung up"),
        caller_language="es",
        agent_language="en",
        engines=("echo", "echo"),
        usd=0.0,
        usd_is_estimate=False,
        troubles=(),
        utterances=(),
    )


def test_records_are_kept_where_wanted(tmp_path: Path) -> None:
    told: list[CallRecord] = []
    keep = keeping(tmp_path / "records", told.append)
    keep(record("abc"))
    content = json.loads((tmp_path / "records" / "abc.json").read_text(encoding="utf-8"))
    assert content["call"] == "abc"
    assert content["outcome"] == {"result": "caller", "reason": "hung up"}
    assert [one.call_id for one in told] == ["abc"]


def test_nobody_else_may_read_the_records(tmp_path: Path) -> None:
    folder = tmp_path / "records"
    before = os.umask(0o022)
    try:
        keeping(folder, lambda _record: None)(record("abc"))
    finally:
        os.umask(before)
    (file,) = folder.iterdir()
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, file)] == [0o700, 0o600]


def test_a_folder_for_records_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SettingsError, match="DRAGOMAN_RECORDS"):
        keeping(tmp_path / "file" / "records", lambda _record: None)


def test_a_record_that_cannot_be_kept_stops_nobody(tmp_path: Path) -> None:
    told: list[CallRecord] = []
    folder = tmp_path / "records"
    keep = keeping(folder, told.append)
    (folder / "abc.json").mkdir()
    keep(record("abc"))
    assert [one.call_id for one in told] == ["abc"]
