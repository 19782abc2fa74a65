"""A session that came or went, by webhook or by sweep: remembered, and told once."""

from collections.abc import Sequence

from ovbot.delivery import fan_out
from ovbot.delivery.arrivals import announcements, closings
from ovbot.delivery.fan_out import Source
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
    ahead: int = 0,
    after: int = 0,
) -> int:
    """The session is there; how many notices that made (none when they were made before).

    What only the sweep knows of is told where a binding is older than the session. Of a session
    that is known to have ended it is not told any more that it began. ``ahead``: how far OpenVidu's
    clock, which ``created_at`` is by, is ahead of ours (ms); ``after``: the least that counts as
    its beginning, by our clock.
    """
    news = await store.opened(tx, server, session, created_at, at=at)
    if not news and await store.was_over(tx, server, session, created_at):
        return 0
    if source is Source.SWEEP:
        bindings = fan_out.older(bindings, max(created_at - ahead, after)) if news else ()
    return await _tell(
        tx,
        bindings,
        server=server,
        session=session,
        key=fan_out.key("session", server, session, created_at, "created"),
        at=at,
        reply=announcements.session_created(session, created_at - ahead),
    )


async def ended(
    tx: Tx,
    bindings: Sequence[Binding],
    *,
    server: str,
    session: str,
    created_at: int,
    at: int,
    over_at: int,
    reply: Reply,
) -> int:
    """The session is over; how many notices that made (none when it was known to be over).

    ``over_at`` is when it ended by OpenVidu's clock (ms).

    A card tells it to its channel by closing; the notice then goes into its thread. A card that
    was not posted yet never will be, and its channel gets the notice.
    """
    if not await store.ended(tx, server, session, created_at, at=at, over_at=over_at):
        return 0
    await closings.over(tx, bindings, server, session, created_at, at=at)
    await cards.hold(tx, server, session)
    times = await store.revivals(tx, server, session, created_at)
    key = _ended(server, session, created_at, times)
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


async def revived(
    tx: Tx,
    bindings: Sequence[Binding],
    *,
    server: str,
    session: str,
    created_at: int,
    at: int,
) -> int:
    """Its end was told, and it is live: that is taken back, and its cards follow it again."""
    before = await store.revive(tx, server, session, created_at)
    if before is None:
        return 0
    ended_at, times = before
    await cards.reopen(tx, server, session, ended_at=ended_at)
    await closings.back(tx, bindings, server, session, created_at, at=at)
    return await _tell(
        tx,
        bindings,
        server=server,
        session=session,
        key=fan_out.key("session", server, session, created_at, "alive", times),
        at=at,
        reply=announcements.session_alive(session, at),
        threaded=True,
        after=_ended(server, session, created_at, times),
    )


def _ended(server: str, session: str, created_at: int, times: int) -> str:
    """The notice of its end, which is another one after an end that was told falsely."""
    again = (times,) if times else ()
    return fan_out.key("session", server, session, created_at, "ended", *again)


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
    after: str = "",
) -> int:
    return await fan_out.tell(
        tx,
        bindings,
        server=server,
        session=session,
        topic=Topic.SESSION,
        key=key,
        at=at,
        reply=lambda _team: reply,
        threaded=threaded,
        after=after,
    )
