"""Live cards: one message per session and channel that follows the session.

``wanted`` counts the changes, ``shown`` the one that the message shows. A card is due while they
differ, so the newest wins and nothing is lost when a process dies in between. Whoever shows it has
claimed it: ``claimed_until`` is that claim's name as well as its end, and what is written under a
claim that is over, or of a card that is another by now, changes nothing.
"""

import msgspec
from sqlalchemy import ColumnElement, RowMapping, and_, case, func, select, update

from ovbot.store import former_cards
from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.former_cards import WAKE, Former
from ovbot.store.tables import cards as table
from ovbot.store.upsert import insert

__all__ = ["WAKE"]


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """One card. ``ts`` is "" until it is posted; ``ending`` is a stored reply, once it is over.

    ``trying``: what the metadata of a message holds that was begun to be posted at ``tried_at``
    (ms), and that nobody has noted as posted; it may be there.
    """

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
    trying: str = ""
    tried_at: int = 0
    claimed_until: int = 0

    @property
    def is_there(self) -> bool:
        """Whether there is a message of it, or may be."""
        return bool(self.ts or self.trying)

    def former(self, *, not_before: int = 0) -> Former:
        """Its message as one that is no card any more."""
        return Former(
            team=self.team,
            server=self.server,
            session=self.session,
            channel=self.channel,
            ts=self.ts,
            trying=self.trying,
            tried_at=self.tried_at,
            ending=self.ending,
            not_before=not_before,
        )


async def open_card(tx: Tx, card: Card) -> None:
    """Have a card: a new one, or the one that is there shown anew at the channel's end.

    The message before it is left, unless it shows already how its session ended. Who is showing
    that one now keeps its claim: what it does comes first.
    """
    before = await _locked(tx, _is(card))
    for one, shown in before:
        if one.is_there and (one.ended_at is None or shown < one.wanted):
            await former_cards.add(tx, one.former(not_before=one.claimed_until))
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
        "trying": "",
        "tried_at": 0,
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
    changed = await tx.execute(update(table).where(_open(server, session)).values(values))
    if changed.rowcount:
        wake_after_commit(tx, WAKE)


async def hold(tx: Tx, server: str, session: str) -> None:
    """Until this transaction ends, no card of the session is noted as posted, or opened."""
    await _locked(tx, _open(server, session))


async def end(tx: Tx, server: str, session: str, *, at: int, ending: str) -> tuple[Card, ...]:
    """The session is over: its open cards show ``ending`` (a stored reply) once more.

    Returns those that were not posted, and never will be: they are of a session that is no more.
    What may have been begun of one is left.
    """
    never = []
    for card, _shown in await _locked(tx, _open(server, session)):
        values: dict[str, object] = {"ended_at": at, "ending": ending, "not_before": 0}
        if card.ts:
            values["wanted"] = table.c.wanted + 1
        else:
            never.append(card)
            values |= {"shown": table.c.wanted, "trying": "", "tried_at": 0}
            if card.is_there:
                await former_cards.add(tx, card.former(not_before=card.claimed_until))
        await tx.execute(update(table).where(_is(card)).values(values))
        wake_after_commit(tx, WAKE)
    return tuple(never)


async def reopen(tx: Tx, server: str, session: str, *, ended_at: int) -> None:
    """The session whose end was told at the moment (ms) is live: its cards follow it again."""
    changed = await tx.execute(
        update(table)
        .where(table.c.server == server, table.c.session == session, table.c.ended_at == ended_at)
        .values(ended_at=None, ending="", wanted=table.c.wanted + 1, not_before=0)
    )
    if changed.rowcount:
        wake_after_commit(tx, WAKE)


async def claim(tx: Tx, server: str, *, now: int, until: int, limit: int = 20) -> tuple[Card, ...]:
    """The cards to show now; nobody else gets them before ``until`` (ms)."""
    rows = await tx.execute(
        select(table)
        .where(_due(server), table.c.not_before <= now, table.c.claimed_until <= now)
        .order_by(table.c.not_before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [_card(row) for row in rows.mappings()]
    return tuple([await _claim_until(tx, card, until) for card in claimed])


async def _claim_until(tx: Tx, card: Card, until: int) -> Card:
    # An older ovbot knows the pause alone.
    values = {"claimed_until": until, "not_before": until}
    await tx.execute(update(table).where(_is(card)).values(values))
    return msgspec.structs.replace(card, claimed_until=until)


async def release(tx: Tx, server: str) -> None:
    """Give up every claim, for the only process on a file: whoever made one is dead."""
    await tx.execute(update(table).where(_due(server)).values(not_before=0))
    await tx.execute(update(table).where(table.c.server == server).values(claimed_until=0))
    await former_cards.release(tx, server)


async def next_due(tx: Tx, server: str) -> int | None:
    """When the next card can be shown (ms); None: all are as they should be."""
    free_at = case(
        (table.c.claimed_until > table.c.not_before, table.c.claimed_until),
        else_=table.c.not_before,
    )
    found = await tx.scalar(select(func.min(free_at)).where(_due(server)))
    return None if found is None else int(found)


async def trying(tx: Tx, card: Card, *, trying: str, at: int, until: int) -> Card | None:
    """A message is about to be posted whose metadata holds ``trying``; claimed ``until`` then.

    None: it is not ours to post, for it is another card by now, or over, or another's to show.
    Nothing of it is on its way then, and whoever shows it now need not wait for our claim to end.
    """
    now = msgspec.structs.replace(card, trying=trying, tried_at=at, claimed_until=until)
    done = await tx.execute(
        update(table)
        .where(_mine(card), table.c.ts == "", table.c.ended_at.is_not_distinct_from(card.ended_at))
        .values(trying=trying, tried_at=at, claimed_until=until)
    )
    if not done.rowcount:
        await former_cards.free(tx, card.former())
        await let_go(tx, card)
        return None
    return now


async def posted(tx: Tx, card: Card, *, ts: str, until: int) -> Card | None:
    """Its message is there, and shows nothing yet. None: it is no card's by now, and is left."""
    done = await tx.execute(
        update(table)
        .where(_mine(card), table.c.ts == "", table.c.trying == card.trying)
        .values(ts=ts, trying="", tried_at=0, claimed_until=until)
    )
    if not done.rowcount:
        await let_go(tx, msgspec.structs.replace(card, ts=ts))
        return None
    return msgspec.structs.replace(card, ts=ts, trying="", tried_at=0, claimed_until=until)


async def shown(tx: Tx, card: Card, *, people: int, not_before: int) -> None:
    """The card's message shows its change number ``card.wanted`` now."""
    most = max(card.most_people, people)
    done = await tx.execute(
        update(table)
        .where(_mine(card), table.c.ts == card.ts)
        .values(shown=card.wanted, most_people=most, not_before=not_before, claimed_until=0)
    )
    if not done.rowcount:
        await let_go(tx, card)


async def put_off(tx: Tx, card: Card, *, not_before: int, forget: bool = False) -> None:
    """Try the card again later; ``forget`` its message, which is gone."""
    values: dict[str, object] = {"not_before": not_before, "claimed_until": 0}
    if forget:
        values["ts"] = ""
    done = await tx.execute(update(table).where(_mine(card)).values(values))
    if not done.rowcount:
        await let_go(tx, card)


async def drop(tx: Tx, card: Card) -> bool:
    """Show the card no more; False: it is another by now, which is not meant."""
    done = await tx.execute(
        update(table)
        .where(_mine(card))
        .values(shown=table.c.wanted, ended_at=card.created_at, claimed_until=0)
    )
    if not done.rowcount:
        await let_go(tx, card)
    return done.rowcount > 0


async def let_go(tx: Tx, card: Card) -> None:
    """Give up the claim on what has become another card meanwhile.

    The message that was just posted or changed, for the card as it was, is nobody's now.
    """
    here = await _locked(tx, _is(card))
    if card.ts and all(other.ts != card.ts for other, _shown in here):
        await former_cards.found(tx, card.former())
    await tx.execute(
        update(table)
        .where(_is(card), table.c.claimed_until == card.claimed_until)
        .values(claimed_until=0)
    )
    wake_after_commit(tx, WAKE)


async def thread(tx: Tx, team: str, server: str, session: str | None, channel: str) -> str:
    """The open card's message in the channel, whose thread takes the small news; or ""."""
    if not session:
        return ""
    found = await tx.scalar(
        select(table.c.ts).where(
            _open(server, session), table.c.team == team, table.c.channel == channel
        )
    )
    return found or ""


async def is_open(tx: Tx, team: str, server: str, session: str, channel: str) -> bool:
    """Whether there is a card that follows the session, or is about to."""
    found = await tx.scalar(
        select(func.count()).where(
            _open(server, session), table.c.team == team, table.c.channel == channel
        )
    )
    return bool(found)


async def _locked(tx: Tx, which: ColumnElement[bool]) -> list[tuple[Card, int]]:
    """Cards with what they show, which nobody else changes until this transaction ends."""
    rows = await tx.execute(select(table).where(which).with_for_update())
    return [(_card(row), int(row["shown"])) for row in rows.mappings()]


def _is(card: Card) -> ColumnElement[bool]:
    return and_(
        table.c.team == card.team,
        table.c.server == card.server,
        table.c.session == card.session,
        table.c.channel == card.channel,
    )


def _mine(card: Card) -> ColumnElement[bool]:
    """The same card still, under the same claim."""
    return and_(
        _is(card),
        table.c.created_at == card.created_at,
        table.c.claimed_until == card.claimed_until,
    )


def _open(server: str, session: str) -> ColumnElement[bool]:
    return and_(table.c.server == server, table.c.session == session, table.c.ended_at.is_(None))


def _due(server: str) -> ColumnElement[bool]:
    return and_(table.c.server == server, table.c.wanted > table.c.shown)


def _card(row: RowMapping) -> Card:
    return Card(**{name: row[name] for name in Card.__struct_fields__})
