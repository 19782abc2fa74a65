"""SQLAlchemy's engines: how each of the two databases is opened.

SQLite: WAL, ``synchronous=FULL`` (a commit survives a power cut), BEGIN IMMEDIATE for what writes.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import NullPool

from ovbot.errors import FaultError
from ovbot.store import address, sqlite
from ovbot.store.async_engine import AsyncConnection, AsyncEngine, create_async_engine
from ovbot.store.sqlite import SqliteConnection

WRITES = "ovbot_writes"
"""The execution option of a SQLite connection that writes."""
_BUSY_MS = 5_000
_LOOK_MS = 100
"""Looking waits for nobody while there is a log; where it has to, everything else would wait."""
_LOG_PAGES = 10_000
"""SQLite's log at most, 40 MB: what nobody has moved by then, a writer has to."""
_RECYCLED = 600
"""Seconds: routers forget connections that say nothing, and tell nobody."""


def engine(url: URL, *, read_only: bool) -> AsyncEngine:
    """The engine for a database's address; raises FaultError when its driver is not installed."""
    return _sqlite(url, read_only) if address.is_sqlite(url) else _postgresql(url)


def lone(url: URL) -> AsyncEngine:
    """An engine for one PostgreSQL connection without transactions."""
    return create_async_engine(
        url,
        poolclass=NullPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": 10, "command_timeout": 10},
    )


async def plain(file: Path) -> SqliteConnection:
    """A connection to the file without SQLAlchemy, for looking."""
    connection = await sqlite.connect(file)
    for pragma in (f"busy_timeout={_LOOK_MS}", "query_only=ON"):
        await connection.run_alone(f"PRAGMA {pragma}")
    return connection


def driver(connection: AsyncConnection) -> SqliteConnection:
    """The driver's connection beneath SQLAlchemy's."""
    return _driver(cast(Connection, connection.sync_connection))


def _sqlite(url: URL, read_only: bool) -> AsyncEngine:
    made = create_async_engine(
        url,
        async_creator=partial(sqlite.connect, address.file(url)),
        hide_parameters=True,  # they are other people's words; errors reach the log
        pool_reset_on_return=None,  # every transaction here ends by itself
        pool_use_lifo=True,
    )
    event.listen(made.sync_engine, "connect", _pragmas(read_only))
    event.listen(made.sync_engine, "begin", _sqlite_begin)
    return made


def _postgresql(url: URL) -> AsyncEngine:
    try:
        made = create_async_engine(
            url,
            hide_parameters=True,
            pool_recycle=_RECYCLED,
            connect_args={"timeout": 10, "command_timeout": 30},
        )
    except ModuleNotFoundError as error:
        raise FaultError(
            "PostgreSQL needs the package asyncpg, which is not installed.",
            "Install it with: uv sync --locked --extra postgres",
            code="database.driver",
        ) from error
    event.listen(made.sync_engine, "checkout", _still_connected)
    return made


def _pragmas(read_only: bool) -> Callable[[Any, Any], None]:
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
    writes = connection.get_execution_options().get(WRITES, False)
    _driver(connection).begin_with("BEGIN IMMEDIATE" if writes else "BEGIN")


def _driver(connection: Connection) -> SqliteConnection:
    return cast(SqliteConnection, connection.connection.driver_connection)
