"""Looking into ovbot's database from outside, while it runs or after it died."""

import asyncio
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]

Row = dict[str, Any]


class Rows:
    """Reads one database of either kind."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._runner = asyncio.Runner()
        self._one_at_a_time = threading.Lock()
        self._connection: Any = None

    def all(self, query: str) -> list[Row]:
        """What the query finds; nothing while the tables are not there."""
        if self._url.startswith("sqlite"):
            return of_file(Path(self._url.removeprefix("sqlite:///")), query)
        with self._one_at_a_time:
            return self._runner.run(self._fetch(query))

    def count(self, table: str, where: str = "1 = 1") -> int:
        """How many rows of a table are so."""
        found = self.all(f"SELECT count(*) AS n FROM {table} WHERE {where}")
        return int(found[0]["n"]) if found else 0

    def run(self, statement: str) -> None:
        """Change something, as time would."""
        if self._url.startswith("sqlite"):
            path = Path(self._url.removeprefix("sqlite:///"))
            with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
                connection.execute(statement)
        else:
            with self._one_at_a_time:
                self._runner.run(self._connected(statement))

    def close(self) -> None:
        """Let go of the database."""
        if self._connection is not None:
            self._runner.run(self._connection.close())
        self._runner.close()

    async def _connected(self, query: str) -> list[Row]:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._url)
        return [dict(row) for row in await self._connection.fetch(query)]

    async def _fetch(self, query: str) -> list[Row]:
        try:
            return await self._connected(query)
        except asyncpg.UndefinedTableError:
            return []


def of_file(path: Path, query: str) -> list[Row]:
    """The same for a SQLite file."""
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query)]
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return []
