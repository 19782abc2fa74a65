"""Live cards: one message per session and channel that follows the session.

``wanted`` counts the changes, ``shown`` the one that the message shows. A card is due while they
differ, so the newest wins and nothing is lost when a process dies in between.
"""

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, func, select, update

from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import cards as table
from ovbot.store.upsert import insert

WAKE = "cards"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One card. ``ts`` is "" until it is posted; ``ending`` is a stored reply, once it is over."""

    team: str
    server: str
    session: str
    channel: str
    ts: str = ""
    created_by: str
    created_at: int
    wanted: int = 1
    most_people: int = 0
    ended_at: int | None = None
    ending: str = ""


async def open_card(tx: Tx, card: Card) -> None:
    """Have a card: a new one, or the one that is there shown anew at the channel's end."""
    row = msgspec.structs.asdict(card)
    statement = insert(tx, table).values(row)
    anew = {
        "ts": "",
        "created_by": card.created_by,
        "created_at": card.created_at,
        "wanted": table.c.wanted + 1,
        "not_before": 0,
        "most_people": 0,
        "ended_at": None,
        "ending": "",
    }
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["team", "server", "session", "channel"], set_=anew
        )
    )
    wake_after_commit(tx, WAKE)


async def touch(tx: Tx, server: str, session: str, *, at_once: bool = False) -> None:
    """The session has changed: its open cards are due, ``at_once`` without their usual pause."""
    values: dict[str, object] = {"wanted": table.c.wanted + 1}
    if at_once:
        values["not_before"] = 0
    changed = await tx.execute(
        update(table)
        .where(table.c.server == server, table.c.session == session, table.c.ended_at.is_(None))
        .values(values)
    )
    if changed.rowcount:
        wake_after_commit(tx, WAKE)


async def end(tx: Tx, server: str, session: str, *, at: int, ending: str) -> None:
    """The session is over: its open cards show ``ending`` (a stored reply) once more."""
    ended = await tx.execute(
        update(table)
        .where(table.c.server == server, table.c.session == session, table.c.ended_at.is_(None))
        .values(wanted=table.c.wanted + 1, ended_at=at, ending=ending, not_before=0)
    )
    if ended.rowcount:
        wake_after_commit(tx, WAKE)


async def claim(tx: Tx, server: str, *, now: int, until: int, limit: int = 20) -> tuple[Card, ...]:
    """The cards to show now; nobody else gets them before ``until`` (ms)."""
    rows = await tx.execute(
        select(table)
        .where(table.c.server == server, table.c.wanted > table.c.shown, table.c.not_before <= now)
        .order_by(table.c.not_before)
        .limit(limit)
    )
    claimed = []
    for card, not_before in [(_card(row), row["not_before"]) for row in rows.mappings()]:
        mine = await tx.execute(
            update(table)
            .where(_is(card), table.c.not_before == not_before)
            .values(not_before=until)
        )
        if mine.rowcount:
            claimed.append(card)
    return tuple(claimed)


async def release(tx: Tx, server: str) -> None:
    """Give up every claim, for the only process on a file: whoever made one is dead."""
    await tx.execute(
        update(table)
        .where(table.c.server == server, table.c.wanted > table.c.shown)
        .values(not_before=0)
    )


async def next_due(tx: Tx, server: str) -> int | None:
    """When the next card can be shown (ms); None: all are as they should be."""
    found = await tx.scalar(
        select(func.min(table.c.not_before)).where(
            table.c.server == server, table.c.wanted > table.c.shown
        )
    )
    return None if found is None else int(found)


async def shown(tx: Tx, card: Card, *, ts: str, people: int, not_before: int) -> None:
    """The card shows its change number ``card.wanted`` now, in the message ``ts``."""
    most = max(card.most_people, people)
    await tx.execute(
        update(table)
        .where(_is(card))
        .values(ts=ts, shown=card.wanted, most_people=most, not_before=not_before)
    )


async def put_off(tx: Tx, card: Card, *, not_before: int, forget: bool = False) -> None:
    """Try the card again later; ``forget`` its message, which is gone."""
    values: dict[str, object] = {"not_before": not_before}
    if forget:
        values["ts"] = ""
    await tx.execute(update(table).where(_is(card)).values(values))


async def drop(tx: Tx, card: Card) -> None:
    """Show the card no more: its channel cannot be posted to."""
    await tx.execute(
        update(table).where(_is(card)).values(shown=table.c.wanted, ended_at=card.created_at)
    )


async def thread(tx: Tx, team: str, server: str, session: str | None, channel: str) -> str:
    """The open card's message in the channel, whose thread takes the small news; or ""."""
    if not session:
        return ""
    found = await tx.scalar(
        select(table.c.ts).where(
            table.c.team == team,
            table.c.server == server,
            table.c.session == session,
            table.c.channel == channel,
            table.c.ended_at.is_(None),
        )
    )
    return found or ""


def _is(card: Card) -> ColumnElement[bool]:
    return and_(
        table.c.team == card.team,
        table.c.server == card.server,
        table.c.session == card.session,
        table.c.channel == card.channel,
    )


def _card(row: RowMapping) -> Card:
    return Card(**{name: row[name] for name in Card.__struct_fields__})
