"""Notices on their way to channels, and who is delivering which channel.

What is delivered in order is a lane: a channel, or what one person alone sees in a channel, which
Slack paces apart (docs.slack.dev, "Rate limits": chat.postMessage by the channel,
chat.postEphemeral by itself). A lane is claimed as a whole, with a lease: that keeps its order
whoever delivers. Its ``not_before`` carries the pace and every pause, so that a restart or another
process keeps them.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    bindparam,
    case,
    func,
    literal_column,
    select,
    text,
    tuple_,
    update,
)

from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import to_json
from ovbot.store.amending import placed
from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.deliveries import Claim, Delivery, Listed, Status, Step
from ovbot.store.tables import outbox as table
from ovbot.store.tables import outbox_lanes as lanes
from ovbot.store.upsert import adding, insert

WAKE = "outbox"
"""The topic that is woken when there is something to deliver."""
_TURN = 0x6F766F7574  # "ovout": any number that others on the database do not lock


_PENDING: ColumnElement[bool] = table.c.status == literal_column("'pending'")
# A literal, not a parameter: only so is the partial index used.


async def in_order(tx: Tx) -> None:
    """From here to its commit this transaction is the only one that adds notices.

    Ids are drawn before the commit: of two processes that add at once, the later could be read,
    and sent, before the earlier is there. A transaction that locks other rows takes its turn
    first, so that no two wait for one another. A SQLite file has one writer at a time anyway.
    """
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": _TURN})


async def add(tx: Tx, team: str, server: str, at: int, notices: Iterable[Notice]) -> int:
    """Put notices in the outbox; how many of them were new. Known (channel, key) stay as they are.

    Delivery is woken after the commit.
    """
    rows = [
        {
            "team": team,
            "server": server,
            "lane": _lane(notice),
            "key": notice.key,
            "audience": notice.audience.value,
            "user": notice.user,
            "reply": to_json(notice.reply),
            "thread": notice.thread,
            "digest": int(notice.digest),
            "created_at": at,
        }
        for notice in notices
    ]
    if not rows:
        return 0
    await in_order(tx)
    added = await tx.execute(adding(tx, table), rows)
    new = len(added.all())
    if new:
        names = sorted({str(row["lane"]) for row in rows})  # in order: no deadlock with others
        await tx.execute(
            insert(tx, lanes).on_conflict_do_nothing(),
            [{"team": team, "lane": name} for name in names],
        )
        wake_after_commit(tx, WAKE)
    return new


async def told(tx: Tx, team: str, channel: str, key: str) -> bool:
    """Whether the channel is told this already, or will be."""
    found = await tx.scalar(
        select(func.count()).where(
            table.c.team == team, table.c.lane == channel, table.c.key == key
        )
    )
    return bool(found)


async def claim(
    tx: Tx, *, owner: str, now: int, until: int, limit: int, each: int
) -> tuple[Claim, ...]:
    """Claim up to ``limit`` lanes that are due, with up to ``each`` notices, until ``until``."""
    due = await tx.execute(
        select(lanes.c.team, lanes.c.lane, lanes.c.owner)
        .where(lanes.c.lease_until <= now, lanes.c.not_before <= now, _has_pending())
        .order_by(lanes.c.not_before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    owners = {(str(team), str(lane)): str(holder) for team, lane, holder in due}
    names = list(owners)
    if not names:
        return ()
    await _lease(tx, names, owner, until)
    # What somebody shares lets pass what was done: anybody may share, as often as they like.
    shared = case((table.c.key.startswith("share:"), 1), else_=0)
    place = func.row_number().over(
        partition_by=(table.c.team, table.c.lane), order_by=(shared, table.c.id)
    )
    inner = (
        select(table, place.label("place"))
        .where(tuple_(table.c.team, table.c.lane).in_(names), _PENDING)
        .subquery()
    )
    rows = await tx.execute(select(inner).where(inner.c.place <= each).order_by(inner.c.place))
    found: dict[tuple[str, str], list[Delivery]] = {name: [] for name in names}
    for row in rows.mappings():
        found[row["team"], row["lane"]].append(_delivery(row))
    empty = [name for name, deliveries in found.items() if not deliveries]
    if empty:  # an earlier holder has just written that all of it is sent
        await _lease(tx, empty, "", 0)
    claims = [
        Claim(*name, await placed(tx, found[name]), interrupted=holder not in {"", owner})
        for name, holder in owners.items()
        if found[name]
    ]
    return tuple(sorted(claims, key=lambda one: [delivery.id for delivery in one.deliveries]))


async def doubt(tx: Tx, claimed: Claim, count: int) -> Claim:
    """Count the first of its notices as sent with the answer lost."""
    doubted = claimed.deliveries[:count]
    await tx.execute(
        update(table)
        .where(table.c.id.in_([delivery.id for delivery in doubted]))
        .values(ambiguous=table.c.ambiguous + 1)
    )
    again = tuple(msgspec.structs.replace(one, ambiguous=one.ambiguous + 1) for one in doubted)
    return msgspec.structs.replace(claimed, deliveries=(*again, *claimed.deliveries[count:]))


async def _lease(tx: Tx, names: Sequence[tuple[str, str]], owner: str, until: int) -> None:
    await tx.execute(
        update(lanes)
        .where(tuple_(lanes.c.team, lanes.c.lane).in_(names))
        .values(owner=owner, lease_until=until)
    )


async def finish(tx: Tx, owner: str, steps: Sequence[Step]) -> None:
    """Write down what tries came to, many at once; released lanes wake the next claim."""
    await tx.execute(
        update(table)
        .where(table.c.id == bindparam("row"), _PENDING)
        .values(
            status=bindparam("new_status"),
            attempts=table.c.attempts + bindparam("tries"),
            ambiguous=table.c.ambiguous + bindparam("lost"),
            reason=bindparam("why"),
            posted_channel=bindparam("where"),
            posted_ts=bindparam("ts"),
            finished_at=bindparam("end"),
        ),
        [
            {
                "row": step.delivery.id,
                "new_status": step.status.value,
                "tries": step.tries,
                "lost": int(step.ambiguous),
                "why": step.reason,
                "where": step.posted_channel,
                "ts": step.posted_ts,
                "end": None if step.status is Status.PENDING else step.at,
            }
            for step in steps
        ],
    )
    apart = [step.delivery.id for step in steps if step.apart]
    if apart:
        await tx.execute(update(table).where(table.c.id.in_(apart)).values(digest=0))
    await _move_lanes(tx, owner, steps)


async def _move_lanes(tx: Tx, owner: str, steps: Sequence[Step]) -> None:
    mine = (
        update(lanes)
        .where(
            lanes.c.team == bindparam("of_team"),
            lanes.c.lane == bindparam("of_lane"),
            lanes.c.owner == owner,
        )
        .values(not_before=bindparam("pause"))
    )
    kept = [_paused(step) for step in steps if not step.release]
    given = [_paused(step) for step in steps if step.release]
    if kept:
        await tx.execute(mine, kept)
    if given:
        await tx.execute(mine.values(owner="", lease_until=0), given)
        wake_after_commit(tx, WAKE)


async def hand_back(tx: Tx, owner: str, claimed: Claim) -> None:
    """Give one lane back with nothing done."""
    await tx.execute(
        update(lanes)
        .where(
            lanes.c.team == claimed.team,
            lanes.c.lane == claimed.lane,
            lanes.c.owner == owner,
        )
        .values(owner="", lease_until=0)
    )
    wake_after_commit(tx, WAKE)


async def renew(tx: Tx, owner: str, until: int) -> None:
    """Keep every lane that is ours until ``until`` (ms)."""
    await tx.execute(update(lanes).where(lanes.c.owner == owner).values(lease_until=until))


async def release(tx: Tx, owner: str, *, cut: Collection[tuple[str, str]] = ()) -> None:
    """Give up every lane of ``owner``; those ``cut`` off while a message was under way stay noted
    as interrupted."""
    mine = lanes.c.owner == owner
    if cut:
        here = tuple_(lanes.c.team, lanes.c.lane).in_(list(cut))
        await tx.execute(
            update(lanes).where(mine, here).values(owner=f"{owner}, cut off", lease_until=0)
        )
    await tx.execute(update(lanes).where(mine).values(owner="", lease_until=0))
    wake_after_commit(tx, WAKE)


async def end_leases(tx: Tx) -> None:
    """End all leases, for the only process on a file: who holds one is dead, and stays noted."""
    await tx.execute(update(lanes).where(lanes.c.owner != "").values(lease_until=0))
    wake_after_commit(tx, WAKE)


async def next_due(tx: Tx) -> int | None:
    """When the next lane with something to deliver can be claimed (ms); None: nothing waits."""
    free_at = case(
        (lanes.c.lease_until > lanes.c.not_before, lanes.c.lease_until),
        else_=lanes.c.not_before,
    )
    due = await tx.scalar(select(func.min(free_at)).where(_has_pending()))
    return None if due is None else int(due)


async def counts(tx: Tx) -> dict[Status, int]:
    """How many notices there are of each status."""
    rows = await tx.execute(select(table.c.status, func.count()).group_by(table.c.status))
    found = {str(status): int(number) for status, number in rows}
    return {status: found.get(status.value, 0) for status in Status}


async def listed(
    tx: Tx, team: str, status: Status, *, limit: int = 50, skipped: int = 0
) -> tuple[Listed, ...]:
    """The team's notices of one status, oldest first, after the ``skipped`` oldest."""
    rows = await tx.execute(
        select(table)
        .where(table.c.team == team, table.c.status == literal_column(f"'{status.value}'"))
        .order_by(table.c.id)
        .limit(limit)
        .offset(skipped)
    )
    return tuple(listed_of(row) for row in rows.mappings())


def _has_pending() -> ColumnElement[bool]:
    # Begun from what waits, which is little, and not from the lanes, which only become more.
    waiting = select(table.c.team, table.c.lane).where(_PENDING)
    return tuple_(lanes.c.team, lanes.c.lane).in_(waiting)


def _paused(step: Step) -> dict[str, str | int]:
    return {
        "of_team": step.delivery.team,
        "of_lane": step.delivery.lane,
        "pause": step.not_before,
    }


def listed_of(row: RowMapping) -> Listed:
    """A row as operators see it."""
    return Listed(_delivery(row), Status(row["status"]), row["reason"], row["finished_at"])


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in Delivery.__struct_fields__})


def _lane(notice: Notice) -> str:
    """Ids have no spaces, so a channel's own lane is told from a person's in it."""
    alone = notice.audience is Audience.ONLY_USER
    return f"{notice.channel} {notice.user}" if alone else notice.channel
