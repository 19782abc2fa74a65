"""What admins have switched off. Rows are ended and never changed, as grants are.

Each change counts with the grants' (see ``ovbot.store.grants``): whoever keeps either in memory
looks at one number.
"""

from typing import Any

from sqlalchemy import ColumnElement, select, update

from ovbot.domain.disabled import Disabled
from ovbot.store import grants
from ovbot.store.database import Tx
from ovbot.store.tables import disabled as table

_HOLDS: ColumnElement[bool] = table.c.ended_at.is_(None)
_FIELDS = ("what", "team", "server", "by", "reason", "ref", "at")


async def add(tx: Tx, disabled: Disabled) -> bool:
    """Switch it off; False where just that is switched off already."""
    mine = (table.c.team == disabled.team, table.c.server == disabled.server)
    same = select(table.c.id).where(_HOLDS, *mine, table.c.what == disabled.what)
    if await tx.scalar(same) is not None:
        return False
    values: dict[str, Any] = {name: getattr(disabled, name) for name in _FIELDS}
    await tx.execute(table.insert().values(values))
    await grants.changed(tx, disabled.team, disabled.server)
    return True


async def end(tx: Tx, team: str, server: str, what: str, *, at: int, by: str) -> bool:
    """Switch it on again; False where it is on."""
    mine = (_HOLDS, table.c.team == team, table.c.server == server, table.c.what == what)
    ended = await tx.execute(update(table).where(*mine).values(ended_at=at, ended_by=by))
    await grants.changed(tx, team, server)
    return ended.rowcount > 0


async def holding(tx: Tx, team: str, server: str) -> tuple[Disabled, ...]:
    """What is switched off now, oldest first."""
    mine = (_HOLDS, table.c.team == team, table.c.server == server)
    found = await tx.execute(select(table).where(*mine).order_by(table.c.id))
    return tuple(Disabled(**{name: row[name] for name in _FIELDS}) for row in found.mappings())
