"""Since when something is seen to be in a state that should pass, which OpenVidu does not tell."""

from collections.abc import Collection

from sqlalchemy import delete, select

from ovbot.store.database import Tx
from ovbot.store.tables import noticed as table
from ovbot.store.upsert import insert


async def since(tx: Tx, server: str, subject: str, *, at: int) -> int:
    """When ``subject`` was noticed first (ms): at an earlier look, or now."""
    row = {"server": server, "subject": subject, "since": at}
    await tx.execute(insert(tx, table).values(row).on_conflict_do_nothing())
    found = await tx.scalar(
        select(table.c.since).where(table.c.server == server, table.c.subject == subject)
    )
    return at if found is None else int(found)


async def known(tx: Tx, server: str, subjects: Collection[str]) -> frozenset[str]:
    """Those of the subjects that are noticed."""
    rows = await tx.scalars(
        select(table.c.subject).where(table.c.server == server, table.c.subject.in_(subjects))
    )
    return frozenset(str(each) for each in rows)


async def forget(tx: Tx, server: str, subjects: Collection[str]) -> None:
    """They are so no more."""
    await tx.execute(delete(table).where(table.c.server == server, table.c.subject.in_(subjects)))


async def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Remove what was noticed before that time; how many rows that were."""
    old = select(table.c.subject).where(table.c.since < before).limit(limit)
    removed = await tx.execute(delete(table).where(table.c.subject.in_(old)))
    return removed.rowcount
