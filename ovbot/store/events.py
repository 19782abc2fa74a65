"""What OpenVidu told, one row for each event however often it came."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, func, select, update

from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import events as table
from ovbot.store.upsert import insert

WAKE = "events"
"""The topic that is woken when new events are there."""


class Arrival(msgspec.Struct, frozen=True):
    """An event as it comes: ``key`` is its content in short, ``body`` the whole of it as JSON."""

    key: str
    kind: str
    body: str


class Waiting(msgspec.Struct, frozen=True):
    """An event that has not been dealt with; ``attempts`` is how often that was tried."""

    id: int
    kind: str
    body: str
    received_at: int
    attempts: int


async def record(tx: Tx, server: str, received_at: int, events: Iterable[Arrival]) -> int:
    """Store what has not been stored before; how many that were."""
    rows = [
        {
            "server": server,
            "key": arrival.key,
            "kind": arrival.kind,
            "body": arrival.body,
            "received_at": received_at,
        }
        for arrival in events
    ]
    if not rows:
        return 0
    statement = insert(tx, table).on_conflict_do_nothing()
    added = await tx.execute(statement.returning(table.c.id), rows)
    new = len(added.all())
    if new:
        wake_after_commit(tx, WAKE)
    return new


async def unprocessed(tx: Tx, server: str, limit: int, *, now: int) -> tuple[Waiting, ...]:
    """The events to deal with now, in the order they came; postponed ones when they are due."""
    rows = await tx.execute(
        select(table)
        .where(table.c.server == server, _waiting(), table.c.not_before <= now)
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple(
        Waiting(row["id"], row["kind"], row["body"], row["received_at"], row["attempts"])
        for row in rows.mappings()
    )


async def next_due(tx: Tx, server: str) -> int | None:
    """When the first postponed or waiting event is due (ms); None when nothing waits."""
    due = await tx.scalar(
        select(func.min(table.c.not_before)).where(table.c.server == server, _waiting())
    )
    return None if due is None else int(due)


async def mark(tx: Tx, event: int, *, at: int, result: str) -> bool:
    """The event is dealt with; False when another process had done so before."""
    done = await tx.execute(
        update(table).where(table.c.id == event, _waiting()).values(processed_at=at, result=result)
    )
    return done.rowcount > 0


async def postpone(tx: Tx, event: int, *, until: int) -> None:
    """Try the event again at ``until`` (ms); those behind it go ahead."""
    await tx.execute(
        update(table)
        .where(table.c.id == event, _waiting())
        .values(attempts=table.c.attempts + 1, not_before=until)
    )


async def count(tx: Tx, server: str, *, result: str) -> int:
    """How many events were dealt with in this way."""
    found = await tx.scalar(
        select(func.count()).where(table.c.server == server, table.c.result == result)
    )
    return int(found or 0)


def _waiting() -> ColumnElement[bool]:
    return table.c.processed_at.is_(None)
