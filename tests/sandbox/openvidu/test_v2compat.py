"""OpenVidu 3 that plays 2.x: what it leaves out, and what it tells otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.openvidu.bench import Receiver, bench


async def test_it_takes_what_2_30_takes() -> None:
    async with bench("v2compat") as on:
        await on.session()
        await on.join(publish="camera")
        found = (await on.api("GET", "/sessions/room")).json()
        assert (found["object"], found["broadcasting"]) == ("session", False)
        assert (await on.record())["id"] == "room"
        assert (await on.api("POST", "/recordings/stop/room")).json()["status"] == "ready"


@pytest.mark.parametrize("edition", ["ce", "pro"])
@pytest.mark.parametrize(
    "path", ["/config", "/config/openvidu-version", "/media-nodes", "/restart", "/speech-to-text"]
)
async def test_nothing_is_told_of_the_deployment(edition: Any, path: str) -> None:
    async with bench("v2compat", edition=edition) as on:
        assert (await on.api("GET", path)).status_code == 404
        assert (await on.api("GET", "/health")).json() == {"status": "UP"}


async def test_nobody_is_seen_to_watch() -> None:
    async with bench("v2compat") as on:
        await on.join(publish="camera")
        await on.join(publish="camera")
        people = (await on.api("GET", "/sessions/room")).json()["connections"]["content"]
        assert [each["subscribers"] for each in people] == [[], []]


async def test_recording_an_unknown_session_is_a_bad_request() -> None:
    async with bench("v2compat") as on:
        answer = await on.api("POST", "/recordings/start", json={"session": "nope"})
        assert (answer.status_code, answer.content) == (400, b"")


async def test_events_are_late_and_their_reasons_inexact() -> None:
    receiver = Receiver()
    async with bench("v2compat", receiver) as on:
        await on.session()
        first = await on.join(publish="camera")
        await on.join()
        await on.api("DELETE", f"/sessions/room/connection/{first['connectionId']}")
        await on.api("DELETE", "/sessions/room")
        await on.simulator.idle()
        assert receiver.names == []
        await on.pass_time(1)
        await on.simulator.idle()
    told = [(each["event"], each.get("reason")) for each in receiver.events]
    assert told == [
        ("sessionCreated", None),
        ("participantJoined", None),
        ("webrtcConnectionCreated", None),
        ("participantJoined", None),
        ("webrtcConnectionDestroyed", "disconnect"),
        ("participantLeft", "disconnect"),
        ("participantLeft", "disconnect"),
        ("sessionDestroyed", "lastParticipantLeft"),
    ]
