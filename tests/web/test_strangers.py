"""What strangers can do to the port: little, and others are served meanwhile."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import ClassVar

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from ovbot.strangers import verified
from ovbot.web.guard import Limits
from ovbot.web.listener import Listener

LIMITS = Limits(
    connections=20, from_one_address=15, first_byte_seconds=0.6, head_seconds=0.6, body_seconds=0.6
)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with how much it has read; believes whoever says to be a friend."""
    if (b"friend", b"yes") in scope["headers"]:
        verified(scope)
    read, more = 0, scope["path"] != "/unread"
    while more:
        message = await receive()
        read += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % read
    head = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def listening(limits: Limits = LIMITS) -> AsyncIterator[tuple[Listener, int]]:
    listener = Listener(app, "127.0.0.1", 0, limits=limits)
    listener.bind()
    running = asyncio.create_task(listener.run())
    await listener.listening()
    yield listener, httpx.URL(listener.url).port or 0
    await Line.close_all()
    listener.stop()
    await running


class Line:
    """A connection of our own making."""

    _all: ClassVar[list["Line"]] = []

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._all.append(self)

    @classmethod
    async def close_all(cls) -> None:
        for line in cls._all:
            line._writer.close()
            with contextlib.suppress(ConnectionError):
                await line._writer.wait_closed()
        cls._all.clear()

    @classmethod
    async def to(cls, port: int, address: str = "127.0.0.1") -> "Line":
        pair = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
        return cls(*pair)

    async def say(self, *what: bytes) -> "Line":
        for piece in what:
            self._writer.write(piece)
            with contextlib.suppress(ConnectionError):
                await self._writer.drain()
        return self

    async def hear(self, seconds: float = 5.0) -> bytes:
        """All that comes until it is closed, or for so long."""
        heard = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(seconds):
                while piece := await self._reader.read(65536):
                    heard += piece
        return heard

    async def is_open(self) -> bool:
        try:
            async with asyncio.timeout(0.05):
                return await self._reader.read(1) != b""
        except TimeoutError:
            return True
        except ConnectionError:
            return False


GET = b"GET / HTTP/1.1\r\nhost: x\r\n"
POST = b"POST / HTTP/1.1\r\nhost: x\r\n"

TOO_MUCH = {
    "one long header": ([GET, b"x: ", *[b"y" * 8192] * 9], b"431"),
    "many headers": ([GET, *[b"x: y\r\n"] * 99], b"431"),
    "many headers in one piece": ([GET + b"x: y\r\n" * 9999], b"431"),
    "a long address": ([b"GET /" + b"y" * 99_999 + b" HTTP/1.1\r\n\r\n"], b"431"),
    "no HTTP": ([b"\x16\x03\x01\x02\x00\x01\x00"], b"400"),
    "trailers": (
        [POST, b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n0\r\n", b"x: y\r\n" * 999],
        b"",
    ),
    "chunks without an end": (
        [POST, b"transfer-encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n" * 9999] * 9],
        b"",
    ),
    "a body that nobody reads": (
        [b"POST /unread HTTP/1.1\r\ncontent-length: 9999999\r\n\r\n", *[b"y" * 65536] * 50],
        b"200",
    ),
    "requests ahead of their answers": ([(GET + b"\r\n") * 999], b"400"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
async def test_what_is_too_much_ends_the_connection(what: str) -> None:
    said, status = TOO_MUCH[what]
    async with listening() as (_, port):
        line = await Line.to(port)
        began = time.monotonic()
        await line.say(*said)
        heard = await line.hear()
        assert time.monotonic() - began < 3
        # Heard although it was still being said when it was answered: no reset took it away.
        assert b" %b " % status in heard.split(b"\r\n")[0] if status else heard == b""
        assert heard.count(b"HTTP/1.1 200") <= 1
        await answered(port)


async def answered(port: int, body: bytes = b"command") -> float:
    """A friend is answered; within how many seconds."""
    began = time.monotonic()
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"http://127.0.0.1:{port}/", content=body, headers={"friend": "yes"}
        )
    assert (answer.status_code, answer.text) == (200, str(len(body)))
    return time.monotonic() - began


DAWDLERS = {
    "says nothing": [],
    "blank lines": [b"\r\n"],
    "no end of the headers": [GET],
    "no end of the body": [POST, b"content-length: 99\r\n\r\n", b"x"],
    "no end of a chunk": [POST, b"transfer-encoding: chunked\r\n\r\n", b"5\r\nx"],
    "an answer before the end": [b"POST /unread HTTP/1.1\r\ncontent-length: 9\r\n\r\n"],
}


@pytest.mark.parametrize("what", DAWDLERS)
@pytest.mark.parametrize("drips", [False, True])
async def test_nobody_takes_longer_than_they_may(what: str, drips: bool) -> None:
    async with listening() as (_, port):
        line = await Line.to(port)
        await line.say(*DAWDLERS[what])
        began = time.monotonic()
        while drips and DAWDLERS[what] and time.monotonic() < began + 1.2:
            await line.say(b"\r\n" if what == "blank lines" else b"x")
            await asyncio.sleep(0.1)
        await line.hear(3)
        assert not await line.is_open()
        assert time.monotonic() - began < 2.5


async def test_the_time_is_a_requests_and_not_a_connections() -> None:
    async with listening() as (_, port):
        line = await Line.to(port)
        for _ in range(4):
            await asyncio.sleep(0.4)
            await line.say(GET + b"\r\n")
            assert b" 200 " in await line.hear(0.1)


async def test_a_newcomer_takes_the_place_of_who_has_said_nothing_longest() -> None:
    async with listening(replace(LIMITS, first_byte_seconds=30)) as (_, port):
        silent = [await Line.to(port, f"127.0.0.{2 + n}") for n in range(20)]
        await answered(port)
        await asyncio.sleep(0.05)
        assert [await line.is_open() for line in silent] == [False] + [True] * 19


async def test_one_address_takes_no_place_of_another() -> None:
    async with listening(replace(LIMITS, first_byte_seconds=30)) as (_, port):
        other = await Line.to(port, "127.0.0.2")
        many = [await Line.to(port) for _ in range(40)]
        await asyncio.sleep(0.05)
        assert await other.is_open()
        assert sum([await line.is_open() for line in many]) == LIMITS.from_one_address


async def test_who_is_known_keeps_the_connection() -> None:
    async with listening(replace(LIMITS, first_byte_seconds=30)) as (_, port):
        known = await Line.to(port)
        await known.say(GET + b"friend: yes\r\n\r\n")
        assert b" 200 " in await known.hear(0.2)
        lines = [await Line.to(port) for _ in range(60)]
        await known.say(GET + b"friend: yes\r\n\r\n")
        assert b" 200 " in await known.hear(0.2)
        assert not await lines[0].is_open()


async def test_a_friends_large_body_is_taken_where_a_strangers_is_not() -> None:
    limits = replace(LIMITS, stranger_body=200_000, body_seconds=10)
    async with listening(limits) as (_, port):
        await answered(port, b"x" * 1_000_000)
        line = await Line.to(port)
        pieces = [POST, b"content-length: 1000000\r\n\r\n", *[b"x" * 50_000] * 20]
        await line.say(*pieces)
        assert b" 200 " not in await line.hear()


async def test_a_connections_next_request_is_a_strangers_again() -> None:
    """Behind a reverse proxy one connection carries everybody's."""
    limits = replace(LIMITS, stranger_body=200_000, body_seconds=10)
    async with listening(limits) as (_, port):
        line = await Line.to(port)
        await line.say(GET + b"friend: yes\r\n\r\n")
        assert b" 200 " in await line.hear(0.2)
        await line.say(POST, b"content-length: 1000000\r\n\r\n", *[b"x" * 50_000] * 20)
        assert b" 200 " not in await line.hear()


async def test_strangers_bodies_together_are_bounded_and_the_largest_go() -> None:
    limits = replace(LIMITS, strangers_bodies=300_000, body_seconds=30)
    async with listening(limits) as (_, port):
        small = await Line.to(port)
        await small.say(POST, b"content-length: 20\r\n\r\n", b"x" * 10)
        large = [await Line.to(port) for _ in range(9)]
        for line in large:
            await line.say(POST, b"content-length: 100000\r\n\r\n", b"x" * 60_000)
        await asyncio.sleep(0.1)
        await small.say(b"x" * 10)
        assert b" 200 " in await small.hear(0.2)
        assert sum([await line.is_open() for line in large]) <= 5
