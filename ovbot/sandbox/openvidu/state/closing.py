"""Closing a session that cannot be closed in one go.

Whoever publishes is taken out of the session before their stream is ended. Where ending it breaks,
the call answers 500 (2.32: 403), they are gone without a word, and the others stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.state import recorder
from ovbot.sandbox.openvidu.state.model import Participant, Session, Uncaught

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.state.world import World

CLOSED = "sessionClosedByServer"
_PHANTOM = (
    'Cannot invoke "io.openvidu.server.recording.Recording.getOutputMode()" because '
    '"recording" is null'
)
_GONE = "Object '{}_kurento.WebRtcEndpoint' not found (Code:40101, Type:null, Data: null)"


def obstacle(world: World, session: Session) -> Uncaught | None:
    """Why ending a stream of this session would break now."""
    if session.half_closed:
        return None
    flawed = recorder.flawed(world)
    if session.media_gone:
        return Uncaught(recorder.NO_CLOCK if flawed else _GONE.format(session.id))
    if session.id in world.recordings.phantoms:
        return Uncaught(recorder.NO_CLOCK if flawed else _PHANTOM)
    recording = world.recordings.of_session(session.id)
    if recording is None:
        return None
    if recording.id in world.recordings.starting and not world.profile.soft_failures:
        return Uncaught(_PHANTOM)
    return recorder.flaw(world, recording)


def close(world: World, session: Session) -> None:
    """DELETE; ``Uncaught`` half-way if something is in the way, and the next DELETE ends it."""
    problem = obstacle(world, session)
    if problem is None and world.troubles.meet("close", "error") is not None:
        problem = Uncaught(_GONE.format(world.ids.token()[-8:]))
    if problem is not None and halve(world, session):
        raise problem
    world.sessions.close(session, CLOSED)


def halve(world: World, session: Session) -> bool:
    """Take people out up to the first who publishes, who leaves no trace; False if nobody does."""
    if not session.publishers():
        return False
    for participant in list(session.participants.values()):
        if participant.stream is not None:
            break_off(world, session, participant, CLOSED)
            break
        world.people.take_out(session, participant, CLOSED)
    session.half_closed = session.forsaken = True
    return True


def break_off(world: World, session: Session, participant: Participant, reason: str | None) -> None:
    """Somebody is gone, and neither their stream nor they are said to be."""
    world.people.end_watching(session, participant, reason)
    participant.stream = None
    del session.participants[participant.id]
    session.forsaken = session.forsaken or not session.participants
