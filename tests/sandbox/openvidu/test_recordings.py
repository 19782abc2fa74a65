"""Recordings: their life, their ids, and the timer that stops a recording of nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.openvidu.bench import NOW_MS, PROFILE_NAMES, PUBLIC, Bench, bench, until

MIKE = {"clientData": "Mike", "publish": "camera"}


async def recording(on: Bench, recording_id: str = "room") -> dict[str, Any]:
    answer = await on.api("GET", f"/recordings/{recording_id}")
    assert answer.status_code == 200, recording_id
    found: dict[str, Any] = answer.json()
    return found


async def stop(on: Bench, recording_id: str = "room") -> dict[str, Any]:
    answer = await on.api("POST", f"/recordings/stop/{recording_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def exists(on: Bench, session_id: str = "room") -> bool:
    return (await on.api("GET", f"/sessions/{session_id}")).status_code == 200


async def recordings_heard(on: Bench) -> list[tuple[str, str, Any]]:
    return [
        (each["id"], each["status"], each.get("reason"))
        for each in await on.heard()
        if each["event"] == "recordingStatusChanged"
    ]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_session_says_whether_it_is_recorded(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        for expected, act in ((False, None), (True, on.record), (False, stop)):
            if act is not None:
                await (act() if act == on.record else stop(on))
            session = (await on.api("GET", "/sessions/room")).json()
            assert session["recording"] is expected


@pytest.mark.parametrize(("profile", "mark"), [("seed", "-"), ("2.15", "-"), ("2.32", "~")])
async def test_the_lowest_free_number_is_taken(profile: str, mark: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        made = []
        for _ in range(3):
            made.append((await on.record())["id"])
            await stop(on, made[-1])
        assert made == ["room", f"room{mark}1", f"room{mark}2"]
        assert (await on.api("DELETE", f"/recordings/room{mark}1")).status_code == 204
        assert (await on.record())["id"] == f"room{mark}1"
        assert (await recording(on, f"room{mark}1"))["name"] == f"room{mark}1"


async def test_a_new_session_of_the_same_id_records_under_the_next_number() -> None:
    async with bench() as on:
        for expected in ("room", "room-1"):
            await on.join(**MIKE)
            assert (await on.record())["id"] == expected
            assert (await on.api("DELETE", "/sessions/room")).status_code == 204


async def test_a_recording_outlives_its_session() -> None:
    async with bench() as on:
        await on.join(**MIKE)
        await on.record()
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        assert (await recording(on))["status"] == "ready"
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204
        assert (await on.api("GET", "/recordings/room")).status_code == 404


async def test_nothing_lists_what_is_starting_but_its_session_says_so() -> None:
    async with bench(start_seconds=5) as on:
        await on.join(**MIKE)
        starting = asyncio.create_task(on.record())
        await until(lambda: on.simulator.world.recordings.starting)
        assert (await on.api("GET", "/recordings/room")).status_code == 404
        assert (await on.api("GET", "/recordings")).json() == {"count": 0, "items": []}
        assert (await on.api("GET", "/sessions/room")).json()["recording"] is True
        assert (await on.api("POST", "/recordings/stop/room")).status_code == 406
        assert (await on.api("DELETE", "/recordings/room")).status_code == 409
        again = await on.api("POST", "/recordings/start", json={"session": "room"})
        assert again.status_code == 409
        assert await recordings_heard(on) == []
        await on.pass_time(5)
        assert (await starting)["status"] == "started"
        assert await recordings_heard(on) == [("room", "started", None)]


async def test_closing_the_session_while_the_recording_starts() -> None:
    async with bench(start_seconds=5) as on:
        await on.join(**MIKE)
        starting = asyncio.create_task(
            on.api("POST", "/recordings/start", json={"session": "room"})
        )
        await until(lambda: on.simulator.world.recordings.starting)
        # Whoever publishes is gone without a word, and the session stays: the next one ends it.
        assert (await on.api("DELETE", "/sessions/room")).status_code == 500
        session = (await on.api("GET", "/sessions/room")).json()
        assert session["connections"]["numberOfElements"] == 0
        assert "participantLeft" not in await on.heard_names()
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.pass_time(5)
        answer = await starting
        assert answer.status_code == 500
        # Plain text, labelled as JSON: the server really does that.
        assert answer.headers["content-type"] == "application/json"
        assert answer.text.startswith("Error starting recording: ")
        assert (await on.api("GET", "/recordings/room")).status_code == 404
        assert await recordings_heard(on) == []


async def test_the_session_ends_while_its_recording_is_being_stopped() -> None:
    async with bench(stop_seconds=5) as on:
        await on.join(**MIKE)
        await on.record()
        stopping = asyncio.create_task(on.api("POST", "/recordings/stop/room"))
        await until(lambda: on.simulator.app.asked()[-1]["operation"] == "stopRecording")
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.pass_time(5)
        answer = await stopping
        assert answer.status_code == 500
        assert answer.json()["message"] == "No message available"
        assert (await recording(on))["status"] == "ready"


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_closing_a_session_stops_its_recording_first(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        await on.record()
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        assert (await on.heard_names())[-5:] == [
            "webrtcConnectionDestroyed",
            "participantLeft",
            "recordingStatusChanged",
            "recordingStatusChanged",
            "sessionDestroyed",
        ]
        reason = "sessionClosedByServer"
        assert await recordings_heard(on) == [
            ("room", "started", None),
            ("room", "stopped", reason),
            ("room", "ready", reason),
        ]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_an_empty_session_goes_on_while_it_is_recorded(profile: str) -> None:
    async with bench(profile) as on:
        here = await on.join(**MIKE)
        await on.record()
        await on.control("sessions/room/leave", connectionId=here["connectionId"])
        session = (await on.api("GET", "/sessions/room")).json()
        assert session["connections"]["numberOfElements"] == 0
        assert session["recording"] is True
        await on.pass_time(119)
        assert await exists(on)
        await on.pass_time(1)
        assert not await exists(on)
        assert await recordings_heard(on) == [
            ("room", "started", None),
            ("room", "stopped", "automaticStop"),
            ("room", "ready", "automaticStop"),
        ]
        last = (await on.heard())[-1]
        assert (last["event"], last["reason"]) == ("sessionDestroyed", "automaticStop")


async def test_people_without_a_stream_keep_their_session_but_not_the_recording() -> None:
    async with bench(autostop=60) as on:
        await on.join(clientData="silent")
        await on.record()
        await on.pass_time(60)
        assert await exists(on)
        assert (await recording(on))["status"] == "ready"
        assert (await recordings_heard(on))[-1] == ("room", "ready", "automaticStop")


async def test_publishing_ends_the_countdown() -> None:
    async with bench(autostop=60) as on:
        here = await on.join(**MIKE)
        await on.record()
        await on.control("sessions/room/unpublish", connectionId=here["connectionId"])
        await on.pass_time(59)
        await on.control("sessions/room/publish", connectionId=here["connectionId"])
        await on.pass_time(600)
        assert (await recording(on))["status"] == "started"


async def test_joining_alone_does_not_end_the_countdown() -> None:
    async with bench(autostop=60) as on:
        here = await on.join(**MIKE)
        await on.record()
        await on.control("sessions/room/leave", connectionId=here["connectionId"])
        await on.pass_time(59)
        await on.join(clientData="silent")
        await on.pass_time(1)
        assert (await recording(on))["status"] == "ready"
        assert await exists(on)


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_stopping_by_hand_ends_an_empty_session(profile: str) -> None:
    async with bench(profile) as on:
        here = await on.join(**MIKE)
        await on.record()
        await on.control("sessions/room/leave", connectionId=here["connectionId"])
        assert (await stop(on))["status"] == "ready"
        assert not await exists(on)
        last = (await on.heard())[-1]
        assert (last["event"], last["reason"]) == ("sessionDestroyed", "recordingStoppedByServer")


async def test_no_countdown_at_all_in_2_32_says_that_the_last_one_left() -> None:
    async with bench("2.32", autostop=0) as on:
        here = await on.join(**MIKE)
        await on.record()
        await on.control("sessions/room/leave", connectionId=here["connectionId"])
        await on.pass_time(0)
        assert (await recordings_heard(on))[-1] == ("room", "ready", "lastParticipantLeft")
        assert not await exists(on)


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_always_starts_with_the_first_stream(profile: str) -> None:
    async with bench(profile) as on:
        await on.session(recordingMode="ALWAYS")
        await on.join(clientData="silent")
        assert (await on.api("GET", "/recordings")).json()["count"] == 0
        await on.join(**MIKE)
        assert (await recording(on))["status"] == "started"
        await stop(on)
        await on.join(publish="screen")
        assert (await on.api("GET", "/recordings")).json()["count"] == 1


async def test_always_starts_again_in_a_new_session() -> None:
    async with bench() as on:
        for count in (1, 2):
            await on.session(recordingMode="ALWAYS")
            await on.join(**MIKE)
            assert (await on.api("GET", "/recordings")).json()["count"] == count
            assert (await on.api("DELETE", "/sessions/room")).status_code == 204


async def test_always_takes_its_time() -> None:
    async with bench(start_seconds=3) as on:
        await on.session(recordingMode="ALWAYS")
        await on.join(**MIKE)
        assert (await on.api("GET", "/recordings/room")).status_code == 404
        assert (await on.api("GET", "/sessions/room")).json()["recording"] is True
        await on.pass_time(3)
        assert (await recording(on))["status"] == "started"


@pytest.mark.parametrize("settings", [{"recording": False}, {"session": {"mediaMode": "RELAYED"}}])
async def test_always_needs_the_module_and_routed_media(settings: dict[str, Any]) -> None:
    session = settings.pop("session", {})
    async with bench(**settings) as on:
        await on.session(recordingMode="ALWAYS", **session)
        await on.join(**MIKE)
        assert on.simulator.world.recordings.items == {}


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_pro_is_ready_only_after_processing(profile: str) -> None:
    async with bench(profile, edition="pro", processing_seconds=20) as on:
        await on.join(**MIKE)
        await on.record()
        await on.pass_time(30)
        stopped = await stop(on)
        assert (stopped["status"], stopped["size"], stopped["duration"]) == ("stopped", 0, 0.0)
        assert stopped["url"] is None
        await on.pass_time(19)
        assert (await recording(on))["status"] == "stopped"
        await on.pass_time(1)
        ready = await recording(on)
        assert (ready["status"], ready["duration"]) == ("ready", 30.0)
        assert ready["url"].startswith(PUBLIC)


async def test_pro_may_delete_what_is_still_processed() -> None:
    async with bench(edition="pro") as on:
        await on.join(**MIKE)
        await on.record()
        await stop(on)
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204
        await on.pass_time(60)
        assert [each[1] for each in await recordings_heard(on)] == ["started", "stopped"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["failed"], ["started", "stopped", "failed"]),
        (["stopped"], ["started", "stopped"]),
        (["stopped", "failed"], ["started", "stopped", "failed"]),
        (["stopped", "ready"], ["started", "stopped", "ready"]),
        (["ready"], ["started", "stopped", "ready"]),
    ],
)
async def test_a_test_may_force_what_happens(asked: list[str], told: list[str]) -> None:
    async with bench() as on:
        await on.join(**MIKE)
        await on.record()
        for status in asked:
            assert await on.control("recordings/room", status=status) == {"status": status}
        assert [each[1] for each in await recordings_heard(on)] == told
        found = await recording(on)
        assert found["status"] == asked[-1]
        assert (found["url"] is not None) is (asked[-1] in ("ready", "failed"))
        assert (found["size"] > 0) is (asked[-1] == "ready")
        assert (await on.api("GET", "/sessions/room")).json()["recording"] is False


@pytest.mark.parametrize("status", ["started", "starting", "nonsense", ""])
async def test_nothing_can_be_forced_backwards(status: str) -> None:
    async with bench() as on:
        await on.join(**MIKE)
        await on.record()
        await stop(on)
        answer = await on.client.post("/_control/recordings/room", json={"status": status})
        assert answer.status_code == 400
        assert "cannot become" in answer.json()["error"]


async def test_a_recording_that_its_server_forgot() -> None:
    """It stays started on disk for ever: stop knows nothing of it, delete removes it."""
    async with bench() as on:
        await on.join(**MIKE)
        await on.record()
        await on.control("recordings/room", status="orphan")
        assert (await recording(on))["status"] == "started"
        assert (await on.api("POST", "/recordings/stop/room")).status_code == 404
        assert (await on.api("DELETE", "/recordings/room")).status_code == 204


async def test_names_are_free_in_2_15() -> None:
    async with bench("2.15") as on:
        await on.join(**MIKE)
        name = "3180 2020-5-11_12:34:0"
        assert (await on.record(name=name))["name"] == name
        url = (await stop(on))["url"]
        assert url == f"{PUBLIC}/recordings/room/{name}.mp4"
        assert (await on.client.get(url)).status_code == 200


async def test_the_creation_time_is_the_start() -> None:
    async with bench() as on:
        await on.join(**MIKE)
        await on.pass_time(7)
        assert (await on.record())["createdAt"] == NOW_MS + 7000
