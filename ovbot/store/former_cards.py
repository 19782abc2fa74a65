"""Messages that were a live card, or may have become one, and are none now.

Each has to be changed once so that it says so, and is then forgotten.
"""

from collections.abc import Sequence

import msgspec
from sqlalchemy import RowMapping, and_, delete, func, or_, select, update

from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import former_cards as table
from ovbot.store.upsert import insert

WAKE = "cards"


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """One message. Without ``ts`` it is not known to be there: its metadata would hold ``trying``,
    and it would be no older than ``tried_at`` (ms). ``ending``: a stored reply, where its session
    has ended. Nothing is done before ``not_before`` (ms).
    """

    id: int = 0
    team: str
    server: str
    session: str
    channel: str
    ts: str = ""
    trying: str = ""
    tried_at: int = 0
    ending: str = ""
    not_before: int = 0


async def add(tx: Tx, former: Former) -> None:
    """The message is a card no more."""
    row = msgspec.structs.asdict(former)
    del row["id"]
    await tx.execute(insert(tx, table).values(row))
    wake_after_commit(tx, WAKE)


async def found(tx: Tx, former: Former) -> None:
    """The message with this ``ts`` is there, and is nobody's: as that was supposed, or new."""
    same = [table.c.ts == former.ts]
    if former.trying:
        same.append(and_(table.c.ts == "", table.c.trying == former.trying))
    known = await tx.execute(
        update(table)
        .where(table.c.team == former.team, table.c.channel == former.channel, or_(*same))
        .values(ts=former.ts, not_before=0)
    )
    if not known.rowcount:
        await add(tx, former)
    wake_after_commit(tx, WAKE)


async def free(tx: Tx, former: Former) -> None:
    """Whoever had begun to look for this message has let go of it: it need not wait for them."""
    same = and_(
        table.c.team == former.team,
        table.c.channel == former.channel,
        table.c.trying == former.trying,
        table.c.trying != "",
    )
    await tx.execute(update(table).where(same).values(not_before=0))


async def claim(tx: Tx, server: str, *, now: int, until: int, limit: int = 20) -> Sequence[Former]:
    """Those to change now; nobody else gets them before ``until`` (ms)."""
    rows = await tx.execute(
        select(table)
        .where(table.c.server == server, table.c.not_before <= now)
        .order_by(table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [_former(row) for row in rows.mappings()]
    if claimed:
        ids = [one.id for one in claimed]
        await tx.execute(update(table).where(table.c.id.in_(ids)).values(not_before=until))
    return claimed


async def release(tx: Tx, server: str) -> None:
    """Give up every claim, for the only process on a file."""
    await tx.execute(update(table).where(table.c.server == server).values(not_before=0))


async def next_due(tx: Tx, server: str) -> int | None:
    """When the next can be changed (ms); None: there is none."""
    due = await tx.scalar(select(func.min(table.c.not_before)).where(table.c.server == server))
    return None if due is None else int(due)


async def put_off(tx: Tx, former: Former, *, not_before: int) -> None:
    """Try again later."""
    await tx.execute(update(table).where(table.c.id == former.id).values(not_before=not_before))


async def forget(tx: Tx, former: Former) -> None:
    """It says now what it has to say, or is not there."""
    await tx.execute(delete(table).where(table.c.id == former.id))


def _former(row: RowMapping) -> Former:
    return Former(**{name: row[name] for name in Former.__struct_fields__})
