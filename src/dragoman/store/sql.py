"""Living calls in a SQL database: a SQLite file by default, any other by its SQLAlchemy URL.

    store = SqlCallStore("sqlite:////var/lib/dragoman/calls.sqlite")

One thread does all the work, in order, so that nothing ever waits on the event loop and SQLite sees one writer. A file
that SQLite cannot read any more is put aside and begun anew: living calls are worth less than new ones. What each day
has cost lies beside them.
"""

from __future__ import annotations

import asyncio
import datetime
import functools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import structlog
from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    or_,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from dragoman.domain.call import CallId
from dragoman.domain.kept import KeptCall
from dragoman.errors import SettingsError, StoreError
from dragoman.ports import Clock
from dragoman.store.aside import KEPT_DAYS, outdated, put_aside
from dragoman.store.worker import Worker

SCHEMA: Final = 1
"""Of the tables. Another one's are dropped and made anew: living calls are no archive."""

DEADLINE_S: Final = 8.0
_LOCKED_S: Final = 4.0

LOOK_ASIDE_S: Final = 3600.0

T = TypeVar("T")

_tables = MetaData()
_schema = Table("dragoman_schema", _tables, Column("version", Integer, nullable=False))
_calls = Table(
    "dragoman_living_calls",
    _tables,
    Column("call_id", String(64), primary_key=True),
    Column("node", String(255), nullable=False, index=True),
    Column("saved_at", Float(53), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
_spending = Table(
    "dragoman_spending", _tables, Column("day", String(10), primary_key=True), Column("usd", Float(53), nullable=False)
)

SPENDING_KEPT_DAYS: Final = 31


class SqlCallStore:
    """Implements `store_ports.CallStore`. Opens the database with the first request, and again after a failure."""

    def __init__(self, url: str, *, deadline_s: float = DEADLINE_S, wall: Clock = time.time) -> None:  # noqa: TID251
        """Raise SettingsError when `url` is none, or its driver is not installed. `wall` is Unix time: what was put
        aside outlives the process.
        """
        self._url = _parsed(url)
        self._file = database_file(self._url)
        self._deadline_s = deadline_s
        self._wall = wall
        self._look_aside_at = float("-inf")
        self._engine = _engine(self._url)
        self._ready = False
        self._opened: tuple[int, int] | None = None
        self._closed = False
        self._thread = Worker("call-store")
        self._log = structlog.get_logger()

    async def save(self, kept: KeptCall) -> None:
        def work(database: Connection) -> None:
            values = {"node": kept.node, "saved_at": kept.saved_at, "version": kept.version, "body": kept.body}
            found = database.execute(update(_calls).where(_calls.c.call_id == kept.call_id).values(**values))
            if not found.rowcount:
                database.execute(insert(_calls).values(call_id=kept.call_id, **values))

        await self._do(work)

    async def claim(self, call_id: CallId, node: str, now: float, stale_before: float) -> KeptCall | None:
        def work(database: Connection) -> KeptCall | None:
            row = database.execute(select(_calls).where(_calls.c.call_id == call_id)).one_or_none()
            if row is None:
                return None
            # The condition again, and what was read: of two who read the same, one changes it first.
            mine = [_calls.c.call_id == call_id, _calls.c.node == row.node, _calls.c.saved_at == row.saved_at]
            taken = update(_calls).where(*mine, _claimable(node, stale_before)).values(node=node, saved_at=now)
            if not database.execute(taken).rowcount:
                return None
            return KeptCall(CallId(row.call_id), row.node, row.saved_at, row.version, row.body)

        return await self._do(work)

    async def has(self, call_id: CallId) -> bool:
        wanted = select(_calls.c.call_id).where(_calls.c.call_id == call_id)
        return await self._do(lambda database: database.execute(wanted).one_or_none() is not None)

    async def claimable(self, node: str, stale_before: float) -> list[CallId]:
        def work(database: Connection) -> list[CallId]:
            wanted = select(_calls.c.call_id).where(_claimable(node, stale_before)).order_by(_calls.c.saved_at.desc())
            return [CallId(row.call_id) for row in database.execute(wanted)]

        return await self._do(work)

    async def touch(self, node: str, now: float) -> None:
        await self._do(
            lambda database: database.execute(update(_calls).where(_calls.c.node == node).values(saved_at=now))
        )

    async def drop(self, call_id: CallId) -> None:
        await self._do(lambda database: database.execute(delete(_calls).where(_calls.c.call_id == call_id)))
        if self._file is not None:
            await self._in_thread(self._empty_log)

    async def spend(self, day: datetime.date, usd: float) -> float:
        def work(database: Connection) -> float:
            that_day = _spending.c.day == day.isoformat()
            more = update(_spending).where(that_day).values(usd=_spending.c.usd + usd)
            if usd and not database.execute(more).rowcount:
                database.execute(insert(_spending).values(day=day.isoformat(), usd=usd))
                oldest = day - datetime.timedelta(days=SPENDING_KEPT_DAYS)
                database.execute(delete(_spending).where(_spending.c.day < oldest.isoformat()))
            found = database.execute(select(_spending.c.usd).where(that_day)).one_or_none()
            return float(found.usd) if found is not None else 0.0

        return await self._do(work)

    async def aclose(self) -> None:
        """After all that was asked for before; what does not end in time is left to the thread."""
        if self._closed:
            return
        self._closed = True
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._thread.do(self._engine.dispose)
        except TimeoutError:
            self._log.warning("the store did not close in time")
        self._thread.close()

    async def _do(self, work: Callable[[Connection], T]) -> T:
        """Run it in a transaction."""
        return await self._in_thread(functools.partial(self._run, work))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run it in our thread; every failure is a StoreError."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._thread.do(work)
        except TimeoutError:
            raise StoreError("the store did not answer in time") from None
        except (SQLAlchemyError, OSError, RuntimeError, ValueError) as broken:
            # Not its text: that may hold what was to be kept.
            reason = type(getattr(broken, "orig", None) or broken).__name__
            raise StoreError(f"the store failed: {reason}") from None

    def _run(self, work: Callable[[Connection], T]) -> T:
        if not self._ready:
            self._open()
            self._opened = _identity(self._file)
            self._ready = True
        if _identity(self._file) != self._opened:
            # SQLite would go on writing into a file that nobody finds again.
            self._engine.dispose()
            self._ready = False
            raise FileNotFoundError
        self._look_aside()
        try:
            with self._engine.begin() as database:
                return work(database)
        except DatabaseError as broken:
            self._ready = False
            if type(broken) is DatabaseError and self._file is not None:
                self._begin_anew(self._file)
            raise

    def _empty_log(self) -> None:
        """SQLite's log still holds what was overwritten in the file."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as database:
            database.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def _open(self) -> None:
        if self._file is not None:
            _make_private(self._file)
        try:
            self._make_tables()
        except OperationalError:
            raise  # locked, full, not to be written: it may pass
        except DatabaseError:
            if self._file is None:
                raise
            self._begin_anew(self._file)

    def _look_aside(self) -> None:
        """Delete what was put aside long ago; looked for now and then."""
        now = time.monotonic()
        if self._file is None or now < self._look_aside_at:
            return
        self._look_aside_at = now + LOOK_ASIDE_S
        gone = outdated(self._file, self._wall())
        if gone is not None:
            self._log.info("an unreadable store of living calls, put aside before, is deleted", file=gone.name)

    def _begin_anew(self, file: Path) -> None:
        """SQLite finds that the file is none of its own, or spoilt."""
        self._engine.dispose()
        aside = put_aside(file, self._wall())
        self._log.error(
            "the store of living calls was unreadable; begun anew", aside=aside.name, deleted_after_days=KEPT_DAYS
        )
        _make_private(file)
        self._make_tables()

    def _make_tables(self) -> None:
        with self._engine.begin() as database:
            _schema.create(database, checkfirst=True)
            versions = [row.version for row in database.execute(select(_schema.c.version))]
            if versions != [SCHEMA]:
                _calls.drop(database, checkfirst=True)
                database.execute(delete(_schema))
                database.execute(insert(_schema).values(version=SCHEMA))
            _calls.create(database, checkfirst=True)
            _spending.create(database, checkfirst=True)


def _claimable(node: str, stale_before: float) -> ColumnElement[bool]:
    return or_(_calls.c.node.in_(["", node]), _calls.c.saved_at < stale_before)


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise SettingsError([f"DRAGOMAN_DATABASE: is no database URL. {_EXAMPLE}"]) from None


_EXAMPLE: Final = "Take a form like sqlite:////var/lib/dragoman/calls.sqlite or postgresql+psycopg://user@host/name."


def _engine(url: URL) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            engine = create_engine(url, connect_args={"timeout": _LOCKED_S})
            event.listen(engine, "connect", _as_we_like_it)
            return engine
        return create_engine(url, pool_pre_ping=True, pool_size=1, max_overflow=1)
    except (ImportError, SQLAlchemyError) as broken:
        name = url.drivername
        raise SettingsError([f"DRAGOMAN_DATABASE: {name} cannot be used: {broken}. {_EXAMPLE}"]) from None


def _as_we_like_it(connection: object, _entry: ConnectionPoolEntry) -> None:
    """Write-ahead log: a kill in mid-write loses that write only. What is deleted is overwritten: it was speech."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]  # sqlite3's own connection


def database_file(url: URL | str) -> Path | None:
    """The file behind a SQLite URL; None for a database in memory or elsewhere. Raises SettingsError."""
    url = _parsed(url) if isinstance(url, str) else url
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file has this name now; None where there is none."""
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found is not None else None


def _make_private(file: Path) -> None:
    """A file that only we may read; SQLite gives its log beside it the same mode."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        found = os.fstat(opened)
        if found.st_uid == os.geteuid() and found.st_mode & 0o077:
            os.fchmod(opened, 0o600)
    finally:
        os.close(opened)
