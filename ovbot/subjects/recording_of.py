"""The recording of a session: which it is, found by the list or, where that is broken, by ids.

One damaged file on OpenVidu's disk breaks its list of recordings for ever; each other recording
can still be read, stopped and deleted by its id.
"""

import asyncio
from collections.abc import Sequence

from ovbot.domain.markup import Markup, code, md
from ovbot.engine.context import Context
from ovbot.openvidu import OpenViduError, Recording, Session
from ovbot.openvidu.errors import RecordingNotFound, ServerFault, SessionNotFound
from ovbot.openvidu.models import Listing
from ovbot.store import recordings as store
from ovbot.store.recordings import Seen, is_empty
from ovbot.subjects import noticing
from ovbot.subjects.condition import STOP_TAKES, is_of
from ovbot.subjects.unread import because

TRIES = 12
LATEST = 20
"""Recordings that are read one by one in place of a list that is broken."""
_TOGETHER = 4
PAUSE = 1.5
"""Seconds between two looks at a recording on its way: OpenVidu takes up to 20 s to start one."""


def called(recording: Recording) -> Markup:
    """`` (recording `demo~1`)``, behind its session; nothing where that says it already."""
    if recording.id == recording.session_id:
        return Markup("")
    return md(" (recording {})", code(recording.id))


async def every(session: str, context: Context, *, at_once: bool = True) -> tuple[Recording, ...]:
    """The recordings of a session; where the list is broken, of those that ovbot knows by id those
    that could be read. Raises what the list raised where nothing could.

    ``at_once``: also where OpenVidu does not answer, which may pass; else that is raised.
    """
    try:
        recordings: Sequence[Recording] = await context.openvidu.recordings()
    except OpenViduError as error:
        recordings = await _by_ids(session, context, error)
    return tuple(each for each in recordings if each.session_id == session)


async def listed(context: Context) -> tuple[Listing[Recording], str]:
    """All recordings; where the list is broken, the latest that ovbot knows by id, and why.

    Raises what the list raised where none of them can be read.
    """
    try:
        return await context.openvidu.recordings(), ""
    except ServerFault as broken:
        async with context.store.read() as tx:
            known = await store.known(tx, context.server)
        latest = list(dict.fromkeys(one.seen.recording for one in reversed(known)))[:LATEST]
        turn = asyncio.Semaphore(_TOGETHER)

        async def one(id_: str) -> Recording | bool | None:
            async with turn:
                return await _read(id_, context)

        read = await asyncio.gather(*map(one, latest))
        found = tuple(each for each in read if isinstance(each, Recording))
        if not found:
            raise
        return Listing.of(found, 0), because(broken)


async def _by_ids(session: str, context: Context, broken: OpenViduError) -> tuple[Recording, ...]:
    async with context.store.read() as tx:
        known = await store.running(tx, context.server, session)
    read = [await _read(id_, context) for id_ in dict.fromkeys((*known, session))]
    if all(each is None for each in read):
        raise broken
    return tuple(each for each in read if isinstance(each, Recording))


async def _read(id_: str, context: Context) -> Recording | bool | None:
    """The recording; False where there is none; None where it cannot be read."""
    try:
        return await context.openvidu.recording(id_)
    except RecordingNotFound:
        return False
    except OpenViduError:
        return None


def newest(recordings: Sequence[Recording], *statuses: str) -> Recording | None:
    """The one that began last of those with one of the statuses."""
    found = [each for each in recordings if each.status in statuses]
    return max(found, key=lambda each: each.created_at, default=None)


async def running(session: str, context: Context, *, patiently: bool = False) -> Recording | None:
    """The one that runs; ``patiently``: one that is on its way is waited for.

    A recording that is starting is in no list: only the session tells that there will be one.
    """
    for left in reversed(range(TRIES if patiently else 1)):
        found = newest(await every(session, context), "started")
        if found is not None and await _is_of_now(found, context):
            return found
        if not left or not await _counts_as_recorded(session, context):
            break
        await asyncio.sleep(PAUSE)
    return None


async def _is_of_now(recording: Recording, context: Context) -> bool:
    """Whether nothing tells that a crash left it running in an earlier session of the same id."""
    try:
        return is_of(recording, await context.openvidu.session(recording.session_id))
    except OpenViduError:
        return True


async def latest(session: Session, context: Context) -> Recording | None:
    """The one that began last in this very session."""
    found = [each for each in await every(session.session_id, context) if is_of(each, session)]
    return max(found, key=lambda each: each.created_at, default=None)


async def _counts_as_recorded(session: str, context: Context) -> bool:
    try:
        return (await context.openvidu.session(session)).recording
    except SessionNotFound:
        return False
    except OpenViduError:
        return True  # not known: one more look does no harm


async def settled(recording: Recording, context: Context) -> Recording:
    """The recording when OpenVidu has finished it, or as it is when that takes too long.

    Of two stops at once one is answered while the other still works: with ``stopped``, or with
    nothing in it.
    """
    for _ in range(TRIES if noticing.stop_takes(context.openvidu) == STOP_TAKES else 0):
        ready = recording.status == "ready" and recording.size and recording.duration
        if ready or recording.status == "failed":
            break
        await asyncio.sleep(PAUSE)
        try:
            now = await context.openvidu.recording(recording.id)
        except OpenViduError:
            break
        if now.status == recording.status == "ready":
            return now  # with nothing in it also a moment later
        recording = now
    return recording


def seen(recording: Recording) -> Seen:
    """A recording as the API shows it, to be remembered."""
    return Seen(
        recording=recording.id,
        created_at=recording.created_at,
        session=recording.session_id,
        name=recording.name,
        status=recording.status,
        duration=recording.duration,
        size=recording.size,
        empty=is_empty(recording.status, recording.duration, recording.size),
    )
