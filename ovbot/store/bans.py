"""Who is banned from which session's id. Rows stay for a while when they are over: who comes to
lift a ban is told that it was lifted, and by whom."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, RowMapping, delete, or_, select, update

from ovbot.domain.ban import Ban, By
from ovbot.store.database import Tx
from ovbot.store.tables import bans as table

_NOT_ENDED: ColumnElement[bool] = table.c.ended_at.is_(None)


async def add(tx: Tx, ban: Ban) -> tuple[int, ...]:
    """Ban; an earlier ban of the same person from the same session ends by it: which those were."""
    same = (
        _NOT_ENDED,
        table.c.team == ban.team,
        table.c.server == ban.server,
        table.c.session == ban.session,
        table.c.by == ban.by.value,
        table.c.who == ban.who,
    )
    before = tuple(int(each) for each in await tx.scalars(select(table.c.id).where(*same)))
    await tx.execute(update(table).where(*same).values(ended_at=ban.created_at, ended_by=ban.actor))
    row = msgspec.structs.asdict(ban) | {"by": ban.by.value}
    del row["id"]
    await tx.execute(table.insert().values(row))
    return before


async def holding(
    tx: Tx, server: str, *, now: int, team: str | None = None, session: str | None = None
) -> tuple[Ban, ...]:
    """The bans that hold at the moment (ms), oldest first."""
    wanted = [_NOT_ENDED, table.c.server == server, or_(_for_good(), table.c.until > now)]
    if team is not None:
        wanted.append(table.c.team == team)
    if session is not None:
        wanted.append(table.c.session == session)
    rows = await tx.execute(select(table).where(*wanted).order_by(table.c.id))
    return tuple(_ban(row) for row in rows.mappings())


async def ran_out(tx: Tx, team: str, server: str, *, after: int, now: int) -> tuple[Ban, ...]:
    """The bans whose time was over between two moments (ms), and that nobody has ended before."""
    rows = await tx.execute(
        select(table)
        .where(
            _NOT_ENDED,
            table.c.team == team,
            table.c.server == server,
            table.c.until > after,
            table.c.until <= now,
        )
        .order_by(table.c.id)
    )
    return tuple(_ban(row) for row in rows.mappings())


async def get(tx: Tx, number: int) -> Ban | None:
    """One ban as it is now, over or not; None when it was pruned."""
    rows = await tx.execute(select(table).where(table.c.id == number))
    row = rows.mappings().first()
    return None if row is None else _ban(row)


async def of_ref(tx: Tx, ref: str) -> tuple[Ban, ...]:
    """The bans that one action made, over or not."""
    rows = await tx.execute(select(table).where(table.c.ref == ref).order_by(table.c.id))
    return tuple(_ban(row) for row in rows.mappings())


async def lift(tx: Tx, numbers: Iterable[int], *, at: int, by: str) -> None:
    """They are lifted; what is over stays as it ended."""
    wanted = list(numbers)
    if wanted:
        await tx.execute(
            update(table).where(_NOT_ENDED, table.c.id.in_(wanted)).values(ended_at=at, ended_by=by)
        )


async def lapse(tx: Tx, ref: str, *, at: int) -> tuple[Ban, ...]:
    """The bans of one action end, since whoever made them may not any more; which those were."""
    ending = [ban for ban in await of_ref(tx, ref) if ban.holds(at)]
    await lift(tx, [ban.id for ban in ending], at=at, by="")
    return tuple(ending)


async def carried_out(tx: Tx, number: int) -> None:
    """Somebody was removed by it once more."""
    await tx.execute(
        update(table).where(table.c.id == number).values(removals=table.c.removals + 1)
    )


async def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Remove what was over before the moment (ms), oldest first; how many rows that were."""
    old = (
        select(table.c.id)
        .where(or_(table.c.ended_at < before, table.c.until < before))
        .order_by(table.c.id)
        .limit(limit)
    )
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


def _for_good() -> ColumnElement[bool]:
    return table.c.until.is_(None)


def _ban(row: RowMapping) -> Ban:
    found = {name: row[name] for name in Ban.__struct_fields__}
    return Ban(**found | {"by": By(row["by"])})
