"""Who was given what. Rows are ended and never changed, so that what was so can always be read.

Each change counts up a number in its own transaction. Whoever keeps the grants in memory compares
that number, so that what they keep is never older than the store.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, bindparam, or_, select, update

from ovbot.domain.grant import Gives, Grant, Scope
from ovbot.store.autocommit import Autocommit, rows
from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import grant_changes as changes
from ovbot.store.tables import grants as table
from ovbot.store.upsert import insert

WAKE = "grants"
"""The topic that is woken when any have changed."""
_NOT_ENDED: ColumnElement[bool] = table.c.ended_at.is_(None)
_NUMBER = select(changes.c.number).where(
    changes.c.team == bindparam("team"), changes.c.server == bindparam("server")
)
_KNOWN = frozenset(Gives)


async def number(tx: Autocommit, team: str, server: str) -> int:
    """How often anything has changed: the same number means the same grants."""
    found = await rows(tx, _NUMBER, [{"team": team, "server": server}])
    return int(found[0][0]) if found else 0


async def add(tx: Tx, grant: Grant) -> tuple[int, ...]:
    """Give; what gave the same to the same for the same ends by it: which those were."""
    same = (
        _NOT_ENDED,
        table.c.team == grant.team,
        table.c.server == grant.server,
        table.c.subject == grant.subject,
        table.c.gives == grant.gives.value,
        table.c.sessions == grant.scope.sessions,
        table.c.in_channel == grant.scope.channel,
        table.c.ref != grant.ref,
    )
    before = tuple(int(each) for each in await tx.scalars(select(table.c.id).where(*same)))
    ended = {"ended_at": grant.created_at, "ended_by": grant.granted_by}
    await tx.execute(update(table).where(*same).values(ended))
    await tx.execute(table.insert().values(_row(grant)))
    await changed(tx, grant.team, grant.server)
    return before


async def end(
    tx: Tx, team: str, server: str, numbers: Iterable[int], *, at: int, by: str
) -> tuple[int, ...]:
    """They hold no more; what was ended before stays as it ended. Which ones ended by this."""
    mine = (_NOT_ENDED, table.c.team == team, table.c.server == server)
    wanted = (*mine, table.c.id.in_(list(numbers)))
    found = tuple(int(each) for each in await tx.scalars(select(table.c.id).where(*wanted)))
    await tx.execute(update(table).where(*wanted).values(ended_at=at, ended_by=by))
    await changed(tx, team, server)
    return found


async def holding(tx: Tx, team: str, server: str, *, now: int) -> tuple[Grant, ...]:
    """Those that hold at the moment (ms), oldest first."""
    wanted = (
        _NOT_ENDED,
        table.c.team == team,
        table.c.server == server,
        or_(table.c.until.is_(None), table.c.until > now),
    )
    found = await tx.execute(select(table).where(*wanted).order_by(table.c.id))
    return tuple(_grant(row) for row in found.mappings() if row["gives"] in _KNOWN)


async def subjects(tx: Tx, team: str, server: str) -> frozenset[str]:
    """To whom something is given that was not ended: people, groups and channels, by id."""
    mine = (_NOT_ENDED, table.c.team == team, table.c.server == server)
    found = await tx.scalars(select(table.c.subject).where(*mine).distinct())
    return frozenset(map(str, found))


async def get(tx: Tx, team: str, server: str, id_: int) -> Grant | None:
    """One grant, over or not."""
    mine = (table.c.team == team, table.c.server == server, table.c.id == id_)
    row = (await tx.execute(select(table).where(*mine))).mappings().first()
    return None if row is None or row["gives"] not in _KNOWN else _grant(row)


async def changed(tx: Tx, team: str, server: str) -> None:
    """Count one change up, and wake whoever waits for it after the commit."""
    wake_after_commit(tx, WAKE)
    counted = insert(tx, changes).values(team=team, server=server, number=1)
    await tx.execute(
        counted.on_conflict_do_update(
            index_elements=[changes.c.team, changes.c.server],
            set_={"number": changes.c.number + 1},
        )
    )


def _row(grant: Grant) -> dict[str, Any]:
    return {
        "team": grant.team,
        "server": grant.server,
        "subject": grant.subject,
        "gives": grant.gives.value,
        "sessions": grant.scope.sessions,
        "in_channel": grant.scope.channel,
        "until": grant.until,
        "granted_by": grant.granted_by,
        "reason": grant.reason,
        "ref": grant.ref,
        "created_at": grant.created_at,
    }


def _grant(row: RowMapping) -> Grant:
    given = {name: row[name] for name in Grant.__struct_fields__ if name not in {"gives", "scope"}}
    return Grant(
        gives=Gives(row["gives"]), scope=Scope(row["sessions"], row["in_channel"]), **given
    )
