"""What is known of recordings. OpenVidu reuses their ids, so a key holds the creation time too."""

import msgspec
from sqlalchemy import RowMapping, select, update

from ovbot.store.database import Tx
from ovbot.store.tables import recordings as table
from ovbot.store.upsert import insert

RANKS = {"starting": 0, "started": 1, "stopped": 2, "ready": 3, "failed": 3}
"""A recording's status only ever goes forward; an unknown one says nothing about that."""

FINAL = ("ready", "failed")


class Seen(msgspec.Struct, frozen=True):
    """A recording as OpenVidu showed it: ``created_at`` in ms, seconds long, bytes big."""

    recording: str
    created_at: int
    session: str
    name: str
    status: str
    duration: float
    size: int


class Known(msgspec.Struct, frozen=True):
    """The stored row. ``started_by`` in ``team`` recorded it, or "" (not by ovbot)."""

    server: str
    seen: Seen
    team: str
    started_by: str
    announced_at: int | None
    seen_at: int
    """When it was seen to get this far (ms)."""


async def remember_start(
    tx: Tx,
    *,
    team: str,
    server: str,
    recording: str,
    created_at: int,
    session: str,
    started_by: str,
) -> None:
    """Remember who recorded: ovbot itself has just started it for them."""
    who = {"team": team, "started_by": started_by}
    row = {
        "server": server,
        "recording": recording,
        "created_at": created_at,
        "session": session,
        "status": "started",
        "rank": RANKS["started"],
        "seen_at": created_at,
    }
    # The webhook may have been faster: then the row is there and only the person is missing.
    statement = insert(tx, table).values(row | who)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["server", "recording", "created_at"], set_=who
        )
    )


async def advance(tx: Tx, *, server: str, seen: Seen, at: int) -> bool:
    """Store what was seen, unless more is known already; True when nothing was known before."""
    facts = {
        "session": seen.session,
        "name": seen.name,
        "status": seen.status,
        "rank": RANKS.get(seen.status, 0),
        "duration": seen.duration,
        "size": seen.size,
        "seen_at": at,
    }
    keys = {"server": server, "recording": seen.recording, "created_at": seen.created_at}
    added = await tx.execute(insert(tx, table).values(keys | facts).on_conflict_do_nothing())
    if added.rowcount:
        return True
    await tx.execute(
        update(table)
        .where(*(table.c[name] == value for name, value in keys.items()))
        .where(table.c.rank < facts["rank"])
        .values(facts)
    )
    return False


async def claim_announcement(
    tx: Tx, *, server: str, recording: str, created_at: int, at: int
) -> Known | None:
    """The right to announce a finished recording, given once; None for everybody else.

    Whoever gets it writes the notices in the same transaction: both are kept or neither.
    """
    claimed = await tx.execute(
        update(table)
        .where(
            table.c.server == server,
            table.c.recording == recording,
            table.c.created_at == created_at,
            table.c.status.in_(FINAL),
            table.c.announced_at.is_(None),
        )
        .values(announced_at=at)
        .returning(table)
    )
    row = claimed.mappings().first()
    return None if row is None else _known(row)


async def settled(tx: Tx, server: str) -> frozenset[tuple[str, int]]:
    """Id and creation time (ms) of every recording that there is nothing more to say about."""
    rows = await tx.execute(
        select(table.c.recording, table.c.created_at).where(
            table.c.server == server, table.c.announced_at.is_not(None)
        )
    )
    return frozenset((str(recording), int(created_at)) for recording, created_at in rows)


async def unfinished(tx: Tx, server: str) -> tuple[Known, ...]:
    """Recordings that were seen to begin and not to be finished, and of which nobody was told."""
    rows = await tx.execute(
        select(table)
        .where(
            table.c.server == server,
            table.c.status.in_(("starting", "started", "stopped")),
            table.c.announced_at.is_(None),
            table.c.stuck_at.is_(None),
        )
        .order_by(table.c.created_at)
    )
    return tuple(_known(row) for row in rows.mappings())


async def claim_stuck(tx: Tx, known: Known, *, at: int) -> bool:
    """The right to tell that a recording is stuck, given once."""
    claimed = await tx.execute(
        update(table)
        .where(
            table.c.server == known.server,
            table.c.recording == known.seen.recording,
            table.c.created_at == known.seen.created_at,
            table.c.status == known.seen.status,
            table.c.stuck_at.is_(None),
        )
        .values(stuck_at=at)
    )
    return claimed.rowcount > 0


async def known(tx: Tx, server: str) -> tuple[Known, ...]:
    """Every recording that is known of the server, oldest first."""
    rows = await tx.execute(
        select(table).where(table.c.server == server).order_by(table.c.created_at)
    )
    return tuple(_known(row) for row in rows.mappings())


def _known(row: RowMapping) -> Known:
    return Known(
        server=row["server"],
        seen=Seen(
            recording=row["recording"],
            created_at=row["created_at"],
            session=row["session"],
            name=row["name"],
            status=row["status"],
            duration=row["duration"],
            size=row["size"],
        ),
        team=row["team"],
        started_by=row["started_by"],
        announced_at=row["announced_at"],
        seen_at=row["seen_at"],
    )
