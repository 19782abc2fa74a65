"""One statement that is a transaction by itself, on SQLite.

What Slack and OpenVidu wait for is one statement each. SQLAlchemy's connection spends more on it
than SQLite does, so here SQLAlchemy only translates it, once, and the driver gets it at once.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ClauseElement, Dialect, Executable, Result
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler

from ovbot.store.sqlite import SqliteConnection

Values = Mapping[str, object]
NOTHING: Values = {}


class Alone:
    """What takes one statement: the part of an AsyncConnection that it needs, and no more."""

    def __init__(self, connection: SqliteConnection, dialect: Dialect) -> None:
        self.dialect = dialect
        self.info: dict[str, Any] = {}
        self._connection: SqliteConnection | None = connection

    async def execute(
        self, statement: Executable, parameters: Values | Sequence[Values] = NOTHING
    ) -> Result[Any]:
        """Execute it, for each set of parameters, and commit; raises sqlite3.Error."""
        connection, self._connection = self._connection, None
        if connection is None:
            raise TypeError("a second statement, where one was to be alone")
        several = [parameters] if isinstance(parameters, Mapping) else parameters
        words, bound = _translated(statement, self.dialect, tuple(several[0]))
        done = await connection.run_alone(words, [bound(values) for values in several])
        names = [column[0] for column in done.description or ()]
        return IteratorResult(SimpleResultMetaData(names), iter(done.rows))


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
    fixed = compiled.params
    takes = [
        (name, compiled.binds[name].type.bind_processor(dialect)) for name in compiled.positiontup
    ]

    def bound(values: Values) -> list[object]:
        given = [(values.get(name, fixed[name]), process) for name, process in takes]
        return [process(value) if process else value for value, process in given]

    return str(compiled), bound
