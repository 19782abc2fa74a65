"""A recorder and a Docker that fail, stuck states, and what is half-made or lost on the way."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.sandbox.openvidu.bench import PROFILE_NAMES, Bench, bench, until

MIKE = {"clientData": "Mike", "publish": "camera"}
OLD = [each for each in PROFILE_NAMES if each in ("seed", "2.15")]


async def start(on: Bench, mode: str = "COMPOSED") -> Any:
    return await on.api("POST", "/recordings/start", json={"session": "room", "outputMode": mode})


async def stop(on: Bench, recording_id: str = "room") -> Any:
    return await on.api("POST", f"/recordings/stop/{recording_id}")


async def session(on: Bench) -> dict[str, Any]:
    found: dict[str, Any] = (await on.api("GET", "/sessions/room")).json()
    return found


async def listed(on: Bench) -> dict[str, str]:
    items = (await on.api("GET", "/recordings")).json()["items"]
    return {each["id"]: each["status"] for each in items}


async def told(on: Bench) -> list[tuple[str, Any]]:
    return [
        (each["status"], each.get("reason"))
        for each in await on.heard()
        if each["event"] == "recordingStatusChanged"
    ]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize(
    ("trouble", "mode", "stays"),
    [
        ({"start": "error"}, "COMPOSED", False),
        ({"video": "none"}, "COMPOSED", True),
        ({"record": "never-starts"}, "INDIVIDUAL", False),
    ],
)
async def test_a_start_that_fails(
    profile: str, trouble: dict[str, str], mode: str, stays: bool
) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await on.control("troubles", **trouble)
        answer = await start(on, mode)
        modern = profile not in OLD
        if mode == "COMPOSED":
            assert answer.status_code == 500
            assert answer.headers["content-type"] == "application/json"
            assert answer.text.startswith("Error starting recording: Couldn't initialize")
        elif modern:
            assert (answer.status_code, answer.content) == (403, b"")
        else:
            assert answer.json()["status"] == 500
        assert await listed(on) == ({"room": "failed"} if stays else {})
        assert await told(on) == ([("failed", None)] if modern else [])
        assert (await session(on))["recording"] is False
        # It went wrong once, as it was asked to.
        assert (await start(on, mode)).json()["status"] == "started"


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_recorder_that_fails_leaves_a_session_that_records_nothing(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await on.control("troubles", record="error")
        assert (await start(on, "INDIVIDUAL")).status_code == (500 if profile in OLD else 403)
        assert await listed(on) == {}
        assert (await session(on))["recording"] is (profile in OLD)
        if profile in OLD:
            assert (await start(on, "INDIVIDUAL")).status_code == 409
            assert (await on.api("DELETE", "/sessions/room")).status_code == 500
            assert (await on.api("DELETE", "/sessions/room")).status_code == 204
            assert (await on.heard_names())[-1] == "sessionDestroyed"
            assert "participantLeft" not in await on.heard_names()


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_stop_that_breaks(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on)
        await on.control("troubles", report="none")
        answer = await stop(on)
        if profile not in OLD:
            assert answer.json()["status"] == "failed"
            assert (await session(on))["recording"] is False
            return
        assert answer.status_code == 500
        assert "generating the metadata report file" in answer.json()["message"]
        assert await listed(on) == {"room": "stopped"}
        assert (await stop(on)).json()["status"] == "stopped"
        assert (await session(on))["recording"] is True
        assert (await start(on)).status_code == 409
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        by_server, closed = "recordingStoppedByServer", "sessionClosedByServer"
        assert await told(on) == [
            ("started", None),
            ("stopped", by_server),
            ("stopped", by_server),
            ("stopped", closed),
        ]
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409
        await on.control("kill")
        await on.pass_time(10)
        assert await listed(on) == {"room": "stopped"}
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize("trouble", [{"report": "no-video"}, {"stop": "never"}])
async def test_a_stop_that_answers_failed(profile: str, trouble: dict[str, str]) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on)
        await on.control("troubles", **trouble)
        answer = await stop(on)
        assert (answer.status_code, answer.json()["status"]) == (200, "failed")
        assert answer.json()["size"] == 0
        assert (await stop(on)).status_code == 404


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize(
    ("trouble", "mode", "size"),
    [({"record": "never-stops"}, "INDIVIDUAL", True), ({"video": "empty"}, "COMPOSED", False)],
)
async def test_ready_without_a_length(
    profile: str, trouble: dict[str, str], mode: str, size: bool
) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on, mode)
        await on.pass_time(30)
        await on.control("troubles", **trouble)
        found = (await stop(on)).json()
        assert (found["status"], found["duration"]) == ("ready", 0.0)
        assert (found["size"] > 0) is size


async def test_the_snapshot_cannot_end_what_is_individual() -> None:
    async with bench("seed", flawed=True) as on:
        await on.join(**MIKE)
        await start(on, "INDIVIDUAL")
        for _ in range(2):
            assert (await stop(on)).status_code == 500
        assert await listed(on) == {"room": "stopped"}
        assert (await on.api("DELETE", "/sessions/room")).status_code == 500
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_after_a_killed_server(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on)
        heard = len(await on.heard())
        await on.control("kill")
        assert (await on.api("GET", "/sessions")).status_code == 502
        await on.pass_time(10)
        assert (await on.api("GET", "/sessions")).json()["numberOfElements"] == 0
        assert await listed(on) == {"room": "started"}
        assert len(await on.heard()) == heard
        assert (await stop(on)).status_code == 404
        await on.join(**MIKE)
        assert (await start(on)).json()["id"] == ("room-1" if profile in OLD else "room~1")
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204


async def test_two_stops_at_once() -> None:
    async with bench(stop_seconds=5) as on:
        await on.join(**MIKE)
        await start(on)
        first = asyncio.create_task(stop(on))
        await until(lambda: on.simulator.world.recordings.started["room"].status == "stopped")
        second = await stop(on)
        assert (second.status_code, second.json()["status"], second.json()["size"]) == (
            200,
            "stopped",
            0,
        )
        await on.pass_time(5)
        assert (await first).json()["status"] == "ready"
        assert [status for status, _ in await told(on)] == [
            "started",
            "stopped",
            "stopped",
            "ready",
        ]


async def test_ready_after_the_session_has_ended() -> None:
    async with bench(stop_seconds=5) as on:
        await on.join(**MIKE)
        await start(on)
        stopping = asyncio.create_task(stop(on))
        await until(lambda: on.simulator.world.recordings.started["room"].status == "stopped")
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.pass_time(5)
        await stopping
        names = [
            each.get("status", each["event"])
            for each in await on.heard()
            if each["event"] in ("recordingStatusChanged", "sessionDestroyed")
        ]
        assert names == ["started", "stopped", "stopped", "sessionDestroyed", "ready"]


async def test_the_last_one_leaves_while_docker_starts() -> None:
    async with bench("2.15", start_seconds=5) as on:
        here = await on.join(**MIKE)
        starting = asyncio.create_task(start(on))
        await until(lambda: on.simulator.world.recordings.starting)
        left = await on.client.post("/_control/sessions/room/leave", json=here)
        assert "NullPointerException" in left.json()["error"]
        await on.pass_time(5)
        assert (await starting).status_code == 500
        await on.pass_time(3600)
        assert (await session(on))["connections"]["numberOfElements"] == 0
        assert (await on.heard_names())[-1] == "webrtcConnectionCreated"
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_stuck_states_made_to_order(profile: str) -> None:
    async with bench(profile) as on:
        watcher = (await on.join(clientData="Ann"))["connectionId"]
        await on.join(**MIKE)
        await on.control("sessions/room/stick", how="phantom")
        assert (await session(on))["recording"] is True
        assert (await start(on)).status_code == 409
        await on.control("sessions/room/stick", how="half-closed")
        heard = await on.heard()
        left = [each["participantId"] for each in heard if each["event"] == "participantLeft"]
        assert left == [watcher]
        assert (await session(on))["connections"]["numberOfElements"] == 0
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.join(**MIKE)
        assert (await session(on))["recording"] is False
        await on.control("sessions/room/stick", how="forsaken")
        await on.pass_time(7200)
        assert (await session(on))["connections"]["numberOfElements"] == 0
        again = (await on.join(**MIKE))["connectionId"]
        await on.control("sessions/room/leave", connectionId=again)
        assert (await on.api("GET", "/sessions/room")).status_code == 404
        await on.join(**MIKE)
        await on.control("sessions/room/stick", how="forsaken")
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_closing_that_breaks_half_way(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await on.join(clientData="Ann")
        await on.control("troubles", close="error")
        broke = await on.api("DELETE", "/sessions/room")
        assert broke.status_code == (500 if profile in OLD else 403)
        assert (await session(on))["connections"]["numberOfElements"] == 1
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        assert (await on.heard_names()).count("participantLeft") == 1


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_lock_that_is_not_to_be_had(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await on.control("troubles", close="timeout")
        answer = await on.api("DELETE", "/sessions/room")
        assert answer.status_code == 400
        assert "closing lock" in answer.json()["message"]
        assert (await session(on))["connections"]["numberOfElements"] == 1
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_session_that_cannot_be_read_can_be_acted_on(profile: str) -> None:
    async with bench(profile) as on:
        mike = (await on.join(**MIKE))["connectionId"]
        await on.join("other", **MIKE)
        await on.control("sessions/room/stick", how="unreadable")
        for path in ("/sessions", "/sessions/room"):
            assert (await on.api("GET", path)).status_code == (500 if profile in OLD else 403)
        assert (await on.api("GET", "/sessions/other")).status_code == 200
        signal = {"session": "room", "data": "hello"}
        assert (await on.api("POST", "/signal", json=signal)).status_code == 200
        await on.join(clientData="Ann")
        assert (await on.api("DELETE", f"/sessions/room/connection/{mike}")).status_code == 204
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        assert (await on.api("GET", "/sessions")).status_code == 200


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_restart_frees_what_is_stuck(profile: str) -> None:
    async with bench(profile, edition="pro") as on:
        await on.join(**MIKE)
        await start(on)
        await on.control("recordings/room", status="stuck")
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409
        restart = await on.client.post(f"{on.simulator.world.profile.pro}/restart", json={})
        assert restart.status_code == 200
        await on.pass_time(5)
        assert await listed(on) == {"room": "stopped"}
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204
        await on.join(**MIKE)
        assert (await session(on))["recording"] is False


async def test_who_waits_for_a_server_that_is_killed_gets_no_answer() -> None:
    async with bench(start_seconds=5) as on:
        await on.join(**MIKE)
        starting = asyncio.create_task(start(on))
        await until(lambda: on.simulator.world.recordings.starting)
        await on.control("kill")
        await on.pass_time(5)
        with pytest.raises(httpx.ReadError):
            await starting
        assert await listed(on) == {}


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_one_damaged_file_costs_the_list(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on)
        await stop(on)
        other = (await start(on)).json()["id"]
        await on.control("recordings/room", status="damaged")
        broken = 500 if profile in OLD else 403
        assert (await on.api("GET", "/recordings")).status_code == broken
        assert (await on.api("GET", "/recordings/room")).status_code == broken
        assert (await on.api("GET", f"/recordings/{other}")).json()["status"] == "started"
        assert (await stop(on, other)).json()["status"] == "ready"
        assert (await on.api("DELETE", f"/recordings/{other}")).status_code == 204


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_recording_that_is_stuck_or_empty(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await start(on)
        await on.control("recordings/room", status="stuck")
        assert await listed(on) == {"room": "stopped"}
        assert (await session(on))["recording"] is True
        assert (await stop(on)).json()["status"] == "stopped"
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409
        await on.control("reset")
        await on.join(**MIKE)
        await start(on)
        await on.control("recordings/room", status="empty")
        found = (await on.api("GET", "/recordings/room")).json()
        assert (found["status"], found["duration"], found["size"]) == ("ready", 0.0, 0)


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_half_made_subscribers(profile: str) -> None:
    async with bench(profile) as on:
        await on.control("pace", negotiating=3)
        mike = await on.join(**MIKE)
        ann = await on.join(clientData="Ann")
        people = (await session(on))["connections"]["content"]
        watching = {each["connectionId"]: each["subscribers"] for each in people}
        assert watching[ann["connectionId"]] == [{"createdAt": None, "streamId": None}]
        assert (await on.heard_names()).count("webrtcConnectionCreated") == 1
        await on.pass_time(3)
        people = (await session(on))["connections"]["content"]
        watching = {each["connectionId"]: each["subscribers"] for each in people}
        (made,) = watching[ann["connectionId"]]
        assert made["streamId"] == mike["streamId"]
        assert made["createdAt"] is not None
        assert (await on.heard_names()).count("webrtcConnectionCreated") == 2


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_who_leaves_half_made_is_told_of_only_by_2_32(profile: str) -> None:
    async with bench(profile) as on:
        await on.control("pace", negotiating=3)
        await on.join(**MIKE)
        ann = await on.join(clientData="Ann")
        await on.control("sessions/room/leave", connectionId=ann["connectionId"])
        await on.pass_time(3)
        names = (await on.heard_names())[-2:]
        late = ["participantLeft", "webrtcConnectionCreated"]
        assert names == (["participantJoined", "participantLeft"] if profile in OLD else late)


async def test_what_is_never_told_and_what_is_told_with_an_earlier_time() -> None:
    async with bench() as on:
        await on.control("troubles", left="untold", time="steps-back")
        await on.join(**MIKE)
        await on.join(clientData="Ann")
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        heard = await on.heard()
        assert [each["event"] for each in heard].count("participantLeft") == 1
        assert heard[0]["timestamp"] == heard[1]["timestamp"] - 120


@pytest.mark.parametrize(
    ("path", "body", "complaint"),
    [
        ("troubles", {}, "what is to fail?"),
        ("troubles", {"kettle": "cold"}, "nothing called kettle"),
        ("troubles", {"record": "sings"}, "record must be one of"),
        ("pace", {"starting": -1}, "starting must be a number"),
        ("sessions/room/stick", {"how": "glue"}, "how must be one of"),
        ("sessions/nope/stick", {"how": "phantom"}, "there is no session nope"),
        ("sessions/room/cut", {"connectionId": "x"}, "there is no participant x"),
        ("recordings/nope", {"status": "stuck"}, "there is no recording nope"),
    ],
)
async def test_mistakes_are_told_in_words(path: str, body: dict[str, Any], complaint: str) -> None:
    async with bench() as on:
        await on.join(**MIKE)
        answer = await on.client.post(f"/_control/{path}", json=body)
        assert answer.status_code == 400
        assert complaint in answer.json()["error"]
