"""The CDR does not forget: what webhooks lost, and letters that they cannot carry."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from tests.sandbox.openvidu.bench import Bench, Receiver, bench

PROFILES = ("2.15", "seed", "2.20", "2.31", "2.32")
NAME = "Zo\u00eb \u540d\u524d \U0001f600"


async def names(on: Bench) -> list[str]:
    answer = await on.client.get(on.simulator.world.profile.cdr)
    assert answer.status_code == 200
    found: list[str] = answer.json()
    return found


async def lines(on: Bench, name: str | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Each event with its fields, out of the newest file."""
    file = name or (await names(on))[-1]
    answer = await on.client.get(f"{on.simulator.world.profile.cdr}/{file}")
    assert answer.headers["content-type"] == "text/plain"
    assert "etag" not in answer.headers
    written = [json.loads(each) for each in answer.content.decode().splitlines()]
    return [next(iter(each.items())) for each in written]


@pytest.mark.parametrize("profile", PROFILES)
async def test_one_line_an_event_with_the_webhooks_fields(profile: str) -> None:
    receiver = Receiver()
    async with bench(profile, receiver, cdr=True) as on:
        await on.join(clientData=NAME, publish="camera")
        await on.api("DELETE", "/sessions/room")
        await on.simulator.idle()
        (name,) = await names(on)
        assert re.fullmatch(r"CDR\.\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.log", name)
        sent = [each.event for each in on.simulator.webhooks.log]
        assert [{**body, "event": event} for event, body in await lines(on)] == sent
        joined = next(body for event, body in await lines(on) if event == "participantJoined")
        assert joined["clientData"] == NAME
    if profile in ("2.15", "seed"):
        assert receiver.events[1]["clientData"] == "Zo\u00eb ?? ?"


@pytest.mark.parametrize(
    ("profile", "more"), [("2.15", True), ("seed", True), ("2.20", False), ("2.32", False)]
)
async def test_recordings_are_told_twice_up_to_2_15(profile: str, more: bool) -> None:
    receiver = Receiver()
    async with bench(profile, receiver, cdr=True) as on:
        await on.join(publish="camera")
        await on.record()
        await on.api("POST", "/recordings/stop/room")
        await on.simulator.idle()
        told = [event for event, _ in await lines(on) if event.startswith("recording")]
    changed = "recordingStatusChanged"
    expected = ["recordingStarted", changed, changed, "recordingStopped", changed]
    assert told == (expected if more else [changed] * 3)
    assert {each for each in receiver.names if each.startswith("recording")} == {changed}


async def test_what_webhooks_lose_is_written_down() -> None:
    receiver = Receiver()
    async with bench("2.15", receiver, cdr=True) as on:
        await on.control("webhooks", mode="off")
        await on.join()
        await on.api("DELETE", "/sessions/room")
        told = [event for event, _ in await lines(on)]
        assert told == [
            "sessionCreated",
            "participantJoined",
            "participantLeft",
            "sessionDestroyed",
        ]
        await on.simulator.idle()
    assert receiver.events == []


async def test_it_is_written_before_the_webhook_is_sent() -> None:
    seen: list[bool] = []

    def answer(request: httpx.Request) -> httpx.Response:
        event = json.loads(request.content)["event"]
        (content,) = on.simulator.world.cdr.files.values()
        seen.append(f'{{"{event}":'.encode() in content)
        return httpx.Response(200)

    async with bench("2.32", Receiver(answer=answer), cdr=True) as on:
        await on.join(publish="camera")
        await on.simulator.idle()
    assert seen == [True] * 3


async def test_a_new_day_and_a_new_start_have_files_of_their_own() -> None:
    async with bench("2.15", cdr=True) as on:
        await on.join()
        (first,) = await names(on)
        await on.pass_time(24 * 3600)
        assert await names(on) == [first]  # until something happens
        await on.join()
        first, second = await names(on)
        assert first.partition("_")[2] == second.partition("_")[2]
        assert first < second
        assert len(await lines(on, first)) == 2
        await on.control("kill")
        await on.pass_time(3)
        third = (await names(on))[-1]
        assert third.partition("_")[2] != second.partition("_")[2]
        assert await lines(on, third) == []


@pytest.mark.parametrize("profile", PROFILES)
async def test_parts_of_a_file(profile: str) -> None:
    async with bench(profile, cdr=True) as on:
        await on.join(clientData=NAME)
        (name,) = await names(on)
        path = f"{on.simulator.world.profile.cdr}/{name}"
        whole = (await on.client.get(path)).content
        for asked, expected in (
            ("bytes=0-59", whole[:60]),
            ("bytes=60-", whole[60:]),
            ("bytes=-40", whole[-40:]),
            (f"bytes={len(whole) - 1}-", whole[-1:]),
        ):
            part = await on.client.get(path, headers={"Range": asked})
            assert (part.status_code, part.content) == (206, expected)
        several = await on.client.get(path, headers={"Range": "bytes=0-1,4-5"})
        assert several.status_code == 206
        assert several.headers["content-type"].startswith("multipart/byteranges;boundary=")
        beyond = await on.client.get(path, headers={"Range": f"bytes={len(whole)}-"})
        assert beyond.headers["content-range"] == f"bytes */{len(whole)}"
        assert beyond.status_code == (403 if profile == "2.32" else 416)
        # What is written later is found behind what was read before.
        await on.join()
        later = await on.client.get(path, headers={"Range": f"bytes={len(whole)}-"})
        assert b"participantJoined" in later.content


@pytest.mark.parametrize("profile", PROFILES)
async def test_dates_and_heads(profile: str) -> None:
    async with bench(profile, cdr=True) as on:
        await on.join()
        (name,) = await names(on)
        path = f"{on.simulator.world.profile.cdr}/{name}"
        changed = (await on.client.get(path)).headers["last-modified"]
        same = await on.client.get(path, headers={"If-Modified-Since": changed})
        assert (same.status_code, same.content) == (304, b"")
        await on.pass_time(5)
        await on.join()
        more = await on.client.get(path, headers={"If-Modified-Since": changed})
        assert more.status_code == 200
        head = await on.client.head(path)
        assert head.status_code == (403 if profile == "2.32" else 200)
        if profile != "2.32":
            assert head.headers["content-length"] == str(len(more.content))


@pytest.mark.parametrize("profile", PROFILES)
async def test_there_is_nothing_while_it_is_off(profile: str) -> None:
    missing = 403 if profile == "2.32" else 404
    async with bench(profile) as on:
        await on.join()
        (name,) = on.simulator.world.cdr.files
        for path in ("", f"/{name}"):
            answer = await on.client.get(f"{on.simulator.world.profile.cdr}{path}")
            assert answer.status_code == missing
    async with bench(profile, cdr=True) as on:
        answer = await on.client.get(f"{on.simulator.world.profile.cdr}/CDR.log")
        assert answer.status_code == missing
