"""The control surface itself: what it gives, and how it refuses."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from ovbot.sandbox.openvidu.faults import KINDS
from tests.sandbox.openvidu.bench import NOW_MS, PROFILE_NAMES, Bench, bench


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("nonsense", {}, "there is no POST /_control/nonsense"),
        ("sessions/a b/join", {}, "cannot be a session's id"),
        ("sessions/room/join", {"role": "ADMIN"}, "role must be one of"),
        ("sessions/room/join", {"publish": "microphone"}, "publish must be one of camera, screen"),
        ("sessions/room/join", {"clientData": 1}, "clientData must be a string"),
        (
            "sessions/room/join",
            {"role": "SUBSCRIBER", "publish": "camera"},
            "does not have a valid token",
        ),
        ("sessions/nope/leave", {"connectionId": "x"}, "there is no session nope"),
        ("sessions/room/leave", {"connectionId": "x"}, "there is no participant x"),
        (
            "sessions/room/publish",
            {"connectionId": "MIKE"},
            "is already publishing in session room",
        ),
        ("sessions/room/unpublish", {"connectionId": "ANN"}, "is not streaming media"),
        ("sessions/room/leave", {"connectionId": "MIKE", "reason": "bored"}, "reason must be one"),
        ("recordings/nope", {"status": "failed"}, "there is no recording nope"),
        ("faults", {"fault": "drop-before"}, "operation is missing"),
        ("faults", {"operation": "signal", "fault": "magic"}, "fault must be one of"),
        ("faults", {"operation": "signal", "fault": "delay", "times": 0}, "whole number from 1"),
        ("faults", {"operation": "signal", "fault": "delay", "seconds": -1}, "number from 0"),
        ("faults", {"operation": "signal", "fault": "status", "status": 99}, "number from 200"),
        ("faults", {"operation": "signal", "fault": "status", "status": 600}, "at most 599"),
        ("webhooks", {"mode": "maybe"}, "mode must be one of on, off, duplicate"),
        ("webhooks", {"mode": "off", "times": True}, "times must be a whole number"),
        ("cdr", {}, "events must be a list"),
        ("cdr", {"events": [{"a": {}, "b": {}}]}, "events must be a list"),
        ("cdr", {"events": [{"sessionCreated": 1}]}, "events must be a list"),
        ("clock", {"advance": -1}, "advance must be a number"),
        ("clock", {"advance": "1"}, "advance must be a number"),
        ("nodes/x", {"action": "run"}, "there are no media nodes on CE"),
        ("populate", {"sessions": 1}, "both needed"),
    ],
)
async def test_mistakes_are_told_in_words(path: str, body: dict[str, Any], complaint: str) -> None:
    async with bench() as on:
        mike = (await on.join(publish="camera"))["connectionId"]
        ann = (await on.join())["connectionId"]
        names = {"MIKE": mike, "ANN": ann}
        if body.get("connectionId") in names:
            body = body | {"connectionId": names[body["connectionId"]]}
        before = await on.look("state")
        answer = await on.client.post(f"/_control/{path}", json=body)
        assert answer.status_code == 400
        assert complaint in answer.json()["error"]
        assert await on.look("state") == before


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff"])
async def test_bodies_that_are_no_object(body: bytes) -> None:
    async with bench() as on:
        answer = await on.client.post("/_control/clock", content=body)
        assert answer.status_code == 400
        assert "body" in answer.json()["error"]


async def test_it_needs_no_credentials_and_leaves_no_trace() -> None:
    async with bench() as on:
        request = httpx.Request("GET", on.client.base_url.join("/_control/state"))
        assert (await on.client.send(request, auth=None)).status_code == 200
        assert (await on.look("requests"))["requests"] == []


async def test_the_log_of_requests() -> None:
    async with bench() as on:
        await on.session()
        await on.pass_time(1)
        await on.api("GET", "/sessions/room?webRtcStats=true")
        await on.api("POST", "/signal", content=b"not json", headers={"Content-Type": "text/plain"})
        await on.client.get("/nope")
        assert (await on.look("requests"))["requests"] == [
            {
                "method": "POST",
                "path": "/openvidu/api/sessions",
                "query": "",
                "body": {"customSessionId": "room"},
                "at": NOW_MS,
                "operation": "createSession",
                "status": 200,
            },
            {
                "method": "GET",
                "path": "/openvidu/api/sessions/room",
                "query": "webRtcStats=true",
                "body": None,
                "at": NOW_MS + 1000,
                "operation": "getSession",
                "status": 200,
            },
            {
                "method": "POST",
                "path": "/openvidu/api/signal",
                "query": "",
                "body": "not json",
                "at": NOW_MS + 1000,
                "operation": "signal",
                "status": 415,
            },
            {
                "method": "GET",
                "path": "/nope",
                "query": "",
                "body": None,
                "at": NOW_MS + 1000,
                "operation": None,
                "status": 404,
            },
        ]


OPERATIONS = [
    ("POST", "/sessions", "createSession"),
    ("GET", "/sessions", "listSessions"),
    ("GET", "/sessions/x", "getSession"),
    ("DELETE", "/sessions/x", "closeSession"),
    ("DELETE", "/sessions/x/connection/y", "disconnect"),
    ("DELETE", "/sessions/x/stream/y", "unpublish"),
    ("POST", "/tokens", "createToken"),
    ("POST", "/signal", "signal"),
    ("POST", "/recordings/start", "startRecording"),
    ("POST", "/recordings/stop/x", "stopRecording"),
    ("GET", "/recordings", "listRecordings"),
    ("GET", "/recordings/x", "getRecording"),
    ("DELETE", "/recordings/x", "deleteRecording"),
]
MORE = {
    "seed": [
        ("POST", "/openvidu/api/sessions/x/connection", "addCamera"),
        ("GET", "/openvidu/api/config", "getConfig"),
        ("GET", "/config", "getConfig"),
        ("GET", "/pro/config", "getProConfig"),
        ("GET", "/openvidu/recordings/x/x.mp4", "downloadRecording"),
    ],
    "2.15": [
        ("POST", "/api/sessions/x/connection", "addCamera"),
        ("GET", "/config", "getConfig"),
        ("GET", "/pro/config", "getProConfig"),
        ("GET", "/recordings/x/x.mp4", "downloadRecording"),
    ],
    "2.32": [
        ("POST", "/openvidu/api/sessions/x/connection", "createConnection"),
        ("GET", "/openvidu/api/sessions/x/connection", "listConnections"),
        ("GET", "/openvidu/api/sessions/x/connection/y", "getConnection"),
        ("PATCH", "/openvidu/api/sessions/x/connection/y", "patchConnection"),
        ("GET", "/openvidu/api/config", "getProConfig"),
        ("GET", "/openvidu/api/health", "health"),
        ("GET", "/openvidu/recordings/x/x.mp4", "downloadRecording"),
    ],
}
PRO = [
    ("GET", "/media-nodes", "listNodes"),
    ("GET", "/media-nodes/x", "getNode"),
    ("POST", "/media-nodes", "addNode"),
    ("DELETE", "/media-nodes/x", "removeNode"),
    ("PATCH", "/media-nodes/x", "setNode"),
    ("PUT", "/media-nodes", "discoverNodes"),
    ("POST", "/restart", "restart"),
]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_every_operation_has_its_name(profile: str) -> None:
    async with bench(profile, edition="pro") as on:
        here = on.simulator.world.profile
        asked = [(method, f"{here.api}{path}", name) for method, path, name in OPERATIONS]
        asked += [(method, f"{here.pro}{path}", name) for method, path, name in PRO]
        asked += MORE[profile]
        await on.control("faults", operation="*", fault="status", status=418, times=len(asked))
        for method, path, _ in asked:
            assert (await on.client.request(method, path)).status_code == 418
        log = (await on.look("requests"))["requests"]
        assert [(each["method"], each["path"], each["operation"]) for each in log] == asked
        assert (await on.look("faults"))["faults"] == []


async def test_reset_forgets_everything_but_the_time() -> None:
    async with bench() as on:
        await on.pass_time(100)
        await on.join(publish="camera")
        await on.record()
        await on.control("faults", operation="signal", fault="status")
        await on.control("webhooks", mode="off")
        await on.control("reset")
        state = await on.look("state")
        assert (state["sessions"], state["recordings"]) == ([], [])
        assert state["now"] == NOW_MS + 100_000
        assert (await on.look("requests"))["requests"] == []
        assert (await on.look("faults"))["faults"] == []
        log = await on.look("webhooks")
        assert (log["webhooks"], log["mode"]) == ([], "on")
        await on.pass_time(1000)
        assert await on.heard() == []


async def test_the_state_tells_everything() -> None:
    async with bench("2.32", edition="pro") as on:
        await on.session()
        await on.api("POST", "/tokens", json={"session": "room"})
        here = await on.join(clientData="Mike", publish="camera")
        await on.record()
        state = await on.look("state")
        assert (state["profile"], state["edition"]) == ("2.32", "pro")
        (session,) = state["sessions"]
        assert (session["id"], session["active"], session["recordingId"]) == ("room", True, "room")
        assert len(session["tokens"]) == 1
        (participant,) = session["participants"]
        assert participant["connectionId"] == here["connectionId"]
        assert participant["streamId"] == here["streamId"]
        assert state["recordings"][0]["status"] == "started"
        (node,) = state["nodes"]
        assert node["sessions"] == ["room"]
        assert session["nodeId"] == node["id"]


async def test_a_full_server() -> None:
    async with bench() as on:
        made = await on.control("populate", sessions=3, connections=4)
        listed = (await on.api("GET", "/sessions")).json()
        assert {each["sessionId"] for each in listed["content"]} == set(made["sessions"])
        for session in listed["content"]:
            content = session["connections"]["content"]
            assert len(content) == 4
            published = [each["publishers"][0]["streamId"] for each in content]
            received = [each["subscribers"] for each in content]
            assert received[0] == []
            assert [each[0]["streamId"] for each in received[1:]] == published[:-1]
        assert await on.heard() == []
        await on.join(made["sessions"][0])
        assert "participantJoined" in await on.heard_names()


async def effect(on: Bench) -> bool:
    return bool((await on.look("state"))["sessions"])


@pytest.mark.parametrize(
    ("fault", "status", "body", "happened"),
    [
        ({"fault": "status"}, 500, "", False),
        ({"fault": "status", "status": 503, "body": "busy"}, 503, "busy", False),
        ({"fault": "status", "status": 400, "body": {"a": 1}}, 400, '{"a": 1}', False),
        ({"fault": "status-after", "status": 504}, 504, "", True),
        ({"fault": "html"}, 502, "502 Bad Gateway", False),
        ({"fault": "html", "status": 403}, 403, "403 Forbidden", False),
        ({"fault": "html", "body": "<p>no</p>"}, 502, "<p>no</p>", False),
        ({"fault": "redirect", "location": "https://evil.example.com/"}, 302, "", False),
        ({"fault": "redirect", "status": 308, "location": "/x"}, 308, "", False),
        ({"fault": "cut"}, 200, '{"id":"room"', True),
        ({"fault": "content-type", "contentType": "text/html"}, 200, '{"id":"room"', True),
    ],
)
async def test_faults_that_answer(
    fault: dict[str, Any], status: int, body: str, happened: bool
) -> None:
    async with bench() as on:
        await on.control("faults", operation="createSession", **fault)
        answer = await on.api("POST", "/sessions", json={"customSessionId": "room"})
        assert answer.status_code == status
        assert body in answer.text
        assert await effect(on) is happened
        assert answer.headers.get("location", "") == fault.get("location", "")
        if "contentType" in fault:
            assert answer.headers["content-type"] == "text/html"
        if fault["fault"] == "html":
            assert answer.headers["content-type"] == "text/html"
        if fault["fault"] == "cut":
            with pytest.raises(ValueError, match=r"delimiter|property name|Unterminated"):
                answer.json()
        log = (await on.look("requests"))["requests"]
        assert log[-1]["status"] == status
        again = await on.api("POST", "/sessions", json={"customSessionId": "other"})
        assert again.status_code == 200


@pytest.mark.parametrize(
    ("kind", "error", "happened"),
    [
        ("drop-before", httpx.RemoteProtocolError, False),
        ("drop-after", httpx.RemoteProtocolError, True),
        ("reset-before", httpx.ReadError, False),
        ("reset-after", httpx.ReadError, True),
        ("truncate", httpx.RemoteProtocolError, True),
    ],
)
async def test_faults_that_break_the_connection(
    kind: str, error: type[httpx.TransportError], happened: bool
) -> None:
    async with bench() as on:
        await on.control("faults", operation="createSession", fault=kind, times=2)
        for name in ("room", "other"):
            with pytest.raises(error):
                await on.api("POST", "/sessions", json={"customSessionId": name})
        assert await effect(on) is happened
        log = (await on.look("requests"))["requests"]
        assert [each["status"] for each in log] == [None, None]
        assert (await on.api("POST", "/sessions")).status_code == 200


@pytest.mark.parametrize("kind", ["delay", "delay-after"])
async def test_faults_that_take_their_time(kind: str) -> None:
    async with bench() as on:
        await on.control("faults", operation="createSession", fault=kind, seconds=0.05)
        began = time.monotonic()
        answer = await on.api("POST", "/sessions")
        assert answer.status_code == 200
        assert time.monotonic() - began >= 0.05


async def test_faults_wait_for_their_operation() -> None:
    async with bench() as on:
        await on.control("faults", operation="closeSession", fault="status", status=500)
        await on.session()
        listed = await on.look("faults")
        assert [each["operation"] for each in listed["faults"]] == ["closeSession"]
        assert listed["kinds"] == KINDS
        assert (await on.client.delete("/_control/faults")).status_code == 200
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
