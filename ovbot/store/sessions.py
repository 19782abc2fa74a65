"""Which sessions OpenVidu was known to have: only so can the sweep tell which it has no more."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, select, update

from ovbot.store.database import Tx
from ovbot.store.tables import sessions as table
from ovbot.store.upsert import insert


class Alive(msgspec.Struct, frozen=True):
    """A session that has not ended as far as is known. Ids are used again; with the time, never.

    ``missing`` is how many listings in a row did not have it.
    """

    session: str
    created_at: int
    missing: int = 0


async def opened(tx: Tx, server: str, session: str, created_at: int, *, at: int) -> bool:
    """The session is there; True when that is news."""
    added = await tx.execute(
        insert(tx, table)
        .values(server=server, session=session, created_at=created_at, seen_at=at)
        .on_conflict_do_nothing()
    )
    return added.rowcount > 0


async def ended(tx: Tx, server: str, session: str, created_at: int, *, at: int) -> bool:
    """The session is over, for good; True when that is news."""
    await opened(tx, server, session, created_at, at=at)
    done = await tx.execute(
        update(table)
        .where(
            table.c.server == server,
            table.c.session == session,
            table.c.created_at == created_at,
            table.c.ended_at.is_(None),
        )
        .values(ended_at=at)
    )
    return done.rowcount > 0


async def alive(tx: Tx, server: str) -> tuple[Alive, ...]:
    """The sessions that have not ended as far as is known, oldest first."""
    rows = await tx.execute(
        select(table.c.session, table.c.created_at, table.c.missing)
        .where(table.c.server == server, table.c.ended_at.is_(None))
        .order_by(table.c.created_at)
    )
    return tuple(Alive(*row) for row in rows)


async def gone_since(tx: Tx, server: str, session: str) -> int | None:
    """When the last session of this id ended (ms); None: one is there, or none was ever known."""
    rows = await tx.scalars(
        select(table.c.ended_at).where(table.c.server == server, table.c.session == session)
    )
    ends = rows.all()
    return None if not ends or None in ends else max(ends)


async def count_missing(tx: Tx, server: str, counts: Sequence[Alive]) -> None:
    """Store how often in a row each session was missing now."""
    if not counts:
        return
    await tx.execute(
        update(table)
        .where(
            table.c.server == server,
            table.c.session == bindparam("of_session"),
            table.c.created_at == bindparam("of_time"),
        )
        .values(missing=bindparam("times")),
        [
            {"of_session": one.session, "of_time": one.created_at, "times": one.missing}
            for one in counts
        ],
    )
