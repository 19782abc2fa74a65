"""What leaves for the webhook's endpoint, byte for byte, and what becomes of it on bad networks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.messages import java_text
from ovbot.sandbox.openvidu.sender import KeptConnection
from ovbot.sandbox.openvidu.simulator import Simulator
from tests.sandbox.openvidu.bench import until

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
Answering = Callable[["Endpoint", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Endpoint:
    """A receiver of webhooks that does to its connections whatever a test says."""

    answer: Answering
    heads: list[bytes] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [each for each in head.split(b"\r\n") if each.startswith(b"Content-Len")]
                body = await reader.readexactly(int(length[0].split()[1])) if length else b"null"
                self.heads.append(head)
                self.bodies.append(json.loads(body.decode("latin-1")))
                await self.answer(self, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    @property
    def names(self) -> list[str]:
        return [each["event"] for each in self.bodies if each]


async def ok(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def ok_and_close(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)
    await writer.drain()
    writer.close()


async def close(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
    writer.close()


@asynccontextmanager
async def sending(
    profile: Any, answer: Answering, *, seconds: Callable[[], float] | None = None, **settings: Any
) -> AsyncIterator[tuple[Simulator, Endpoint]]:
    endpoint = Endpoint(answer)
    server = await asyncio.start_server(endpoint.serve, "127.0.0.1", 0)
    endpoint.port = server.sockets[0].getsockname()[1]
    config = SimulatorConfig(
        profile=profile, webhook=f"http://127.0.0.1:{endpoint.port}/hook?a=b", **settings
    )
    transport = KeptConnection() if seconds is None else KeptConnection(seconds)
    simulator = Simulator(config, webhook_transport=transport)
    await simulator.start()
    try:
        yield simulator, endpoint
    finally:
        await simulator.stop()
        server.close()


def answers(simulator: Simulator) -> list[list[dict[str, Any]]]:
    return [each.answers for each in simulator.webhooks.log]


async def test_the_lines_in_their_order() -> None:
    headers = ("X-One: 1", "Authorization: Bearer abc")
    async with sending("2.15", ok, webhook_headers=headers) as (simulator, endpoint):
        simulator.join("room")
        await simulator.idle()
    lines = endpoint.heads[0].decode().split("\r\n")
    length = len(json.dumps(endpoint.bodies[0], separators=(",", ":")))
    assert lines == [
        "POST /hook?a=b HTTP/1.1",
        "X-One: 1",
        "Authorization: Bearer abc",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        f"Host: 127.0.0.1:{endpoint.port}",
        "Connection: Keep-Alive",
        "User-Agent: Apache-HttpClient/4.5.12 (Java/11.0.9)",
        "Accept-Encoding: gzip,deflate",
        "",
        "",
    ]


@pytest.mark.parametrize("profile", ["2.15", "2.32"])
async def test_one_connection_for_everything(profile: str) -> None:
    async with sending(profile, ok) as (simulator, endpoint):
        for number in range(5):
            simulator.join(f"room{number}")
        await simulator.idle()
    assert (len(endpoint.names), endpoint.connections) == (10, 1)


@pytest.mark.parametrize(("profile", "sends"), [("2.15", 1), ("2.20", 5), ("2.32", 5)])
async def test_closed_without_an_answer(profile: str, sends: int) -> None:
    async with sending(profile, close) as (simulator, endpoint):
        simulator.create_session("room")
        simulator.join("room")
        await simulator.idle()
    assert endpoint.names == ["sessionCreated"] * sends + ["participantJoined"] * sends
    assert answers(simulator) == [[{"error": "RemoteProtocolError"}] * sends] * 2


@pytest.mark.parametrize(
    ("profile", "idle", "heard"),
    [("2.15", 1.9, False), ("2.15", 2.1, True), ("2.32", 1.9, True), ("2.32", 2.1, True)],
)
async def test_a_connection_that_was_closed_while_idle(
    profile: str, idle: float, heard: bool
) -> None:
    """It is looked at only after two seconds; before that the event is lost, or sent again."""
    now = [1000.0]
    async with sending(profile, ok_and_close, seconds=lambda: now[0]) as (simulator, endpoint):
        joined = simulator.join("room")
        await simulator.idle()
        now[0] += 10
        simulator.publish("room", joined.connection_id)
        await simulator.idle()
        assert answers(simulator)[-1] == [{"status": 200}]
        await asyncio.sleep(0.05)  # the end of the connection arrives
        now[0] += idle
        simulator.unpublish("room", joined.connection_id)
        await simulator.idle()
    assert endpoint.names.count("webrtcConnectionDestroyed") == heard
    assert ({"status": 200} in answers(simulator)[-1]) is heard


async def test_2_15_waits_for_an_answer_for_ever_and_everything_with_it() -> None:
    held: list[asyncio.StreamWriter] = []

    async def keep_silent(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        if len(endpoint.heads) == 1:
            held.append(writer)
        else:
            writer.write(OK)

    async with sending("2.15", keep_silent) as (simulator, endpoint):
        simulator.join("room")
        await until(lambda: bool(held))
        await asyncio.sleep(0.1)
        assert (endpoint.names, simulator.webhooks.pending) == (["sessionCreated"], 2)
        held[0].close()
        await simulator.idle()
        assert endpoint.names == ["sessionCreated", "participantJoined"]
        assert answers(simulator) == [[{"error": "RemoteProtocolError"}], [{"status": 200}]]


@pytest.mark.parametrize(("status", "seen"), [(301, 1), (302, 1), (303, 2), (307, 1), (308, 1)])
async def test_only_a_303_is_followed_and_with_get(status: int, seen: int) -> None:
    async def elsewhere(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        first = len(endpoint.heads) == 1
        place = f"HTTP/1.1 {status} X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n".encode()
        writer.write(place if first else OK)

    async with sending("2.32", elsewhere) as (simulator, endpoint):
        simulator.create_session("room")
        await simulator.idle()
    assert len(endpoint.heads) == seen
    assert answers(simulator) == [[{"status": status}]]
    if seen == 2:
        assert endpoint.heads[1].startswith(b"GET /other HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nX: y\r\n\r\nuntil the end",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    ],
)
async def test_every_form_of_an_answer(answer: bytes) -> None:
    async def say(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        if b"1.0" in answer or b"close" in answer:
            await writer.drain()
            writer.close()

    async with sending("2.15", say) as (simulator, endpoint):
        simulator.join("room")
        await simulator.idle()
    assert endpoint.names == ["sessionCreated", "participantJoined"]
    assert answers(simulator) == [[{"status": 200}]] * 2


@pytest.mark.parametrize("answer", [b"SMTP ready\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n"])
async def test_what_is_no_http_is_a_lost_event(answer: bytes) -> None:
    async def say(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with sending("2.15", say) as (simulator, _):
        simulator.join("room")
        await simulator.idle()
    assert answers(simulator) == [[{"error": "RemoteProtocolError"}]] * 2


async def test_nobody_listens() -> None:
    simulator = Simulator(SimulatorConfig(profile="2.15", webhook="http://127.0.0.1:1/"))
    await simulator.start()
    simulator.join("room")
    await simulator.idle()
    await simulator.stop()
    assert answers(simulator) == [[{"error": "ConnectError"}]] * 2


async def test_events_late_and_in_another_order() -> None:
    async with sending("2.32", ok) as (simulator, endpoint):
        simulator.webhooks.switch("delay", times=1, seconds=60)
        simulator.create_session("room")
        first = simulator.join("room")
        await simulator.idle()
        assert endpoint.names == ["participantJoined"]
        simulator.clock.advance(60)
        await simulator.idle()
        assert endpoint.names == ["participantJoined", "sessionCreated"]
        endpoint.bodies.clear()
        simulator.webhooks.switch("reorder", times=3)
        simulator.leave("room", first.connection_id)
        simulator.create_session("next")
        simulator.create_session("more")
        await simulator.idle()
        assert endpoint.names == ["sessionCreated", "sessionDestroyed", "participantLeft"]
        simulator.webhooks.switch("on")
        await simulator.idle()
        assert endpoint.bodies[-1]["sessionId"] == "more"


async def test_what_is_held_back_is_lost_with_the_server() -> None:
    async with sending("2.32", ok) as (simulator, endpoint):
        simulator.webhooks.switch("delay", seconds=60)
        simulator.create_session("late")
        simulator.webhooks.switch("reorder", times=2)
        simulator.create_session("held")
        simulator.webhooks.lose_queue()
        simulator.clock.advance(60)
        simulator.webhooks.switch("on")
        await simulator.idle()
        assert [each.lost for each in simulator.webhooks.log] == [True, True]
        assert endpoint.names == []


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (9999999.9, "9999999.9"),
        (1e7, "1.0E7"),
        (12345678.5, "1.23456785E7"),
        (1e-3, "0.001"),
        (1e-4, "1.0E-4"),
        (0.0, "0.0"),
        (10**7, "10000000"),
    ],
)
def test_numbers_as_java_writes_them(value: float, written: str) -> None:
    told = {"text": "12345678.5 1e9", "list": [value], "last": value}
    expected = f'{{"text":"12345678.5 1e9","list":[{written}],"last":{written}}}'
    assert java_text(told) == expected
    assert java_text(value) == written


async def test_a_recordings_event_is_as_it_is_when_it_is_sent() -> None:
    """Behind a slow receiver ``started`` and ``stopped`` already have the final length."""
    held: list[asyncio.StreamWriter] = []

    async def slow_at_first(endpoint: Endpoint, writer: asyncio.StreamWriter) -> None:
        if len(endpoint.heads) == 1:
            held.append(writer)
        else:
            writer.write(OK)

    async with sending("2.15", slow_at_first) as (simulator, endpoint):
        simulator.join("room", publish="camera")
        await until(lambda: bool(held))
        recording = await simulator.start_recording("room")
        simulator.clock.advance(30)
        await simulator.stop_recording(recording)
        simulator.clock.advance(30)
        held[0].write(OK)
        await simulator.idle()
    told = [each for each in endpoint.bodies if each["event"] == "recordingStatusChanged"]
    assert [each["status"] for each in told] == ["started", "stopped", "ready"]
    assert {(each["duration"], each["size"]) for each in told} == {
        (told[-1]["duration"], told[-1]["size"])
    }
    assert told[0]["duration"] >= 30
    assert "reason" not in told[0]
