"""Which sessions OpenVidu was known to have: only so can the sweep tell which it has no more."""

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import ColumnElement, and_, bindparam, select, update

from ovbot.store.database import Tx
from ovbot.store.tables import sessions as table
from ovbot.store.upsert import insert

_TOGETHER = 500


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


async def ended(
    tx: Tx, server: str, session: str, created_at: int, *, at: int, over_at: int | None = None
) -> bool:
    """The session is over; True when that is news. ``over_at``: by OpenVidu's clock (ms)."""
    await opened(tx, server, session, created_at, at=at)
    done = await tx.execute(
        update(table)
        .where(_is(server, session, created_at), table.c.ended_at.is_(None))
        .values(ended_at=at, over_at=over_at)
    )
    return done.rowcount > 0


async def revivals(tx: Tx, server: str, session: str, created_at: int) -> int:
    """How often its end was told that was none."""
    found = await tx.scalar(select(table.c.revivals).where(_is(server, session, created_at)))
    return int(found or 0)


async def over(tx: Tx, server: str, sessions: Collection[str]) -> dict[tuple[str, int], int]:
    """Of sessions of these ids, those that have ended, and when ovbot heard of it (ms)."""
    found: dict[tuple[str, int], int] = {}
    names = sorted(sessions)
    for first in range(0, len(names), _TOGETHER):
        rows = await tx.execute(
            select(table.c.session, table.c.created_at, table.c.ended_at).where(
                table.c.server == server,
                table.c.session.in_(names[first : first + _TOGETHER]),
                table.c.ended_at.is_not(None),
            )
        )
        found |= {(session, created_at): ended_at for session, created_at, ended_at in rows}
    return found


async def revive(tx: Tx, server: str, session: str, created_at: int) -> tuple[int, int] | None:
    """The session has not ended after all: when it was told that it had (ms), and how often that
    was wrong before; None when nobody was told so."""
    rows = await tx.execute(
        select(table.c.ended_at, table.c.revivals)
        .where(_is(server, session, created_at), table.c.ended_at.is_not(None))
        .with_for_update()
    )
    row = rows.first()
    if row is None:
        return None
    await tx.execute(
        update(table)
        .where(_is(server, session, created_at))
        .values(ended_at=None, over_at=None, missing=0, revivals=table.c.revivals + 1)
    )
    return int(row[0]), int(row[1])


async def was_over(tx: Tx, server: str, session: str, at: int) -> bool:
    """Whether what happened at the moment (ms, OpenVidu's clock) was in a session that has ended.

    Ids are used again, so it is of the last one that had begun by then.
    """
    rows = await tx.execute(
        select(table.c.ended_at, table.c.over_at)
        .where(table.c.server == server, table.c.session == session, table.c.created_at <= at)
        .order_by(table.c.created_at.desc())
        .limit(1)
    )
    row = rows.first()
    return row is not None and row[0] is not None and (row[1] is None or at <= row[1])


def _is(server: str, session: str, created_at: int) -> ColumnElement[bool]:
    return and_(
        table.c.server == server,
        table.c.session == session,
        table.c.created_at == created_at,
    )


async def alive(tx: Tx, server: str) -> tuple[Alive, ...]:
    """The sessions that have not ended as far as is known, oldest first."""
    rows = await tx.execute(
        select(table.c.session, table.c.created_at, table.c.missing)
        .where(table.c.server == server, table.c.ended_at.is_(None))
        .order_by(table.c.created_at)
    )
    return tuple(Alive(*row) for row in rows)


async def alive_among(tx: Tx, server: str, names: Collection[str]) -> frozenset[str]:
    """Those of the names that are ids of sessions which have not ended as far as is known."""
    found = await tx.scalars(
        select(table.c.session).where(
            table.c.server == server, table.c.session.in_(names), table.c.ended_at.is_(None)
        )
    )
    return frozenset(found.all())


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
