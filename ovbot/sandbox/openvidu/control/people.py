"""People come, publish, watch, lose their network, and go."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ovbot.sandbox.openvidu.control.body import Json, Mistake, flag, one_of, text, texts, whole
from ovbot.sandbox.openvidu.state.model import Participant, Publishing, Session
from ovbot.sandbox.openvidu.state.network import NOTICED_AFTER
from ovbot.sandbox.openvidu.state.people import PLATFORM, ROLES, publishing

if TYPE_CHECKING:
    from ovbot.sandbox.openvidu.simulator import Simulator

LEAVE_REASONS = ("disconnect", "networkDisconnect", "forceDisconnectByUser")
UNPUBLISH_REASONS = ("unpublish", "forceUnpublishByUser")
CHANGES = {
    "audioActive": "audio_active",
    "videoActive": "video_active",
    "videoDimensions": "dimensions",
    "frameRate": "frame_rate",
}


async def join(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody connects; ``token`` uses up a token made by the API."""
    participant = simulator.world.people.join(
        session_id,
        client_data=text(body, "clientData") or "",
        server_data=text(body, "serverData") or "",
        role=one_of(body, "role", ROLES, "PUBLISHER"),
        publish=_publishing(body) if text(body, "publish") is not None else None,
        watch=flag(body, "subscribe", default=True),
        platform=text(body, "platform") or PLATFORM,
        token=text(body, "token"),
    )
    return _here(participant)


async def leave(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody goes by themselves, or their network does."""
    session, participant = _find(simulator, session_id, body)
    reason = one_of(body, "reason", LEAVE_REASONS, "disconnect")
    simulator.world.people.leave(session, participant, reason)
    return {}


async def publish(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody who is there starts to publish."""
    session, participant = _find(simulator, session_id, body)
    simulator.world.people.publish(session, participant, _publishing(body))
    return _here(participant)


async def unpublish(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody stops publishing and stays."""
    session, participant = _find(simulator, session_id, body)
    if participant.camera is not None:
        raise Mistake("an IP camera cannot stop publishing; disconnect it")
    reason = one_of(body, "reason", UNPUBLISH_REASONS, "unpublish")
    simulator.world.people.unpublish(session, participant, reason)
    return {}


async def subscribe(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody watches whom they did not watch: a stream, a connection, or who published last."""
    session, participant = _find(simulator, session_id, body)
    to = text(body, "to") or _published_last(session, participant)
    simulator.world.watching.subscribe(session, participant, to)
    return {}


async def unsubscribe(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody ceases to watch."""
    session, participant = _find(simulator, session_id, body)
    simulator.world.watching.unsubscribe(session, participant, text(body, "to") or "")
    return {}


async def signal(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody says something to everybody who is there."""
    session, participant = _find(simulator, session_id, body)
    type_, data = text(body, "type") or "chat", text(body, "data") or "hello"
    simulator.world.people.signal(session, type_, data, to=texts(body, "to"), sender=participant.id)
    return {}


async def change(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody mutes themselves, switches the picture off, turns the phone round."""
    _, participant = _find(simulator, session_id, body)
    if participant.stream is None:
        raise Mistake(f"{participant.id} is not publishing")
    changed = {CHANGES[one_of(body, "property", tuple(CHANGES))]: _as_sent(body.get("value"))}
    participant.stream.how = replace(participant.stream.how, **changed)
    return _here(participant)


async def cut(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Somebody's network goes: they stay listed until the server notices."""
    session, participant = _find(simulator, session_id, body)
    how = one_of(body, "how", tuple(NOTICED_AFTER), "reset")
    simulator.world.network.cut(session, participant, how)
    return {}


async def reconnect(simulator: Simulator, body: Json, session_id: str) -> Json:
    """Their network is back in time, with the same connection."""
    session, participant = _find(simulator, session_id, body)
    simulator.world.network.back(session, participant)
    return _here(participant)


def _publishing(body: Json) -> Publishing:
    how = publishing(text(body, "publish") or "camera")
    found = body.get("filter") or {}
    if not isinstance(found, dict):
        raise Mistake("filter must be an object of type and options")
    return replace(
        how,
        has_audio=flag(body, "hasAudio", default=True),
        has_video=flag(body, "hasVideo", default=True),
        audio_active=flag(body, "audioActive", default=True),
        video_active=flag(body, "videoActive", default=True),
        frame_rate=whole(body, "frameRate", 0) or how.frame_rate,
        dimensions=text(body, "videoDimensions") or how.dimensions,
        filter=found,
    )


def _as_sent(value: Any) -> Any:
    """A client sends every value as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _find(simulator: Simulator, session_id: str, body: Json) -> tuple[Session, Participant]:
    session = simulator.world.sessions.get(session_id)
    if session is None:
        raise Mistake(f"there is no session {session_id}")
    connection_id = text(body, "connectionId")
    participant = session.participants.get(connection_id or "")
    if participant is None:
        raise Mistake(f"there is no participant {connection_id} in session {session_id}")
    return session, participant


def _published_last(session: Session, besides: Participant) -> str:
    others = [each for each in session.publishers() if each is not besides]
    if not others:
        raise Mistake("nobody else publishes; name a stream or a connection in to")
    return others[-1].id


def _here(participant: Participant) -> Json:
    stream = participant.stream
    return {"connectionId": participant.id, "streamId": stream.id if stream else None}
