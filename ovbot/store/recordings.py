"""What is known of recordings. OpenVidu reuses their ids, so a key holds the creation time too."""

import msgspec
from sqlalchemy import RowMapping, and_, or_, select, update

from ovbot.store.database import Tx
from ovbot.store.tables import recordings as table
from ovbot.store.upsert import insert

RANKS = {"starting": 0, "started": 1, "stopped": 2, "failed": 3, "ready": 4}
"""A recording's status only ever goes forward; an unknown one says nothing about that. One that
failed may be ready after all."""
_EMPTY = 3
"""The rank of one that is ready with nothing in it: that may be the first of two accounts."""

FINAL = ("ready", "failed")


def is_empty(status: str | None, duration: float | None, size: int | None) -> bool:
    """Ready with no length or no bytes; what is not told is not none."""
    return status == "ready" and (duration == 0 or size == 0)


class Seen(msgspec.Struct, frozen=True):
    """A recording as OpenVidu showed it: ``created_at`` in ms, seconds long, bytes big.

    ``reason`` is OpenVidu's word for why it ended. ``empty``: it is ready, and nothing is in it.
    """

    recording: str
    created_at: int
    session: str
    name: str
    status: str
    duration: float
    size: int
    reason: str = ""
    empty: bool = False

    @property
    def rank(self) -> int:
        """How far it has got."""
        return _EMPTY if self.empty else RANKS.get(self.status, 0)


class Known(msgspec.Struct, frozen=True):
    """The stored row. ``started_by`` in ``team`` recorded it, or "" (not by ovbot)."""

    server: str
    seen: Seen
    team: str
    started_by: str
    announced_at: int | None
    seen_at: int
    """When it was seen to get this far (ms)."""
    told_before: bool = False
    """Another end of it was told before, which this one takes back."""


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
        "rank": seen.rank,
        "duration": seen.duration,
        "size": seen.size,
        "seen_at": at,
    } | ({"reason": seen.reason} if seen.reason else {})
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

    It is given once more where what was told has turned out better: ready after it had failed, or
    with something in it. Whoever gets it writes the notices in the same transaction: both are kept
    or neither.
    """
    this = and_(
        table.c.server == server,
        table.c.recording == recording,
        table.c.created_at == created_at,
    )
    better = and_(table.c.told > 0, table.c.told < table.c.rank)
    found = await tx.execute(
        select(table)
        .where(this, table.c.status.in_(FINAL), or_(table.c.announced_at.is_(None), better))
        .with_for_update()
    )
    row = found.mappings().first()
    if row is None:
        return None
    await tx.execute(update(table).where(this).values(announced_at=at, told=table.c.rank))
    return msgspec.structs.replace(_known(row), told_before=row["announced_at"] is not None)


async def tell_unbegun(
    tx: Tx, *, team: str, server: str, session: str, since: int, started_by: str, at: int
) -> None:
    """What failed of a session's recordings since then is told by the outcome of who asked for it.

    Theirs, and announced: nobody else tells of it.
    """
    await tx.execute(
        update(table)
        .where(
            table.c.server == server,
            table.c.session == session,
            table.c.created_at >= since,
            table.c.status == "failed",
            table.c.started_by.in_(("", started_by)),
            table.c.announced_at.is_(None),
        )
        .values(team=team, started_by=started_by, announced_at=at, told=table.c.rank)
    )


async def credit(tx: Tx, *, server: str, seen: Seen, team: str, started_by: str) -> None:
    """Remember who asked for a recording of which OpenVidu told by itself."""
    await tx.execute(
        update(table)
        .where(
            table.c.server == server,
            table.c.recording == seen.recording,
            table.c.created_at == seen.created_at,
            table.c.started_by == "",
        )
        .values(team=team, started_by=started_by)
    )


async def settled(tx: Tx, server: str) -> dict[tuple[str, int], int]:
    """Every recording whose end was told, by id and creation time (ms), with how far it had got:
    there is nothing more to say but of one that has got further."""
    rows = await tx.execute(
        select(table.c.recording, table.c.created_at, table.c.told).where(
            table.c.server == server, table.c.announced_at.is_not(None)
        )
    )
    furthest = max(RANKS.values())  # which an older ovbot did not note
    return {(str(recording), int(at)): told or furthest for recording, at, told in rows}


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


async def stopped(tx: Tx, server: str) -> dict[tuple[str, int], int]:
    """When each recording that is not finished was seen to have stopped (ms), by its id and time
    of creation."""
    rows = await tx.execute(
        select(table.c.recording, table.c.created_at, table.c.seen_at).where(
            table.c.server == server, table.c.status == "stopped"
        )
    )
    return {(str(id_), int(created_at)): int(seen_at) for id_, created_at, seen_at in rows}


async def running(tx: Tx, server: str, session: str) -> tuple[str, ...]:
    """The ids of a session's recordings that were seen to begin and not to end, newest first."""
    rows = await tx.scalars(
        select(table.c.recording)
        .where(
            table.c.server == server,
            table.c.session == session,
            table.c.status.in_(("starting", "started")),
        )
        .order_by(table.c.created_at.desc())
    )
    return tuple(str(each) for each in rows)


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
            reason=row["reason"],
            empty=row["status"] == "ready" and row["rank"] == _EMPTY,
        ),
        team=row["team"],
        started_by=row["started_by"],
        announced_at=row["announced_at"],
        seen_at=row["seen_at"],
    )
