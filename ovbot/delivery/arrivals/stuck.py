"""Recordings that do not get any further: told once to the channels that hear of recordings."""

from collections.abc import Sequence

from ovbot.delivery import fan_out
from ovbot.delivery.arrivals import announcements
from ovbot.domain.binding import Topic
from ovbot.failpoints import reach
from ovbot.openvidu.models import Recording
from ovbot.store import bindings, outbox, sessions
from ovbot.store import recordings as store
from ovbot.store.database import Database, Tx
from ovbot.store.recordings import Known

GONE = 300_000
"""Milliseconds after its session ended in which a recording should have stopped, and in which one
that has should be ready: whoever asks is told before, but nobody is called in vain."""


async def tell(
    database: Database,
    listed: Sequence[Recording],
    *,
    server: str,
    now: int,
    stop_takes: int,
    ahead: int = 0,
) -> int:
    """Tell of recordings that OpenVidu lists as unfinished beyond reason; how many notices.

    ``stop_takes``: how long it takes the server to finish one that has stopped (ms); ``ahead``:
    how far its clock is ahead of ours (ms).
    """
    patience = max(GONE, stop_takes)
    statuses = {(one.id, one.created_at): one.status for one in listed}
    async with database.read() as tx:
        stuck = [
            known
            for known in await store.unfinished(tx, server)
            # What was deleted, or has got further since, is not stuck.
            if statuses.get((known.seen.recording, known.seen.created_at)) == known.seen.status
            and await _is_beyond_reason(tx, known, now, ahead, patience)
        ]
    made = 0
    for known in stuck:
        async with database.begin() as tx:
            made += await _tell(tx, known, now, ahead)
            reach("stuck.written")
        reach("stuck.committed")
    return made


async def _is_beyond_reason(tx: Tx, known: Known, now: int, ahead: int, patience: int) -> bool:
    if known.seen.status == "stopped":
        return now - known.seen_at > patience
    gone = await sessions.gone_since(tx, known.server, known.seen.session)
    return gone is not None and now - max(gone, known.seen.created_at - ahead) > GONE


async def _tell(tx: Tx, known: Known, now: int, ahead: int) -> int:
    seen = known.seen
    await outbox.in_order(tx)
    if not await store.claim_stuck(tx, known, at=now):
        return 0
    bound = fan_out.older(await bindings.every(tx, known.server), known.seen_at)
    reply = announcements.stuck(known, ahead)
    return await fan_out.tell(
        tx,
        bound,
        server=known.server,
        session=seen.session,
        topic=Topic.RECORDINGS,
        key=fan_out.key("stuck", known.server, seen.recording, seen.created_at),
        at=now,
        reply=lambda _team: reply,
    )
