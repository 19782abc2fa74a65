"""People watch, mute themselves, lose their network, and live through a media server's restart."""

from __future__ import annotations

import asyncio
from typing import Any, get_args

import httpx
import pytest

from ovbot.sandbox.openvidu.config import ProfileName
from tests.sandbox.openvidu.bench import PROFILE_NAMES, Bench, bench, until

ALL = tuple(each for each in get_args(ProfileName) if each != "v2compat")
EVICTING = ("2.31", "2.32")
MIKE = {"clientData": "Mike", "publish": "camera"}


async def people(on: Bench) -> dict[str, dict[str, Any]]:
    session = (await on.api("GET", "/sessions/room")).json()
    return {each["connectionId"]: each for each in session["connections"]["content"]}


async def left(on: Bench) -> list[tuple[str, Any]]:
    return [
        (each["participantId"], each.get("reason"))
        for each in await on.heard()
        if each["event"] == "participantLeft"
    ]


@pytest.mark.parametrize("profile", ALL)
async def test_watching_and_ceasing_to(profile: str) -> None:
    async with bench(profile) as on:
        mike = await on.join(**MIKE)
        ann = (await on.join(clientData="Ann", subscribe=False))["connectionId"]
        assert (await people(on))[ann]["subscribers"] == []
        await on.control("sessions/room/subscribe", connectionId=ann, to=mike["streamId"])
        (watched,) = (await people(on))[ann]["subscribers"]
        assert watched["streamId"] == mike["streamId"]
        again = {"connectionId": ann, "to": mike["connectionId"]}
        assert (await on.client.post("/_control/sessions/room/subscribe", json=again)).is_error
        await on.control("sessions/room/unsubscribe", **again)
        assert (await people(on))[ann]["subscribers"] == []
        ended = (await on.heard())[-1]
        assert (ended["event"], ended["reason"]) == ("webrtcConnectionDestroyed", "unsubscribe")
        assert (await on.client.post("/_control/sessions/room/unsubscribe", json=again)).is_error


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize("part", ["sdp", "create"])
async def test_a_media_server_that_refuses(profile: str, part: str) -> None:
    async with bench(profile) as on:
        mike = await on.join(**MIKE)
        ann = (await on.join(clientData="Ann", subscribe=False))["connectionId"]
        for act, to in (("subscribe", mike["connectionId"]), ("publish", None)):
            await on.control("troubles", **{part: "error"})
            body = {"connectionId": ann, "to": to}
            assert (await on.client.post(f"/_control/sessions/room/{act}", json=body)).is_error
        assert (await people(on))[ann]["publishers"] == []
        await on.control("troubles", **{part: "error"})
        camera = {"type": "IPCAM", "rtspUri": "rtsp://10.0.0.9/gate"}
        answer = await on.api("POST", "/sessions/room/connection", json=camera)
        assert answer.status_code == 500
        (found,) = [each for each in (await people(on)).values() if each["platform"] == "IPCAM"]
        assert found["publishers"] == []


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize(
    ("given", "mark", "options"),
    [
        ({"hasVideo": False}, "str_MIC_", {"hasAudio": True, "hasVideo": False}),
        ({"hasAudio": False}, "str_CAM_", {"hasAudio": False, "videoActive": True}),
        ({"audioActive": False}, "str_CAM_", {"audioActive": False, "videoActive": True}),
        ({"videoActive": False}, "str_CAM_", {"audioActive": True, "videoActive": False}),
        ({"publish": "screen"}, "str_SCR_", {"typeOfVideo": "SCREEN"}),
        ({"publish": "custom"}, "str_CUS_", {"typeOfVideo": "CUSTOM"}),
        (
            {"filter": {"type": "GStreamerFilter", "options": {"command": "flip"}}},
            "str_CAM_",
            {
                "filter": {
                    "type": "GStreamerFilter",
                    "options": {"command": "flip"},
                    "lastExecMethod": {},
                }
            },
        ),
    ],
)
async def test_kinds_of_streams(
    profile: str, given: dict[str, Any], mark: str, options: dict[str, Any]
) -> None:
    async with bench(profile) as on:
        here = await on.join(**{**MIKE, **given})
        assert here["streamId"].startswith(mark)
        (stream,) = (await people(on))[here["connectionId"]]["publishers"]
        assert stream["mediaOptions"] | options == stream["mediaOptions"]
        told = (await on.heard())[-1]
        assert told["videoEnabled"] is options.get("hasVideo", True)
        assert ("videoSource" in told) is told["videoEnabled"]
        changed = {"connectionId": here["connectionId"], "property": "audioActive"}
        await on.control("sessions/room/change", **changed, value="false")
        (stream,) = (await people(on))[here["connectionId"]]["publishers"]
        assert stream["mediaOptions"].get("audioActive", False) is False


@pytest.mark.parametrize("profile", ALL)
async def test_a_kick_waits_for_who_is_about_to_publish(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(clientData="Ann")
        await on.control("pace", publishing=2)
        mike = await on.join(**MIKE)
        assert mike["streamId"] is None
        path = f"/sessions/room/connection/{mike['connectionId']}"
        kicks = [asyncio.create_task(on.api("DELETE", path)) for _ in range(2)]
        await until(
            lambda: (
                [each["path"] for each in on.simulator.app.asked()].count(f"{on.prefix}{path}") == 2
            )
        )
        assert (await people(on))[mike["connectionId"]]["publishers"] == []
        await on.pass_time(2)
        assert sorted([(await each).status_code for each in kicks]) == [204, 404]
        names = await on.heard_names()
        assert names[-2:] == ["webrtcConnectionDestroyed", "participantLeft"]


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize(("how", "seconds"), [("reset", 10), ("silence", 25)])
async def test_who_is_cut_off_stays_listed_for_a_while(
    profile: str, how: str, seconds: float
) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        await on.join(clientData="Ann")
        await on.control("sessions/room/cut", connectionId=mike, how=how)
        await on.pass_time(seconds - 0.1)
        assert mike in await people(on)
        assert await left(on) == []
        await on.pass_time(0.1)
        assert mike not in await people(on)
        assert await left(on) == [(mike, "networkDisconnect")]


@pytest.mark.parametrize("profile", ALL)
async def test_who_is_back_in_time_was_never_away(profile: str) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        ann = await on.join(clientData="Ann")
        await on.control("sessions/room/cut", connectionId=mike)
        heard = len(await on.heard())
        await on.pass_time(9.9)
        await on.control("sessions/room/reconnect", connectionId=mike)
        await on.pass_time(60)
        assert mike in await people(on)
        assert len(await on.heard()) == heard
        again = await on.client.post("/_control/sessions/room/reconnect", json=ann)
        assert "is not cut" in again.json()["error"]


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("what", ["signal", "join", "leave", "private"])
async def test_what_cannot_be_delivered_puts_them_out(profile: str, what: str) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        ann = (await on.join(clientData="Ann"))["connectionId"]
        await on.join(clientData="Cleo")
        await on.control("sessions/room/cut", connectionId=mike)
        if what == "join":
            await on.join(clientData="Dan")
        elif what == "leave":
            await on.control("sessions/room/leave", connectionId=ann)
        else:
            to = {"to": [ann]} if what == "private" else {}
            signal = {"session": "room", "data": "hello", **to}
            assert (await on.api("POST", "/signal", json=signal)).status_code == 200
        gone = profile in EVICTING and what != "private"
        assert (mike not in await people(on)) is gone
        reason = "disconnect" if what == "leave" else None
        assert [each for each in await left(on) if each[0] == mike] == [(mike, reason)] * gone
        if gone and reason is None:
            (told,) = [
                each
                for each in await on.heard()
                if each["event"] == "participantLeft" and each["participantId"] == mike
            ]
            assert "reason" not in told


@pytest.mark.parametrize("profile", ALL)
async def test_a_session_ends_with_the_last_one_whom_nothing_reaches(profile: str) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        await on.control("sessions/room/cut", connectionId=mike)
        signal = {"session": "room", "data": "hello"}
        assert (await on.api("POST", "/signal", json=signal)).status_code == 200
        there = (await on.api("GET", "/sessions/room")).status_code
        assert there == (404 if profile in EVICTING else 200)
        if profile in EVICTING:
            last = (await on.heard())[-1]
            assert (last["event"], last["reason"]) == ("sessionDestroyed", "lastParticipantLeft")


@pytest.mark.parametrize("profile", ALL)
async def test_a_media_server_that_is_started_anew(profile: str) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        await on.join(clientData="Ann", publish="camera")
        await on.record()
        before = len(await on.heard())
        await on.control("media-server", action="restart")
        heard = (await on.heard())[before:]
        noticed = profile == "2.15"
        assert [each.get("status", each["event"]) for each in heard] == (
            ["ready"] + ["webrtcConnectionDestroyed"] * 4 if noticed else []
        )
        assert all(each["reason"] == "mediaServerDisconnect" for each in heard)
        assert bool((await people(on))[mike]["publishers"]) is not noticed
        assert len(await people(on)) == 2
        recording = (await on.api("GET", "/recordings/room")).json()
        assert recording["status"] == ("ready" if noticed else "started")
        closed = (await on.api("DELETE", "/sessions/room")).status_code
        assert closed == (204 if noticed else 403 if profile == "2.32" else 500)
        if not noticed:
            assert len(await people(on)) == 1
            assert (await on.api("DELETE", "/sessions/room")).status_code == 204


async def test_the_body_of_a_recordings_event_is_made_when_it_is_sent() -> None:
    gate = asyncio.Event()
    sent: list[dict[str, Any]] = []

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await gate.wait()
            sent.append(httpx.Response(200, content=await request.aread()).json())
            return httpx.Response(200)

    async with bench("2.32", Slow()) as on:
        await on.join(**MIKE)
        await on.record()
        await on.pass_time(30)
        await on.api("POST", "/recordings/stop/room")
        gate.set()
        await on.simulator.idle()
    told = [each for each in sent if each["event"] == "recordingStatusChanged"]
    assert [each["status"] for each in told] == ["started", "stopped", "ready"]
    assert [each["duration"] for each in told] == [30.0, 0.0, 30.0]
    assert told[0]["size"] == told[2]["size"] > told[1]["size"] == 0
