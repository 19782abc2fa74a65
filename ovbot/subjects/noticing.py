"""Looking how it stands with sessions and recordings, and remembering since when it does."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

import msgspec

from ovbot.engine.context import Context
from ovbot.failpoints import reach
from ovbot.openvidu import ListedSession, OpenVidu, OpenViduError, Recording, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.events import WebhookEvent
from ovbot.store import events, noticed
from ovbot.store import recordings as store
from ovbot.store.database import Database
from ovbot.subjects import condition
from ovbot.subjects.condition import Condition, Of, Recorded

T = TypeVar("T")
_PATIENCE = 2.0
"""Seconds for what is good to know beside what was asked for."""
_JOINED = "participantJoined"


async def or_none(asked: Awaitable[T]) -> T | None:
    """What OpenVidu cannot tell, or not in time, is done without."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await asked
    except (OpenViduError, TimeoutError):
        return None


async def of_session(
    session: Session, openvidu: OpenVidu, database: Database, server: str, now: int
) -> Condition:
    """How it stands with a session that was just read."""
    recordings = await or_none(openvidu.recordings()) if session.recording else ()
    return (await of_sessions([session], recordings, openvidu, database, server, now))[0]


async def of_sessions(
    sessions: Sequence[Session | ListedSession],
    recordings: Sequence[Recording] | None,
    openvidu: OpenVidu,
    database: Database,
    server: str,
    now: int,
) -> list[Condition]:
    """How it stands with each; ``recordings`` are all that there are, None where unread."""
    takes = stop_takes(openvidu)
    used = await _used(sessions, database, server)

    def stands(session: Session | ListedSession, at: int | None = None) -> Condition:
        known = condition.instance(session) in used
        return condition.of_session(
            session,
            recordings,
            now=now,
            ahead=openvidu.ahead,
            noticed=at,
            used=known,
            stop_takes=takes,
        )

    first = [stands(session) for session in sessions]
    stopping = [f.recording for f in first if f.recorded is Recorded.STOPPING and f.recording]
    stopped = await _stopped(stopping, database, server, now)
    since = await _since(sessions, first, database, server, now)
    return [
        stands(session, stopped.get(_key(found.recording), since.get(condition.instance(session))))
        for session, found in zip(sessions, first, strict=True)
    ]


async def _used(
    sessions: Sequence[Session | ListedSession], database: Database, server: str
) -> frozenset[str]:
    """Those that somebody has joined, as OpenVidu told, and that are empty now: by instance.

    A session ends with the last who leaves, and nobody has been in one that is new.
    """
    empty = [s for s in sessions if not s.recording and condition.is_empty(s)]
    if not empty:
        return frozenset()
    async with database.read() as tx:
        joined = {
            condition.instance(session): await events.bodies(
                tx, server, _JOINED, session.session_id
            )
            for session in empty
        }
    return frozenset(
        condition.instance(session)
        for session in empty
        if any(_is_of(body, session) for body, _dealt_with in joined[condition.instance(session)])
    )


def _is_of(body: str, session: Session | ListedSession) -> bool:
    try:
        event = msgspec.json.decode(body, type=WebhookEvent)
    except msgspec.MsgspecError:
        return False
    is_this = event.session_id == session.session_id
    return is_this and (event.timestamp or 0) >= session.created_at


def _key(recording: Recording | None) -> str:
    return f"{recording.id}_{recording.created_at} stopped" if recording is not None else ""


async def _stopped(
    recordings: Sequence[Recording], database: Database, server: str, now: int
) -> dict[str, int]:
    """When each of the recordings was seen to have stopped: told by its event, or noticed."""
    if not recordings:
        return {}
    async with database.read() as tx:
        told = await store.stopped(tx, server)
    times = {_key(r): told.get((r.id, r.created_at)) for r in recordings}
    untold = [key for key, at in times.items() if at is None]
    noticed_at = await _remember(untold, (), database, server, now) if untold else {}
    return {key: noticed_at[key] if at is None else at for key, at in times.items()}


async def _since(
    sessions: Sequence[Session | ListedSession],
    found: Sequence[Condition],
    database: Database,
    server: str,
    now: int,
) -> dict[str, int]:
    """Since when each is in a state that should pass, by instance; else it is forgotten."""
    subjects = {
        condition.instance(session): f"{condition.instance(session)} {_STATES[stands.recorded]}"
        for session, stands in zip(sessions, found, strict=True)
        if condition.needs_notice(session, stands)
    }
    over = {f"{condition.instance(s)} {what}" for s in sessions for what in _STATES.values()}
    over -= set(subjects.values())
    async with database.read() as tx:
        over = set(await noticed.known(tx, server, over))
    if not subjects and not over:
        return {}
    since = await _remember(tuple(subjects.values()), tuple(over), database, server, now)
    return {instance: since[subject] for instance, subject in subjects.items()}


_STATES = {
    Recorded.NO: "empty",
    Recorded.STARTING: "starting",
    Recorded.NOTHING: "starting",
    Recorded.YES: "empty",
    Recorded.UNTOLD: "empty",
    Recorded.STOPPING: "empty",
    Recorded.UNFINISHED: "empty",
}
"""What is noticed of a session: that no recording shows, or that nobody is in it any more."""


async def _remember(
    subjects: Sequence[str], over: Sequence[str], database: Database, server: str, now: int
) -> dict[str, int]:
    async with database.begin() as tx:
        if over:
            await noticed.forget(tx, server, over)
        since = {each: await noticed.since(tx, server, each, at=now) for each in subjects}
        reach("noticed.written")
    reach("noticed.committed")
    return since


async def of_recording(recording: Recording, context: Context) -> tuple[Recording, Of]:
    """How it stands with a recording that was just read, and the recording as it is then."""
    found = await _of(recording, context)
    if found is Of.ORPHANED:
        # It may have ended between the two looks.
        again = await or_none(context.openvidu.recording(recording.id))
        if again is not None and again.status != recording.status:
            return again, await _of(again, context)
    return recording, found


async def _of(recording: Recording, context: Context) -> Of:
    sessions: Sequence[Session] | None = ()
    if recording.status in {"starting", "started"}:
        sessions = await _sessions_of(recording, context)
    return (await of_recordings([recording], sessions, context))[0]


async def _sessions_of(recording: Recording, context: Context) -> Sequence[Session] | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return (await context.openvidu.session(recording.session_id),)
    except SessionNotFound:
        return ()
    except (OpenViduError, TimeoutError):
        return None


async def of_listed(
    recordings: Sequence[Recording], context: Context
) -> list[tuple[Recording, Of]]:
    """How it stands with each of a list that was just read, and each as it is then."""
    sessions: Sequence[ListedSession] | None = ()
    if any(recording.status in {"starting", "started"} for recording in recordings):
        sessions = await or_none(context.openvidu.sessions())
    found = await of_recordings(recordings, sessions, context)
    return [
        await of_recording(recording, context) if stands is Of.ORPHANED else (recording, stands)
        for recording, stands in zip(recordings, found, strict=True)
    ]


async def of_recordings(
    recordings: Sequence[Recording],
    sessions: Sequence[Session | ListedSession] | None,
    context: Context,
) -> list[Of]:
    """How it stands with each; ``sessions`` are the live ones, None where unread."""
    now = context.clock.now_ms()
    waiting = [recording for recording in recordings if recording.status == "stopped"]
    stopped = await _stopped(waiting, context.store, context.server, now)
    return [
        condition.of_recording(
            recording,
            sessions,
            now=now,
            stopped_at=stopped.get(_key(recording)),
            stop_takes=stop_takes(context.openvidu),
        )
        for recording in recordings
    ]


def stop_takes(openvidu: OpenVidu) -> int:
    """Milliseconds in which a recording that was stopped is finished."""
    pro = openvidu.server is not None and openvidu.server.edition == "pro"
    return condition.PRO_STOP_TAKES if pro else condition.STOP_TAKES
