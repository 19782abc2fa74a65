"""Answers of every version's shape, as the same models; nothing secret in any of them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest

from ovbot.openvidu import (
    Connection,
    Health,
    ListedSession,
    OpenVidu,
    Publisher,
    Recording,
    Session,
    Subscriber,
    decode,
)
from ovbot.openvidu.errors import Unexpected
from ovbot.openvidu.models import DefaultRecording
from ovbot.openvidu.wire import Reply
from ovbot.sandbox.openvidu.config import ProfileName
from ovbot.sandbox.openvidu.state.populate import populate
from tests.openvidu.harness import PROFILES, SECRET, URL, room

TOKEN = "wss://ov.test?sessionId=daily&token=tok_Q&role=PUBLISHER&turnUsername=U&turnCredential=C"
MEDIA = {
    "hasAudio": True,
    "audioActive": False,
    "hasVideo": True,
    "videoActive": True,
    "typeOfVideo": "SCREEN",
    "frameRate": 30,
    "videoDimensions": '{"width":640,"height":480}',
    "filter": {},
}
PUBLISHERS = [{"createdAt": 3, "streamId": "str_1", "mediaOptions": MEDIA, "localSdp": "v=0 sdp"}]
SEED: dict[str, Any] = {
    "sessionId": "daily",
    "createdAt": 1,
    "mediaMode": "ROUTED",
    "recordingMode": "MANUAL",
    "defaultOutputMode": "INDIVIDUAL",
    "customSessionId": "daily",
    "connections": {
        "numberOfElements": 1,
        "content": [
            {
                "connectionId": "con_1",
                "createdAt": 2,
                "location": "Madrid, Spain",
                "platform": "Chrome",
                "token": TOKEN,
                "role": "PUBLISHER",
                "serverData": "server",
                "clientData": "client",
                "publishers": PUBLISHERS,
                "subscribers": [{"createdAt": 4, "streamId": "str_2"}],
            }
        ],
    },
    "recording": True,
}
MODERN: dict[str, Any] = {
    "id": "daily",
    "object": "session",
    "sessionId": "daily",
    "createdAt": 1,
    "mediaMode": "ROUTED",
    "recordingMode": "MANUAL",
    "defaultRecordingProperties": {"name": "", "outputMode": "INDIVIDUAL", "shmSize": 536870912},
    "customSessionId": "daily",
    "connections": {
        "numberOfElements": 1,
        "content": [
            {
                "id": "con_1",
                "object": "connection",
                "type": "WEBRTC",
                "status": "active",
                "sessionId": "daily",
                "connectionId": "con_1",
                "createdAt": 0,
                "activeAt": 2,
                "location": "Madrid, Spain",
                "ip": "127.0.0.1",
                "platform": "Chrome",
                "token": TOKEN,
                "serverData": "server",
                "clientData": "client",
                "record": True,
                "role": "PUBLISHER",
                "kurentoOptions": None,
                "customIceServers": [{"url": "turn:t", "credential": "C"}],
                "rtspUri": None,
                "publishers": PUBLISHERS,
                "subscribers": [{"createdAt": 4, "streamId": "str_2"}],
            }
        ],
    },
    "recording": True,
    "broadcasting": False,
    "forcedVideoCodec": "MEDIA_SERVER_PREFERRED",
    "allowTranscoding": False,
}


def reply(value: object) -> Reply:
    return Reply(200, {}, json.dumps(value).encode())


BETWEEN = {
    **{key: value for key, value in MODERN.items() if key != "defaultRecordingProperties"},
    "defaultOutputMode": "INDIVIDUAL",
}
"""2.16 and 2.17: the new connections, the old defaults."""


@pytest.mark.parametrize("shape", [MODERN, BETWEEN], ids=["2.32", "2.16"])
def test_every_shape_is_the_same_session(shape: dict[str, Any]) -> None:
    old, new = decode.session(reply(SEED)), decode.session(reply(shape))
    (was,), (became,) = old.connections, new.connections
    later: dict[str, Any] = {
        "active_at": None,
        "record": None,
        "ip": None,
    }  # which 2.15 did not tell
    assert msgspec.structs.replace(became, **later) == was
    plain: dict[str, Any] = {"connections": (), "forced_video_codec": "", "allow_transcoding": None}
    plain |= {"default_recording": DefaultRecording()}
    assert msgspec.structs.replace(old, **plain) == msgspec.structs.replace(new, **plain)
    assert old.default_recording.output_mode == new.default_recording.output_mode
    assert was == Connection(
        connection_id="con_1",
        created_at=2,
        role="PUBLISHER",
        platform="Chrome",
        location="Madrid, Spain",
        client_data="client",
        server_data="server",
        kind="WEBRTC",
        publishers=was.publishers,
        subscribers=(Subscriber(stream_id="str_2", created_at=4),),
    )
    assert old.default_output_mode == "INDIVIDUAL"
    (publisher,) = was.publishers
    assert (publisher.stream_id, publisher.created_at) == ("str_1", 3)
    assert (publisher.type_of_video, publisher.audio_active) == ("SCREEN", False)


@pytest.mark.parametrize("shape", [SEED, MODERN], ids=["seed", "2.32"])
def test_nothing_secret_is_in_a_session(shape: dict[str, Any]) -> None:
    shown = repr(decode.session(reply(shape)))
    for secret in ("tok_", "turn", "sdp", "credential"):
        assert secret not in shown


def test_null_is_the_same_as_absent() -> None:
    nothing = dict.fromkeys(
        (*SEED["connections"]["content"][0], *MODERN["connections"]["content"][0], "activeAt")
    )
    bare = {**nothing, "connectionId": "con_1", "status": "pending", "createdAt": 7}
    found = decode.connection(reply(bare))
    assert found == Connection(connection_id="con_1", status="pending", created_at=7)
    empty = dict.fromkeys((*SEED, *MODERN))
    assert decode.session(reply({**empty, "sessionId": "daily"})) == Session(session_id="daily")


def test_a_number_may_be_written_with_a_point() -> None:
    found = decode.recording(reply({"id": "r", "sessionId": "s", "size": 3.0, "duration": 2}))
    assert found == Recording(id="r", session_id="s", size=3, duration=2.0)


def test_a_stream_without_video_and_a_stream_without_anything() -> None:
    audio = Publisher(stream_id="str_1")
    assert (audio.has_audio, audio.has_video, audio.type_of_video) == (False, False, None)
    told = {"streamId": "str_1", "mediaOptions": {"hasAudio": True, "hasVideo": False}}
    found = decode.connection(reply({"connectionId": "con_1", "publishers": [told]}))
    assert (found.publishers[0].has_audio, found.publishers[0].video_active) == (True, False)


@pytest.mark.parametrize("kind", [{}, {"type": "IPCAM", "role": None}], ids=["2.15", "2.32"])
def test_cameras_are_known_on_every_version(kind: dict[str, Any]) -> None:
    told = {"connectionId": "ipc_1", "platform": "IPCAM", **kind}
    found = decode.connection(reply(told))
    assert (found.kind, found.role) == ("IPCAM", "PUBLISHER")


async def camera_of(client: OpenVidu) -> Connection:
    return await client.add_camera("daily", "rtsp://user:pass@cam.example/1", data="Door")


@pytest.mark.parametrize("profile", PROFILES)
async def test_only_what_the_server_makes_tells_a_camera(profile: ProfileName) -> None:
    """The platform is what a client says of itself: who says IPCAM does not hide by it."""
    async with room(profile) as r:
        liar = r.simulator.join("daily", client_data="IPCAM", platform="IPCAM", publish="camera")
        camera = await camera_of(r.client)
        found = await r.client.session("daily")
        assert {c.connection_id: c.kind for c in found.connections} == {
            liar.connection_id: "WEBRTC",
            camera.connection_id: "IPCAM",
        }
        (listed,) = await r.client.sessions()
        assert (listed.connected, listed.people, listed.cameras) == (2, 1, 1)


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_listing_tells_of_every_session_what_looking_at_it_tells(
    profile: ProfileName,
) -> None:
    async with room(profile) as r:
        populate(r.simulator.world, 30, 20)
        r.meeting()
        await camera_of(r.client)
        await r.client.create_session(custom_session_id="empty")
        await r.client.start_recording("daily")
        found = await r.client.sessions()
        assert len(found) == 32
        for listed in found:
            alone = await r.client.session(listed.session_id)
            cameras = sum(c.is_ip_camera for c in alone.connections)
            assert listed == ListedSession(
                session_id=alone.session_id,
                created_at=alone.created_at,
                recording=alone.recording,
                connected=len(alone.connections),
                cameras=cameras,
            )


def listing_of(*sessions: dict[str, Any]) -> dict[str, Any]:
    return {"numberOfElements": len(sessions), "content": sessions}


@pytest.mark.parametrize("shape", [SEED, BETWEEN, MODERN], ids=["seed", "2.16", "2.32"])
def test_every_shape_is_the_same_listing(shape: dict[str, Any]) -> None:
    listed = ListedSession(session_id="daily", created_at=1, recording=True, connected=1)
    assert decode.sessions(reply(listing_of(shape, shape))) == (listed, listed)
    told = {"id": "kms_1", "sessions": [shape]}
    assert decode.media_node(reply(told)).sessions == (listed,)


def test_a_listing_may_hold_nulls_and_nothing() -> None:
    nulls = dict.fromkeys(
        (*SEED["connections"]["content"][0], *MODERN["connections"]["content"][0])
    )
    pending = {"content": [{**nulls, "connectionId": "con_1"}]}
    told = listing_of(
        {**dict.fromkeys((*SEED, *MODERN)), "sessionId": "bare"},
        {**MODERN, "sessionId": "pending", "connections": pending},
    )
    assert [(s.session_id, s.connected) for s in decode.sessions(reply(told))] == [
        ("bare", 0),
        ("pending", 1),
    ]
    assert decode.sessions(reply(listing_of())) == ()


HOSTILE = '"},{"sessionId":"x","connections":{"content":[{"connectionId":"ipc_1"}]}}]}'
"""A name that reads as if the session ended in it."""


@pytest.mark.parametrize("shape", [SEED, MODERN], ids=["seed", "2.32"])
def test_a_name_cannot_break_out_of_a_listing(shape: dict[str, Any]) -> None:
    (person,) = shape["connections"]["content"]
    told = {**shape, "connections": {"content": [{**person, "clientData": HOSTILE}]}}
    (listed,) = decode.sessions(reply(listing_of(told)))
    assert (listed.session_id, listed.connected, listed.cameras) == ("daily", 1, 0)


@pytest.mark.parametrize("cut", [1, 2, 100, 700_000])
def test_half_a_listing_is_no_listing(cut: int) -> None:
    whole = reply(listing_of(*[SEED] * 2000)).body
    with pytest.raises(msgspec.DecodeError):
        decode.sessions(Reply(200, {}, whole[:-cut]))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"numberOfElements":1,"content":[',
        b'{"numberOfElements":1,"content":{}}',
        b'{"numberOfElements":1,"content":7}',
        b'{"numberOfElements":1,"content":null}',
        b'{"numberOfElements":1,"content":[]} trailing]}',
        b'{"numberOfElements":1,"content":[{"sessionId":"\xff]}',
    ],
)
async def test_what_is_no_listing_ends_in_a_sentence(body: bytes) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("config"):
            return httpx.Response(200, json={"VERSION": "2.20.0"})
        return httpx.Response(200, content=body, headers={"content-type": "application/json"})

    async with OpenVidu(URL, SECRET, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(Unexpected, match="something that is not OpenVidu's"):
            await client.sessions()


def test_the_health_of_a_cluster_and_of_a_highly_available_one() -> None:
    lost = {"status": "UNSTABLE", "disconnectedMediaNodes": ["media_1"]}
    assert decode.health(reply(lost)) == Health(
        status="UNSTABLE", disconnected_media_nodes=("media_1",)
    )
    nodes = {"node_1": {"status": "UP"}, "node_2": {"status": "DOWN"}}
    assert decode.health(reply({"clusterStatus": "UP", "nodes": nodes})) == Health(status="UP")
    with pytest.raises(msgspec.ValidationError):
        decode.health(reply({"nodes": nodes}))
