"""People come, publish, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.sandbox.openvidu.control.body import Json, Mistake, one_of, text
from ovbot.sandbox.openvidu.state.model import Participant, Session
from ovbot.sandbox.openvidu.state.sessions import PLATFORM, ROLES

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator

LEAVE_REASONS = ("disconnect", "networkDisconnect", "forceDisconnectByUser")
UNPUBLISH_REASONS = ("unpublish", "forceUnpublishByUser")


async def join(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody connects; ``token`` uses up a token made by the API."""
    participant = simulator.world.sessions.join(
        session_id,
        client_data=text(body, "clientData") or "",
        server_data=text(body, "serverData") or "",
        role=one_of(body, "role", ROLES, "PUBLISHER"),
        publish=text(body, "publish"),
        platform=text(body, "platform") or PLATFORM,
        token=text(body, "token"),
    )
    return _here(participant)


async def leave(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody goes by themselves, or their network does."""
    session, participant = _find(simulator, session_id, body)
    reason = one_of(body, "reason", LEAVE_REASONS, "disconnect")
    simulator.world.sessions.leave(session, participant, reason)
    return {}


async def publish(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody who is there starts to publish."""
    session, participant = _find(simulator, session_id, body)
    simulator.world.sessions.publish(session, participant, text(body, "publish") or "camera")
    return _here(participant)


async def unpublish(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody stops publishing and stays."""
    session, participant = _find(simulator, session_id, body)
    if participant.camera is not None:
        raise Mistake("an IP camera cannot stop publishing; disconnect it")
    reason = one_of(body, "reason", UNPUBLISH_REASONS, "unpublish")
    simulator.world.sessions.unpublish(session, participant, reason)
    return {}


def _find(simulator: Simulator, session_id: str, body: Json) -> tuple[Session, Participant]:
    session = simulator.world.sessions.get(session_id)
    if session is None:
        raise Mistake(f"there is no session {session_id}")
    connection_id = text(body, "connectionId")
    participant = session.participants.get(connection_id or "")
    if participant is None:
        raise Mistake(f"there is no participant {connection_id} in session {session_id}")
    return session, participant


def _here(participant: Participant) -> Json:
    stream = participant.stream
    return {"connectionId": participant.id, "streamId": stream.id if stream else None}
