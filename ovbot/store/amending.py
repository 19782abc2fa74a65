"""Messages that are to say something else: what was offered in one is over.

The change is an outbox row of its own, behind the message in its lane: it is as durable as the
message, and comes after it. The stored reply changes as well, so that what has not been sent yet
is sent as it is now, and a second change starts from the first.
"""

import hashlib
from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import RowMapping, select, update

from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply, from_json, to_json
from ovbot.store.database import Tx
from ovbot.store.deliveries import Delivery, Status
from ovbot.store.tables import outbox as table

Change = Callable[[Reply], Reply]


async def changes(tx: Tx, team: str, key: str, change: Change, *, cause: str) -> list[Notice]:
    """Change every message that a channel got, or will get, by this key, or by one that begins
    so where it ends in a colon.

    Returns what has to be put into the outbox for it, in this transaction, which must be
    ``outbox.in_order``. ``cause`` tells one change of a message from the next. What one person
    alone was shown cannot be changed, and what an older or newer ovbot wrote is left as it is.
    """
    rows = await tx.execute(
        select(table.c.id, table.c.lane, table.c.key, table.c.reply)
        .where(
            table.c.team == team,
            table.c.key.startswith(key, autoescape=True)
            if key.endswith(":")
            else table.c.key == key,
            table.c.audience == Audience.CHANNEL.value,
            table.c.status.in_((Status.PENDING.value, Status.SENT.value)),
        )
        .order_by(table.c.id)
    )
    found = []
    for number, lane, its_key, stored in rows.all():
        reply = _changed(stored, change)
        if reply is None:
            continue
        await tx.execute(update(table).where(table.c.id == number).values(reply=to_json(reply)))
        found.append(
            Notice(
                channel=str(lane),
                key=_key(cause, its_key),
                reply=reply,
                audience=Audience.AMENDS,
                thread=str(its_key),
            )
        )
    return found


def _changed(stored: str, change: Change) -> Reply | None:
    """The changed reply; None where nothing of it changes or nobody can read it."""
    try:
        reply = from_json(stored)
    except msgspec.MsgspecError:
        return None
    changed = change(reply)
    return None if changed == reply else changed


def _key(cause: str, key: str) -> str:
    return f"amends:{hashlib.sha256(f'{cause}:{key}'.encode()).hexdigest()[:32]}"


async def placed(tx: Tx, waiting: Sequence[Delivery]) -> tuple[Delivery, ...]:
    """One lane's notices, with where the messages are that some of them change.

    They end before the first whose message is still on its way: it is not known yet where it
    will be.
    """
    if all(delivery.audience != Audience.AMENDS.value for delivery in waiting):
        return tuple(waiting)
    found: list[Delivery] = []
    for delivery in waiting:
        if delivery.audience == Audience.AMENDS.value:
            row = await _amended(tx, delivery)
            if row is not None:
                if row["status"] == Status.PENDING.value and found:
                    break
                delivery = msgspec.structs.replace(
                    delivery, posted_channel=row["posted_channel"], posted_ts=row["posted_ts"]
                )
        found.append(delivery)
    return tuple(found)


async def _amended(tx: Tx, delivery: Delivery) -> RowMapping | None:
    rows = await tx.execute(
        select(table.c.status, table.c.posted_channel, table.c.posted_ts).where(
            table.c.team == delivery.team,
            table.c.lane == delivery.lane,
            table.c.key == delivery.thread,
        )
    )
    return rows.mappings().first()
