"""From every older schema, with data in it, to the newest; and the older code on the newer schema.

The tables as an older ovbot knew them are read back from a database of its schema, so that what
it would insert and select is built of its own columns and no others.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ovbot.domain.markup import Markup
from ovbot.domain.reply import Paragraph, Reply, to_json
from ovbot.store import address, audit, bindings, events, outbox, recordings, schema, sessions
from ovbot.store.database import Database

NOW = 1_700_000_000_000
REPLY = to_json(Reply(Markup("Lina was removed."), (Paragraph(Markup("Lina was removed.")),)))
_WHERE = {"team": "T1", "server": "default"}
_ACTION = _WHERE | {"at": NOW, "actor": "U1", "channel": "C1", "command": "kick"}

ROWS: dict[str, list[dict[str, Any]]] = {
    "bindings": [
        _WHERE
        | {"channel": "C1", "pattern": "exam-*", "topics": "recordings,moderation"}
        | {"created_by": "U1", "created_at": NOW}
    ],
    "audit": [
        _ACTION | {"ref": "aaaa1111", "phase": "intent", "interaction": "trigger-1"},
        _ACTION | {"ref": "aaaa1111", "phase": "attempt", "target": "con_1", "detail": "Lina"},
        _ACTION | {"ref": "aaaa1111", "phase": "outcome", "outcome": "done", "answer": "204"},
        _ACTION | {"ref": "bbbb2222", "phase": "intent", "interaction": "trigger-2"},
    ],
    "shown": [
        {"team": "T1", "user": "U1", "channel": "C1", "server": "default", "session": "exam-1"}
        | {"connections": '["con_1","con_2"]', "at": NOW}
    ],
    "outbox": [
        _WHERE
        | {"channel": "C1", "key": f"action:{ref}", "audience": "channel", "reply": REPLY}
        | {"created_at": NOW, "status": status}
        for ref, status in (("aaaa1111", "sent"), ("cccc3333", "pending"), ("dddd4444", "dead"))
    ],
    "outbox_channels": [{"team": "T1", "channel": "C1", "not_before": 5}],
    "recordings": [
        {"server": "default", "recording": "exam-1", "created_at": NOW, "session": "exam-1"}
        | {"status": "started", "rank": 1, "seen_at": NOW, "team": "T1", "started_by": "U1"}
    ],
    "sessions": [
        {"server": "default", "session": "exam-1", "created_at": NOW, "seen_at": NOW},
    ],
    "events": [
        {"server": "default", "key": key, "kind": "sessionCreated", "body": "{}"}
        | {"received_at": NOW, "processed_at": done}
        for key, done in (("k1", NOW), ("k2", None))
    ],
}


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


OLDER = sorted(
    script.revision
    for script in ScriptDirectory.from_config(_config()).walk_revisions()
    if script.revision != schema.HEAD
)


@asynccontextmanager
async def plainly(url: str) -> AsyncIterator[AsyncConnection]:
    """A transaction on the database, without ovbot."""
    engine = create_async_engine(address.parse(url))
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def make(url: str, revision: str) -> dict[str, Table]:
    """Make the older schema with data in it; its tables as they are then."""
    known = MetaData()
    async with plainly(url) as connection:
        await connection.run_sync(lambda c: command.upgrade(_config(c), revision))
        await connection.run_sync(known.reflect)
        tables = {table.name: table for table in known.sorted_tables}
        for name, rows in ROWS.items():
            for row in rows:
                await connection.execute(insert(tables[name]).values(row))
    return tables


async def contents(url: str, tables: dict[str, Table]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row, in the columns that the older ovbot knew."""
    found = {}
    async with plainly(url) as connection:
        for name in ROWS:
            rows = await connection.execute(select(tables[name]))
            found[name] = sorted((tuple(row) for row in rows), key=repr)
    return found


@pytest.fixture(params=OLDER)
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_nothing_is_lost_on_the_way_to_the_newest(bare_url: str, revision: str) -> None:
    tables = await make(bare_url, revision)
    before = await contents(bare_url, tables)
    database = Database(bare_url)
    await database.open(migrate=True)
    await database.close()
    assert await contents(bare_url, tables) == before
    assert all(before.values())


async def test_the_newest_code_goes_on_with_the_older_data(bare_url: str, revision: str) -> None:
    await make(bare_url, revision)
    database = Database(bare_url)
    await database.open(migrate=True)
    async with database.begin() as tx:
        (bound,) = await bindings.every(tx, "default")
        assert bound.pattern == "exam-*"
        (unfinished,) = await audit.open_intents(tx, "T1", "default")
        assert [entry.ref for entry in unfinished] == ["bbbb2222"]
        assert len(await audit.of_ref(tx, "aaaa1111")) == 3
        (waiting,) = await events.unprocessed(tx, "default", 10, now=NOW)
        assert waiting.kind == "sessionCreated"
        (known,) = await recordings.known(tx, "default")
        assert known.started_by == "U1"
        (alive,) = await sessions.alive(tx, "default")
        assert alive.session == "exam-1"
        (claim,) = await outbox.claim(tx, owner="w", now=NOW, until=NOW + 1, limit=5, each=5)
        assert [one.key for one in claim.deliveries] == ["action:cccc3333"]
        assert claim.deliveries[0].notice().reply.text == "Lina was removed."
    await database.close()


async def test_the_older_code_goes_on_with_the_newest_schema(bare_url: str, revision: str) -> None:
    tables = await make(bare_url, revision)
    database = Database(bare_url)
    await database.open(migrate=True)
    await database.close()
    async with plainly(bare_url) as connection:
        for name, rows in ROWS.items():
            old, row = tables[name], rows[0]
            counted = select(func.count()).select_from(old)
            before = await connection.scalar(counted) or 0
            new = {key: _other(key, value) for key, value in row.items()}
            await connection.execute(insert(old).values(new))
            assert await connection.scalar(counted) == before + 1
            changed = await connection.execute(update(old).values(row_of(old, new)).where(_is(old)))
            assert changed.rowcount == 1


def _other(column: str, value: object) -> object:
    """Another row's value: ids and keys differ, the words that mean something stay."""
    ours = {"channel", "key", "ref", "interaction", "session", "recording", "user", "pattern"}
    return f"{value}-2" if column in ours else value


def row_of(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """What an update writes: everything but the keys."""
    keys = {column.name for column in table.primary_key}
    return {name: value for name, value in row.items() if name not in keys}


def _is(table: Table) -> Any:
    column = next(c for c in ("ref", "key", "channel", "session") if c in table.c)
    return table.c[column].like("%-2")
