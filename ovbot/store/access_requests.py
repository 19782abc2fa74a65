"""Requests for a role, and what was decided of them."""

from sqlalchemy import func, insert, select, update

from ovbot.domain.access_request import AccessRequest
from ovbot.domain.grant import Gives, Scope
from ovbot.store.database import Tx
from ovbot.store.tables import access_requests as table


async def add(tx: Tx, request: AccessRequest) -> None:
    """Somebody asks."""
    await tx.execute(
        insert(table).values(
            ref=request.ref,
            team=request.team,
            server=request.server,
            actor=request.actor,
            gives=request.gives.value,
            sessions=request.scope.sessions,
            in_channel=request.scope.channel,
            until=request.until,
            reason=request.reason,
            asked_at=request.asked_at,
        )
    )


async def get(tx: Tx, team: str, server: str, ref: str) -> AccessRequest | None:
    """One request as it is now."""
    mine = (table.c.team == team, table.c.server == server, table.c.ref == ref)
    row = (await tx.execute(select(table).where(*mine))).mappings().first()
    if row is None:
        return None
    return AccessRequest(
        ref=row["ref"],
        team=row["team"],
        server=row["server"],
        actor=row["actor"],
        gives=Gives(row["gives"]),
        scope=Scope(row["sessions"], row["in_channel"]),
        until=row["until"],
        reason=row["reason"],
        asked_at=row["asked_at"],
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
        given=bool(row["given"]),
    )


async def waiting(tx: Tx, team: str, server: str, actor: str, *, since: int) -> int:
    """How many of somebody's requests since the moment (ms) nobody has decided."""
    mine = (table.c.team == team, table.c.server == server, table.c.actor == actor)
    open_ = (table.c.decided_at.is_(None), table.c.asked_at > since)
    return await tx.scalar(select(func.count()).select_from(table).where(*mine, *open_)) or 0


async def decide(tx: Tx, ref: str, *, at: int, by: str, given: bool) -> bool:
    """It is decided; False where it was before."""
    open_ = (table.c.ref == ref, table.c.decided_at.is_(None))
    values = {"decided_at": at, "decided_by": by, "given": int(given)}
    return (await tx.execute(update(table).where(*open_).values(values))).rowcount > 0
