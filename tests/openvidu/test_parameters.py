"""Every parameter of every operation, as the strict simulator hears and takes it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from ovbot.openvidu import OpenVidu, OpenViduError
from ovbot.openvidu.errors import BadRequest, ProOnly, TooOld
from ovbot.openvidu.recording_settings import RecordingSettings
from ovbot.sandbox.openvidu.config import ProfileName
from tests.openvidu.harness import SECRET, URL, room

Invoke = Callable[[OpenVidu], Awaitable[Any]]

KURENTO = {
    "videoMaxRecvBandwidth": 1,
    "videoMinRecvBandwidth": 2,
    "videoMaxSendBandwidth": 3,
    "videoMinSendBandwidth": 4,
    "allowedFilters": ["ZBarFilter"],
}
TOKEN = {"role": "MODERATOR", "data": "Ana", "record": False, "kurentoOptions": KURENTO}
SESSION = {"customSessionId": "new", "mediaMode": "ROUTED", "recordingMode": "ALWAYS"}
CAMERA = {
    "type": "IPCAM",
    "rtspUri": "rtsp://cam.example/1",
    "adaptativeBitrate": False,
    "onlyPlayWithSubscribers": False,
    "networkCache": 500,
    "data": "Door",
}
RECORDING = {
    "session": "daily",
    "name": "standup",
    "outputMode": "COMPOSED",
    "hasAudio": True,
    "hasVideo": True,
    "resolution": "640x480",
    "recordingLayout": "CUSTOM",
    "customLayout": "big",
}


def create(client: OpenVidu) -> Awaitable[Any]:
    return client.create_session(
        custom_session_id="new",
        media_mode="ROUTED",
        recording_mode="ALWAYS",
        recording=RecordingSettings(
            output_mode="COMPOSED", recording_layout="CUSTOM", custom_layout="big"
        ),
    )


def token(client: OpenVidu) -> Awaitable[Any]:
    return client.create_token(
        "daily",
        role="MODERATOR",
        data="Ana",
        record=False,
        video_max_recv_bandwidth=1,
        video_min_recv_bandwidth=2,
        video_max_send_bandwidth=3,
        video_min_send_bandwidth=4,
        allowed_filters=["ZBarFilter"],
    )


def camera(client: OpenVidu) -> Awaitable[Any]:
    return client.add_camera(
        "daily",
        "rtsp://cam.example/1",
        adaptative_bitrate=False,
        only_play_with_subscribers=False,
        network_cache=500,
        data="Door",
    )


def record(client: OpenVidu) -> Awaitable[Any]:
    return client.start_recording(
        "daily",
        RecordingSettings(
            name="standup",
            output_mode="COMPOSED",
            has_audio=True,
            has_video=True,
            resolution="640x480",
            recording_layout="CUSTOM",
            custom_layout="big",
        ),
    )


SEED_CALLS: list[tuple[Invoke, str, dict[str, Any]]] = [
    (
        create,
        "POST /openvidu/api/sessions",
        SESSION
        | {
            "defaultOutputMode": "COMPOSED",
            "defaultRecordingLayout": "CUSTOM",
            "defaultCustomLayout": "big",
        },
    ),
    (token, "POST /openvidu/api/tokens", {"session": "daily"} | TOKEN),
    (camera, "POST /openvidu/api/sessions/daily/connection", CAMERA),
    (record, "POST /openvidu/api/recordings/start", RECORDING),
]
MODERN_CALLS: list[tuple[Invoke, str, dict[str, Any]]] = [
    (
        create,
        "POST /openvidu/api/sessions",
        SESSION
        | {
            "defaultRecordingProperties": {
                "outputMode": "COMPOSED",
                "recordingLayout": "CUSTOM",
                "customLayout": "big",
            }
        },
    ),
    (token, "POST /openvidu/api/sessions/daily/connection", {"type": "WEBRTC"} | TOKEN),
    (camera, "POST /openvidu/api/sessions/daily/connection", CAMERA),
    (record, "POST /openvidu/api/recordings/start", RECORDING),
]


@pytest.mark.parametrize(
    ("profile", "invoke", "request_line", "body"),
    [("seed", *each) for each in SEED_CALLS] + [("2.32", *each) for each in MODERN_CALLS],
    ids=lambda value: value.__name__ if callable(value) else None,
)
async def test_every_parameter_of_a_body(
    profile: ProfileName, invoke: Invoke, request_line: str, body: dict[str, Any]
) -> None:
    async with room(profile) as r:
        r.meeting()
        await invoke(r.client)
        (asked,) = r.asked()
        assert f"{asked['method']} {asked['path']}" == request_line
        assert (asked["body"], asked["status"]) == (body, 200)


@pytest.mark.parametrize("profile", ["seed", "2.32"])
async def test_every_parameter_of_a_signal(profile: ProfileName) -> None:
    async with room(profile) as r:
        ana, _ = r.meeting()
        await r.client.signal("daily", "hello", type="note", to=[ana])
        (asked,) = r.asked()
        assert asked["body"] == {"session": "daily", "to": [ana], "type": "note", "data": "hello"}


@pytest.mark.parametrize(
    ("invoke", "query"),
    [
        (lambda c, n: c.media_nodes(), ""),
        (
            lambda c, n: c.media_nodes(sessions=True, recordings=True, extra_info=True),
            "sessions=true&recordings=true&extra-info=true",
        ),
        (
            lambda c, n: c.media_node(n, sessions=False, extra_info=True),
            "sessions=false&extra-info=true",
        ),
        (lambda c, n: c.remove_media_node(n), ""),
        (
            lambda c, n: c.remove_media_node(n, deletion_strategy="when-no-sessions", wait=False),
            "wait=false&deletion-strategy=when-no-sessions",
        ),
        (
            lambda c, n: c.remove_media_node(n, deletion_strategy="if-no-sessions"),
            "deletion-strategy=if-no-sessions",
        ),
        (lambda c, n: c.remove_media_node(n, deletion_strategy="now"), "deletion-strategy=now"),
        (lambda c, n: c.add_media_node(wait=False), "wait=false"),
        (lambda c, n: c.discover_media_nodes(), ""),
    ],
)
@pytest.mark.parametrize("profile", ["seed", "2.15", "2.32"])
async def test_every_parameter_of_a_media_nodes_query(
    profile: ProfileName, invoke: Callable[[OpenVidu, str], Awaitable[Any]], query: str
) -> None:
    async with room(profile, edition="pro") as r:
        (node,) = r.simulator.world.nodes.listed()
        await invoke(r.client, node.id)
        (asked,) = r.asked()
        assert asked["query"] == query
        assert asked["status"] in (200, 204)


async def test_every_parameter_of_a_new_media_node() -> None:
    async with room("2.32", edition="pro", environment="on_premise") as r:
        added = await r.client.add_media_node(uri="ws://10.0.0.7:8888/kurento", environment_id="i7")
        assert (added.uri, added.environment_id) == ("ws://10.0.0.7:8888/kurento", "i7")
        (asked,) = r.asked()
        assert asked["body"] == {"uri": "ws://10.0.0.7:8888/kurento", "environmentId": "i7"}
    async with room("2.32", edition="pro", environment="aws") as r:
        await r.client.add_media_node(instance_type="c5.xlarge", volume_size=100, wait=False)
        (asked,) = r.asked()
        assert asked["body"] == {"instanceType": "c5.xlarge", "volumeSize": 100}


async def test_every_parameter_of_the_connection_api() -> None:
    async with room("2.32", edition="pro") as r:
        r.meeting()
        promised = await r.client.create_connection("daily", role="SUBSCRIBER", record=True)
        id_ = promised.connection_id
        joined = await r.client.connections("daily", pending=False)
        assert id_ not in {c.connection_id for c in joined}
        everybody = await r.client.connections("daily", pending=True)
        assert {c.connection_id for c in everybody} == {c.connection_id for c in joined} | {id_}
        changed = await r.client.modify_connection("daily", id_, role="PUBLISHER", record=False)
        assert (changed.role, changed.status) == ("PUBLISHER", "pending")
        made, fewer, more, patched = r.asked()
        assert made["body"] == {"type": "WEBRTC", "role": "SUBSCRIBER", "record": True}
        assert (fewer["query"], more["query"]) == (
            "pendingConnections=false",
            "pendingConnections=true",
        )
        assert patched["body"] == {"role": "PUBLISHER", "record": False}


@pytest.mark.parametrize(
    ("version", "settings", "joins_by"),
    [
        ("2.13.0", "defaultOutputMode", "/api/tokens"),
        ("2.15.1", "defaultOutputMode", "/api/tokens"),
        ("2.16.0", "defaultOutputMode", "/openvidu/api/sessions/daily/connection"),
        ("2.17.0", "defaultOutputMode", "/openvidu/api/sessions/daily/connection"),
        ("2.18.0", "defaultRecordingProperties", "/openvidu/api/sessions/daily/connection"),
        ("2.31.0", "defaultRecordingProperties", "/openvidu/api/sessions/daily/connection"),
    ],
)
async def test_what_changed_between_the_versions(
    version: str, settings: str, joins_by: str
) -> None:
    root = "" if version < "2.16" else "/openvidu/api"
    asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.method == "GET":
            found = path == f"{root}/config"
            return httpx.Response(200 if found else 404, json={"VERSION": version})
        asked.append((path, json.loads(request.content)))
        token = {"token": "wss://t", "session": "daily", "sessionId": "daily", "connectionId": "c"}
        return httpx.Response(200, json={"id": "daily", **token})

    async with OpenVidu(URL, SECRET, transport=httpx.MockTransport(answer)) as client:
        await client.create_session(recording=RecordingSettings(output_mode="INDIVIDUAL"))
        await client.create_token("daily")
    (_, created), (joined_at, _) = asked
    assert set(created) == {settings}
    assert joined_at == joins_by


EVERY = RecordingSettings(
    name="standup",
    output_mode="COMPOSED",
    has_audio=True,
    has_video=True,
    recording_layout="CUSTOM",
    custom_layout="big",
    resolution="640x480",
    frame_rate=30,
    shm_size=134_217_728,
    ignore_failed_streams=True,
)
EVERY_KEY = {
    "name": "standup",
    "outputMode": "COMPOSED",
    "hasAudio": True,
    "hasVideo": True,
    "recordingLayout": "CUSTOM",
    "customLayout": "big",
    "resolution": "640x480",
    "frameRate": 30,
    "shmSize": 134_217_728,
    "ignoreFailedStreams": True,
}


@pytest.mark.parametrize("profile", ["2.20", "2.31", "2.32"])
async def test_every_recording_setting_is_taken_since_2_18(profile: ProfileName) -> None:
    async with room(profile) as r:
        r.meeting()
        started = await r.client.start_recording("daily", EVERY)
        assert (started.resolution, started.frame_rate) == ("640x480", 30)
        await r.client.create_session(custom_session_id="new", recording=EVERY)
        start, create = r.asked()
        assert start["body"] == {"session": "daily"} | EVERY_KEY
        assert create["body"] == {"customSessionId": "new", "defaultRecordingProperties": EVERY_KEY}
        made = r.simulator.world.sessions.get("new")
        assert made is not None
        default = made.properties.recording
        assert (default.name, default.frame_rate, default.shm_size) == ("standup", 30, 134_217_728)
        assert default.ignore_failed_streams


@pytest.mark.parametrize(
    ("profile", "mode"), [("2.20", {"outputMode": "COMPOSED"}), ("2.31", {}), ("2.32", {})]
)
async def test_defaults_name_the_mode_where_they_are_lost_without(
    profile: ProfileName, mode: dict[str, str]
) -> None:
    async with room(profile) as r:
        settings = RecordingSettings(frame_rate=10)
        await r.client.create_session(custom_session_id="new", recording=settings)
        (asked,) = r.asked()
        assert asked["body"]["defaultRecordingProperties"] == {"frameRate": 10} | mode
        made = r.simulator.world.sessions.get("new")
        assert made is not None
        assert made.properties.recording.frame_rate == 10


@pytest.mark.parametrize("field", ["frame_rate", "ignore_failed_streams"])
@pytest.mark.parametrize("profile", ["seed", "2.15"])
async def test_a_start_before_2_18_with_what_it_lacks_is_not_sent(
    profile: ProfileName, field: str
) -> None:
    async with room(profile) as r:
        r.meeting()
        settings = RecordingSettings(**{field: getattr(EVERY, field)})
        with pytest.raises(TooOld) as caught:
            await r.client.start_recording("daily", settings)
        assert "2.18 or later" in caught.value.sentence
        assert r.asked() == []


@pytest.mark.parametrize(
    "field",
    [
        *("name", "has_audio", "has_video", "resolution"),
        *("frame_rate", "shm_size", "ignore_failed_streams"),
    ],
)
async def test_defaults_before_2_18_are_three_and_no_more(field: str) -> None:
    async with room("seed") as r:
        settings = RecordingSettings(**{field: getattr(EVERY, field)})
        with pytest.raises(TooOld) as caught:
            await r.client.create_session(custom_session_id="new", recording=settings)
        assert "2.18 or later" in caught.value.sentence
        assert r.asked() == []


async def test_codec_transcoding_and_node_of_a_session() -> None:
    async with room("2.32", edition="pro", media_nodes=2) as r:
        node = r.simulator.world.nodes.listed()[1].id
        await r.client.create_session(
            custom_session_id="new",
            forced_video_codec="VP9",
            allow_transcoding=True,
            media_node=node,
        )
        (asked,) = r.asked()
        assert asked["body"] == {
            "customSessionId": "new",
            "forcedVideoCodec": "VP9",
            "allowTranscoding": True,
            "mediaNode": {"id": node},
        }
        r.simulator.join("new", client_data="Ana")
        assert (await r.client.session("new")).media_node_id == node
        with pytest.raises(BadRequest):
            await r.client.create_session(media_node="media_nowhere")


async def test_a_codec_that_the_server_lacks_is_its_own_to_refuse() -> None:
    async with room("2.20") as r:
        await r.client.create_session(custom_session_id="new", forced_video_codec="VP9")
        assert (await r.client.session("new")).forced_video_codec == "VP9"
        r.simulator.world.profile = replace(r.simulator.world.profile, codecs=("VP8", "H264"))
        with pytest.raises(BadRequest):
            await r.client.create_session(custom_session_id="other", forced_video_codec="VP9")
        assert r.simulator.world.sessions.get("other") is None


async def test_where_a_recording_is_made() -> None:
    placed = RecordingSettings(media_node="media_1")
    async with room("2.32") as r:
        r.meeting()
        with pytest.raises(ProOnly):
            await r.client.start_recording("daily", placed)
    async with room("seed", edition="pro") as r:
        r.meeting()
        with pytest.raises(TooOld, match=r"2\.17 or later"):
            await r.client.start_recording("daily", placed)
    async with room("2.32", edition="pro", media_nodes=2) as r:
        r.meeting()
        other = next(n.id for n in await r.client.media_nodes(sessions=True) if not n.sessions)
        await r.client.start_recording("daily", RecordingSettings(media_node=other))
        assert r.asked()[-1]["body"] == {"session": "daily", "mediaNode": {"id": other}}
        recorders = {n.id: n.recording_ids for n in await r.client.media_nodes(recordings=True)}
        assert recorders.pop(other) == ("daily",)
        assert list(recorders.values()) == [()]


@pytest.mark.parametrize(
    ("profile", "edition", "settings", "kind"),
    [
        ("seed", "ce", {"forced_video_codec": "VP8"}, TooOld),
        ("seed", "ce", {"allow_transcoding": True}, TooOld),
        ("2.20", "ce", {"forced_video_codec": "MEDIA_SERVER_PREFERRED"}, TooOld),
        ("2.32", "ce", {"media_node": "media_1"}, ProOnly),
        ("seed", "pro", {"media_node": "kms_1"}, TooOld),
    ],
)
async def test_what_a_session_cannot_be_given_there_is_not_sent(
    profile: ProfileName, edition: str, settings: dict[str, Any], kind: type[OpenViduError]
) -> None:
    async with room(profile, edition=edition) as r:
        with pytest.raises(kind):
            await r.client.create_session(custom_session_id="new", **settings)
        assert r.asked() == []
