"""The media server is started anew under a running OpenVidu.

2.15 notices: every stream ends, people stay. Later versions go on as if nothing had happened, and
whatever touches a stream of before breaks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state.model import Session

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

_REASON = "mediaServerDisconnect"


def restart(world: World) -> None:
    """Every stream is gone, whoever notices."""
    for session in world.sessions.all():
        if not session.active:
            continue
        if world.profile.notices_media_server:
            _end_media(world, session)
        else:
            session.media_gone = bool(session.publishers())
            _lose_recording(world, session)


def _end_media(world: World, session: Session) -> None:
    """The recording goes straight to ready, then every stream ends; nobody leaves."""
    recording = world.recordings.of_session(session.id)
    if recording is not None and recording.id in world.recordings.started:
        world.recordings.release(recording)
        world.recordings.conclude(recording, "ready", _REASON)
    for participant in reversed(list(session.participants.values())):
        world.watching.end_all_by(session, participant, _REASON)
        if (stream := participant.stream) is not None:
            participant.stream = None
            world.events.unpublished(session, participant, stream, _REASON)


def _lose_recording(world: World, session: Session) -> None:
    """The documentation's snapshot forgets what it was recording; later ones do not even that."""
    recording = world.recordings.of_session(session.id)
    running = recording is not None and recording.status == "started"
    if recording is not None and running and world.profile.name == "seed":
        world.recordings.release(recording)
