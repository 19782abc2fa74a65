"""States that a server seldom gets into, and does not get out of by itself, made to order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state import closing
from ovbot.sandbox.openvidu.state.model import Recording, Session, Unfit
from ovbot.sandbox.openvidu.state.recorder import EMPTY
from ovbot.sandbox.openvidu.state.recordings import STOPPED_BY_SERVER

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

SESSIONS = {
    "phantom": "it says that it is being recorded, and there is no recording",
    "half-closed": "as after a DELETE that answered an error: some are gone without a word",
    "forsaken": "nobody is in it, and only DELETE ends it",
    "unreadable": "reading it answers 500, and so does reading all; it can be closed",
}
RECORDINGS = ("orphan", "stuck", "empty", "damaged")
_ORDER = ("starting", "started", "stopped", "ready")


def stick(world: World, session: Session, how: str) -> None:
    """Bring a session into one of ``SESSIONS``; ``Unfit`` if it is not fit for that."""
    if not session.active:
        raise Unfit(f"nobody has ever been in session {session.id}")
    if how == "phantom":
        if world.recordings.records(session.id):
            raise Unfit(f"session {session.id} is being recorded")
        world.recordings.phantoms.add(session.id)
    elif how == "half-closed":
        if not closing.halve(world, session):
            raise Unfit(f"nobody publishes in session {session.id}")
    elif how == "unreadable":
        session.unreadable = True
    else:
        session.participants.clear()
        session.forsaken = True


def force(world: World, recording: Recording, status: str) -> None:
    """Make happen what a test wants to see of a recording.

    ``stopped``, ``ready`` and ``failed`` are its ordinary ends. ``orphan`` leaves ``started`` on
    disk for ever, as a crashed server does; ``stuck`` is a stop that broke: ``stopped`` for ever
    while the session counts as recorded; ``empty`` is ready without length and bytes; ``damaged``
    has a file that nobody can read, nor the list with it.
    """
    recordings = world.recordings
    if status == "damaged" and recording.id in recordings.items:
        recording.damaged = True
        return
    if status in RECORDINGS and recording.status == "started":
        if status == "orphan":
            recordings.release(recording)
        elif status == "stuck":
            recording.broken = True
            recordings.set_status(recording, "stopped", STOPPED_BY_SERVER)
        else:
            recordings.release(recording)
            recordings.set_status(recording, "stopped", STOPPED_BY_SERVER)
            recordings.conclude(recording, "ready", STOPPED_BY_SERVER, EMPTY)
            recordings.close_if_empty(recording.session)
        return
    forward = status in _ORDER[2:] and recording.status in _ORDER[: _ORDER.index(status)]
    if not (forward or (status == "failed" and recording.status in _ORDER[:3])):
        raise Unfit(f"a recording that is {recording.status} cannot become {status}")
    _finish(world, recording, status)


def _finish(world: World, recording: Recording, status: str) -> None:
    recordings = world.recordings
    if recording.id in recordings.starting:
        recordings.begun(recording)
    if recording.id in recordings.started:
        recording.broken = False
        recordings.release(recording)
        if recording.status == "started":
            recordings.set_status(recording, "stopped", STOPPED_BY_SERVER)
    if status != "stopped":
        recordings.conclude(recording, status, STOPPED_BY_SERVER)
    recordings.close_if_empty(recording.session)
