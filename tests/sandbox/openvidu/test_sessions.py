"""Sessions from POST to their end: activation, tokens, people, closing, garbage."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.openvidu.bench import NOW_MS, PROFILE_NAMES, Bench, bench

MIKE = {"clientData": "Mike", "publish": "camera"}


async def found(on: Bench, session_id: str = "room") -> dict[str, Any] | None:
    answer = await on.api("GET", f"/sessions/{session_id}")
    if answer.status_code == 404:
        return None
    session: dict[str, Any] = answer.json()
    return session


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_creation_time_survives_activation(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        await on.pass_time(10)
        await on.join(**MIKE)
        session = await found(on)
        assert session is not None
        assert session["createdAt"] == NOW_MS
        (connection,) = session["connections"]["content"]
        assert connection["activeAt" if profile == "2.32" else "createdAt"] == NOW_MS + 10_000


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_listing_has_initialized_and_active_sessions(profile: str) -> None:
    async with bench(profile) as on:
        await on.session("waiting")
        await on.join("active", **MIKE)
        listed = (await on.api("GET", "/sessions")).json()
        assert list(listed) == ["numberOfElements", "content"]
        assert listed["numberOfElements"] == 2
        assert {each["sessionId"] for each in listed["content"]} == {"waiting", "active"}


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_a_token_lets_one_client_in_once(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        await on.session("other")
        asked = {"session": "room", "role": "MODERATOR", "data": "from the server"}
        token = (await on.api("POST", "/tokens", json=asked)).json()
        foreign = await on.client.post("/_control/sessions/other/join", json={"token": token["id"]})
        assert foreign.status_code == 401
        here = await on.join(token=token["id"], serverData="ignored", role="SUBSCRIBER")
        session = await found(on)
        assert session is not None
        (connection,) = session["connections"]["content"]
        assert connection["role"] == "MODERATOR"
        assert connection["serverData"] == "from the server"
        assert connection["token"] == token["id"]
        if profile != "2.15":
            assert here["connectionId"] == token["connectionId"]
        again = await on.client.post("/_control/sessions/room/join", json={"token": token["id"]})
        assert again.status_code == 401
        assert "is not valid" in again.json()["error"]


async def test_a_token_dies_with_its_session() -> None:
    async with bench() as on:
        await on.session()
        token = (await on.api("POST", "/tokens", json={"session": "room"})).json()["id"]
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.session()
        late = await on.client.post("/_control/sessions/room/join", json={"token": token})
        assert late.status_code == 401


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_kicking_the_last_one_ends_the_session_at_once(profile: str) -> None:
    async with bench(profile) as on:
        here = (await on.join(**MIKE))["connectionId"]
        assert (await on.api("DELETE", f"/sessions/room/connection/{here}")).status_code == 204
        assert await found(on) is None
        # The same call again now speaks of the session, not of the connection.
        assert (await on.api("DELETE", f"/sessions/room/connection/{here}")).status_code == 400


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_kicking_one_of_two(profile: str) -> None:
    async with bench(profile) as on:
        first = await on.join(**MIKE)
        second = await on.join(clientData="Ann")
        path = f"/sessions/room/connection/{first['connectionId']}"
        answer = await on.api("DELETE", path)
        assert (answer.status_code, answer.content) == (204, b"")
        session = await found(on)
        assert session is not None
        (left,) = session["connections"]["content"]
        assert left["connectionId"] == second["connectionId"]
        assert left["subscribers"] == []
        assert (await on.api("DELETE", path)).status_code == 404


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_unpublishing(profile: str) -> None:
    async with bench(profile) as on:
        here = await on.join(**MIKE)
        await on.join()
        path = f"/sessions/room/stream/{here['streamId']}"
        assert (await on.api("DELETE", path)).status_code == 204
        session = await found(on)
        assert session is not None
        assert [each["publishers"] for each in session["connections"]["content"]] == [[], []]
        assert [each["subscribers"] for each in session["connections"]["content"]] == [[], []]
        assert (await on.api("DELETE", path)).status_code == 404


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_closing_a_session_that_is_empty_full_or_gone(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.join(**MIKE)
        await on.join()
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        assert (await on.api("DELETE", "/sessions/room")).status_code == 404


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_an_id_is_free_again_after_the_end(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        await on.pass_time(1)
        assert (await on.api("DELETE", "/sessions/room")).status_code == 204
        await on.session()
        session = await found(on)
        assert session is not None
        assert session["createdAt"] == NOW_MS + 1000


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_an_ip_camera_activates_and_keeps_a_session(profile: str) -> None:
    async with bench(profile) as on:
        await on.session()
        camera = (
            await on.api(
                "POST", "/sessions/room/connection", json={"type": "IPCAM", "rtspUri": "rtsp://a/b"}
            )
        ).json()["connectionId"]
        assert (await on.api("POST", "/signal", json={"session": "room"})).status_code == 200
        here = await on.join()
        await on.control("sessions/room/leave", connectionId=here["connectionId"])
        assert await found(on) is not None
        assert (await on.api("DELETE", f"/sessions/room/connection/{camera}")).status_code == 204
        assert await found(on) is None


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_garbage_is_collected_silently(profile: str) -> None:
    async with bench(profile) as on:
        await on.session("old")
        await on.join("busy", **MIKE)
        before = await on.heard_names()
        await on.pass_time(3600)
        assert await found(on, "old") is not None
        await on.pass_time(900)
        assert await found(on, "old") is None
        assert await found(on, "busy") is not None
        assert await on.heard_names() == before


async def test_garbage_collection_can_be_off() -> None:
    async with bench(gc_interval=0) as on:
        await on.session()
        await on.pass_time(100_000)
        assert await found(on) is not None


async def test_garbage_collection_takes_the_tokens_along() -> None:
    async with bench(gc_interval=10, gc_threshold=5) as on:
        await on.session()
        token = (await on.api("POST", "/tokens", json={"session": "room"})).json()["id"]
        await on.pass_time(10)
        late = await on.client.post("/_control/sessions/room/join", json={"token": token})
        assert late.status_code == 401


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_signals_reach_everybody_or_the_ones_named(profile: str) -> None:
    async with bench(profile) as on:
        first = (await on.join())["connectionId"]
        second = (await on.join())["connectionId"]
        for to in (None, [], [first], [first, second]):
            asked = {"session": "room", "type": "hello", "data": "x", "to": to}
            answer = await on.api("POST", "/signal", json=asked)
            assert (answer.status_code, answer.content) == (200, b"")
        sent = [each for each in await on.heard() if each["event"] == "signalSent"]
        if profile == "2.32":
            everybody = [first, second]
            assert [each["to"] for each in sent] == [everybody, everybody, [first], everybody]
            assert (sent[0]["from"], sent[0]["type"], sent[0]["data"]) == (None, "hello", "x")
        else:
            assert sent == []


@pytest.mark.parametrize("profile", PROFILE_NAMES)
async def test_the_hidden_recorder_counts_as_a_recipient(profile: str) -> None:
    async with bench(profile) as on:
        await on.join(**MIKE)
        asked = {"session": "room", "to": ["RECORDER"]}
        assert (await on.api("POST", "/signal", json=asked)).status_code == 406
        await on.record()
        assert (await on.api("POST", "/signal", json=asked)).status_code == 200
        session = await found(on)
        assert session is not None
        assert session["connections"]["numberOfElements"] == 1


async def test_ids_do_not_repeat() -> None:
    async with bench() as on:
        ids = set()
        for _ in range(50):
            ids.add((await on.api("POST", "/sessions")).json()["id"])
            here = await on.join(publish="camera")
            ids |= {here["connectionId"], here["streamId"]}
        assert len(ids) == 150


async def test_a_seed_makes_ids_that_stay_the_same() -> None:
    made = []
    for _ in range(2):
        async with bench(random_seed=7) as on:
            made.append((await on.join(publish="camera"))["streamId"])
    assert made[0] == made[1]
