"""What each kind of event does: the rows and notices that come of it, in the given transaction."""

from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import msgspec
import structlog

from ovbot.delivery import fan_out
from ovbot.delivery.arrivals import announcements, banned, recordings, sessions
from ovbot.delivery.fan_out import Source
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.ban import Ban
from ovbot.domain.binding import Binding, Topic, hearing
from ovbot.domain.markup import Markup, mention
from ovbot.domain.reply import Reply
from ovbot.openvidu.events import WebhookEvent
from ovbot.openvidu.identity import Identity
from ovbot.openvidu.models import Recording
from ovbot.store import audit
from ovbot.store import sessions as store
from ovbot.store.database import Tx
from ovbot.subjects.broadcasting import START, STOP

log = structlog.get_logger(__name__)

RECORDING = "recordingStatusChanged"


class Result(StrEnum):
    """What became of an event; kept with it."""

    DONE = "done"
    """It was understood and has done what it does."""
    QUIET = "quiet"
    """It is known, and nothing follows from it."""
    UNKNOWN = "unknown"
    """A kind that this ovbot has not heard of."""
    REFUSED = "refused"
    """It could not be dealt with, several times; the log says why."""


class Happening(msgspec.Struct, frozen=True):
    """An event with what is needed to deal with it.

    ``found``: its recording, as the API has it. ``bans``: those that hold, and ``identity``: what
    in server data names somebody.
    """

    event: WebhookEvent
    server: str
    received_at: int
    bindings: Sequence[Binding]
    found: Recording | None = None
    bans: Sequence[Ban] = ()
    identity: Identity = Identity()

    ahead: int = 0
    """Milliseconds by which OpenVidu's clock is ahead of ours."""

    @property
    def at(self) -> int:
        """When it happened, or else when it was told, by OpenVidu's clock (ms)."""
        return self.event.timestamp or self.received_at + self.ahead

    @property
    def here(self) -> int:
        """The same by our clock, which is what people are told."""
        return self.at - self.ahead


def result_of(kind: str) -> Result:
    """What dealing with an event of this kind comes to."""
    if kind in _EFFECTS:
        return Result.DONE
    return Result.QUIET if kind in _QUIET else Result.UNKNOWN


async def apply(tx: Tx, happening: Happening, now: int) -> int:
    """Write what follows from the event; how many notices that made.

    Of an event that does not say of whom or of what it tells, nothing does.
    """
    event = happening.event
    effect = _EFFECTS.get(event.kind)
    if effect is None:
        return 0
    missing = [name for name in _NEEDS.get(event.kind, ()) if not getattr(event, name)]
    if missing:
        log.warning("event.incomplete", kind=event.kind, missing=missing)
        return 0
    return await effect(tx, happening, now)


async def _session_created(tx: Tx, happening: Happening, now: int) -> int:
    # Its time is the session's own createdAt, whenever the event is sent.
    return await _created(tx, happening, Source.WEBHOOK, happening.at, now)


async def _created(tx: Tx, happening: Happening, source: Source, created_at: int, now: int) -> int:
    return await sessions.created(
        tx,
        happening.bindings,
        source,
        server=happening.server,
        session=happening.event.session_id or "",
        created_at=created_at,
        at=now,
        ahead=happening.ahead,
    )


async def _session_destroyed(tx: Tx, happening: Happening, now: int) -> int:
    event = happening.event
    return await sessions.ended(
        tx,
        happening.bindings,
        server=happening.server,
        session=event.session_id or "",
        created_at=event.start_time or happening.at,
        at=now,
        over_at=happening.at,
        reply=announcements.session_ended(
            event.session_id or "", event.duration, event.reason, happening.here
        ),
    )


async def _joined(tx: Tx, happening: Happening, now: int) -> int:
    session = happening.event.session_id or ""
    told = 0
    if happening.event.session_created_at is not None:
        # What tells of the session itself may be lost.
        told = await _created(tx, happening, Source.SWEEP, happening.event.session_created_at, now)
    if not await store.was_over(tx, happening.server, session, happening.at):
        told += await _participant(tx, happening, now, unless=_key(happening, "participantLeft"))
    await banned.joined(tx, happening.bans, happening.event, happening.at, now, happening.identity)
    return told


async def _participant(tx: Tx, happening: Happening, now: int, unless: str = "") -> int:
    reply = announcements.participant(happening.event, happening.here)
    return await fan_out.tell(
        tx,
        happening.bindings,
        server=happening.server,
        session=happening.event.session_id or "",
        topic=Topic.PARTICIPANTS,
        key=_key(happening, happening.event.kind),
        at=now,
        reply=lambda _team: reply,
        threaded=True,
        unless=unless,
    )


def _key(happening: Happening, kind: str) -> str:
    """The notice of somebody's joining or leaving: connections are never used again."""
    event = happening.event
    return fan_out.key("event", kind, happening.server, event.session_id, event.connection_id)


async def _node(tx: Tx, happening: Happening, now: int) -> int:
    reply = announcements.node(happening.event, happening.here)
    return await _tell(tx, happening, now, reply, None, Topic.NODES)


async def _broadcast(tx: Tx, happening: Happening, now: int) -> int:
    """Whoever hears what came of the action that asked for it does not hear of it twice."""
    session = happening.event.session_id or ""
    asked = await _broadcast_asked_for(tx, happening, session)
    by = {asked.team: mention(asked.actor)} if asked else {}
    return await fan_out.tell(
        tx,
        [b for b in happening.bindings if asked is None or not _hears(b, asked)],
        server=happening.server,
        session=session,
        topic=Topic.RECORDINGS,
        key=fan_out.key("event", happening.server, happening.event.key),
        at=now,
        reply=lambda team: announcements.broadcast(
            happening.event, happening.here, by.get(team, Markup(""))
        ),
    )


async def _broadcast_asked_for(tx: Tx, happening: Happening, session: str) -> AuditEntry | None:
    """The last entry of the action that started or stopped it, where that told or will tell it."""
    started = happening.event.kind == "broadcastStarted"
    actions = await audit.attempts(
        tx,
        happening.server,
        START if started else STOP,
        session,
        after=happening.here - recordings.ASKED_BEFORE,
        before=happening.here + recordings.SAME,
    )
    last = actions[0][-1] if actions else None
    return last if last is not None and last.outcome in {None, Outcome.DONE} else None


def _hears(binding: Binding, asked: AuditEntry) -> bool:
    """Whether the channel hears the outcome: that it was asked in, and those of moderation."""
    if binding.team != asked.team:
        return False
    heard = hearing([binding], asked.session, Topic.MODERATION)
    return binding.channel == asked.channel or bool(heard)


async def _tell(
    tx: Tx, happening: Happening, now: int, reply: Reply, session: str | None, topic: Topic
) -> int:
    """The event itself, once however often it comes."""
    return await fan_out.tell(
        tx,
        happening.bindings,
        server=happening.server,
        session=session,
        topic=topic,
        key=fan_out.key("event", happening.server, happening.event.key),
        at=now,
        reply=lambda _team: reply,
    )


async def _recording(tx: Tx, happening: Happening, now: int) -> int:
    seen = recordings.of_event(happening.event, happening.found)
    if seen is None:
        return 0
    return await recordings.observe(
        tx,
        seen,
        Source.WEBHOOK,
        happening.bindings,
        server=happening.server,
        at=now,
        ahead=happening.ahead,
    )


_EFFECTS: dict[str, Callable[[Tx, Happening, int], Awaitable[int]]] = {
    "sessionCreated": _session_created,
    "sessionDestroyed": _session_destroyed,
    banned.JOINED: _joined,
    "participantLeft": _participant,
    RECORDING: _recording,
    "broadcastStarted": _broadcast,
    "broadcastStopped": _broadcast,
    "mediaNodeStatusChanged": _node,
    "nodeCrashed": _node,
    "nodeRecovered": _node,
}
_NEEDS: dict[str, tuple[str, ...]] = {
    "sessionCreated": ("session_id",),
    "sessionDestroyed": ("session_id",),
    banned.JOINED: ("session_id", "connection_id"),
    "participantLeft": ("session_id", "connection_id"),
    RECORDING: ("recording_id",),
    "broadcastStarted": ("session_id",),
    "broadcastStopped": ("session_id",),
}
"""What an event has to tell; a media node without an id is still worth a word."""
_QUIET = frozenset(
    {
        "webrtcConnectionCreated",
        "webrtcConnectionDestroyed",
        "filterEventDispatched",
        "signalSent",
        "autoscaling",
        "HANodeRegistered",
        "HANodeDeregistered",
    }
)
