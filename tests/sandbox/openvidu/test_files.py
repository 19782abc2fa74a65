"""Recorded files: real ones, under the recording's URL, with credentials and ranges."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from typing import Any

import httpx
import pytest

from tests.sandbox.openvidu.bench import PROFILE_NAMES, Bench, bench


async def made(on: Bench, **asked: Any) -> str:
    """The URL of a recording that is ready."""
    await on.join(clientData="Mike", serverData="srv", publish="camera")
    await on.record(**asked)
    answer = await on.api("POST", "/recordings/stop/room")
    url: str = answer.json()["url"]
    return url


def boxes(content: bytes) -> list[bytes]:
    """The names of an mp4's boxes."""
    names, at = [], 0
    while at < len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        names.append(name)
        at += size
    return names


async def test_a_composed_recording_is_an_mp4_with_a_thumbnail() -> None:
    async with bench() as on:
        url = await made(on, name="mine")
        film = await on.client.get(url)
        assert film.headers["content-type"] == "video/mp4"
        assert {b"ftyp", b"moov", b"mdat"} <= set(boxes(film.content))
        assert len(film.content) == (await on.api("GET", "/recordings/room")).json()["size"]
        # The thumbnail is named by the recording's id, not by its name.
        picture = await on.client.get(url.replace("mine.mp4", "room.jpg"))
        assert picture.headers["content-type"] == "image/jpeg"
        assert picture.content.startswith(b"\xff\xd8\xff")
        assert picture.content.endswith(b"\xff\xd9")


async def test_sound_alone_is_a_webm() -> None:
    async with bench() as on:
        url = await made(on, hasVideo=False)
        assert url.endswith("/room.webm")
        sound = await on.client.get(url)
        assert sound.headers["content-type"] in ("video/webm", "audio/webm")
        assert sound.content.startswith(b"\x1a\x45\xdf\xa3")
        assert b"webm" in sound.content[:64]
        assert (await on.client.get(url.replace(".webm", ".jpg"))).status_code == 404


async def test_individual_streams_are_a_zip_with_a_description() -> None:
    async with bench() as on:
        url = await made(on, outputMode="INDIVIDUAL")
        packed = await on.client.get(url)
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            assert archive.testzip() is None
            about = json.loads(archive.read("room.json"))
            (stream,) = about["files"]
            assert archive.namelist() == [f"{stream['streamId']}.webm", "room.json"]
            content = archive.read(f"{stream['streamId']}.webm")
        assert content.startswith(b"\x1a\x45\xdf\xa3")
        assert stream["size"] == len(content)
        assert (stream["clientData"], stream["serverData"]) == ("Mike", "srv")
        assert (stream["hasAudio"], stream["hasVideo"]) == (True, True)
        assert stream["typeOfVideo"] == "CAMERA"
        assert about["sessionId"] == "room"


async def test_streams_that_are_not_to_be_recorded_are_not_in_the_zip() -> None:
    async with bench() as on:
        await on.session()
        asked = {"session": "room", "record": False}
        token = (await on.api("POST", "/tokens", json=asked)).json()["token"]
        await on.join(token=token, publish="camera")
        url = await made(on, outputMode="INDIVIDUAL")
        packed = await on.client.get(url)
        with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
            assert len(json.loads(archive.read("room.json"))["files"]) == 1


async def test_the_servers_own_note_lies_beside_the_recording() -> None:
    async with bench() as on:
        url = await made(on)
        note = await on.client.get(url.replace("room.mp4", ".recording.room"))
        assert json.loads(note.content) == (await on.api("GET", "/recordings/room")).json()


@pytest.mark.parametrize("profile", PROFILE_NAMES)
@pytest.mark.parametrize("public", [False, True])
async def test_credentials_are_needed_unless_access_is_public(profile: str, public: bool) -> None:
    async with bench(profile, public_access=public) as on:
        url = await made(on)
        answer = await on.client.send(httpx.Request("GET", url), auth=None)
        assert answer.status_code == (200 if public else 401)
        assert (await on.client.get(url)).status_code == 200


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_nothing_is_there_before_ready_or_after_deletion(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(publish="camera")
        await on.record()
        missing = 403 if profile == "2.32" else 404
        path = f"{on.simulator.world.profile.recordings}/room/room.mp4"
        assert (await on.client.get(path)).status_code == missing
        await on.api("POST", "/recordings/stop/room")
        assert (await on.client.get(path)).status_code == 200
        await on.api("DELETE", "/recordings/room")
        assert (await on.client.get(path)).status_code == missing


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=100-", 100, None),
        ("bytes=-100", -100, None),
        ("bytes=0-99999999", 0, None),
        ("Bytes=5-6", 5, 6),
    ],
)
async def test_one_range(asked: str, first: int, last: int | None) -> None:
    async with bench() as on:
        url = await made(on)
        whole = (await on.client.get(url)).content
        total = len(whole)
        begin = first % total
        end = total - 1 if last is None else last
        answer = await on.client.get(url, headers={"Range": asked})
        assert answer.status_code == 206
        assert answer.content == whole[begin : end + 1]
        assert answer.headers["content-range"] == f"bytes {begin}-{end}/{total}"
        assert answer.headers["content-length"] == str(end - begin + 1)
        assert answer.headers["accept-ranges"] == "bytes"
        assert answer.headers["content-type"] == "video/mp4"


@pytest.mark.parametrize(
    "asked", ["bytes=99999999-", "bytes=5-4", "bytes=-", "bytes=x-y", "chunks=0-1", "bytes=-0"]
)
@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_ranges_that_cannot_be_served(profile: str, asked: str) -> None:
    async with bench(profile) as on:
        url = await made(on)
        total = len((await on.client.get(url)).content)
        answer = await on.client.get(url, headers={"Range": asked})
        assert answer.headers["content-range"] == f"bytes */{total}"
        if profile == "2.32":
            assert (answer.status_code, answer.content) == (403, b"")
        else:
            assert answer.status_code == 416
            assert answer.json()["error"] == "Requested range not satisfiable"


async def test_several_ranges() -> None:
    async with bench() as on:
        url = await made(on)
        whole = (await on.client.get(url)).content
        answer = await on.client.get(url, headers={"Range": "bytes=0-3, -4"})
        assert answer.status_code == 206
        kind, _, boundary = answer.headers["content-type"].partition(";boundary=")
        assert kind == "multipart/byteranges"
        parts = answer.content.split(f"--{boundary}".encode())
        assert parts[0] == b"\r\n"
        assert parts[-1] == b"--"
        bodies = [each.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for each in parts[1:-1]]
        assert bodies == [whole[:4], whole[-4:]]


async def test_head_and_dates() -> None:
    async with bench() as on:
        url = await made(on)
        head = await on.client.head(url)
        whole = await on.client.get(url)
        assert head.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == str(len(whole.content))
        since = {"If-Modified-Since": whole.headers["last-modified"]}
        assert (await on.client.get(url, headers=since)).status_code == 304
        long_ago = {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}
        assert (await on.client.get(url, headers=long_ago)).status_code == 200
        nonsense = {"If-Modified-Since": "yesterday"}
        assert (await on.client.get(url, headers=nonsense)).status_code == 200


async def test_boot_3_has_no_rule_for_head_on_files() -> None:
    async with bench("2.32") as on:
        url = await made(on)
        assert (await on.client.head(url)).status_code == 403
