"""Restarting a Pro server: what it refuses, what it keeps, and the pause."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.openvidu.bench import PROFILE_NAMES, Bench, Receiver, bench

VALID: dict[str, Any] = {
    "OPENVIDU_CDR": True,
    "OPENVIDU_RECORDING": True,
    "OPENVIDU_RECORDING_PATH": "/data/recordings",
    "OPENVIDU_RECORDING_PUBLIC_ACCESS": True,
    "OPENVIDU_RECORDING_NOTIFICATION": "all",
    "OPENVIDU_RECORDING_CUSTOM_LAYOUT": "/data/layout",
    "OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT": 60,
    "OPENVIDU_WEBHOOK": True,
    "OPENVIDU_WEBHOOK_ENDPOINT": "http://other.example.com/hook",
    "OPENVIDU_WEBHOOK_HEADERS": ["X-New: yes"],
    "OPENVIDU_WEBHOOK_EVENTS": ["participantJoined"],
    "OPENVIDU_STREAMS_VIDEO_MAX_RECV_BANDWIDTH": 1,
    "OPENVIDU_STREAMS_VIDEO_MIN_RECV_BANDWIDTH": 2,
    "OPENVIDU_STREAMS_VIDEO_MAX_SEND_BANDWIDTH": 3,
    "OPENVIDU_STREAMS_VIDEO_MIN_SEND_BANDWIDTH": 4,
    "OPENVIDU_SESSIONS_GARBAGE_INTERVAL": 5,
    "OPENVIDU_SESSIONS_GARBAGE_THRESHOLD": 6,
    "OPENVIDU_PRO_CLUSTER_ID": "MINE",
    "OPENVIDU_PRO_CLUSTER_MEDIA_NODES": 2,
    "OPENVIDU_PRO_CLUSTER_PATH": "/data/cluster",
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING": True,
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES": 4,
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_NODES": 1,
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD": 80,
    "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD": 20,
    "OPENVIDU_PRO_STATS_MONITORING_INTERVAL": 7,
    "OPENVIDU_PRO_STATS_WEBRTC_INTERVAL": 8,
}


async def restart(on: Bench, body: Any) -> Any:
    return await on.client.post(f"{on.simulator.world.profile.pro}/restart", json=body)


async def config(on: Bench) -> dict[str, Any]:
    found: dict[str, Any] = (await on.client.get(on.simulator.world.profile.pro_config_path)).json()
    return found


def test_all_twenty_seven_properties_are_here() -> None:
    assert len(VALID) == 27


@pytest.mark.parametrize("profile", ["seed", "2.15"])
async def test_every_documented_property_is_changed(profile: str) -> None:
    async with bench(profile, edition="pro") as on:
        assert (await restart(on, VALID)).status_code == 200
        await on.pass_time(3)
        found = await config(on)
        assert {each: found[each] for each in VALID} == VALID


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENVIDU_SECRET", "new"),
        ("HTTPS_PORT", 444),
        ("UNKNOWN", 1),
        ("OPENVIDU_CDR", "true"),
        ("OPENVIDU_CDR", None),
        ("OPENVIDU_RECORDING_PATH", "relative"),
        ("OPENVIDU_RECORDING_PATH", 5),
        ("OPENVIDU_RECORDING_NOTIFICATION", "everybody"),
        ("OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT", -1),
        ("OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT", "60"),
        ("OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT", True),
        ("OPENVIDU_WEBHOOK_ENDPOINT", "not a url"),
        ("OPENVIDU_WEBHOOK_HEADERS", "X: y"),
        ("OPENVIDU_WEBHOOK_HEADERS", ["no colon"]),
        ("OPENVIDU_WEBHOOK_HEADERS", [5]),
        ("OPENVIDU_WEBHOOK_EVENTS", ["nonsense"]),
        ("OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_LOAD", 101),
        ("OPENVIDU_PRO_CLUSTER_AUTOSCALING_MIN_LOAD", 99),
    ],
)
async def test_a_wrong_property_stops_the_restart(profile: str, name: str, value: Any) -> None:
    async with bench(profile, edition="pro") as on:
        await on.join()
        before = await config(on)
        answer = await restart(on, {"OPENVIDU_RECORDING": False, name: value})
        assert answer.status_code == 400
        told = answer.json()
        assert told["path"] == f"{on.simulator.world.profile.pro}/restart"
        assert told["message"].startswith("Property ")
        assert await config(on) == before
        assert (await on.api("GET", "/sessions/room")).status_code == 200


async def test_a_webhook_needs_an_endpoint() -> None:
    async with bench(edition="pro", webhook=None) as on:
        assert (await restart(on, {"OPENVIDU_WEBHOOK": True})).status_code == 400


async def test_2_32_no_longer_lets_the_monitoring_interval_be_changed() -> None:
    async with bench("2.32", edition="pro") as on:
        body = {"OPENVIDU_PRO_STATS_MONITORING_INTERVAL": 1}
        assert (await restart(on, body)).status_code == 400


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_pause(profile: str) -> None:
    async with bench(profile, edition="pro") as on:
        await on.session("waiting")
        await on.join(publish="camera")
        await on.record()
        answer = await restart(on, {})
        assert (answer.status_code, answer.content) == (200, b"")
        away = await on.api("GET", "/sessions")
        assert away.status_code == 502
        assert away.headers["content-type"] == "text/html"
        assert (await on.client.get("/")).status_code == 502
        await on.pass_time(2)
        assert (await on.api("GET", "/sessions")).status_code == 502
        await on.pass_time(1)
        assert (await on.api("GET", "/sessions")).json() == {"numberOfElements": 0, "content": []}
        # What is on disk is still there.
        assert (await on.api("GET", "/recordings/room")).json()["status"] == "ready"
        ended = [each for each in await on.heard() if each["event"] == "sessionDestroyed"]
        assert {each["reason"] for each in ended} == {"openviduServerStopped"}


async def test_the_new_settings_are_in_force() -> None:
    receiver = Receiver()
    async with bench("seed", receiver, edition="pro", gc_interval=0) as on:
        wanted = {
            "OPENVIDU_WEBHOOK_ENDPOINT": "http://other.example.com/",
            "OPENVIDU_WEBHOOK_HEADERS": ["X-New: yes"],
            "OPENVIDU_WEBHOOK_EVENTS": ["participantJoined"],
            "OPENVIDU_SESSIONS_GARBAGE_INTERVAL": 10,
            "OPENVIDU_SESSIONS_GARBAGE_THRESHOLD": 5,
            "OPENVIDU_RECORDING": False,
        }
        assert (await restart(on, wanted)).status_code == 200
        await on.pass_time(3)
        await on.session("waiting")
        await on.join()
        await on.simulator.idle()
        (request,) = receiver.requests
        assert str(request.url) == "http://other.example.com/"
        assert request.headers["x-new"] == "yes"
        assert (await on.api("GET", "/recordings")).status_code == 501
        await on.pass_time(10)
        assert (await on.api("GET", "/sessions/waiting")).status_code == 404


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_configuration_of_pro(profile: str) -> None:
    async with bench(profile, edition="pro") as on:
        found = await config(on)
        assert list(found)[:2] == ["VERSION", "OPENVIDU_SERVER_DEPENDENCY_VERSION"]
        assert found["KMS_URIS"] == ["ws://172.17.0.2:8888/kurento"]
        assert found["OPENVIDU_PRO_CLUSTER_ENVIRONMENT"] == "docker"
        assert "OPENVIDU_PRO_CLUSTER_AUTOSCALING_MAX_NODES" not in found
        assert ("OPENVIDU_EDITION" in found) is (profile == "2.32")
