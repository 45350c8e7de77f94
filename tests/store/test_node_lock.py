"""A name that is held by one living process, and by none that died."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sys
from pathlib import Path

import pytest

from dragoman.errors import SettingsError
from dragoman.store import node_lock
from dragoman.store.node_lock import held, lock_file

pytestmark = pytest.mark.unit

HOLD = """
import asyncio, sys
from pathlib import Path
from dragoman.store.node_lock import held
async def main():
    async with held(Path(sys.argv[1]), "here"):
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_lock, "PATIENCE_S", 0.1)


async def test_a_name_that_a_living_process_has_is_refused_with_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "state" / "calls.sqlite.x.lock"
    async with held(file, "here"):
        with pytest.raises(SettingsError) as refused:
            async with held(file, "here"):
                pytest.fail("two have one name")
    (problem,) = refused.value.problems
    assert problem.startswith(f"DRAGOMAN_NODE: process {os.getpid()} runs with this name (here)")
    assert "Stop it, or give this one a name" in problem


async def test_a_killed_process_leaves_nothing_held_and_one_that_ends_leaves_no_file(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    other = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, str(file), stdout=asyncio.subprocess.PIPE)
    assert other.stdout is not None
    try:
        assert await other.stdout.readline() == b"held\n"
        with pytest.raises(SettingsError, match=str(other.pid)):
            async with held(file, "here"):
                pytest.fail("two have one name")
    finally:
        other.kill()
        await other.communicate()
    assert file.exists()
    async with held(file, "here"):
        assert file.read_text() == f"{os.getpid()}\n"
    assert not file.exists()


async def test_whoever_waits_goes_on_when_the_other_one_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_lock, "PATIENCE_S", 10.0)
    file, order = tmp_path / "lock", list[str]()

    async def hold(name: str, for_s: float) -> None:
        async with held(file, "here"):
            order.append(name)
            await asyncio.sleep(for_s)
            order.append(f"{name} ends")

    async with asyncio.TaskGroup() as both:
        both.create_task(hold("first", 0.1))
        both.create_task(hold("second", 0.0))
    assert order == ["first", "first ends", "second", "second ends"]


async def test_a_file_that_was_taken_away_while_it_was_opened_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lock"
    flock = fcntl.flock
    taken: list[int] = []

    def late(opened: int, how: int) -> None:
        if not taken:
            file.unlink()  # its last holder has just ended
        taken.append(opened)
        flock(opened, how)

    monkeypatch.setattr(fcntl, "flock", late)
    async with held(file, "here"):
        assert file.exists()
        assert len(taken) == 2


async def test_where_no_lock_can_be_had_the_server_runs_without(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where the folder should be")
    ran = []
    async with held(blocked / "lock", "here"):
        ran.append(True)
    assert ran


def test_each_name_of_each_database_has_a_lock_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "calls.sqlite"
    here, there = (lock_file(file, tmp_path, node, f"sqlite:///{file}") for node in ("host/a:1", "there"))
    assert here.parent == there.parent == tmp_path
    assert here != there
    url = "postgresql+psycopg://u@h/d"
    elsewhere = {lock_file(None, tmp_path, "here", one) for one in (url, url + "2")}
    assert {one.parent for one in elsewhere} == {tmp_path}
    assert len(elsewhere) == 2


async def test_a_lock_that_somebody_took_away_does_not_cost_the_next_one_his(tmp_path: Path) -> None:
    """A folder that was tidied while a process ran: its end must not delete the lock of the one that came then."""
    file = tmp_path / "lock"
    async with contextlib.AsyncExitStack() as second:
        async with held(file, "here"):
            file.unlink()
            await second.enter_async_context(held(file, "here"))
        with pytest.raises(SettingsError):
            async with held(file, "here"):
                pytest.fail("two have one name")
    assert not file.exists()


def test_a_link_to_the_database_leads_to_the_same_lock(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    file, link = tmp_path / "calls.sqlite", tmp_path / "here" / "calls.sqlite"
    file.touch()
    link.symlink_to(file)
    locks = {lock_file(one, tmp_path, "node", "") for one in (file, link)}
    assert len(locks) == 1
