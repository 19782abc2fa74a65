"""The outbox as operators see it and put it in order: by id, or by an action's reference."""

from collections.abc import Collection

import msgspec
from sqlalchemy import ColumnElement, delete, func, literal_column, or_, select, update

from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.deliveries import Delivery, Listed, Status
from ovbot.store.outbox import WAKE, listed_of
from ovbot.store.tables import outbox as table
from ovbot.store.tables import outbox_lanes as lanes

_CAUSES = ("action", "share", "lost")
"""What begins the key of a notice that an action's reference ends."""


class Place(msgspec.Struct, frozen=True):
    """What a waiting notice waits for: those before it, a pause (ms), a delivery under way (ms)."""

    ahead: int
    not_before: int
    lease_until: int


class Stock(msgspec.Struct, frozen=True):
    """How many notices there are of one status, and since when the oldest (ms)."""

    count: int = 0
    oldest: int | None = None


async def of_channel(tx: Tx, team: str, channel: str) -> dict[Status, Stock]:
    """What of a channel has not arrived, what only one person sees there included."""
    # By the channel's lanes, which are few: the index of all notices begins with them.
    its = select(lanes.c.lane).where(
        lanes.c.team == team,
        or_(lanes.c.lane == channel, lanes.c.lane.startswith(f"{channel} ", autoescape=True)),
    )
    rows = await tx.execute(
        select(table.c.status, func.count(), func.min(table.c.created_at))
        .where(table.c.team == team, table.c.lane.in_(its))
        .where(or_(_is(Status.PENDING), _is(Status.DEAD)))
        .group_by(table.c.status)
    )
    found = {Status(status): Stock(number, oldest) for status, number, oldest in rows}
    return {status: found.get(status, Stock()) for status in (Status.PENDING, Status.DEAD)}


async def named(tx: Tx, team: str, name: str, *, key: str = "") -> tuple[Listed, ...]:
    """The team's notices with this id, or of the action with this reference; oldest first.

    ``key`` is the one that they have where several actions are told of by one. What was planned
    by an action and could not be done for long is told now and then, which counts as its own.
    """
    keys = [f"{kind}:{name}" for kind in _CAUSES] + ([key, f"{key}:late"] if key else [])
    again = table.c.key.startswith(f"trouble:{name}:", autoescape=True)
    wanted: list[ColumnElement[bool]] = [table.c.key.in_(keys), again]
    if name.isascii() and name.isdigit() and len(name) < 18:
        wanted.append(table.c.id == int(name))
    rows = await tx.execute(
        select(table).where(table.c.team == team, or_(*wanted)).order_by(table.c.id)
    )
    return tuple(listed_of(row) for row in rows.mappings())


class Told(msgspec.Struct, frozen=True):
    """How far a notice is, and where: the thread it belongs into, the channel it was posted to."""

    status: Status
    thread: str
    posted_channel: str


async def told(tx: Tx, team: str, names: Collection[str], key: str) -> Told | None:
    """The notice of this key in one of these lanes."""
    rows = await tx.execute(
        select(table.c.status, table.c.thread, table.c.posted_channel).where(
            table.c.team == team, table.c.lane.in_(names), table.c.key == key
        )
    )
    row = rows.first()
    return None if row is None else Told(Status(row.status), row.thread, row.posted_channel)


async def total(tx: Tx, team: str, status: Status) -> int:
    """How many of the team's notices have this status."""
    found = await tx.scalar(select(func.count()).where(table.c.team == team, _is(status)))
    return int(found or 0)


async def place(tx: Tx, waiting: Delivery) -> Place:
    """Where a waiting notice stands."""
    ahead = await tx.scalar(
        select(func.count()).where(
            table.c.team == waiting.team,
            table.c.lane == waiting.lane,
            table.c.id < waiting.id,
            _is(Status.PENDING),
        )
    )
    rows = await tx.execute(
        select(lanes.c.not_before, lanes.c.lease_until).where(
            lanes.c.team == waiting.team, lanes.c.lane == waiting.lane
        )
    )
    not_before, lease_until = rows.one()
    return Place(int(ahead or 0), not_before, lease_until)


async def retry(tx: Tx, team: str, ids: Collection[int]) -> int:
    """Send these again, those of them that are dead; how many that were."""
    done = await tx.execute(
        update(table)
        .where(table.c.team == team, table.c.id.in_(ids), _is(Status.DEAD))
        .values(status=Status.PENDING.value, attempts=0, finished_at=None)
    )
    wake_after_commit(tx, WAKE)
    return done.rowcount


async def drop(tx: Tx, team: str, ids: Collection[int], *, reason: str, at: int) -> int:
    """Never send these, those of them that are not sent; how many that were."""
    done = await tx.execute(
        update(table)
        .where(table.c.team == team, table.c.id.in_(ids))
        .where(or_(_is(Status.DEAD), _is(Status.PENDING)))
        .values(status=Status.DROPPED.value, reason=reason, finished_at=at)
    )
    return done.rowcount


async def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Remove notices that were sent or dropped before the moment (ms), oldest first; how many."""
    old = (
        select(table.c.id)
        .where(or_(_is(Status.SENT), _is(Status.DROPPED)), table.c.finished_at < before)
        .order_by(table.c.id)
        .limit(limit)
    )
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


def _is(status: Status) -> ColumnElement[bool]:
    # A literal, not a parameter: only so are partial indexes used.
    return table.c.status == literal_column(f"'{status.value}'")
