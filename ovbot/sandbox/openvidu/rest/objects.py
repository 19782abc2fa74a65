"""The JSON objects of 2.15 and of the documentation's snapshot, keys in the server's order.

Documentation: REST API, Session object, Connection object, Recording object.
"""

from __future__ import annotations

from typing import Any

from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.state.model import Participant, Recording, Session, Stream, Subscription

Json = dict[str, Any]


def session_object(
    profile: Profile, session: Session, *, recorded: bool, stats: bool = False
) -> Json:
    """The Session object of versions up to 2.15 and of the snapshot."""
    properties = session.properties
    default = properties.recording
    found: Json = {
        "sessionId": session.id,
        "createdAt": session.created_at,
        "mediaMode": properties.media_mode,
        "recordingMode": properties.recording_mode,
        "defaultOutputMode": default.output_mode,
    }
    if default.composed:
        found["defaultRecordingLayout"] = default.layout
        if default.layout == "CUSTOM":
            found["defaultCustomLayout"] = default.custom_layout
    # Present even when the id is not custom: the builder's default is the empty string.
    found["customSessionId"] = properties.custom_session_id
    content = [
        connection_object(profile, each, stats=stats) for each in session.participants.values()
    ]
    found["connections"] = {"numberOfElements": len(content), "content": content}
    found["recording"] = recorded
    return found


def connection_object(profile: Profile, participant: Participant, *, stats: bool = False) -> Json:
    """The Connection object: ``token`` is missing for IP cameras."""
    found: Json = {
        "connectionId": participant.id,
        "createdAt": participant.joined_at,
        "location": "unknown",
        "platform": participant.platform,
    }
    if participant.camera is None:
        found["token"] = participant.token.value
    found["role"] = participant.token.role
    found["serverData"] = participant.server_data
    if profile.token_details:
        found["record"] = participant.token.record
    found["clientData"] = participant.client_data
    found["publishers"] = publishers_of(profile, participant, stats=stats)
    found["subscribers"] = subscribers_of(participant, stats=stats)
    return found


def publishers_of(profile: Profile, participant: Participant, *, stats: bool) -> list[Json]:
    """At most one: OpenVidu gives each connection a single publisher."""
    stream = participant.stream
    if stream is None:
        return []
    found: Json = {"createdAt": stream.created_at, "streamId": stream.id}
    if stream.camera is not None:
        found["rtspUri"] = stream.camera.rtsp_uri
    found["mediaOptions"] = media_options(profile, stream)
    return [found | webrtc_stats(stream.id) if stats else found]


def subscribers_of(participant: Participant, *, stats: bool) -> list[Json]:
    def one(subscription: Subscription) -> Json:
        # Half-made, while it is negotiated: neither is known yet.
        made = subscription.created_at is not None
        stream_id = subscription.stream.id
        found: Json = {
            "createdAt": subscription.created_at,
            "streamId": stream_id if made else None,
        }
        return found | webrtc_stats(f"{participant.id}_{stream_id}") if stats else found

    return [one(each) for each in participant.subscriptions.values()]


def media_options(profile: Profile, stream: Stream) -> Json:
    how = stream.how
    found: Json = {"hasAudio": how.has_audio}
    if how.has_audio:
        found["audioActive"] = how.audio_active
    found["hasVideo"] = how.has_video
    if how.has_video:
        found["videoActive"] = how.video_active
        found["typeOfVideo"] = how.kind
        found["frameRate"] = how.frame_rate
        found["videoDimensions"] = how.dimensions
    found["filter"] = how.filter | {"lastExecMethod": {}} if how.filter else {}
    if (camera := stream.camera) is not None:
        found["adaptativeBitrate"] = camera.adaptative_bitrate
        found["onlyPlayWithSubscribers"] = camera.only_play_with_subscribers
        if profile.network_cache:
            found["networkCache"] = camera.network_cache
    return found


def webrtc_stats(endpoint: str) -> Json:
    """What ``webRtcStats=true`` adds to a publisher or subscriber."""
    candidate = "candidate:1 1 UDP 2013266431 127.0.0.1 40000 typ host"
    sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    return {
        "webrtcEndpointName": endpoint,
        "remoteSdp": sdp,
        "localSdp": sdp,
        "receivedCandidates": [],
        "gatheredCandidates": [],
        "localCandidate": candidate,
        "remoteCandidate": candidate,
        "events": {},
    }


def recording_object(profile: Profile, recording: Recording, *, from_file: bool = False) -> Json:
    """The Recording object; 2.16+ adds ``object``, 2.18+ ``frameRate``."""
    properties = recording.properties
    found: Json = {"id": recording.id}
    if profile.modern:
        found["object"] = "recording"
    found["name"] = properties.name
    found["outputMode"] = properties.output_mode
    if properties.composed_video:
        found["resolution"] = properties.resolution
        if profile.modern:
            found["frameRate"] = properties.frame_rate
        found["recordingLayout"] = properties.layout
        if properties.layout == "CUSTOM":
            found["customLayout"] = properties.custom_layout
    found["sessionId"] = recording.session.id
    unknown = recording.node_id is None or (from_file and recording.node_unsaved)
    if profile.unique_ids and not unknown:
        found["mediaNode"] = recording.node_id
    return found | {
        "createdAt": recording.created_at,
        "size": recording.size,
        "duration": recording.duration,
        "url": recording.url,
        "hasAudio": properties.has_audio,
        "hasVideo": properties.has_video,
        "status": recording.status,
    }
