"""The database: opening it, transactions, and waking listeners after a commit.

SQLite is one file for one process: WAL, ``synchronous=FULL`` (a commit survives a power cut) and
writers one after another. PostgreSQL may be shared by several processes.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from typing import Any, TypeAlias

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ovbot.errors import FaultError
from ovbot.failpoints import reach
from ovbot.store import address, engines, schema
from ovbot.store.async_engine import AsyncConnection, AsyncEngine
from ovbot.store.autocommit import Alone, Autocommit
from ovbot.store.failures import StoreError, failed
from ovbot.store.lock import FileLock
from ovbot.store.sqlite import SqliteConnection
from ovbot.store.wake import Wake

log = structlog.get_logger(__name__)

Tx: TypeAlias = AsyncConnection
"""A connection inside a transaction; what every repository function takes first."""

_WAKES = "ovbot.wakes"
_CHECKPOINT_SECONDS = 0.1
"""Often, so that each of them is short: commits that meet one take longer."""


class Database:
    """One database. ``begin`` and ``read`` work between ``open`` and ``close``."""

    def __init__(self, url: str) -> None:
        """``url`` is ``sqlite:///path`` or ``postgresql://…``; else FaultError, without it."""
        self._address = address.parse(url)
        self.is_sqlite = address.is_sqlite(self._address)
        self.wake = Wake()
        self.relay: Callable[[Iterable[str]], None] | None = None
        """Tells other processes which topics a commit woke; set by ``store.peers``."""
        self._engine: AsyncEngine | None = None
        self._writer: AsyncConnection | None = None
        self._reader: SqliteConnection | None = None
        self._lock: FileLock | None = None
        self._read_only = False
        self._found: str | None = None
        self._logged = False
        # SQLite has one writer at a time. Waiting here is fair and costs nothing; waiting for
        # its file lock is a lottery with a sleep.
        self._writing: AbstractAsyncContextManager[object] = (
            asyncio.Lock() if self.is_sqlite else nullcontext()
        )

    def __repr__(self) -> str:
        return f"Database({address.shown(self._address)!r})"

    async def open(self, *, migrate: bool | None = None, read_only: bool = False) -> None:
        """Connect and check the schema.

        ``migrate`` brings an older schema up to date (None: SQLite yes, PostgreSQL no).
        ``read_only`` is for looking at a database that another process serves: no lock, no
        migration, and ``begin`` refuses. Raises FaultError, ``database.*``.
        """
        self._read_only = read_only
        if self.is_sqlite:
            self._prepare_file()
        try:
            self._engine = engines.engine(self._address, read_only=read_only)
            if self.is_sqlite and not read_only:
                writer = await self._connect(self._engine)
                self._writer = await writer.execution_options(**{engines.WRITES: True})
            if self.is_sqlite:
                self._reader = await engines.plain(address.file(self._address))
            await self._check_schema(self.is_sqlite if migrate is None else migrate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection and give the file back. Twice does no harm."""
        reader, self._reader = self._reader, None
        if reader is not None:
            await reader.close()
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Tx]:
        """A write transaction: committed at the end, rolled back on an exception.

        After the commit, whoever waits for the rows that were written is woken. Raises StoreError.
        """
        self._must_write()
        async with self._writing, self._transaction(writes=True) as tx:
            tx.info.pop(_WAKES, None)
            yield tx
            woken = dict(tx.info)
        self._wake_all(woken)

    def begin_alone(self) -> AbstractAsyncContextManager[Autocommit]:
        """A write transaction of one statement and no more: the least that can be waited for."""
        self._must_write()
        if self._writer is None:
            return self._by_itself()
        driver, dialect = engines.driver(self._writer), self._writer.dialect
        return Alone(driver, dialect, turn=self._writing, committed=self._wake_all)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A transaction that only looks; it never waits for a writer on SQLite."""
        async with self._transaction(writes=False) as tx:
            yield tx

    def read_alone(self) -> AbstractAsyncContextManager[Autocommit]:
        """One statement that finds a few rows by an index: on SQLite it holds up all else."""
        if self._reader is None:
            return self._by_itself()
        return Alone(self._reader, self._opened().dialect, here=True)

    @asynccontextmanager
    async def _by_itself(self) -> AsyncIterator[Autocommit]:
        engine = self._opened().execution_options(isolation_level="AUTOCOMMIT")
        with _translated():
            async with self._connected(engine) as tx, tx.begin():
                tx.info.pop(_WAKES, None)
                yield tx
                woken = dict(tx.info)
        self._wake_all(woken)

    def _must_write(self) -> None:
        if self._read_only:
            raise StoreError("The database was opened for reading only.")

    def _wake_all(self, info: Mapping[str, Any]) -> None:
        self._logged = True
        wakes: Collection[str] = info.get(_WAKES, ())
        for topic in wakes:
            self.wake.set(topic)
        if wakes and self.relay is not None:
            self.relay(wakes)

    @asynccontextmanager
    async def lone(self) -> AsyncIterator[Tx]:
        """A PostgreSQL connection of its own, without transactions: for what hangs on a session."""
        engine = engines.lone(self._address)
        connection = await self._connect(engine)
        try:
            yield connection
        finally:
            await connection.close()
            await engine.dispose()

    async def run(self) -> None:
        """Move what SQLite has logged into its file, beside the writers, until cancelled.

        Left to SQLite, the writer that has filled the log does it, and all behind it wait.
        PostgreSQL needs no such help.
        """
        if not self.is_sqlite:
            return
        mover = await engines.plain(address.file(self._address))
        try:
            while True:
                await asyncio.sleep(_CHECKPOINT_SECONDS)
                if self._logged:
                    self._logged = False
                    await self._move_log(mover)
        finally:
            await mover.close()

    async def _move_log(self, mover: SqliteConnection) -> None:
        try:
            await mover.run_alone("PRAGMA wal_checkpoint(PASSIVE)")
        except sqlite3.Error as error:
            log.warning("database.not_checkpointed", error=str(error))

    async def ping(self) -> None:
        """Whether the database answers; raises StoreError when it does not."""
        async with self.read() as tx:
            await tx.execute(text("SELECT 1"))

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[Tx]:
        with _translated():
            if writes and self._writer is not None:
                async with self._writer.begin():
                    yield self._writer
                return
            async with self._connected(self._opened()) as connection, connection.begin():
                yield connection

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreError("The database is not open.")
        return self._engine

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine)
        try:
            yield connection
        finally:
            # Shielded: whoever is cancelled here must not take the connection along.
            await asyncio.shield(asyncio.ensure_future(connection.close()))

    async def _connect(self, engine: AsyncEngine) -> AsyncConnection:
        try:
            return await engine.connect()
        except Exception as error:  # each driver has its own, most of them not SQLAlchemy's
            cause = getattr(error, "orig", None) or error
            raise StoreError(
                f"The database {address.shown(self._address)} cannot be opened "
                f"({type(cause).__name__}).",
                "Check that it runs, and the name and password in OVBOT_DATABASE_URL.",
                code="database.unreachable",
            ) from error

    def _prepare_file(self) -> None:
        path = address.file(self._address)
        if self._read_only:
            if not path.exists():
                raise FaultError(
                    f"There is no database file {path}.",
                    "Check OVBOT_DATABASE_URL and the working directory.",
                    code="database.missing",
                )
            return
        if not path.absolute().parent.is_dir():
            raise FaultError(
                f"The folder of the database file {path} does not exist.",
                "Create it, or name another file in OVBOT_DATABASE_URL.",
                code="database.missing",
            )
        lock = FileLock(path.resolve())  # however many links lead to it
        lock.take()
        self._lock = lock

    async def _check_schema(self, migrate: bool) -> None:
        async with self._transaction(writes=False) as tx:
            current = self._found = await schema.current(tx)
        if current == schema.HEAD:
            return
        if current is not None and current > schema.HEAD:
            raise FaultError(
                f"The database {address.shown(self._address)} has the schema {current} of a newer "
                f"ovbot; this one knows up to {schema.HEAD}.",
                "Run the newer ovbot, or restore a backup from before the upgrade.",
                code="database.newer",
            )
        if not migrate or self._read_only:
            state = "no tables yet" if current is None else f"the older schema {current}"
            raise FaultError(
                f"The database {address.shown(self._address)} has {state}; this ovbot needs "
                f"{schema.HEAD}.",
                "Bring it up to date with: ovbot migrate",
                code="database.older",
            )
        async with self._writing, self._transaction(writes=True) as tx:
            await schema.upgrade(tx)
        reach("migration.committed")


def wake_after_commit(tx: Autocommit, topic: str) -> None:
    """Have ``Database.wake`` set for ``topic`` once ``tx`` is committed, and only then."""
    tx.info.setdefault(_WAKES, set()).add(topic)


async def migrate(url: str) -> str:
    """Bring the database up to date; returns a sentence that tells what was done.

    Raises FaultError as ``Database.open`` does.
    """
    database = Database(url)
    await database.open(migrate=True)
    await database.close()
    found, name = database._found, address.shown(database._address)
    if found == schema.HEAD:
        return f"{name} is up to date (schema {schema.HEAD})."
    if found is None:
        return f"{name} was empty; it now has the schema {schema.HEAD}."
    return f"{name} was brought from the schema {found} to {schema.HEAD}."


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise failed(error) from error
