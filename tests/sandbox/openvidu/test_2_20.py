"""Where 2.20 reads parameters in a way of its own, between 2.15's and that of 2.31 and 2.32."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.openvidu.bench import bench


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ({"resolution": "1x1", "frameRate": 500}, {"resolution": "1280x720", "frameRate": 25}),
        (
            {"outputMode": "COMPOSED", "resolution": "1x1", "frameRate": 500},
            {"resolution": "1x1", "frameRate": 500},
        ),
        ({"outputMode": "INDIVIDUAL", "name": "x"}, {"outputMode": "INDIVIDUAL", "name": "x"}),
        ({"hasAudio": False, "hasVideo": False}, {"hasAudio": False, "hasVideo": False}),
    ],
)
async def test_a_sessions_defaults_are_read_and_not_judged(
    asked: dict[str, Any], kept: dict[str, Any]
) -> None:
    async with bench("2.20") as on:
        answer = await on.api("POST", "/sessions", json={"defaultRecordingProperties": asked})
        found = answer.json()["defaultRecordingProperties"]
        assert {name: found[name] for name in kept} == kept


@pytest.mark.parametrize(
    ("profile", "name", "status"),
    [("2.20", "a~b", 400), ("2.31", "a~b", 200), ("2.20", "a-b", 200), ("2.31", "a b", 400)],
)
async def test_the_names_of_recordings(profile: str, name: str, status: int) -> None:
    async with bench(profile) as on:
        await on.join(publish="camera")
        asked = {"session": "room", "name": name}
        assert (await on.api("POST", "/recordings/start", json=asked)).status_code == status


@pytest.mark.parametrize(("profile", "record"), [("2.20", True), ("2.31", False)])
async def test_who_is_not_to_be_recorded_is_pros_affair_in_2_20(profile: str, record: bool) -> None:
    async with bench(profile) as on:
        await on.session()
        asked = {"record": False}
        answer = await on.api("POST", "/sessions/room/connection", json=asked)
        assert answer.json()["record"] is record


@pytest.mark.parametrize(
    ("profile", "codec"), [("2.20", "VP8"), ("2.31", "MEDIA_SERVER_PREFERRED")]
)
async def test_the_codec_that_is_preferred(profile: str, codec: str) -> None:
    async with bench(profile) as on:
        made = await on.api("POST", "/sessions", json={"customSessionId": "room"})
        assert made.json()["forcedVideoCodec"] == codec
        config = (await on.api("GET", "/config")).json()
        assert config["OPENVIDU_STREAMS_FORCED_VIDEO_CODEC"] == codec
