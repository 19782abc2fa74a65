"""Webhooks: which events, in which order, with which bytes, sent how often."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.sandbox.openvidu.bench import NOW_MS, PROFILE_NAMES, Bench, Receiver, bench, until

MIKE = {"clientData": "Mike", "serverData": "{'user': 'client1'}", "publish": "camera"}
PLATFORM = "Chrome 85.0.4183.121 on Linux 64-bit"


async def story(on: Bench) -> None:
    """Two come, one is kicked, the other leaves."""
    await on.session()
    first = await on.join(**MIKE)
    second = await on.join(clientData="Ann", publish="screen")
    await on.pass_time(2.5)
    await on.api("DELETE", f"/sessions/room/connection/{first['connectionId']}")
    await on.control(
        "sessions/room/leave", connectionId=second["connectionId"], reason="networkDisconnect"
    )


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_order_in_which_a_story_is_told(profile: str) -> None:
    receiver = Receiver()
    async with bench(profile, receiver) as on:
        await story(on)
        await on.simulator.idle()
    told = [(each["event"], each.get("connection"), each.get("reason")) for each in receiver.events]
    kicked, lost = "forceDisconnectByServer", "networkDisconnect"
    assert told == [
        ("sessionCreated", None, None),
        ("participantJoined", None, None),
        ("webrtcConnectionCreated", "OUTBOUND", None),
        ("participantJoined", None, None),
        ("webrtcConnectionCreated", "INBOUND", None),
        ("webrtcConnectionCreated", "OUTBOUND", None),
        ("webrtcConnectionCreated", "INBOUND", None),
        ("webrtcConnectionDestroyed", "INBOUND", kicked),
        ("webrtcConnectionDestroyed", "INBOUND", kicked),
        ("webrtcConnectionDestroyed", "OUTBOUND", kicked),
        ("participantLeft", None, kicked),
        ("webrtcConnectionDestroyed", "OUTBOUND", lost),
        ("participantLeft", None, lost),
        ("sessionDestroyed", None, "lastParticipantLeft"),
    ]


async def test_the_payloads_of_2_15() -> None:
    receiver = Receiver()
    async with bench("2.15", receiver) as on:
        await on.session()
        await on.pass_time(1)
        here = await on.join(**MIKE)
        connection, stream = here["connectionId"], here["streamId"]
        there = (await on.join())["connectionId"]
        await on.pass_time(2.9)
        await on.control("sessions/room/unpublish", connectionId=connection)
        await on.control("sessions/room/leave", connectionId=there)
        await on.simulator.idle()
    joined = NOW_MS + 1000
    ended = NOW_MS + 3900
    who: dict[str, Any] = {
        "participantId": connection,
        "location": "unknown",
        "platform": PLATFORM,
        "clientData": "Mike",
        "serverData": "{'user': 'client1'}",
    }
    video: dict[str, Any] = {
        "videoSource": "CAMERA",
        "videoFramerate": 30,
        "videoDimensions": '{"width":640,"height":480}',
        "audioEnabled": True,
        "videoEnabled": True,
    }
    received = {"connection": "INBOUND", "receivingFrom": connection} | video
    end = {"startTime": joined, "duration": 2, "reason": "unpublish"}
    other = who | {"participantId": there, "clientData": "", "serverData": ""}
    expected = [
        # Sent when the first one joins, dated when the session was made.
        {"sessionId": "room", "timestamp": NOW_MS, "event": "sessionCreated"},
        {"sessionId": "room", "timestamp": joined, **who, "event": "participantJoined"},
        {
            "sessionId": "room",
            "timestamp": joined,
            "streamId": stream,
            "participantId": connection,
            "connection": "OUTBOUND",
            **video,
            "event": "webrtcConnectionCreated",
        },
        {"sessionId": "room", "timestamp": joined, **other, "event": "participantJoined"},
        {
            "sessionId": "room",
            "timestamp": joined,
            "streamId": stream,
            "participantId": there,
            **received,
            "event": "webrtcConnectionCreated",
        },
        {
            "sessionId": "room",
            "timestamp": ended,
            **end,
            "streamId": stream,
            "participantId": connection,
            "connection": "OUTBOUND",
            **video,
            "event": "webrtcConnectionDestroyed",
        },
        {
            "sessionId": "room",
            "timestamp": ended,
            **end,
            "streamId": stream,
            "participantId": there,
            **received,
            "event": "webrtcConnectionDestroyed",
        },
        {
            "sessionId": "room",
            "timestamp": ended,
            **(end | {"reason": "disconnect"}),
            **other,
            "event": "participantLeft",
        },
    ]
    assert [list(each.items()) for each in receiver.events] == [
        list(each.items()) for each in expected
    ]


async def test_what_2_32_adds() -> None:
    receiver = Receiver()
    async with bench("2.32", receiver) as on:
        await on.session()
        here = (await on.join(**MIKE))["connectionId"]
        await on.record()
        await on.simulator.idle()
    created, joined, published, recorded = receiver.events
    assert list(created) == ["sessionId", "uniqueSessionId", "timestamp", "event"]
    assert created["uniqueSessionId"] == f"room_{NOW_MS}"
    assert list(joined)[3:7] == ["participantId", "connectionId", "location", "ip"]
    assert published["connectionId"] == published["participantId"] == here
    assert recorded["frameRate"] == 25


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_recording_events(profile: str) -> None:
    receiver = Receiver()
    async with bench(profile, receiver) as on:
        await on.join(**MIKE)
        await on.record(name="mine")
        await on.simulator.idle()  # it is sent at once, and so tells of the start
        await on.pass_time(9.5)
        await on.api("POST", "/recordings/stop/room")
        await on.simulator.idle()
    started, stopped, ready = receiver.events[3:]
    head = ["sessionId", "uniqueSessionId"] if profile == "2.32" else ["sessionId"]
    assert list(started)[: len(head) + 3] == [*head, "timestamp", "startTime", "duration"]
    assert "reason" not in started
    assert started["timestamp"] == started["startTime"] == NOW_MS
    assert (started["duration"], started["size"]) == (0.0, 0)
    assert stopped["timestamp"] == NOW_MS + 9500
    assert (stopped["status"], stopped["duration"], stopped["size"]) == ("stopped", 0.0, 0)
    assert stopped["reason"] == ready["reason"] == "recordingStoppedByServer"
    assert (ready["status"], ready["duration"]) == ("ready", 9.5)
    assert ready["size"] > 0
    assert (ready["id"], ready["name"]) == ("room", "mine")
    assert list(ready)[-4:] == ["hasVideo", "size", "status", "event"]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_when_a_session_counts_as_created(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        at_post = await on.heard_names()
        assert at_post == (["sessionCreated"] if profile == "2.32" else [])
        await on.api("DELETE", "/sessions/room")
        ended = ["sessionCreated", "sessionDestroyed"] if profile == "2.32" else []
        assert await on.heard_names() == ended


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_camera_is_told_of_with_its_address(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        asked = {"type": "IPCAM", "rtspUri": "rtsp://a/b", "networkCache": 7}
        await on.api("POST", "/sessions/room/connection", json=asked)
        joined, published = (await on.heard())[1:]
        assert (joined["platform"], joined["clientData"]) == ("IPCAM", "")
        assert (published["rtspUri"], published["videoSource"]) == ("rtsp://a/b", "IPCAM")
        assert published.get("networkCache") == (None if profile == "2.15" else 7)


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("2.15", b"Ren\xe9 ? <b>"),
        ("seed", b"Ren\xe9 ? <b>"),
        ("2.32", "Ren\u00e9 \U0001f600 <b>".encode()),
    ],
)
async def test_the_bytes(profile: str, expected: bytes) -> None:
    receiver = Receiver()
    async with bench(profile, receiver) as on:
        await on.join(clientData="Ren\u00e9 \U0001f600 <b>")
        await on.simulator.idle()
    body = receiver.requests[1].content
    assert b'"clientData":"' + expected + b'"' in body
    assert b": " not in body.replace(b"64-bit", b"")


async def test_half_a_character_does_not_stop_the_worker() -> None:
    for profile in PROFILE_NAMES:
        receiver = Receiver()
        async with bench(profile, receiver) as on:
            body = b'{"clientData":"\\ud83d"}'
            answer = await on.client.post("/_control/sessions/room/join", content=body)
            assert answer.status_code == 200
            await on.simulator.idle()
            assert receiver.events[1]["clientData"] == "?"
            assert (await on.api("GET", "/sessions/room")).json()


async def test_headers() -> None:
    receiver = Receiver()
    headers = ("Authorization: Bearer a:b", "X-Two:  spaced ")
    async with bench(receiver=receiver, webhook_headers=headers) as on:
        await on.join()
        await on.simulator.idle()
    request = receiver.requests[0]
    assert request.method == "POST"
    assert str(request.url) == "http://bot.example.com/hook"
    assert request.headers["authorization"] == "Bearer a:b"
    assert request.headers["x-two"] == "spaced"
    assert request.headers["content-type"] == "application/json"


async def test_a_content_type_of_ones_own() -> None:
    receiver = Receiver()
    async with bench(receiver=receiver, webhook_headers=("Content-Type: text/x",)) as on:
        await on.join()
        await on.simulator.idle()
    assert receiver.requests[0].headers["content-type"] == "text/x"


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 401, 500, 503])
async def test_an_answer_is_final_whatever_it_is(profile: str, status: int) -> None:
    receiver = Receiver(answer=lambda _: httpx.Response(status, headers={"Location": "/again"}))
    async with bench(profile, receiver) as on:
        await on.join()
        await on.simulator.idle()
        sent = (await on.look("webhooks"))["webhooks"]
    assert receiver.names == ["sessionCreated", "participantJoined"]
    assert [each["answers"] for each in sent] == [[{"status": status}]] * 2


@pytest.mark.parametrize(("profile", "sends"), [("2.15", 1), ("seed", 1), ("2.32", 5)])
async def test_a_broken_connection_is_tried_again_from_2_18(profile: str, sends: int) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    receiver = Receiver(answer=refuse)
    async with bench(profile, receiver) as on:
        await on.join()
        await on.simulator.idle()
        sent = (await on.look("webhooks"))["webhooks"]
    assert receiver.names == ["sessionCreated"] * sends + ["participantJoined"] * sends
    assert sent[0]["answers"] == [{"error": "ReadTimeout"}] * sends


@pytest.mark.parametrize(
    ("profile", "connect", "read"), [("2.15", 30, None), ("seed", 30, None), ("2.32", 10, 10)]
)
async def test_how_long_an_endpoint_is_waited_for(
    profile: str, connect: float, read: float | None
) -> None:
    """Until 2.17 one that hangs holds up all later events for ever."""
    receiver = Receiver()
    async with bench(profile, receiver) as on:
        await on.join()
        await on.simulator.idle()
    waits = receiver.requests[0].extensions["timeout"]
    assert (waits["connect"], waits["read"]) == (connect, read)


async def test_the_second_try_may_succeed() -> None:
    def first_fails(request: httpx.Request) -> httpx.Response:
        if len(receiver.requests) == 1:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    receiver = Receiver(answer=first_fails)
    async with bench("2.32", receiver) as on:
        await on.session()
        await on.simulator.idle()
        (sent,) = (await on.look("webhooks"))["webhooks"]
    assert sent["answers"] == [{"error": "ConnectError"}, {"status": 200}]


class Gate(httpx.AsyncBaseTransport):
    """Lets one request through at a time, when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.open = asyncio.Semaphore(0)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.waiting.append(json.loads(await request.aread())["event"])
        await self.open.acquire()
        self.waiting.pop(0)
        return httpx.Response(200)


async def test_one_at_a_time_and_in_order() -> None:
    gate = Gate()
    async with bench(receiver=gate) as on:
        await on.join(**MIKE)
        seen: list[str] = []
        while len(seen) < 3:
            await until(lambda: gate.waiting)
            assert len(gate.waiting) == 1
            seen.append(gate.waiting[0])
            gate.open.release()
            await until(lambda: gate.waiting != seen[-1:])
        await on.simulator.idle()
        assert seen == ["sessionCreated", "participantJoined", "webrtcConnectionCreated"]
        assert (await on.look("webhooks"))["pending"] == 0


async def test_only_the_events_that_are_configured() -> None:
    receiver = Receiver()
    async with bench(receiver=receiver, webhook_events=("participantLeft",)) as on:
        await story(on)
        await on.simulator.idle()
    assert receiver.names == ["participantLeft", "participantLeft"]


async def test_no_endpoint_no_events() -> None:
    async with bench(webhook=None) as on:
        await story(on)
        assert await on.heard() == []


async def test_tests_can_lose_events() -> None:
    receiver = Receiver()
    async with bench(receiver=receiver) as on:
        await on.control("webhooks", mode="off", times=2)
        await on.join(**MIKE)
        await on.simulator.idle()
        log = await on.look("webhooks")
        assert receiver.names == ["webrtcConnectionCreated"]
        assert [each["lost"] for each in log["webhooks"]] == [True, True, False]
        assert log["mode"] == "on"
        await on.control("webhooks", mode="off")
        await on.join()
        await on.simulator.idle()
        assert len(receiver.names) == 1


async def test_tests_can_multiply_events() -> None:
    receiver = Receiver()
    async with bench(receiver=receiver) as on:
        await on.control("webhooks", mode="duplicate", times=5)
        await on.join()
        await on.simulator.idle()
        assert receiver.names == ["sessionCreated"] * 5 + ["participantJoined"] * 5
        await on.control("webhooks", mode="on")
        await on.join()
        await on.simulator.idle()
        assert len(receiver.names) == 11
