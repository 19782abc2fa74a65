"""Every parameter of every operation, as the strict simulator hears and takes it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from ovbot.openvidu import OpenVidu
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
        default_output_mode="COMPOSED",
        default_recording_layout="CUSTOM",
        default_custom_layout="big",
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
        name="standup",
        output_mode="COMPOSED",
        has_audio=True,
        has_video=True,
        resolution="640x480",
        layout="CUSTOM",
        custom_layout="big",
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
        await client.create_session(default_output_mode="INDIVIDUAL")
        await client.create_token("daily")
    (_, created), (joined_at, _) = asked
    assert set(created) == {settings}
    assert joined_at == joins_by
