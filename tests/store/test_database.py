"""Opening, locking, transactions and waking."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from ovbot.errors import FaultError
from ovbot.store.autocommit import rows
from ovbot.store.database import Database, wake_after_commit
from ovbot.store.failures import StoreError
from tests.store.databases import on_server

_OPEN_AND_WAIT = """
import asyncio, sys
from ovbot.store.database import Database
async def main():
    await Database(sys.argv[1]).open()
    print("open", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ovbot.db"


async def scalar(database: Database, statement: str) -> object:
    async with database.read() as tx:
        return await tx.scalar(text(statement))


async def test_a_sqlite_commit_survives_a_power_cut(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    assert await scalar(database, "PRAGMA journal_mode") == "wal"
    assert await scalar(database, "PRAGMA synchronous") == 2, "FULL"
    assert await scalar(database, "PRAGMA foreign_keys") == 1
    assert await scalar(database, "PRAGMA busy_timeout") == 5_000
    await database.close()


async def test_the_file_is_nobody_elses_to_read(tmp_path: Path, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    await database.close()
    assert (tmp_path / "ovbot.db").stat().st_mode & 0o077 == 0


async def test_a_second_process_on_the_file_is_refused(sqlite_url: str) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OPEN_AND_WAIT, sqlite_url, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    assert await holder.stdout.readline() == b"open\n"
    second = Database(sqlite_url)
    with pytest.raises(FaultError) as caught:
        await second.open()
    assert caught.value.code == "database.locked"
    assert str(holder.pid) in caught.value.sentence
    holder.kill()
    await holder.wait()
    # The lock died with its holder.
    await second.open()
    await second.close()


async def test_a_link_to_the_file_is_the_same_file(tmp_path: Path, sqlite_url: str) -> None:
    database = Database(sqlite_url)
    await database.open()
    (tmp_path / "link.db").symlink_to(tmp_path / "ovbot.db")
    with pytest.raises(FaultError) as caught:
        await Database(f"sqlite:///{tmp_path}/link.db").open()
    assert caught.value.code == "database.locked"
    await database.close()


async def test_looking_needs_no_lock_and_cannot_write(sqlite_url: str) -> None:
    serving, looking = Database(sqlite_url), Database(sqlite_url)
    await serving.open()
    await looking.open(read_only=True)
    async with looking.read_alone() as one:
        assert await rows(one, text("SELECT count(*) FROM bindings"), [{}]) == [(0,)]
    assert await scalar(looking, "SELECT count(*) FROM audit") == 0
    with pytest.raises(StoreError):
        async with looking.begin():
            pass
    with pytest.raises(StoreError):
        async with looking.read() as tx:
            await tx.execute(text("DELETE FROM audit"))
    await looking.close()
    await serving.close()


async def test_looking_makes_no_file(tmp_path: Path, sqlite_url: str) -> None:
    with pytest.raises(FaultError) as caught:
        await Database(sqlite_url).open(read_only=True)
    assert caught.value.code == "database.missing"
    assert os.listdir(tmp_path) == []


async def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(FaultError) as caught:
        await Database(f"sqlite:///{tmp_path}/none/ovbot.db").open()
    assert caught.value.code == "database.missing"


async def test_a_file_that_is_no_database_is_told(tmp_path: Path, sqlite_url: str) -> None:
    (tmp_path / "ovbot.db").write_text("shopping list\n" * 200)
    database = Database(sqlite_url)
    with pytest.raises(FaultError) as caught:
        await database.open()
    assert "ovbot.db" in caught.value.sentence
    (tmp_path / "ovbot.db").unlink()
    await database.open()
    await database.close()


async def test_a_server_that_is_away_is_told_without_the_password() -> None:
    database = Database("postgresql://u:hunter2@127.0.0.1:9/ovbot")
    with pytest.raises(FaultError) as caught:
        await database.open()
    assert caught.value.code == "database.unreachable"
    assert "postgresql://127.0.0.1:9/ovbot" in caught.value.sentence
    assert "hunter2" not in str(caught.value)


async def test_an_exception_rolls_back_and_wakes_nobody(database: Database) -> None:
    async def fail() -> None:
        async with database.begin() as tx:
            wake_after_commit(tx, "outbox")
            await tx.execute(text("INSERT INTO outbox_channels (team, channel) VALUES ('T', 'C')"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await scalar(database, "SELECT count(*) FROM outbox_channels") == 0
    assert await database.wake.wait("outbox", 0) is False


async def test_a_commit_wakes_the_waiter_and_only_of_its_topic(database: Database) -> None:
    waiter = asyncio.create_task(database.wake.wait("outbox"))
    async with database.begin() as tx:
        wake_after_commit(tx, "outbox")
        await asyncio.sleep(0)
        assert not waiter.done(), "woken before the commit"
    assert await waiter is True
    assert await database.wake.wait("events", 0) is False


async def test_a_wake_up_that_nobody_waited_for_is_kept(database: Database) -> None:
    async with database.begin() as tx:
        wake_after_commit(tx, "events")
    assert await database.wake.wait("events", 0) is True
    assert await database.wake.wait("events", 0) is False


async def test_a_refused_statement_is_a_store_error_without_its_values(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        async with database.begin() as tx:
            await tx.execute(
                text("INSERT INTO shown (team, at) VALUES (:team, 1)"), {"team": "secret words"}
            )
    assert "secret words" not in f"{caught.value} {caught.value.__cause__}"


async def test_writers_at_the_same_time_all_commit(database: Database) -> None:
    async def write(n: int) -> None:
        async with database.begin() as tx:
            found = await tx.scalar(text("SELECT count(*) FROM outbox_channels"))
            assert found is not None
            await tx.execute(
                text("INSERT INTO outbox_channels (team, channel) VALUES ('T', :c)"), {"c": str(n)}
            )

    await asyncio.gather(*(write(n) for n in range(30)))
    assert await scalar(database, "SELECT count(*) FROM outbox_channels") == 30


async def test_what_is_alone_is_committed_and_wakes_like_any_other(database: Database) -> None:
    add = text("INSERT INTO outbox_channels (team, channel) VALUES ('T', 'C')")
    async with database.begin_alone() as one:
        await rows(one, add, [{}])
        wake_after_commit(one, "outbox")
    assert await database.wake.wait("outbox", timeout=0)
    async with database.begin() as tx:
        await tx.execute(text("INSERT INTO outbox_channels (team, channel) VALUES ('T', 'D')"))
        async with database.read() as other:
            assert await other.scalar(text("SELECT count(*) FROM outbox_channels")) == 1
    assert await scalar(database, "SELECT count(*) FROM outbox_channels") == 2


async def test_a_cancelled_writer_leaves_the_database_usable(database: Database) -> None:
    inside = asyncio.Event()

    async def write() -> None:
        async with database.begin() as tx:
            await tx.execute(text("INSERT INTO outbox_channels (team, channel) VALUES ('T', 'C')"))
            inside.set()
            await asyncio.Event().wait()

    writer = asyncio.create_task(write())
    await inside.wait()
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    async with database.begin() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM outbox_channels")) == 0


@pytest.mark.postgres
async def test_connections_that_the_server_ended_are_not_used_again(postgres_url: str) -> None:
    database = Database(postgres_url)
    await database.open()
    async with database.read(), database.read(), database.begin() as tx:
        await tx.execute(text("INSERT INTO outbox_channels (team, channel) VALUES ('T', 'C')"))
    name = postgres_url.rpartition("/")[2]
    await on_server(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    await asyncio.sleep(0.2)  # the server's word of it is on its way
    for _ in range(4):
        async with database.begin_alone() as one:
            assert await rows(one, text("SELECT count(*) FROM outbox_channels"), [{}]) == [(1,)]
    await database.close()


async def test_ping_answers_while_the_database_does(database: Database) -> None:
    await database.ping()
    await database.close()
    with pytest.raises(StoreError):
        await database.ping()
