"""What was put aside is deleted when its days are over."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.store.aside import KEPT_DAYS, outdated, put_aside

pytestmark = pytest.mark.unit

NOW = 1_700_000_000.0
DAYS = KEPT_DAYS * 86400.0


def test_it_is_kept_for_its_days_from_when_it_was_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    for name in ("", "-wal", "-shm"):
        file.with_name(file.name + name).write_bytes(b"broken" + name.encode())
    aside = put_aside(file, NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["calls.sqlite.unreadable"]
    assert outdated(file, NOW + DAYS - 1) is None
    assert aside.read_bytes() == b"broken"
    assert outdated(file, NOW + DAYS) == aside
    assert list(tmp_path.iterdir()) == []
    assert outdated(file, NOW + DAYS) is None


def test_only_the_last_one_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    for number in range(3):
        file.write_bytes(b"%d" % number)
        put_aside(file, NOW + number * DAYS)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"2"]
    assert outdated(file, NOW + 2 * DAYS) is None
