"""What OpenVidu told, one row for each event however often it came."""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)

from ovbot.store.autocommit import Autocommit, rows
from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import events as table
from ovbot.store.upsert import adding, insert

WAKE = "events"
"""The topic that is woken when new events are there."""
_RECOVERED = "recovered"
_REPORTED = ("missed", "late", "unsent")
"""What became of a finding."""
_LOOKED_THROUGH = 10_000


class Arrival(msgspec.Struct, frozen=True):
    """An event as it comes: ``key`` is its content in short, ``body`` the whole of it as JSON."""

    key: str
    kind: str
    body: str
    source: str = ""
    """What told it, where that was no webhook."""


class Waiting(msgspec.Struct, frozen=True):
    """An event that has not been dealt with; ``attempts`` is how often that was tried."""

    id: int
    kind: str
    body: str
    received_at: int
    attempts: int


async def record(tx: Autocommit, server: str, received_at: int, events: Iterable[Arrival]) -> int:
    """Store what has not been stored before; how many that were."""
    values = [
        {
            "server": server,
            "key": arrival.key,
            "kind": arrival.kind,
            "body": arrival.body,
            "received_at": received_at,
            "source": arrival.source,
        }
        for arrival in events
    ]
    if not values:
        return 0
    new = len(await rows(tx, adding(tx, table), values))
    if new:
        wake_after_commit(tx, WAKE)
    return new


async def record_in_order(tx: Tx, server: str, at: int, events: Sequence[Arrival]) -> int:
    """Store what has not been dealt with, in this order, behind all that is there; how many
    were new.

    A webhook may have been faster than what it tells of is read: until it is dealt with, it takes
    the place that it has here.
    """
    keys = [arrival.key for arrival in events]
    earlier = await tx.execute(
        delete(table)
        .where(table.c.server == server, table.c.key.in_(keys), _waiting())
        .returning(table.c.key, table.c.source)
    )
    sources: dict[str, str] = {key: source for key, source in earlier}  # noqa: C416 (rows are no pairs to mypy)
    known = [
        msgspec.structs.replace(one, source=sources.get(one.key, one.source)) for one in events
    ]
    return await record(tx, server, at, known) - len(sources)


async def unprocessed(tx: Tx, server: str, limit: int, *, now: int) -> tuple[Waiting, ...]:
    """The events to deal with now, in the order they came; postponed ones when they are due."""
    found = await tx.execute(
        select(table)
        .where(table.c.server == server, _waiting(), table.c.not_before <= now)
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple(
        Waiting(row["id"], row["kind"], row["body"], row["received_at"], row["attempts"])
        for row in found.mappings()
    )


async def still_waiting(tx: Tx, events: Collection[int]) -> frozenset[int]:
    """Those of the events that nobody has dealt with since they were read."""
    found = await tx.scalars(select(table.c.id).where(table.c.id.in_(events), _waiting()))
    return frozenset(found.all())


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


async def mark_all(tx: Tx, events: Collection[int], *, at: int, result: str) -> None:
    """These are dealt with, where nothing follows from it; what another process did is left."""
    if events:
        waiting = table.c.id.in_(events) & _waiting()
        await tx.execute(update(table).where(waiting).values(processed_at=at, result=result))


async def rewrite(tx: Tx, event: int, body: str) -> None:
    """Keep an event as it is known now; it is the same event still."""
    await tx.execute(update(table).where(table.c.id == event).values(body=body))


async def bodies(tx: Tx, server: str, kind: str, holding: str) -> tuple[tuple[str, bool], ...]:
    """The newest few of a kind whose body holds a text, of the last ten thousand events, each with
    whether it was dealt with."""
    newest = select(func.max(table.c.id) - _LOOKED_THROUGH).scalar_subquery()
    found = await tx.execute(
        select(table.c.body, table.c.processed_at)
        .where(
            table.c.id > newest,
            table.c.server == server,
            table.c.kind == kind,
            table.c.body.contains(holding, autoescape=True),
        )
        .order_by(table.c.id.desc())
        .limit(5)
    )
    return tuple((body, processed_at is not None) for body, processed_at in found)


async def postpone(tx: Tx, event: int, *, until: int) -> None:
    """Try the event again at ``until`` (ms); those behind it go ahead."""
    await tx.execute(
        update(table)
        .where(table.c.id == event, _waiting())
        .values(attempts=table.c.attempts + 1, not_before=until)
    )


class Recovered(msgspec.Struct, frozen=True):
    """Something that the sweep found and no event had told: kept beside the events."""

    key: str
    kind: str
    body: str


async def add_recovered(tx: Tx, server: str, at: int, found: Iterable[Recovered]) -> None:
    """Store findings. They are dealt with already, and wait to be told to operators."""
    rows = [
        {
            "server": server,
            "key": one.key,
            "kind": one.kind,
            "body": one.body,
            "received_at": at,
            "processed_at": at,
            "result": _RECOVERED,
        }
        for one in found
    ]
    if rows:
        await tx.execute(insert(tx, table).on_conflict_do_nothing(), rows)


async def recovered(tx: Tx, server: str, *, before: int) -> tuple[Waiting, ...]:
    """Findings of before the moment (ms) that operators were not told of, oldest first."""
    found = await tx.execute(
        select(table)
        .where(table.c.server == server, _is_recovered(), table.c.received_at < before)
        .order_by(table.c.id)
    )
    return tuple(
        Waiting(row["id"], row["kind"], row["body"], row["received_at"], row["attempts"])
        for row in found.mappings()
    )


async def settle_recovered(tx: Tx, findings: Collection[int], result: str) -> bool:
    """These findings need not be told any more; False when another process was first."""
    if not findings:
        return True
    done = await tx.execute(
        update(table).where(table.c.id.in_(findings), _is_recovered()).values(result=result)
    )
    return done.rowcount == len(findings)


async def heard(tx: Tx, server: str, *, kinds: Collection[str], since: int) -> tuple[str, ...]:
    """The bodies of events of these kinds that webhooks brought since the moment (ms)."""
    bodies = await tx.scalars(
        select(table.c.body).where(
            table.c.server == server,
            table.c.received_at >= since,
            table.c.kind.in_(kinds),
            _came(table.c.result),
        )
    )
    return tuple(bodies.all())


async def last_arrived(tx: Tx, server: str) -> int | None:
    """When a webhook brought an event last (ms); None: never. The last one is not pruned."""
    found = await tx.scalar(
        select(table.c.received_at)
        .where(table.c.server == server, table.c.source == "", _came(table.c.result))
        .order_by(table.c.id.desc())
        .limit(1)
    )
    return None if found is None else int(found)


async def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Remove events that were dealt with before the moment (ms), oldest first; how many.

    The newest of each server stays, to tell whether any has ever come.
    """
    other = table.alias()
    newer = exists().where(
        other.c.id > table.c.id,
        other.c.server == table.c.server,
        other.c.source == "",
        _came(other.c.result),
    )
    is_newest = and_(table.c.source == "", _came(table.c.result), ~newer)
    old = (
        select(table.c.id)
        .where(table.c.processed_at < before, ~is_newest)
        .order_by(table.c.id)
        .limit(limit)
    )
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


async def prune_idle(tx: Tx, *, before: int, limit: int) -> int:
    """Remove events of before the moment (ms) from which nothing followed; how many."""
    old = (
        select(table.c.id)
        .where(table.c.processed_at < before, table.c.result.in_(("quiet", "unknown")))
        .order_by(table.c.id)
        .limit(limit)
    )
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


async def count(tx: Tx, server: str, *, result: str) -> int:
    """How many events were dealt with in this way."""
    found = await tx.scalar(
        select(func.count()).where(table.c.server == server, table.c.result == result)
    )
    return int(found or 0)


def _came(result: ColumnElement[str]) -> ColumnElement[bool]:
    """A webhook brought it; the sweep did not find it."""
    return or_(result.is_(None), result.not_in((_RECOVERED, *_REPORTED)))


def _is_recovered() -> ColumnElement[bool]:
    # A literal, not a parameter: only so is the partial index used.
    return table.c.result == literal_column(f"'{_RECOVERED}'")


def _waiting() -> ColumnElement[bool]:
    return table.c.processed_at.is_(None)
