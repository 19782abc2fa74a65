"""One statement that is a transaction by itself, on SQLite.

What Slack and OpenVidu wait for is one statement each. SQLAlchemy's connection spends more on it
than SQLite does, so here SQLAlchemy only translates it, once, and the driver gets it at once.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

from sqlalchemy import ClauseElement, Dialect, Executable
from sqlalchemy.sql.compiler import SQLCompiler

from ovbot.store.async_engine import AsyncConnection
from ovbot.store.failures import failed
from ovbot.store.sqlite import SqliteConnection

Values = Mapping[str, object]
_AT_ONCE: AbstractAsyncContextManager[object] = nullcontext()
Rows = Sequence[Any]
"""Tuples, or what can be unpacked like them: the columns in the statement's own order."""


class Alone:
    """What takes one statement. Enter it, as a transaction."""

    def __init__(
        self,
        connection: SqliteConnection,
        dialect: Dialect,
        *,
        turn: AbstractAsyncContextManager[object] = _AT_ONCE,
        here: bool = False,
        committed: Callable[[dict[str, Any]], None] = lambda _info: None,
    ) -> None:
        """``turn`` is waited for; ``committed`` hears what ``info`` held when it was.

        ``here``: in this thread, for a look-up that takes less than a hop to another.
        """
        self.dialect = dialect
        self.info: dict[str, Any] = {}
        self._connection: SqliteConnection | None = connection
        self._turn = turn
        self._here = here
        self._committed = committed

    async def __aenter__(self) -> Self:
        await self._turn.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._turn.__aexit__(kind, error, trace)
        if error is None:
            self._committed(self.info)

    async def rows(self, statement: Executable, values: Sequence[Values]) -> Rows:
        """Execute it, once for each of the values, and commit; raises StoreError."""
        connection, self._connection = self._connection, None
        if connection is None:
            raise TypeError("a second statement, where one was to be alone")
        words, bound = _translated(statement, self.dialect, tuple(values[0]))
        given = [bound(each) for each in values]
        try:
            if self._here:
                return connection.run_here(words, given[0]).rows
            return (await connection.run_alone(words, given)).rows
        except sqlite3.Error as error:
            raise failed(error) from error


Autocommit = AsyncConnection | Alone
"""A transaction of one statement, or of more; what functions of one statement take."""


async def rows(tx: Autocommit, statement: Executable, values: Sequence[Values]) -> Rows:
    """The rows of a statement, executed once for each of the values."""
    if isinstance(tx, Alone):
        return await tx.rows(statement, values)
    found = await tx.execute(statement, list(values) if len(values) > 1 else values[0])
    return found.all() if found.returns_rows else ()


@lru_cache(64)
def _translated(
    statement: Executable, dialect: Dialect, names: tuple[str, ...]
) -> tuple[str, Callable[[Values], list[object]]]:
    """A statement in SQLite's words, and what makes its parameters of values."""
    if not isinstance(statement, ClauseElement):
        raise TypeError(statement)
    compiled = statement.compile(dialect=dialect, column_keys=list(names))
    if not isinstance(compiled, SQLCompiler) or compiled.positiontup is None:
        raise TypeError(statement)
    binds = [(name, compiled.binds[name].type) for name in compiled.positiontup]
    takes = [(name, type_.bind_processor(dialect)) for name, type_ in binds]

    def bound(values: Values) -> list[object]:
        given = [(values[name], process) for name, process in takes]
        return [process(value) if process else value for value, process in given]

    return str(compiled), bound
