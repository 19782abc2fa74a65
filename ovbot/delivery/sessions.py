"""A session that came or went, by webhook or by sweep: remembered, and told once."""

from collections.abc import Sequence

from ovbot.delivery import announcements, hear
from ovbot.delivery.hear import Source
from ovbot.domain.binding import Binding, Topic
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply, to_json
from ovbot.store import cards, outbox
from ovbot.store import sessions as store
from ovbot.store.database import Tx


async def created(
    tx: Tx,
    bindings: Sequence[Binding],
    source: Source,
    *,
    server: str,
    session: str,
    created_at: int,
    at: int,
) -> int:
    """The session is there; how many notices that made (none when they were made before).

    What only the sweep knows of is told where a binding is older than the session.
    """
    news = await store.opened(tx, server, session, created_at, at=at)
    if source is Source.SWEEP:
        bindings = hear.older(bindings, created_at) if news else ()
    return await _tell(
        tx,
        bindings,
        server=server,
        session=session,
        key=hear.key("session", server, session, created_at, "created"),
        at=at,
        reply=announcements.session_created(session, created_at),
    )


async def ended(
    tx: Tx,
    bindings: Sequence[Binding],
    *,
    server: str,
    session: str,
    created_at: int,
    at: int,
    reply: Reply,
) -> int:
    """The session is over; how many notices that made (none when it was known to be over).

    A card tells it to its channel by closing; the notice then goes into its thread. A card that
    was not posted yet never will be, and its channel gets the notice.
    """
    if not await store.ended(tx, server, session, created_at, at=at):
        return 0
    await cards.hold(tx, server, session)
    key = hear.key("session", server, session, created_at, "ended")
    new = await _tell(
        tx,
        bindings,
        server=server,
        session=session,
        key=key,
        at=at,
        reply=reply,
        threaded=True,
    )
    # After the notice, which has to find the card open.
    for card in await cards.end(tx, server, session, at=at, ending=to_json(reply)):
        # Known there already where the channel is bound to the session.
        notice = Notice(channel=card.channel, key=key, reply=reply, user=card.created_by)
        new += await outbox.add(tx, card.team, server, at, [notice])
    return new


async def _tell(
    tx: Tx,
    bindings: Sequence[Binding],
    *,
    server: str,
    session: str,
    key: str,
    at: int,
    reply: Reply,
    threaded: bool = False,
) -> int:
    return await hear.tell(
        tx,
        bindings,
        server=server,
        session=session,
        topic=Topic.SESSION,
        key=key,
        at=at,
        reply=lambda _team: reply,
        threaded=threaded,
    )
