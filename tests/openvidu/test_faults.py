"""Every operation when things go wrong on the way: over real sockets, against the simulator."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from ovbot.openvidu import OpenVidu
from ovbot.openvidu import errors as e
from ovbot.openvidu.errors import OpenViduError
from ovbot.openvidu.operations import OPERATIONS
from ovbot.openvidu.recording_settings import RecordingSettings
from ovbot.openvidu.secret import Secret
from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.sandbox.openvidu.config import Edition, ProfileName
from tests.openvidu.harness import SECRET, listening, simulated
from tests.openvidu.invoke import COMMUNITY, INVOKE, LATER


class Scene:
    """A server with a meeting that is being recorded and a finished recording."""

    def __init__(self, url: str, control: httpx.AsyncClient, profile: ProfileName) -> None:
        self.url = url
        self._control = control
        self._profile = profile
        self.connection = self.stream = self.node = "x"
        self.file = "x.log"

    @property
    def operations(self) -> list[str]:
        """What this server is used for: between the two scenes, every operation once."""
        return COMMUNITY if self._profile == "seed" else LATER

    async def clear(self) -> None:
        """Forget all, faults too."""
        await self._post("reset")

    async def set(self, client: OpenVidu) -> None:
        """People come, and two recordings are made."""
        joined = await self._post("sessions/daily/join", clientData="Ana", publish="camera")
        self.connection, self.stream = joined["connectionId"], joined["streamId"]
        await self._post("sessions/daily/join", clientData="Ben")
        await self._post("sessions/other/join", clientData="Cleo")
        done = await client.start_recording("daily", RecordingSettings(name="done"))
        await client.stop_recording(done.id)
        await client.start_recording("daily", RecordingSettings(name="running"))
        if self._profile == "2.32":
            (node,) = await client.media_nodes()
            self.node = node.id
            (self.file,) = await client.cdr_files()
            await client.start_broadcast("daily", Secret("rtmp://live.test/app/KEY"))

    async def fault(self, operation: str, kind: str, **details: Any) -> None:
        name = simulated(operation, self._profile)
        await self._post("faults", operation=name, fault=kind, **details)

    async def remains(self, operation: str) -> bool:
        """Whether what a DELETE removes is still there."""
        state = (await self._control.get("/_control/state")).json()
        sessions = {s["id"]: s for s in state["sessions"]}
        if operation == "close_session":
            return "daily" in sessions
        if operation == "delete_recording":
            return "daily" in {r["id"] for r in state["recordings"]}
        if operation == "remove_media_node":
            return "other" in sessions
        people = sessions["daily"]["participants"]
        if operation == "disconnect":
            return len(people) == 2
        return any(p["streamId"] for p in people)

    async def statuses(self, operation: str) -> list[int | None]:
        """How the server answered the operation, attempt by attempt."""
        asked = (await self._control.get("/_control/requests")).json()["requests"]
        name = simulated(operation, self._profile)
        return [a["status"] for a in asked if a["operation"] == name]

    async def _post(self, path: str, **body: Any) -> Any:
        answer = await self._control.post(f"/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()


QUESTIONS = [name for name in INVOKE if OPERATIONS[name].safe]
JSON_QUESTIONS = [name for name in QUESTIONS if name != "layout"]
"""Of a page, anything may be all of it."""
DELETES = [name for name in INVOKE if OPERATIONS[name].method == "DELETE"]
ONCE = [name for name in INVOKE if name not in QUESTIONS + DELETES]
SCENES = pytest.mark.parametrize("profile", ["seed", "2.32"])


def test_every_operation_is_here() -> None:
    assert set(INVOKE) == set(OPERATIONS)


@asynccontextmanager
async def scene(profile: ProfileName) -> AsyncIterator[Scene]:
    """2.15's documentation on Community, or 2.32 on Pro for what only that has."""
    edition = "pro" if profile == "2.32" else "ce"
    async with (
        listening(profile=profile, edition=edition, restart_seconds=0.0, cdr=True) as url,
        httpx.AsyncClient(base_url=url) as control,
    ):
        yield Scene(url, control, profile)


@asynccontextmanager
async def ready(s: Scene, patience: float = 1.0) -> AsyncIterator[OpenVidu]:
    """The scene set, and a client that has found the server."""
    await s.clear()
    async with OpenVidu(s.url, SECRET, patience=patience) as client:
        await s.set(client)
        yield client


def among(names: list[str], s: Scene) -> list[str]:
    return [name for name in names if name in s.operations]


async def problem(awaitable: Awaitable[Any]) -> OpenViduError:
    with pytest.raises(OpenViduError) as caught:
        await awaitable
    assert SECRET not in f"{caught.value!r} {caught.value.sentence} {caught.value.next_step}"
    return caught.value


async def test_every_operation_refused_by_a_dead_server() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}"
        async with httpx.AsyncClient() as control:
            s = Scene(dead, control, "2.32")
            for name, invoke in INVOKE.items():
                async with OpenVidu(dead, SECRET) as client:
                    found = await problem(invoke(client, s))
                    assert type(found) is e.Unreachable, name
                    assert (found.operation, found.effect) == (name, "none")
                    assert found.code == f"{OPERATIONS[name].verb}.unreachable"


async def test_a_server_that_dies_after_it_was_found() -> None:
    async with listening() as url:
        client = OpenVidu(url, SECRET)
        await client.start()
    try:
        found = await problem(client.disconnect("daily", "con_1"))
        assert type(found) is e.Unreachable
        assert client.server is None
        assert client.problem is found
    finally:
        await client.aclose()


@SCENES
@pytest.mark.parametrize("fault", ["reset-before", "reset-after", "drop-before", "drop-after"])
async def test_a_question_survives_a_broken_connection(fault: str, profile: ProfileName) -> None:
    async with scene(profile) as s:
        for name in among(QUESTIONS, s):
            async with ready(s) as client:
                await s.fault(name, fault)
                await INVOKE[name](client, s)
                before, then = (await s.statuses(name))[-2:]
                assert before is None, name
                assert then in OPERATIONS[name].success, name


@SCENES
@pytest.mark.parametrize("fault", ["reset-before", "drop-before"])
async def test_a_broken_connection_before_the_effect(fault: str, profile: ProfileName) -> None:
    async with scene(profile) as s:
        for name in among(ONCE, s):
            async with ready(s) as client:
                await s.fault(name, fault)
                found = await problem(INVOKE[name](client, s))
                assert type(found) is e.Unknown, name
                assert found.finder == OPERATIONS[name].finder
                assert (await s.statuses(name))[-1:] == [None]  # a POST is never repeated
        for name in among(DELETES, s):
            async with ready(s) as client:
                await s.fault(name, fault)
                await INVOKE[name](client, s)
                assert not await s.remains(name), name
                assert await s.statuses(name) in (
                    [None, 204],
                    [None, 200],
                )  # looked, and did it again


@SCENES
@pytest.mark.parametrize("fault", ["reset-after", "drop-after"])
async def test_a_broken_connection_after_the_effect(fault: str, profile: ProfileName) -> None:
    async with scene(profile) as s:
        for name in among(ONCE, s):
            async with ready(s) as client:
                before = len(await s.statuses(name))
                await s.fault(name, fault)
                found = await problem(INVOKE[name](client, s))
                assert type(found) is e.Unknown, name
                assert len(await s.statuses(name)) == before + 1
        for name in among(DELETES, s):
            async with ready(s) as client:
                await s.fault(name, fault)
                await INVOKE[name](client, s)
                assert not await s.remains(name), name
                assert await s.statuses(name) == [None]  # looked, and it was done


async def test_a_slow_server_runs_out_of_time() -> None:
    async with scene("seed") as s, ready(s, patience=0.1) as client:
        await s.fault("session", "delay", seconds=2.5)
        found = await problem(client.session("daily"))
        assert type(found) is e.Unreachable
        assert "did not answer in time" in found.sentence
        await s.fault("signal", "delay-after", seconds=2.5)
        found = await problem(client.signal("daily", "hello"))
        assert type(found) is e.Unknown
        assert "did not answer in time" in found.sentence


class Slow(httpx.AsyncBaseTransport):
    """Does as it is told, and is too late with the answer to the first request of a kind."""

    def __init__(self, simulator: Simulator) -> None:
        self._through = httpx.ASGITransport(app=simulator.app)
        self.late: str | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._through.handle_async_request(request)
        if request.method == self.late:
            self.late = None
            raise httpx.ReadTimeout("too late", request=request)
        return response


@pytest.mark.parametrize("name", INVOKE)
async def test_an_answer_that_comes_too_late(name: str) -> None:
    profile: ProfileName = "seed" if name in COMMUNITY else "2.32"
    edition: Edition = "ce" if name in COMMUNITY else "pro"
    config = SimulatorConfig(
        secret=SECRET, profile=profile, edition=edition, restart_seconds=0.0, cdr=True
    )
    simulator = Simulator(config)
    slow = Slow(simulator)
    async with (
        OpenVidu("http://simulator.test", SECRET, transport=slow) as client,
        httpx.AsyncClient(transport=slow, base_url="http://simulator.test") as control,
    ):
        s = Scene("http://simulator.test", control, profile)
        await s.set(client)
        slow.late = OPERATIONS[name].method
        if name in DELETES:
            await INVOKE[name](client, s)
            assert not await s.remains(name)
            assert (await s.statuses(name)) in ([204], [200])  # the look found it done
        elif name in ONCE:
            found = await problem(INVOKE[name](client, s))
            assert type(found) is e.Unknown
            assert found.finder == OPERATIONS[name].finder
        else:
            await INVOKE[name](client, s)
            assert set((await s.statuses(name))[-2:]) <= OPERATIONS[name].success


async def test_an_unknown_deletion_stays_unknown_if_looking_fails_too() -> None:
    async with scene("seed") as s, ready(s) as client:
        await s.fault("close_session", "drop-before")
        await s.fault("session", "html", status=403)
        found = await problem(client.close_session("daily"))
        assert type(found) is e.Unknown
        assert found.finder == "session"
        assert await s.statuses("close_session") == [None]


@SCENES
@pytest.mark.parametrize("fault", ["truncate", "cut"])
async def test_half_an_answer(fault: str, profile: ProfileName) -> None:
    with_body = [
        n for n in ONCE if n not in ("signal", "restart", "start_broadcast", "stop_broadcast")
    ]
    async with scene(profile) as s:
        for name in among(JSON_QUESTIONS, s):
            async with ready(s) as client:
                await s.fault(name, fault, times=9)
                found = await problem(INVOKE[name](client, s))
                wanted = e.Unreachable if fault == "truncate" else e.Unexpected
                assert type(found) is wanted, name
        for name in among(with_body, s):
            async with ready(s) as client:
                await s.fault(name, fault)
                assert type(await problem(INVOKE[name](client, s))) is e.Unknown, name


@SCENES
async def test_web_pages_of_a_proxy(profile: ProfileName) -> None:
    async with scene(profile) as s:
        for name in s.operations:
            async with ready(s) as client:
                await s.fault(name, "html", status=403)
                assert type(await problem(INVOKE[name](client, s))) is e.Forbidden, name
                await s.fault(name, "html", status=413)
                assert type(await problem(INVOKE[name](client, s))) is e.TooLarge, name
                await s.fault(name, "html", status=429)
                assert type(await problem(INVOKE[name](client, s))) is e.TooManyRequests, name
        for name in among(JSON_QUESTIONS, s):
            async with ready(s) as client:
                await s.fault(name, "html", status=502)
                await INVOKE[name](client, s)  # asked again, and answered
                await s.fault(name, "html", status=200)
                assert type(await problem(INVOKE[name](client, s))) is e.Unexpected, name
        for name in among(ONCE, s):
            async with ready(s) as client:
                await s.fault(name, "html", status=504)
                assert type(await problem(INVOKE[name](client, s))) is e.Unknown, name
                await s.fault(name, "html", status=200)
                assert type(await problem(INVOKE[name](client, s))) is e.Unknown, name
        for name in among(DELETES, s):
            async with ready(s) as client:
                await s.fault(name, "html", status=504)
                await INVOKE[name](client, s)
                assert not await s.remains(name), name


@SCENES
async def test_a_wrong_content_type_does_not_matter(profile: ProfileName) -> None:
    async with scene(profile) as s:
        for name in s.operations:
            async with ready(s) as client:
                await s.fault(name, "content-type", contentType="text/plain")
                await INVOKE[name](client, s)


async def test_text_that_is_labelled_as_json() -> None:
    async with scene("seed") as s, ready(s) as client:
        text = "Error starting recording: no space left"
        await s.fault("start_recording", "status", status=500, body=text)
        found = await problem(client.start_recording("other"))
        assert type(found) is e.Unknown
        assert found.message == text
        assert found.finder == "recordings"


@SCENES
async def test_no_redirect_is_followed_and_no_credentials_leave(profile: ProfileName) -> None:
    heard: list[bytes] = []

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.close()

    other = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    async with other, scene(profile) as s:
        for name in s.operations:
            async with ready(s) as client:
                await s.fault(name, "redirect", status=307, location=f"http://127.0.0.1:{port}/x")
                found = await problem(INVOKE[name](client, s))
                assert type(found) is e.Redirected, name
                assert f"127.0.0.1:{port}" in found.sentence
    assert heard == []
