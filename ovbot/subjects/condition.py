"""How it stands with a session and with a recording: one name for each, decided here alone.

OpenVidu can leave things half-way, and then shows nothing that says so: a session that counts as
recorded while nothing records, a recording that stays stopped, one that a crash left running for
ever, a session with nobody in it that never ends. Which it is follows from what OpenVidu shows of
both, and from since when it shows that. Whatever speaks of them asks here, so that all agree.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from ovbot.openvidu import ListedSession, Recording, Session
from ovbot.openvidu.models import Listing

START_TAKES = 60_000
"""Milliseconds in which a recording that is starting is there: OpenVidu takes up to 20 s."""
STOP_TAKES = 120_000
"""Milliseconds in which a stopped recording is finished on Community: up to 30 s."""
PRO_STOP_TAKES = 3_600_000
"""The same on Pro, where a long one is composed and uploaded."""
UNUSED_FOR = 75 * 60_000
"""Milliseconds after which OpenVidu has removed what nobody joined, by its own settings."""
AUTOSTOP_TAKES = 240_000
"""Milliseconds in which a recorded session that everybody left has ended: 120 s by itself."""


class Recorded(StrEnum):
    """Of a session: whether it is recorded."""

    NO = "not recorded"
    YES = "recorded"
    UNTOLD = "recorded, and its recording could not be read"
    STARTING = "a recording is starting"
    STOPPING = "a recording is being finished"
    NOTHING = "counts as recorded, but nothing records"
    UNFINISHED = "counts as recorded: its recording was stopped and never finished"

    @property
    def is_stuck(self) -> bool:
        """Nothing but closing the session ends it."""
        return self in {Recorded.NOTHING, Recorded.UNFINISHED}


class Of(StrEnum):
    """Of a recording: how far it is."""

    STARTING = "starting"
    RUNNING = "running"
    FINISHING = "being finished"
    READY = "ready"
    FAILED = "failed"
    EMPTY = "ready, with nothing in it"
    UNFINISHED = "stopped and never finished"
    ORPHANED = "left running by a crash"
    OTHER = "something else"


class Condition(msgspec.Struct, frozen=True):
    """A session: whether it is recorded, by which recording, since when, and whether it is used.

    ``since`` (ms UTC; None: not known) is when the recording began, or what is wrong was noticed.
    ``deserted``: nobody is in it, and it does not end by itself.
    """

    recorded: Recorded
    recording: Recording | None = None
    since: int | None = None
    deserted: bool = False

    @property
    def is_stuck(self) -> bool:
        """Something has to be done about it."""
        return self.recorded.is_stuck or self.deserted


def instance(session: Session | ListedSession) -> str:
    """What tells a session from a later one of the same id; OpenVidu's own uniqueSessionId."""
    return f"{session.session_id}_{session.created_at}"


def of_session(
    session: Session | ListedSession,
    recordings: Sequence[Recording] | None,
    *,
    now: int,
    ahead: int = 0,
    noticed: int | None = None,
    used: bool = False,
    stop_takes: int = STOP_TAKES,
) -> Condition:
    """How it stands with a session; ``recordings`` are all that there are, None where unread.

    ``ahead``: how far OpenVidu's clock is ahead of ours, which ``now`` is by (ms). ``noticed``:
    since when it is seen in what should pass (ms): no recording shows of it, its recording has
    stopped, or nobody is in it. ``used``: somebody has been in it.
    """
    empty = is_empty(session)
    if not session.recording:
        ought_to_be_gone = used or now + ahead - session.created_at > UNUSED_FOR
        deserted = empty and ought_to_be_gone
        return Condition(Recorded.NO, since=noticed if deserted else None, deserted=deserted)
    for_long = noticed is not None and now - noticed > AUTOSTOP_TAKES
    if recordings is None:
        return Condition(Recorded.UNTOLD, deserted=empty and for_long)
    own = [r for r in recordings if is_of(r, session)]
    if running := newest(own, "started"):
        begun = running.created_at - ahead
        return Condition(Recorded.YES, running, begun, deserted=empty and for_long)
    since, waited = noticed, 0 if noticed is None else now - noticed
    if stopped := newest(own, "stopped"):
        stuck = Recorded.UNFINISHED if waited > stop_takes else Recorded.STOPPING
        return Condition(stuck, stopped, since)
    if isinstance(recordings, Listing) and recordings.unreadable:
        return Condition(Recorded.UNTOLD)  # it may be the one that could not be read
    if waited <= START_TAKES:
        return Condition(Recorded.STARTING, None, since)
    # OpenVidu counts by the session's id: what it never finished is also in the next one's way.
    namesakes = [each for each in recordings if each.session_id == session.session_id]
    left = newest(namesakes, "stopped")
    return Condition(Recorded.UNFINISHED if left else Recorded.NOTHING, left, since)


def needs_notice(session: Session | ListedSession, condition: Condition) -> bool:
    """Whether it matters since when this is so: it should pass, and may not."""
    nothing_shows = condition.recorded in {Recorded.STARTING, Recorded.NOTHING}
    return nothing_shows or condition.deserted or (session.recording and is_empty(session))


def of_recording(
    recording: Recording,
    sessions: Collection[Session | ListedSession] | None,
    *,
    now: int,
    stopped_at: int | None = None,
    stop_takes: int = STOP_TAKES,
) -> Of:
    """How it stands with a recording; ``sessions`` are the live ones that were looked for, None
    where they could not be read.

    ``stopped_at``: when it was seen to have stopped (ms), where it has.
    """
    status = recording.status
    if status in {"starting", "started"}:
        if sessions is not None and not any(
            is_of(recording, each) and each.recording for each in sessions
        ):
            return Of.ORPHANED
        return Of.STARTING if status == "starting" else Of.RUNNING
    if status == "stopped":
        waited = 0 if stopped_at is None else now - stopped_at
        return Of.UNFINISHED if waited > stop_takes else Of.FINISHING
    if status == "ready":
        return Of.READY if recording.size and recording.duration else Of.EMPTY
    return Of.FAILED if status == "failed" else Of.OTHER


def is_of(recording: Recording, session: Session | ListedSession) -> bool:
    """Whether it is a recording of this very session, not of an earlier one of the same id."""
    return recording.session_id == session.session_id and recording.created_at >= session.created_at


def is_empty(session: Session | ListedSession) -> bool:
    """Whether nobody is connected to it, and no camera."""
    if isinstance(session, ListedSession):
        return not session.connected
    return not session.connections and not session.unreadable


def newest(recordings: Sequence[Recording], status: str) -> Recording | None:
    """The one that began last of those with this status."""
    found = [recording for recording in recordings if recording.status == status]
    return max(found, key=lambda recording: recording.created_at, default=None)
