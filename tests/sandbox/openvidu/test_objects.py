"""The JSON objects of each version: every key, in the server's order."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.sandbox.openvidu.bench import NOW_MS, PROFILE_NAMES, PUBLIC, Bench, bench

CLASSIC = ("seed", "2.15")
CAMERA = "rtsp://10.0.0.5:554/yard-1.sdp"


async def only_connection(on: Bench) -> dict[str, Any]:
    found = (await on.api("GET", "/sessions/room")).json()["connections"]["content"]
    assert len(found) == 1
    connection: dict[str, Any] = found[0]
    return connection


@pytest.mark.parametrize("profile", CLASSIC)
async def test_an_initialized_session_before_2_16(profile: str) -> None:
    async with bench(profile) as on:
        made = await on.api("POST", "/sessions")
        assert list(made.json()) == ["id", "createdAt"]
        assert re.fullmatch(r"ses_[A-Z][A-Za-z0-9]{9}", made.json()["id"])
        found = (await on.api("GET", f"/sessions/{made.json()['id']}")).json()
        assert list(found.items()) == [
            ("sessionId", made.json()["id"]),
            ("createdAt", NOW_MS),
            ("mediaMode", "ROUTED"),
            ("recordingMode", "MANUAL"),
            ("defaultOutputMode", "COMPOSED"),
            ("defaultRecordingLayout", "BEST_FIT"),
            ("customSessionId", ""),
            ("connections", {"numberOfElements": 0, "content": []}),
            ("recording", False),
        ]


async def test_an_initialized_session_of_2_32_is_answered_whole() -> None:
    async with bench("2.32") as on:
        made = await on.api("POST", "/sessions", json={"customSessionId": "room"})
        assert list(made.json().items()) == [
            ("id", "room"),
            ("object", "session"),
            ("sessionId", "room"),
            ("createdAt", NOW_MS),
            ("recording", False),
            ("broadcasting", False),
            ("mediaMode", "ROUTED"),
            ("recordingMode", "MANUAL"),
            (
                "defaultRecordingProperties",
                {
                    "name": "",
                    "hasAudio": True,
                    "hasVideo": True,
                    "outputMode": "COMPOSED",
                    "recordingLayout": "BEST_FIT",
                    "resolution": "1280x720",
                    "frameRate": 25,
                    "shmSize": 536870912,
                },
            ),
            ("customSessionId", "room"),
            ("forcedVideoCodec", "MEDIA_SERVER_PREFERRED"),
            ("allowTranscoding", False),
            ("connections", {"numberOfElements": 0, "content": []}),
        ]
        assert (await on.api("GET", "/sessions/room")).json() == made.json()


@pytest.mark.parametrize(
    ("asked", "keys"),
    [
        ({"defaultOutputMode": "INDIVIDUAL"}, []),
        ({"defaultOutputMode": "COMPOSED_QUICK_START"}, ["defaultRecordingLayout"]),
        (
            {"defaultRecordingLayout": "CUSTOM", "defaultCustomLayout": "mine"},
            ["defaultRecordingLayout", "defaultCustomLayout"],
        ),
    ],
)
@pytest.mark.parametrize("profile", CLASSIC)
async def test_recording_defaults_are_told_only_where_they_apply(
    profile: str, asked: dict[str, str], keys: list[str]
) -> None:
    async with bench(profile) as on:
        await on.session(**asked)
        found = (await on.api("GET", "/sessions/room")).json()
        assert [each for each in found if each.startswith(("defaultR", "defaultC"))] == keys


async def test_2_32_ignores_the_old_defaults_and_keeps_the_new_ones() -> None:
    async with bench("2.32") as on:
        await on.session(
            defaultOutputMode="INDIVIDUAL",
            defaultRecordingProperties={"outputMode": "COMPOSED", "hasVideo": False, "name": "n"},
        )
        found = (await on.api("GET", "/sessions/room")).json()
        assert found["defaultRecordingProperties"] == {
            "name": "n",
            "hasAudio": True,
            "hasVideo": False,
            "outputMode": "COMPOSED",
        }
        await on.session("other", defaultRecordingProperties={"outputMode": "INDIVIDUAL"})
        found = (await on.api("GET", "/sessions/other")).json()
        assert list(found["defaultRecordingProperties"]) == [
            "name",
            "hasAudio",
            "hasVideo",
            "outputMode",
            "ignoreFailedStreams",
        ]


@pytest.mark.parametrize("profile", CLASSIC)
async def test_a_publisher_before_2_16(profile: str) -> None:
    async with bench(profile) as on:
        here = await on.join(
            clientData="Mike", serverData="srv", publish="camera", platform="Firefox 80.0"
        )
        found = await only_connection(on)
        expected = [
            ("connectionId", here["connectionId"]),
            ("createdAt", NOW_MS),
            ("location", "unknown"),
            ("platform", "Firefox 80.0"),
            ("token", found["token"]),
            ("role", "PUBLISHER"),
            ("serverData", "srv"),
            ("record", True),
            ("clientData", "Mike"),
            (
                "publishers",
                [
                    {
                        "createdAt": NOW_MS,
                        "streamId": here["streamId"],
                        "mediaOptions": {
                            "hasAudio": True,
                            "audioActive": True,
                            "hasVideo": True,
                            "videoActive": True,
                            "typeOfVideo": "CAMERA",
                            "frameRate": 30,
                            "videoDimensions": '{"width":640,"height":480}',
                            "filter": {},
                        },
                    }
                ],
            ),
            ("subscribers", []),
        ]
        if profile == "2.15":
            expected.remove(("record", True))
        assert list(found.items()) == expected
        assert re.fullmatch(
            r"wss://ov\.example\.com\?sessionId=room&token=tok_[A-Z][A-Za-z0-9]{15}"
            r"&role=PUBLISHER&version=2\.15\.0&coturnIp=ov\.example\.com"
            r"&turnUsername=[A-Z]{6}&turnCredential=[a-z0-9]{6}",
            found["token"],
        )


async def test_a_publisher_of_2_32() -> None:
    async with bench("2.32") as on:
        here = await on.join(clientData="Mike", serverData="srv", publish="screen")
        found = await only_connection(on)
        assert list(found) == [
            "id",
            "object",
            "status",
            "connectionId",
            "sessionId",
            "createdAt",
            "activeAt",
            "location",
            "ip",
            "platform",
            "token",
            "type",
            "record",
            "role",
            "kurentoOptions",
            "customIceServers",
            "rtspUri",
            "adaptativeBitrate",
            "onlyPlayWithSubscribers",
            "networkCache",
            "serverData",
            "clientData",
            "publishers",
            "subscribers",
        ]
        assert found["id"] == found["connectionId"] == here["connectionId"]
        assert found["status"] == "active"
        assert found["publishers"][0]["mediaOptions"]["typeOfVideo"] == "SCREEN"
        assert re.fullmatch(
            r"wss://ov\.example\.com\?sessionId=room&token=tok_[A-Z][A-Za-z0-9]{15}",
            found["token"],
        )


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_subscribers_name_the_streams_of_others(profile: str) -> None:
    async with bench(profile) as on:
        first = await on.join(publish="camera")
        second = await on.join(publish="screen")
        content = (await on.api("GET", "/sessions/room")).json()["connections"]["content"]
        subscribed = {each["connectionId"]: each["subscribers"] for each in content}
        assert subscribed == {
            first["connectionId"]: [{"createdAt": NOW_MS, "streamId": second["streamId"]}],
            second["connectionId"]: [{"createdAt": NOW_MS, "streamId": first["streamId"]}],
        }
        assert first["streamId"].startswith("str_CAM_")
        assert second["streamId"].startswith("str_SCR_")
        assert second["streamId"].endswith(second["connectionId"])


@pytest.mark.parametrize("profile", CLASSIC)
async def test_an_ip_camera_before_2_16(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        answer = await on.api(
            "POST",
            "/sessions/room/connection",
            json={"type": "ANYTHING", "rtspUri": CAMERA, "data": "yard", "networkCache": 500},
        )
        found = answer.json()
        assert "token" not in found
        assert re.fullmatch(
            r"ipc_IPCAM_rtsp_[A-Z0-9]{4}_10_0_0_5_554_yard1_sdp", found["connectionId"]
        )
        assert (found["platform"], found["role"]) == ("IPCAM", "PUBLISHER")
        assert (found["clientData"], found["serverData"]) == ("", "yard")
        assert found["subscribers"] == []
        (publisher,) = found["publishers"]
        assert list(publisher) == ["createdAt", "streamId", "rtspUri", "mediaOptions"]
        assert re.fullmatch(
            rf"str_IPC_[A-Z][A-Za-z0-9]{{3}}_{found['connectionId']}", publisher["streamId"]
        )
        options = publisher["mediaOptions"]
        assert (options["frameRate"], options["videoDimensions"]) == (None, None)
        extra: list[tuple[str, Any]] = [
            ("filter", {}),
            ("adaptativeBitrate", True),
            ("onlyPlayWithSubscribers", True),
            ("networkCache", 500),
        ]
        if profile == "2.15":
            extra.pop()
        assert list(options.items())[-len(extra) :] == extra
        assert await only_connection(on) == found


async def test_an_ip_camera_of_2_32() -> None:
    async with bench("2.32") as on:
        await on.session()
        answer = await on.api(
            "POST", "/sessions/room/connection", json={"type": "IPCAM", "rtspUri": CAMERA}
        )
        found = answer.json()
        assert (found["type"], found["status"]) == ("IPCAM", "active")
        assert (found["token"], found["role"], found["clientData"]) == (None, None, None)
        assert (found["rtspUri"], found["networkCache"]) == (CAMERA, 2000)


@pytest.mark.parametrize(
    ("profile", "keys"),
    [
        ("seed", ["id", "connectionId", "session", "role", "data", "record", "token"]),
        ("2.15", ["id", "session", "role", "data", "token"]),
        ("2.32", ["id", "token", "connectionId", "createdAt", "session", "data", "role"]),
    ],
)
async def test_tokens(profile: str, keys: list[str]) -> None:
    async with bench(profile) as on:
        await on.session()
        plain = (await on.api("POST", "/tokens", json={"session": "room"})).json()
        assert list(plain) == keys
        assert plain["id"] == plain["token"]
        assert (plain["role"], plain["data"]) == ("PUBLISHER", "")
        options = {"videoMinSendBandwidth": 1, "allowedFilters": [], "unknown": 2}
        asked = {"session": "room", "role": "MODERATOR", "data": "d", "kurentoOptions": options}
        full = (await on.api("POST", "/tokens", json=asked)).json()
        assert list(full) == [*keys, "kurentoOptions"]
        assert full["kurentoOptions"] == {"videoMinSendBandwidth": 1}
        assert full["token"] != plain["token"]


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_recordings_from_started_to_ready(profile: str) -> None:
    files = "/recordings" if profile == "2.15" else "/openvidu/recordings"
    async with bench(profile) as on:
        await on.session()
        await on.join(publish="camera")
        started = await on.record(name="mine")
        expected: dict[str, Any] = {"id": "room"}
        if profile == "2.32":
            expected["object"] = "recording"
        expected |= {"name": "mine", "outputMode": "COMPOSED"}
        expected["resolution"] = "1280x720" if profile == "2.32" else "1920x1080"
        if profile == "2.32":
            expected["frameRate"] = 25
        expected |= {
            "recordingLayout": "BEST_FIT",
            "sessionId": "room",
            "createdAt": NOW_MS,
            "size": 0,
            "duration": 0.0,
            "url": None,
            "hasAudio": True,
            "hasVideo": True,
            "status": "started",
        }
        assert list(started.items()) == list(expected.items())
        await on.pass_time(61.5)
        stopped = (await on.api("POST", "/recordings/stop/room")).json()
        expected |= {
            "size": stopped["size"],
            "duration": 61.5,
            "url": f"{PUBLIC}{files}/room/mine.mp4",
            "status": "ready",
        }
        assert list(stopped.items()) == list(expected.items())
        assert stopped["size"] > 0
        assert (await on.api("GET", "/recordings/room")).json() == stopped
        assert (await on.api("GET", "/recordings")).json() == {"count": 1, "items": [stopped]}


@pytest.mark.parametrize(
    ("asked", "present", "ending"),
    [
        ({"outputMode": "INDIVIDUAL"}, [], "zip"),
        ({"hasVideo": False}, [], "webm"),
        ({"recordingLayout": "CUSTOM"}, ["resolution", "recordingLayout", "customLayout"], "mp4"),
        ({"outputMode": "COMPOSED_QUICK_START"}, ["resolution", "recordingLayout"], "mp4"),
    ],
)
async def test_what_a_recording_tells_depends_on_how_it_is_made(
    asked: dict[str, Any], present: list[str], ending: str
) -> None:
    async with bench() as on:
        await on.session(defaultCustomLayout="mine")
        await on.join(publish="camera")
        started = await on.record(**asked)
        optional = ("resolution", "recordingLayout", "customLayout")
        assert [each for each in started if each in optional] == present
        # The two composed modes give way to the one the session was made for.
        assert started["outputMode"] == asked.get("outputMode", "COMPOSED").removesuffix(
            "_QUICK_START"
        )
        if "customLayout" in present:
            assert started["customLayout"] == "mine"
        stopped = (await on.api("POST", "/recordings/stop/room")).json()
        assert stopped["url"].endswith(f"/room/room.{ending}")


async def test_the_default_output_mode_is_not_used_before_2_18() -> None:
    async with bench() as on:
        await on.session(defaultOutputMode="INDIVIDUAL")
        await on.join(publish="camera")
        assert (await on.record())["outputMode"] == "COMPOSED"
    async with bench("2.32") as on:
        await on.session(defaultRecordingProperties={"outputMode": "INDIVIDUAL"})
        await on.join(publish="camera")
        assert (await on.record())["outputMode"] == "INDIVIDUAL"


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_statistics_are_added_to_every_stream(profile: str) -> None:
    added = [
        "webrtcEndpointName",
        "remoteSdp",
        "localSdp",
        "receivedCandidates",
        "gatheredCandidates",
        "localCandidate",
        "remoteCandidate",
        "events",
    ]
    async with bench(profile) as on:
        await on.join(publish="camera")
        await on.join()
        for path in ("/sessions/room?webRtcStats=true", "/sessions?webRtcStats=1"):
            found = (await on.api("GET", path)).json()
            session = found["content"][0] if "content" in found else found
            first, second = session["connections"]["content"]
            assert list(first["publishers"][0])[-8:] == added
            assert list(second["subscribers"][0])[-8:] == added


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_configuration(profile: str) -> None:
    async with bench(profile, webhook_headers=("Authorization: Bearer s",)) as on:
        path = on.simulator.world.profile.config_path
        found = (await on.client.get(path)).json()
        assert list(found)[:5] == [
            "VERSION",
            "DOMAIN_OR_PUBLIC_IP",
            "HTTPS_PORT",
            "OPENVIDU_PUBLICURL",
            "OPENVIDU_CDR",
        ]
        assert found["VERSION"] == on.simulator.world.profile.version
        assert (found["DOMAIN_OR_PUBLIC_IP"], found["HTTPS_PORT"]) == ("ov.example.com", 443)
        assert found["OPENVIDU_WEBHOOK_HEADERS"] == ["Authorization: Bearer s"]
        assert found["OPENVIDU_RECORDING_AUTOSTOP_TIMEOUT"] == 120
        assert "OPENVIDU_EDITION" not in found
        values = {
            each: (await on.client.get(f"{path}/openvidu-{each}")).text
            for each in ("version", "publicurl", "recording", "recording-path", "cdr")
        }
        assert values == {
            "version": found["VERSION"],
            "publicurl": f"{PUBLIC}/",
            "recording": "true",
            "recording-path": "/opt/openvidu/recordings/",
            "cdr": "false",
        }


async def test_the_configuration_tells_only_of_what_is_on() -> None:
    async with bench(webhook=None, recording=False) as on:
        found = (await on.api("GET", "/config")).json()
        assert list(found)[-2:] == ["OPENVIDU_RECORDING", "OPENVIDU_WEBHOOK"]
