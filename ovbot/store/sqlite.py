"""SQLite by aiosqlite, with one hop to its thread for each statement.

aiosqlite runs every call (make a cursor, execute, fetch, close) in the connection's own thread,
and SQLAlchemy makes four of them for each statement. A hop costs more than most statements and,
under load, waits its turn for the interpreter. Here a statement is executed, fetched and closed in
one hop, and BEGIN goes along with the first statement of its transaction.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import aiosqlite


class Done(NamedTuple):
    """What a statement left behind (PEP 249's words)."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    rows: Sequence[Any] = ()


class SqliteConnection(aiosqlite.Connection):
    """What SQLAlchemy's ``async_creator`` makes."""

    _begin = ""

    def begin_with(self, statement: str) -> None:
        """Begin a transaction by ``statement`` as soon as there is something to do in it."""
        self._begin = statement

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]  # entered by SQLAlchemy alone
        """A cursor; nothing is done yet."""
        return SqliteCursor(self)

    async def run(self, statement: str, parameters: Any, *, many: bool) -> Done:
        """Execute, fetch everything and close, in one hop."""
        begin, self._begin = self._begin, ""
        done: Done = await self._execute(self._run, begin, statement, parameters, many)  # type: ignore[no-untyped-call]
        return done

    def _run(self, begin: str, statement: str, parameters: Any, many: bool) -> Done:
        if begin:
            self._conn.execute(begin)
        cursor = self._conn.cursor()
        try:
            (cursor.executemany if many else cursor.execute)(statement, parameters)
            rows = cursor.fetchall() if cursor.description else ()
            return Done(cursor.description, cursor.rowcount, cursor.lastrowid, rows)
        finally:
            cursor.close()

    def run_here(self, statement: str, parameters: Any) -> Done:
        """A statement that only looks, in the thread of whoever asks.

        With a write-ahead log it waits for no writer and for no disk but for pages that are not in
        memory, so it has to be one that finds its rows by an index.
        """
        return self._run("", statement, parameters, many=False)

    async def run_alone(self, statement: str, parameters: Sequence[Any] = ((),)) -> Done:
        """A transaction of one statement, once for each of ``parameters``, in one hop."""
        done: Done = await self._execute(self._run_alone, statement, parameters)  # type: ignore[no-untyped-call]
        return done

    def _run_alone(self, statement: str, parameters: Sequence[Any]) -> Done:
        if len(parameters) == 1:
            return self._run("", statement, parameters[0], many=False)  # SQLite commits it itself
        with self._conn:
            self._conn.execute("BEGIN IMMEDIATE")
            done = [self._run("", statement, each, many=False) for each in parameters]
        return Done(done[-1].description, rows=[row for each in done for row in each.rows])

    async def commit(self) -> None:
        """End the transaction, where one was begun."""
        self._begin = ""
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Undo the transaction, where one was begun."""
        self._begin = ""
        if self.in_transaction:
            await super().rollback()


class SqliteCursor:
    """The part of ``aiosqlite.Cursor`` that SQLAlchemy uses."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._done = Done()

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Any = ()) -> Self:
        """Do one statement; its rows are here then."""
        self._done = await self._connection.run(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Any) -> Self:
        """Do one statement with many sets of parameters."""
        self._done = await self._connection.run(statement, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """The rows of the last statement."""
        return self._done.rows

    async def close(self) -> None:
        """Nothing is left open."""

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._done.lastrowid


async def connect(file: Path) -> SqliteConnection:
    """Open the file; raises sqlite3.Error."""
    # Its thread alone uses it, but for closing what was forgotten.
    opened = partial(sqlite3.connect, file, isolation_level=None, check_same_thread=False)
    connection = SqliteConnection(opened, iter_chunk_size=64)
    connection._thread.daemon = True  # a forgotten one must not keep the process alive
    await connection
    return connection
