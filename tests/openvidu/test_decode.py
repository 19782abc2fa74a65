"""Answers of every version's shape, as the same models; nothing secret in any of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from ovbot.openvidu import Connection, Publisher, Recording, Session, Subscriber, decode, listing
from ovbot.openvidu.wire import Reply
from ovbot.sandbox.openvidu.config import ProfileName
from ovbot.sandbox.openvidu.state.populate import populate
from tests.openvidu.harness import PROFILES, room

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


def test_both_shapes_are_the_same_session() -> None:
    old, new = decode.session(reply(SEED)), decode.session(reply(MODERN))
    (was,), (became,) = old.connections, new.connections
    assert msgspec.structs.replace(became, active_at=None) == was
    assert msgspec.structs.replace(old, connections=()) == msgspec.structs.replace(
        new, connections=()
    )
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


@pytest.mark.parametrize("profile", PROFILES)
async def test_a_listing_read_in_steps_is_the_listing_read_at_once(profile: ProfileName) -> None:
    async with room(profile) as r:
        populate(r.simulator.world, 60, 20)
        found = await r.client.sessions()
        assert len(found) == 60
        assert all(len(s.connections) == 20 for s in found)
        for session in found[:3]:
            assert await r.client.session(session.session_id) == session


def large(shape: dict[str, Any], **extra: Any) -> list[dict[str, Any]]:
    return [{**shape, "sessionId": f"s{i}", **extra} for i in range(4000)]


def compact(value: object) -> Reply:
    """As OpenVidu's Gson writes it: without spaces."""
    return Reply(200, {}, json.dumps(value, separators=(",", ":")).encode())


CAMERA = {
    "connectionId": "ipc_1",
    "platform": "IPCAM",
    "publishers": [{"streamId": "str_1", "rtspUri": "rtsp://u:p@cam"}],
}


async def arriving(body: Reply, size: int = 60_000) -> AsyncIterator[bytes]:
    """The body as a socket gives it: in parts that end anywhere."""
    for begin in range(0, len(body.body), size):
        yield bytes(body.body[begin : begin + size])
        await asyncio.sleep(0)


HOSTILE = '},{"sessionId":"x"},{"id":"y","object":"session"'
"""A name that reads like the border between two sessions, but for the escaped quotes."""


@pytest.mark.parametrize(
    ("content", "spaces", "least"),
    [
        (large(SEED), False, 5),
        (large(MODERN), False, 6),
        (large(SEED), True, 5),
        (large(SEED, mediaMode=None), False, 5),
        (large(SEED, extra={"list": [{"a": 1}, {"sessionId": "inner"}]}), False, 2),
        (large(SEED, connections={"content": [CAMERA]}), False, 3),
        (large(SEED, recordingMode=HOSTILE), False, 5),
        (large(MODERN, recordingMode=HOSTILE), False, 5),
    ],
    ids=[
        "seed",
        "2.32",
        "spaces",
        "nulls",
        "inner border",
        "cameras",
        "hostile seed",
        "hostile 2.32",
    ],
)
async def test_others_run_while_a_large_listing_is_read(
    content: Any, spaces: bool, least: int
) -> None:
    told = {"numberOfElements": len(content), "content": content}
    body = reply(told) if spaces else compact(told)
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.create_task(other())
    found = await listing.sessions(arriving(body, 10**9))
    running.cancel()
    await asyncio.wait({running})
    assert found == decode.sessions(body)
    assert [s.session_id for s in found] == [f"s{i}" for i in range(4000)]
    assert turns >= least


@pytest.mark.parametrize("size", [1, 7, 1000, 10**9])
@pytest.mark.parametrize("shape", [SEED, MODERN], ids=["seed", "2.32"])
async def test_it_does_not_matter_how_a_listing_arrives(size: int, shape: dict[str, Any]) -> None:
    body = compact({"numberOfElements": 3, "content": large(shape)[:3]})
    assert await listing.sessions(arriving(body, size)) == decode.sessions(body)


async def test_an_empty_listing() -> None:
    empty = compact({"numberOfElements": 0, "content": []})
    assert await listing.sessions(arriving(empty)) == ()


@pytest.mark.parametrize("cut", [1, 2, 100, 700_000])
async def test_half_a_listing_is_no_listing(cut: int) -> None:
    body = compact({"numberOfElements": 4000, "content": large(SEED)})
    half = Reply(200, {}, body.body[:-cut])
    with pytest.raises(msgspec.DecodeError):
        await listing.sessions(arriving(half))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"<html>",
        b'{"numberOfElements":1,"content":[',
        b'{"numberOfElements":1,"content":[{}]}',
        b'{"numberOfElements":1,"content":[7]}',
        b'{"numberOfElements":1,"content":[]} trailing]}',
    ],
)
async def test_what_is_no_listing(body: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        await listing.sessions(arriving(Reply(200, {}, body)))


async def test_others_run_while_many_recordings_are_read() -> None:
    items = [{"id": f"r{i}", "sessionId": "s"} for i in range(5000)]
    running = asyncio.create_task(asyncio.sleep(0))
    found = await listing.recordings(arriving(reply({"count": len(items), "items": items})))
    assert [r.id for r in found] == [f"r{i}" for i in range(5000)]
    assert running.done()
