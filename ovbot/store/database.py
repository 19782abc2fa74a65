"""The database: opening it, transactions, and waking listeners after a commit.

SQLite is one file for one process: WAL, ``synchronous=FULL`` (a commit survives a power cut) and
writers one after another. PostgreSQL may be shared by several processes.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from typing import Any, TypeAlias, cast

import structlog
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from ovbot.errors import FaultError
from ovbot.points import reach
from ovbot.store import address, schema, sqlite
from ovbot.store.lock import FileLock
from ovbot.store.sqlite import SqliteConnection
from ovbot.store.wake import Wake

log = structlog.get_logger(__name__)

Tx: TypeAlias = AsyncConnection
"""A connection inside a transaction; what every repository function takes first."""

_WAKES = "ovbot.wakes"
_WRITES = "ovbot_writes"
_BUSY_MS = 5_000
_CHECKPOINT_SECONDS = 0.1
"""Often, so that each of them is short: commits that meet one take longer."""
_LOG_PAGES = 10_000
"""SQLite's log at most, 40 MB: what ``run`` has not moved by then, a writer has to."""
_RECYCLED = 600
"""Seconds: routers forget connections that say nothing, and tell nobody."""


class StoreError(FaultError):
    """The database did not do what was asked: it is away, too slow, full, or refused it."""

    code = "database"


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
            self._engine = self._make_engine()
            if self.is_sqlite and not read_only:
                writer = await self._connect(self._engine)
                self._writer = await writer.execution_options(**{_WRITES: True})
            await self._check_schema(self.is_sqlite if migrate is None else migrate)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection and give the file back. Twice does no harm."""
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
    async def begin(self, *, alone: bool = False) -> AsyncIterator[Tx]:
        """A write transaction: committed at the end, rolled back on an exception.

        ``alone``: of one statement and no more, which the database commits with it.
        After the commit, whoever waits for the rows that were written is woken. Raises StoreError.
        """
        if self._read_only:
            raise StoreError("The database was opened for reading only.")
        async with self._writing, self._transaction(writes=True, alone=alone) as tx:
            wakes: set[str] = set()
            tx.info[_WAKES] = wakes
            yield tx
        self._logged = True
        for topic in wakes:
            self.wake.set(topic)
        if wakes and self.relay is not None:
            self.relay(wakes)

    @asynccontextmanager
    async def read(self, *, alone: bool = False) -> AsyncIterator[Tx]:
        """A transaction that only looks; it never waits for a writer on SQLite.

        ``alone``: of one statement and no more.
        """
        async with self._transaction(writes=False, alone=alone) as tx:
            yield tx

    @asynccontextmanager
    async def lone(self) -> AsyncIterator[Tx]:
        """A PostgreSQL connection of its own, without transactions: for what hangs on a session."""
        engine = create_async_engine(
            self._address,
            poolclass=NullPool,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            connect_args={"timeout": 10, "command_timeout": 10},
        )
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
        while True:
            await asyncio.sleep(_CHECKPOINT_SECONDS)
            if not (self.is_sqlite and self._logged):
                continue
            self._logged = False
            try:
                async with self.read(alone=True) as tx:
                    await tx.execute(text("PRAGMA wal_checkpoint(PASSIVE)"))
            except StoreError as error:
                log.warning("database.not_checkpointed", error=str(error))

    async def ping(self) -> None:
        """Whether the database answers; raises StoreError when it does not."""
        async with self.read() as tx:
            await tx.execute(text("SELECT 1"))

    @asynccontextmanager
    async def _transaction(self, *, writes: bool, alone: bool = False) -> AsyncIterator[Tx]:
        engine = self._engine
        if engine is None:
            raise StoreError("The database is not open.")
        with _translated():
            if writes and self._writer is not None:
                async with self._begun(self._writer, alone):
                    yield self._writer
                return
            if alone and not self.is_sqlite:
                engine = engine.execution_options(isolation_level="AUTOCOMMIT")
            connection = await self._connect(engine)
            try:
                async with self._begun(connection, alone):
                    yield connection
            finally:
                # Shielded: whoever is cancelled here must not take the connection along.
                await asyncio.shield(asyncio.ensure_future(connection.close()))

    @asynccontextmanager
    async def _begun(self, connection: AsyncConnection, alone: bool) -> AsyncIterator[None]:
        async with connection.begin():
            if alone and self.is_sqlite:
                _driver(cast(Connection, connection.sync_connection)).begin_nothing()
            yield

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
        path.touch(mode=0o600)  # the audit is nobody else's to read

    def _make_engine(self) -> AsyncEngine:
        if self.is_sqlite:
            engine = create_async_engine(
                self._address,
                async_creator=partial(sqlite.connect, address.file(self._address)),
                hide_parameters=True,  # they are other people's words; errors reach the log
                pool_reset_on_return=None,  # every transaction here ends by itself
                pool_use_lifo=True,
            )
            event.listen(engine.sync_engine, "connect", _sqlite_pragmas(self._read_only))
            event.listen(engine.sync_engine, "begin", _sqlite_begin)
            return engine
        try:
            engine = create_async_engine(
                self._address,
                hide_parameters=True,
                pool_recycle=_RECYCLED,
                connect_args={"timeout": 10, "command_timeout": 30},
            )
        except ModuleNotFoundError as error:
            raise FaultError(
                "PostgreSQL needs the package asyncpg, which is not installed.",
                "Install it with: pip install 'ovbot[postgres]'",
                code="database.driver",
            ) from error
        event.listen(engine.sync_engine, "checkout", _still_connected)
        return engine

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


def wake_after_commit(tx: Tx, topic: str) -> None:
    """Have ``Database.wake`` set for ``topic`` once ``tx`` is committed, and only then."""
    tx.info[_WAKES].add(topic)


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
        cause = getattr(error, "orig", None) or error
        raise StoreError(
            f"The database did not do what was asked ({type(cause).__name__}).",
            "The log has the details; try again when the database is well.",
        ) from error


def _sqlite_pragmas(read_only: bool) -> Callable[[Any, Any], None]:
    pragmas = [
        f"busy_timeout={_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={_LOG_PAGES}",
        "foreign_keys=ON",
    ]
    if read_only:
        pragmas = [f"busy_timeout={_BUSY_MS}", "query_only=ON"]

    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return connected


def _still_connected(connection: Any, _record: object, _proxy: object) -> None:
    # The driver hears when the server hangs up: asking the server costs more than most statements.
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def _sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: a transaction that reads first and writes later could otherwise fail half-way.
    writes = connection.get_execution_options().get(_WRITES, False)
    _driver(connection).begin_with("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver(connection: Connection) -> SqliteConnection:
    return cast(SqliteConnection, connection.connection.driver_connection)
