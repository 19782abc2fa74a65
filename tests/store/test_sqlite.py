"""SQLite underneath: what a transaction is, with one hop for each statement."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path

import aiosqlite
import msgspec
import pytest
from sqlalchemy import text

from ovbot.domain.binding import Binding, Topic
from ovbot.store import bindings
from ovbot.store.autocommit import Autocommit, rows
from ovbot.store.database import Database
from ovbot.store.failures import StoreError

ADD = text("INSERT INTO outbox_channels (team, channel) VALUES ('T', :name)")
COUNT = text("SELECT count(*) FROM outbox_channels")
LONG = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) "
    "INSERT INTO outbox_channels (team, channel) SELECT 'L', i FROM n"
)


@pytest.fixture
def file(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ovbot.db"


@pytest.fixture
async def database(file: str) -> AsyncIterator[Database]:
    opened = Database(file)
    await opened.open()
    yield opened
    await opened.close()


async def test_a_transaction_in_which_nothing_is_done_locks_nothing(
    database: Database, file: str
) -> None:
    connecting = aiosqlite.connect(file.removeprefix("sqlite:///"), timeout=0)
    async with database.begin(), connecting as another:
        await another.execute(ADD.text, {"name": "C1"})
        await another.commit()
    assert await scalar(database) == 1
    async with database.begin() as tx:
        await tx.execute(ADD, {"name": "C2"})
    assert await scalar(database) == 2


async def test_a_reader_sees_one_moment_from_its_first_statement_on(database: Database) -> None:
    async with database.read() as reader:
        assert await reader.scalar(COUNT) == 0
        async with database.begin() as tx:
            await tx.execute(ADD, {"name": "C1"})
        assert await reader.scalar(COUNT) == 0
    assert await scalar(database) == 1


async def test_a_statement_that_is_cancelled_half_way_is_undone(database: Database) -> None:
    async def write() -> None:
        async with database.begin() as tx:
            await tx.execute(ADD, {"name": "C1"})
            await tx.execute(LONG)

    writer = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    async with database.begin() as tx:
        await tx.execute(ADD, {"name": "C2"})
    assert await scalar(database) == 1


async def test_a_failed_statement_undoes_what_was_done_before_it(database: Database) -> None:
    async def write() -> None:
        async with database.begin() as tx:
            await tx.execute(ADD, {"name": "C1"})
            await tx.execute(ADD, {"name": "C1"})

    with pytest.raises(StoreError):
        await write()
    assert await scalar(database) == 0
    async with database.begin() as tx:
        await tx.execute(ADD, {"name": "C1"})
    assert await scalar(database) == 1


async def test_a_statement_that_is_alone_is_committed_with_it(database: Database) -> None:
    async with database.begin_alone() as tx:
        await rows(tx, ADD, [{"name": "C1"}])
        assert await scalar(database) == 1
    async with database.begin() as tx:
        await tx.execute(ADD, {"name": "C2"})
        await tx.execute(ADD, {"name": "C3"})
        assert await scalar(database) == 1
    assert await scalar(database) == 3


async def test_a_second_statement_is_refused_where_one_was_to_be_alone(database: Database) -> None:
    async def write() -> None:
        async with database.begin_alone() as tx:
            await rows(tx, ADD, [{"name": "C1"}])
            await rows(tx, ADD, [{"name": "C2"}])

    with pytest.raises(TypeError):
        await write()
    assert await scalar(database) == 1


async def test_a_statement_that_is_alone_is_done_for_all_of_its_values_or_none(
    database: Database,
) -> None:
    async def write(*names: str) -> None:
        async with database.begin_alone() as tx:
            await rows(tx, ADD, [{"name": name} for name in names])

    await write("C1", "C2")
    assert await scalar(database) == 2
    with pytest.raises(StoreError):
        await write("C3", "C4", "C1")
    assert await scalar(database) == 2
    await write("C5")
    assert await scalar(database) == 3


@pytest.mark.parametrize("begin", [Database.read, Database.read_alone])
async def test_rows_are_the_same_however_they_are_read(
    database: Database, begin: Callable[[Database], AbstractAsyncContextManager[Autocommit]]
) -> None:
    odd = Binding(
        team="T", server="s", channel="C", pattern="a\0\ud800b*", topics=(Topic.SESSION,),
        created_by="U1", created_at=7,
    )  # fmt: skip
    async with database.begin() as tx:
        await bindings.add(tx, odd)
    async with begin(database) as one:
        assert await bindings.in_channel(one, "T", "s", "C\0") == (
            msgspec.structs.replace(odd, pattern="a?b*"),
        )


async def test_what_is_logged_gets_into_the_file_beside_the_writers(
    database: Database, file: str, tmp_path: Path
) -> None:
    moving = asyncio.create_task(database.run())
    async with database.read() as reader:
        await reader.execute(COUNT)
        for number in range(50):
            async with database.begin() as tx:
                await tx.execute(ADD, {"name": str(number)})
    async with asyncio.timeout(120):
        while await asyncio.to_thread(rows_without_log, file, tmp_path / "copy.db") < 50:  # noqa: ASYNC110  the task says nothing
            await asyncio.sleep(0.05)
    moving.cancel()
    await asyncio.wait([moving])


def rows_without_log(file: str, copy: Path) -> int:
    """How many rows there are in the file alone; none while it is no whole database."""
    copy.unlink(missing_ok=True)
    copy.write_bytes(Path(file.removeprefix("sqlite:///")).read_bytes())
    with closing(sqlite3.connect(copy)) as alone:
        try:
            return int(alone.execute(COUNT.text).fetchone()[0])
        except sqlite3.DatabaseError:  # it was copied while something was being moved into it
            return 0


async def scalar(database: Database) -> int:
    async with database.read() as tx:
        return int(await tx.scalar(COUNT) or 0)
