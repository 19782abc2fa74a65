"""The JSON objects of 2.16 and later, as 2.32 writes them, keys in the server's order.

Documentation (2.32): REST API, The Session object, The Connection object.
"""

from __future__ import annotations

from typing import Any

from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.rest.objects import publishers_of, subscribers_of
from ovbot.sandbox.openvidu.state.model import (
    Participant,
    RecordingProperties,
    Session,
    SessionProperties,
    Token,
)

Json = dict[str, Any]


def session_object(
    profile: Profile,
    session: Session,
    *,
    recorded: bool,
    pending: bool = False,
    stats: bool = False,
) -> Json:
    found: Json = {
        "id": session.id,
        "object": "session",
        "sessionId": session.id,
        "createdAt": session.created_at,
        "recording": recorded,
    }
    if profile.broadcasts:
        found["broadcasting"] = session.broadcast is not None
    found |= _session_properties(session.properties)
    if session.node_id is not None:
        found["mediaNodeId"] = session.node_id
    content = connections(profile, session, pending=pending, stats=stats)
    return found | {"connections": {"numberOfElements": len(content), "content": content}}


def connections(profile: Profile, session: Session, *, pending: bool, stats: bool) -> list[Json]:
    """Who is connected, then the unused tokens if they are wanted."""
    joined = [
        connection_object(profile, session, each, stats=stats)
        for each in session.participants.values()
    ]
    unused = [pending_object(profile, session, each) for each in session.tokens.values()]
    return joined + unused if pending else joined


def connection_object(
    profile: Profile, session: Session, participant: Participant, *, stats: bool = False
) -> Json:
    """Somebody connected; an IP camera has no token, role or client data."""
    camera = participant.camera is not None
    found: Json = {
        "id": participant.id,
        "object": "connection",
        "status": "active",
        "connectionId": participant.id,
        "sessionId": session.id,
        "createdAt": participant.token.created_at,
        "activeAt": participant.joined_at,
        "location": "unknown",
        "ip": participant.ip,
        "platform": participant.platform,
        "token": participant.token.value,
    }
    found |= _connection_properties(profile, participant.token, participant)
    found["clientData"] = None if camera else participant.client_data
    found["publishers"] = publishers_of(profile, participant, stats=stats)
    watched = [] if profile.compatible else subscribers_of(participant, stats=stats)
    found["subscribers"] = watched
    return found


def pending_object(profile: Profile, session: Session, token: Token) -> Json:
    """A token that nobody has used: null and not empty where nothing is known."""
    found: Json = {
        "id": token.connection_id,
        "object": "connection",
        "status": "pending",
        "connectionId": token.connection_id,
        "sessionId": session.id,
        "createdAt": token.created_at,
    }
    found |= _connection_properties(profile, token, None)
    found["token"] = token.value
    unknown = (
        "activeAt",
        "location",
        "ip",
        "platform",
        "clientData",
        "publishers",
        "subscribers",
    )
    return found | dict.fromkeys(unknown)


def token_object(session: Session, token: Token) -> Json:
    """What POST /tokens answers from 2.16 on."""
    found: Json = {
        "id": token.value,
        "token": token.value,
        "connectionId": token.connection_id,
        "createdAt": token.created_at,
        "session": session.id,
        "data": token.data,
        "role": token.role,
    }
    if token.kurento_options is not None:
        found["kurentoOptions"] = token.kurento_options
    return found


def _connection_properties(profile: Profile, token: Token, participant: Participant | None) -> Json:
    camera = participant.camera if participant is not None else None
    servers = {"customIceServers": token.ice_servers} if profile.ice_servers else {}
    return {
        "type": "WEBRTC" if camera is None else "IPCAM",
        "record": token.record,
        "role": token.role if camera is None else None,
        "kurentoOptions": token.kurento_options,
        **servers,
        "rtspUri": camera and camera.rtsp_uri,
        "adaptativeBitrate": camera and camera.adaptative_bitrate,
        "onlyPlayWithSubscribers": camera and camera.only_play_with_subscribers,
        "networkCache": camera and camera.network_cache,
        "serverData": token.data,
    }


def _session_properties(properties: SessionProperties) -> Json:
    found: Json = {
        "mediaMode": properties.media_mode,
        "recordingMode": properties.recording_mode,
        "defaultRecordingProperties": _recording_properties(properties.recording),
        "customSessionId": properties.custom_session_id,
    }
    if properties.media_node:
        found["mediaNode"] = {"id": properties.media_node}
    return found | {
        "forcedVideoCodec": properties.forced_video_codec,
        "allowTranscoding": properties.allow_transcoding,
    }


def _recording_properties(properties: RecordingProperties) -> Json:
    found: Json = {
        "name": properties.name,
        "hasAudio": properties.has_audio,
        "hasVideo": properties.has_video,
        "outputMode": properties.output_mode,
    }
    if properties.composed_video:
        found |= {
            "recordingLayout": properties.layout,
            "resolution": properties.resolution,
            "frameRate": properties.frame_rate,
            "shmSize": properties.shm_size,
        }
        if properties.layout == "CUSTOM":
            found["customLayout"] = properties.custom_layout
    if not properties.composed:
        found["ignoreFailedStreams"] = properties.ignore_failed_streams
    if properties.media_node is not None:
        found["mediaNode"] = properties.media_node
    return found
