"""The SQL store: its file, what is broken, what another version left. Its promises: tests/contracts."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.errors import SettingsError, StoreError
from dragoman.store import sql
from dragoman.store.aside import KEPT_DAYS
from dragoman.store.sql import SCHEMA, SqlCallStore

pytestmark = pytest.mark.unit

KEPT = KeptCall(CallId("call-1"), "here", 100.0, 1, b"+34600000001")


def at(file: Path) -> contextlib.aclosing[SqlCallStore]:
    return contextlib.aclosing(SqlCallStore(f"sqlite:///{file}", deadline_s=10.0))


async def test_calls_outlive_the_process_in_files_that_nobody_else_may_read(tmp_path: Path) -> None:
    file = tmp_path / "state" / "calls.sqlite"
    async with at(file) as store:
        await store.save(KEPT)
        beside = sorted(path.name for path in file.parent.iterdir())
        assert beside == ["calls.sqlite", "calls.sqlite-shm", "calls.sqlite-wal"]
        assert {stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()} == {0o600}
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    async with at(file) as again:
        assert await again.claim(KEPT.call_id, "here", 200.0, 0.0) == KEPT


async def test_what_is_dropped_is_in_no_file_any_more(tmp_path: Path) -> None:
    async with at(tmp_path / "calls.sqlite") as store:
        await store.save(KEPT)
        assert any(KEPT.body in file.read_bytes() for file in tmp_path.iterdir())
        await store.drop(KEPT.call_id)
        assert [file.name for file in tmp_path.iterdir() if KEPT.body in file.read_bytes()] == []


async def test_an_unreadable_file_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    file.write_bytes(b"this is no database at all, but long enough to be read as one" * 20)
    async with at(file) as store:
        await store.save(KEPT)
        assert await store.claimable("here", 0.0) == [KEPT.call_id]
    assert (tmp_path / "calls.sqlite.unreadable").read_bytes().startswith(b"this is no database")


async def test_what_was_put_aside_is_deleted_after_some_days_by_a_store_that_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "LOOK_ASIDE_S", 0.0)
    file, now = tmp_path / "calls.sqlite", [1_700_000_000.0]
    file.write_bytes(b"this is no database at all, but long enough to be read as one" * 20)
    async with contextlib.aclosing(SqlCallStore(f"sqlite:///{file}", wall=lambda: now[0])) as store:
        with capture_logs() as logs:
            await store.save(KEPT)
        (told,) = logs
        assert (told["aside"], told["deleted_after_days"]) == ("calls.sqlite.unreadable", KEPT_DAYS)
        now[0] += KEPT_DAYS * 86400 - 1
        await store.touch("here", 1.0)
        assert (tmp_path / "calls.sqlite.unreadable").exists()
        now[0] += 1
        with capture_logs() as logs:
            await store.touch("here", 1.0)
        assert [one["file"] for one in logs] == ["calls.sqlite.unreadable"]
        assert not (tmp_path / "calls.sqlite.unreadable").exists()
        assert await store.claimable("here", 0.0) == [KEPT.call_id]


async def test_what_days_cost_outlives_the_process_and_not_for_ever(tmp_path: Path) -> None:
    file, today = tmp_path / "calls.sqlite", datetime.date(2026, 11, 22)
    long_ago = today - datetime.timedelta(days=sql.SPENDING_KEPT_DAYS + 1)
    async with at(file) as store:
        await store.spend(long_ago, 1.0)
        await store.spend(today, 0.5)
    async with at(file) as again:
        assert await again.spend(today, 0.25) == pytest.approx(0.75)
        assert await again.spend(long_ago, 0.0) == 0.0


async def test_a_database_of_a_version_that_counted_no_money_counts_it_from_now_on(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    async with at(file) as store:
        await store.save(KEPT)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE dragoman_spending")
    async with at(file) as store:
        assert await store.spend(datetime.date(2026, 11, 22), 0.5) == 0.5
        assert await store.claimable("here", 0.0) == [KEPT.call_id], "and the calls are there"


async def test_a_file_that_is_spoilt_inside_is_put_aside_by_whoever_comes_upon_it(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    async with at(file) as store:
        for number in range(50):
            await store.save(replace(KEPT, call_id=CallId(f"call-{number}"), body=b"x" * 5000))
    whole = file.read_bytes()
    file.write_bytes(whole[: 2 * 8192] + bytes(byte ^ 0x5A for byte in whole[2 * 8192 :]))
    async with at(file) as store:
        with pytest.raises(StoreError):
            await store.claimable("here", 0.0)
        await store.save(KEPT)
        assert await store.claimable("here", 0.0) == [KEPT.call_id]
    assert (tmp_path / "calls.sqlite.unreadable").exists()


async def test_two_who_keep_one_call_at_once_do_not_spoil_the_file(tmp_path: Path) -> None:
    async with at(tmp_path / "calls.sqlite") as store:
        await store.save(KEPT)

        def clash(database: Connection) -> None:
            database.execute(text("INSERT INTO dragoman_living_calls SELECT * FROM dragoman_living_calls"))

        with pytest.raises(StoreError, match="IntegrityError"):
            await store._do(clash)
        assert await store.claimable("here", 0.0) == [KEPT.call_id]
    assert not (tmp_path / "calls.sqlite.unreadable").exists()


async def test_a_file_that_is_deleted_while_it_is_used_is_told_and_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    async with at(file) as store:
        await store.save(KEPT)
        for one in tmp_path.iterdir():
            one.unlink()
        with pytest.raises(StoreError, match="FileNotFoundError"):
            await store.save(KEPT)
        await store.save(KEPT)
        async with at(file) as next_process:
            assert await next_process.claimable("here", 0.0) == [KEPT.call_id]


async def test_tables_that_are_gone_are_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    async with at(file) as store:
        await store.save(KEPT)
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("DROP TABLE dragoman_living_calls")
        with pytest.raises(StoreError):
            await store.save(KEPT)
        await store.save(KEPT)
        assert await store.claimable("here", 0.0) == [KEPT.call_id]


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    file.touch()
    file.chmod(0o644)
    async with at(file) as store:
        await store.save(KEPT)
        assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


async def test_an_id_that_is_no_text_is_a_store_error(tmp_path: Path) -> None:
    async with at(tmp_path / "calls.sqlite") as store:
        with pytest.raises(StoreError):
            await store.claim(CallId("\ud800"), "here", 200.0, 0.0)


async def test_tables_of_another_version_are_made_anew(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    async with at(file) as store:
        await store.save(KEPT)
    with contextlib.closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE dragoman_schema SET version = ?", (SCHEMA + 1,))
        database.execute("ALTER TABLE dragoman_living_calls ADD COLUMN new_fangled TEXT NOT NULL DEFAULT ''")
    async with at(file) as store:
        assert await store.claimable("here", 0.0) == []
        await store.save(KEPT)


async def test_a_store_that_cannot_be_opened_says_so_each_time_and_works_once_it_can(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    async with at(blocked / "calls.sqlite") as store:
        for _ in range(2):
            with pytest.raises(StoreError, match="the store failed: "):
                await store.save(KEPT)
        blocked.unlink()
        await store.save(KEPT)


async def test_a_full_disk_is_a_store_error_that_tells_nothing_of_the_call(tmp_path: Path) -> None:
    async with at(tmp_path / "calls.sqlite") as store:
        await store.save(KEPT)
        with store._engine.begin() as database:
            database.exec_driver_sql("PRAGMA max_page_count = 1")
        big = KeptCall(KEPT.call_id, "here", 100.0, 1, b"secret speech" * 100_000)
        with pytest.raises(StoreError) as failed:
            await store.save(big)
        assert "secret" not in str(failed.value)
        assert (await store.claim(KEPT.call_id, "here", 200.0, 0.0)) == KEPT, "what was kept before stands"


async def test_a_store_that_was_closed_refuses(tmp_path: Path) -> None:
    async with at(tmp_path / "calls.sqlite") as store:
        await store.save(KEPT)
    with pytest.raises(StoreError):
        await store.save(KEPT)


@pytest.mark.parametrize("url", ["calls.sqlite", "sqlite+nothing:///x", "postgresql+nodriver://host/name"])
def test_what_is_no_database_is_a_setting_to_mend(url: str) -> None:
    with pytest.raises(SettingsError, match="DRAGOMAN_DATABASE"):
        SqlCallStore(url)
