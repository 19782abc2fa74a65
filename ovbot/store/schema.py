"""Which schema the database has, and bringing it up to date.

Revisions are numbered ("0001", "0002", …), so that older and newer can be told apart without
Alembic, which costs a tenth of a second to import and is needed only to migrate.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from ovbot.failpoints import reach
from ovbot.store.async_engine import AsyncConnection

HEAD = "0016"
"""The newest revision that this ovbot knows; the name of the last file in migrations/versions."""

VERSION_TABLE = "ovbot_schema"
"""Not Alembic's default: another application's version must not be taken for ours."""

MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 0x6F76626F74  # "ovbot": any number that others do not use


async def current(tx: AsyncConnection) -> str | None:
    """The database's revision; None when it has none of our tables."""
    if not await tx.run_sync(lambda connection: inspect(connection).has_table(VERSION_TABLE)):
        return None
    found = await tx.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))  # noqa: S608  a constant
    return None if found is None else str(found)


async def upgrade(tx: AsyncConnection) -> None:
    """Run every missing migration in this one transaction: after a crash, all of it or nothing."""
    if tx.dialect.name == "postgresql":
        # Two processes may be told to migrate at once; the second finds nothing left to do.
        await tx.execute(text("SELECT pg_advisory_xact_lock(:id)"), {"id": _MIGRATION_LOCK})
    reach("migration.begun")
    await tx.run_sync(_upgrade)
    reach("migration.written")


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    command.upgrade(config, "head")
