"""A recording seen, by webhook or by sweep: remembered, and announced once when it is finished."""

from collections.abc import Sequence

from ovbot.delivery import announcements, hear
from ovbot.delivery.hear import Source
from ovbot.domain.binding import Binding, Topic
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.models import Recording
from ovbot.points import reach
from ovbot.store import recordings as store
from ovbot.store.database import Tx
from ovbot.store.recordings import FINAL, RANKS, Known, Seen

SAME = 5_000
"""Milliseconds that two accounts of one recording's creation may differ."""


async def observe(
    tx: Tx,
    seen: Seen,
    source: Source,
    bindings: Sequence[Binding],
    *,
    server: str,
    at: int,
) -> int:
    """Store what was seen; announce it if it is finished and was not announced; how many notices.

    However often and by however many processes: once. What the sweep finds finished, and nobody
    knew of before, is announced only where a binding is older than the recording's end: a new
    installation or a new binding does not hear of history.
    """
    first_seen = await store.advance(tx, server=server, seen=seen, at=at)
    if seen.status not in store.FINAL:
        return 0
    known = await store.claim_announcement(
        tx, server=server, recording=seen.recording, created_at=seen.created_at, at=at
    )
    if known is None:
        return 0
    reach("recording.claimed")
    if source is Source.SWEEP and first_seen:
        bindings = hear.older(bindings, seen.created_at + round(seen.duration * 1000))
    return await hear.tell(
        tx,
        bindings,
        server=server,
        session=known.seen.session,
        topic=Topic.RECORDINGS,
        key=hear.key("recording", server, seen.recording, seen.created_at, *_better(known)),
        at=at,
        reply=lambda team: announcements.recording(known, team),
    )


def _better(known: Known) -> tuple[str, ...]:
    """What makes the second notice another one than the first."""
    return ("after all",) if known.told_before else ()


def of_rest(recording: Recording) -> Seen:
    """A recording as the API shows it."""
    return Seen(
        recording=recording.id,
        created_at=recording.created_at,
        session=recording.session_id,
        name=recording.name,
        status=recording.status,
        duration=recording.duration,
        size=recording.size,
        empty=_is_empty(recording.status, recording.duration, recording.size),
    )


def _is_empty(status: str | None, duration: float | None, size: int | None) -> bool:
    """Ready with no length or no bytes; what is not told is not none."""
    return status == "ready" and (duration == 0 or size == 0)


def of_event(event: WebhookEvent, found: Recording | None) -> Seen | None:
    """A recording as its event and, if it could be read, the API show it.

    None when they do not tell which recording it is. Names come from the API where they can:
    servers up to 2.17 send events in Latin-1 and lose letters.
    """
    if found is not None and _is_same(event, found):
        told, shown = event.status or "", found.status
        ahead = shown not in FINAL and RANKS.get(told, 0) > RANKS.get(shown, 0)
        status = told if ahead else shown
        duration = found.duration or event.duration or 0.0
        size = found.size or event.size or 0
        return Seen(
            recording=found.id,
            created_at=found.created_at,
            session=found.session_id,
            name=found.name,
            status=status,
            duration=duration,
            size=size,
            reason=event.reason or "",
            empty=_is_empty(status, duration, size),
        )
    if not event.recording_id or event.start_time is None:
        return None
    return Seen(
        recording=event.recording_id,
        created_at=event.start_time,  # openvidu-server: CallDetailRecord, recordingStatusChanged
        session=event.session_id or "",
        name=event.name or "",
        status=event.status or "",
        duration=event.duration or 0.0,
        size=event.size or 0,
        reason=event.reason or "",
        empty=_is_empty(event.status, event.duration, event.size),
    )


def _is_same(event: WebhookEvent, found: Recording) -> bool:
    # Ids are used again: the event may be of an earlier recording that has been deleted since.
    return event.start_time is None or abs(event.start_time - found.created_at) <= SAME
