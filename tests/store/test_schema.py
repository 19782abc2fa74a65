"""Migrations: from nothing to the newest, once, and never over a newer one."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from ovbot.errors import FaultError
from ovbot.store import schema
from ovbot.store.database import Database, migrate
from ovbot.store.tables import metadata


async def set_version(url: str, version: str) -> None:
    database = Database(url)
    await database.open(migrate=True)
    async with database.begin() as tx:
        await tx.execute(text("UPDATE ovbot_schema SET version_num = :v"), {"v": version})
    await database.close()


async def open_and_close(url: str, **options: Any) -> None:
    database = Database(url)
    await database.open(**options)
    await database.close()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(
        connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
    )
    return list(compare_metadata(context, metadata))


async def test_the_migrations_make_what_the_code_expects(database: Database) -> None:
    async with database.read() as tx:
        assert await tx.run_sync(differences) == []


def test_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


@pytest.mark.postgres
async def test_postgresql_is_migrated_only_when_told(bare_postgres_url: str) -> None:
    with pytest.raises(FaultError) as caught:
        await open_and_close(bare_postgres_url)
    assert caught.value.code == "database.older"
    assert "ovbot migrate" in caught.value.next_step
    assert "was empty" in await migrate(bare_postgres_url)
    assert "up to date" in await migrate(bare_postgres_url)
    await open_and_close(bare_postgres_url)


@pytest.mark.postgres
async def test_an_older_schema_on_postgresql_is_refused(postgres_url: str) -> None:
    await set_version(postgres_url, "0000")
    with pytest.raises(FaultError) as caught:
        await open_and_close(postgres_url)
    assert caught.value.code == "database.older"
    assert "0000" in caught.value.sentence


@pytest.mark.postgres
async def test_two_at_once_migrate_once(bare_postgres_url: str) -> None:
    await asyncio.gather(migrate(bare_postgres_url), migrate(bare_postgres_url))
    await open_and_close(bare_postgres_url)


async def test_a_newer_schema_is_refused(url: str) -> None:
    await set_version(url, "9999")
    for options in ({}, {"migrate": True}, {"read_only": True}):
        with pytest.raises(FaultError) as caught:
            await open_and_close(url, **options)
        assert caught.value.code == "database.newer"
        assert "9999" in caught.value.sentence


async def test_sqlite_migrates_itself(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/100%/ovbot.db"
    (tmp_path / "100%").mkdir()
    await open_and_close(url)
    await open_and_close(url, migrate=False)
    assert "up to date" in await migrate(url)


async def test_an_empty_file_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "ovbot.db").touch()
    with pytest.raises(FaultError) as caught:
        await open_and_close(f"sqlite:///{tmp_path}/ovbot.db", read_only=True)
    assert caught.value.code == "database.older"


async def test_a_migration_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = tmp_path / "migrations"
    (half / "versions").mkdir(parents=True)
    (half / "env.py").write_text((schema.MIGRATIONS / "env.py").read_text())
    (half / "versions" / "0001_half.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        "revision = '0001'\ndown_revision = None\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('a', sa.Integer))\n"
        "    raise RuntimeError('the power goes out')\n"
    )
    url = f"sqlite:///{tmp_path}/ovbot.db"
    with monkeypatch.context() as broken:
        broken.setattr(schema, "MIGRATIONS", half)
        with pytest.raises(RuntimeError):
            await open_and_close(url)
    await open_and_close(url)
    database = Database(url)
    await database.open()
    async with database.read() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")) == 0
    await database.close()
