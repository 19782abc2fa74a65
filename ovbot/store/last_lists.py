"""The last list each person was shown: what "kick 3" counts in."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select

from ovbot.store.database import Tx
from ovbot.store.tables import shown as table
from ovbot.store.upsert import insert


class Shown(msgspec.Struct, frozen=True):
    """One list of participants, in the order that was shown; number 1 is ``connections[0]``."""

    server: str
    session: str
    connections: tuple[str, ...]
    channel: str
    at: int


async def remember(
    tx: Tx,
    *,
    team: str,
    user: str,
    channel: str,
    server: str,
    session: str,
    connections: Sequence[str],
    at: int,
) -> None:
    """Remember the list shown to the person now; it replaces the one before."""
    row = {
        "channel": channel,
        "server": server,
        "session": session,
        "connections": msgspec.json.encode(list(connections)).decode(),
        "at": at,
    }
    statement = insert(tx, table).values(team=team, user=user, **row)
    await tx.execute(statement.on_conflict_do_update(index_elements=["team", "user"], set_=row))


async def recall(tx: Tx, *, team: str, user: str) -> Shown | None:
    """The last list shown to the person, wherever that was."""
    rows = await tx.execute(select(table).where(table.c.team == team, table.c.user == user))
    row = rows.mappings().first()
    if row is None:
        return None
    return Shown(
        server=row["server"],
        session=row["session"],
        connections=msgspec.json.decode(row["connections"], type=tuple[str, ...]),
        channel=row["channel"],
        at=row["at"],
    )
