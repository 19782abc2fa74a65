"""A recording seen, by webhook or by sweep: remembered, and announced once when it is finished."""

from collections.abc import Sequence

from ovbot.delivery import fan_out
from ovbot.delivery.arrivals import announcements
from ovbot.delivery.fan_out import Source
from ovbot.domain.binding import Binding, Topic
from ovbot.failpoints import reach
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.models import Recording
from ovbot.store import audit
from ovbot.store import recordings as store
from ovbot.store.database import Tx
from ovbot.store.recordings import FINAL, RANKS, Known, Seen, is_empty
from ovbot.subjects import announced
from ovbot.subjects.recording_start import COMMAND, DID_NOT_START

SAME = 5_000
"""Milliseconds that two accounts of one recording's creation may differ."""
ASKED_BEFORE = 120_000
"""Milliseconds that a start may take, from being asked for."""


async def observe(
    tx: Tx,
    seen: Seen,
    source: Source,
    bindings: Sequence[Binding],
    *,
    server: str,
    at: int,
    ahead: int = 0,
) -> int:
    """Store what was seen; announce it if it is finished and was not announced; how many notices.

    However often and by however many processes: once. What the sweep finds finished, and nobody
    knew of before, is announced only where a binding is older than the recording's end: a new
    installation or a new binding does not hear of history.
    """
    first_seen = await store.advance(tx, server=server, seen=seen, at=at)
    if seen.status not in store.FINAL:
        return 0
    if seen.status == "failed" and await _outcome_tells(tx, server, seen, at, ahead):
        return 0
    known = await store.claim_announcement(
        tx, server=server, recording=seen.recording, created_at=seen.created_at, at=at
    )
    if known is None:
        return 0
    reach("recording.claimed")
    if source is Source.SWEEP and first_seen:
        ended_at = seen.created_at + round(seen.duration * 1000)
        bindings = fan_out.older(bindings, ended_at - ahead)
    if known.team:
        await announced.recorded(
            tx, known.team, server, known.seen.session, known.seen.recording, at=at
        )
    return await fan_out.tell(
        tx,
        bindings,
        server=server,
        session=known.seen.session,
        topic=Topic.RECORDINGS,
        key=fan_out.key("recording", server, seen.recording, seen.created_at, *_better(known)),
        at=at,
        reply=lambda team: announcements.recording(known, team, ahead),
    )


def _better(known: Known) -> tuple[str, ...]:
    """What makes the second notice another one than the first."""
    return ("after all",) if known.told_before else ()


async def _outcome_tells(tx: Tx, server: str, seen: Seen, at: int, ahead: int) -> bool:
    """Whether it is a start that failed, told by the outcome of the action that asked for it.

    OpenVidu's event may come before its answer to that action: then nobody knows of an outcome yet.
    """
    actions = await audit.attempts(
        tx,
        server,
        COMMAND,
        seen.session,
        after=seen.created_at - ahead - ASKED_BEFORE,
        before=seen.created_at - ahead + SAME,
    )
    for last in (entries[-1] for entries in actions[:1]):
        is_open = last.outcome is None
        if not is_open and last.detail != DID_NOT_START:
            continue
        who = {"team": last.team, "started_by": last.actor}
        await store.credit(tx, server=server, seen=seen, **who)
        if not is_open:
            await store.claim_announcement(
                tx, server=server, recording=seen.recording, created_at=seen.created_at, at=at
            )
        return True
    return False


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
            empty=is_empty(status, duration, size),
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
        empty=is_empty(event.status, event.duration, event.size),
    )


def _is_same(event: WebhookEvent, found: Recording) -> bool:
    # Ids are used again: the event may be of an earlier recording that has been deleted since.
    return event.start_time is None or abs(event.start_time - found.created_at) <= SAME
