"""One living process per name: a lock that the kernel lets go of when its holder dies, however that dies.

Of two processes with one name and one store the second would take over all calls of the first, while that still
carries them. It waits for a moment, for the first may be about to end, and then refuses to start.

A lock file lies beside the store's, one per name. Processes that share a database over the network are told apart on
one machine only: there the file lies in the state folder.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import structlog

from dragoman.errors import SettingsError

PATIENCE_S: Final = 5.0
"""So long a process waits for another one of its name to end."""
LOOK_S: Final = 0.05

_HELD: Final = (errno.EWOULDBLOCK, errno.EACCES)
_DIGEST_CHARS: Final = 12


def lock_file(database_file: Path | None, state_folder: Path, node: str, url: str) -> Path:
    """Where the lock of `node` lies: beside the database's file, else in the state folder (by the database's URL)."""
    if database_file is not None:
        database_file = database_file.resolve()  # whatever links lead there
        return database_file.with_name(f"{database_file.name}.{_digest(node)}.lock")
    return state_folder / f"node.{_digest(url + chr(0) + node)}.lock"


@contextlib.asynccontextmanager
async def held(file: Path, node: str) -> AsyncIterator[None]:
    """Hold the name while the block runs. Raises SettingsError when another living process has it and keeps it.

    Where no such file can be made (a full disk, a file system without locks) that is logged, and nothing is held: no
    store is no reason not to take calls.
    """
    opened = await _taken(file, node)
    try:
        yield
    finally:
        if opened is not None:
            # While it is still held: who waits for it looks whether the file is still there. Another one's, where
            # somebody took ours away, stays.
            with contextlib.suppress(OSError):
                if _is_still(file, opened):
                    file.unlink()
            os.close(opened)


async def _taken(file: Path, node: str) -> int | None:
    """The open file that is the lock; None where there can be none."""
    log = structlog.get_logger()
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_S
    waits = False
    while True:
        try:
            opened = _try(file)
        except OSError as broken:
            log.warning("no lock on the name of this process", node=node, reason=broken.strerror)
            return None
        if opened is not None:
            return opened
        if not waits:
            waits = True
            log.warning("another process has this one's name: waiting for its end", node=node, wait_s=PATIENCE_S)
        if loop.time() >= until:
            raise SettingsError([_refusal(file, node)])
        await asyncio.sleep(LOOK_S)


def _try(file: Path) -> int | None:
    """The lock, if nobody has it; None when somebody has. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_still(file, opened):
            os.close(opened)  # whoever had it took the file away: another one counts now
            return None
    except OSError as broken:
        os.close(opened)
        if broken.errno in _HELD:
            return None
        raise
    with contextlib.suppress(OSError):  # for people only
        os.ftruncate(opened, 0)
        os.write(opened, f"{os.getpid()}\n".encode())
    return opened


def _is_still(file: Path, opened: int) -> bool:
    try:
        found = file.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(opened)
    return (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino)


def _refusal(file: Path, node: str) -> str:
    try:
        holder = file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        holder = ""
    who = f"process {holder}" if holder.isdigit() else "another process"
    return (
        f"DRAGOMAN_NODE: {who} runs with this name ({node}) and this DRAGOMAN_DATABASE, and has the calls. Stop it, "
        "or give this one a name (and a port) of its own; `kill -9` helps where it does not end."
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_CHARS]
