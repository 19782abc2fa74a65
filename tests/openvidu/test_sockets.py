"""The transport below httpx: what goes out, what is kept, and what its failures are called."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from ovbot.openvidu import transport as transports
from ovbot.openvidu.sockets import Sockets
from ovbot.openvidu.transport import Transport, proxied
from ovbot.openvidu.wire import Request

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Heard:
    """What a server was sent: the heads of the requests, by connection."""

    def __init__(self) -> None:
        self.connections: list[list[bytes]] = []

    @property
    def requests(self) -> list[bytes]:
        return [head for connection in self.connections for head in connection]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[tuple[str, Heard]]:
    heard = Heard()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here: list[bytes] = []
        heard.connections.append(here)
        try:
            while not writer.is_closing():
                here.append(await reader.readuntil(b"\r\n\r\n"))
                await answer(here[-1], writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard


@asynccontextmanager
async def client(
    limit: int = 10, idle: float = 20.0, **timeouts: float
) -> AsyncIterator[httpx.AsyncClient]:
    timeout = httpx.Timeout(5.0, **timeouts)
    async with httpx.AsyncClient(
        transport=Sockets(None, limit=limit, idle=idle), timeout=timeout
    ) as http:
        yield http


async def fine(_: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


async def test_a_request_goes_out_as_it_was_made() -> None:
    async with answering(fine) as (url, heard), client() as http:
        answer = await http.post(url + "/a%2Fb/%7Ec%20d?q=x%2By+z", content=b"")
        assert (answer.status_code, answer.content) == (200, b"{}")
        assert answer.headers["content-length"] == "2"
    (head,) = heard.requests
    line, *headers = head.split(b"\r\n")
    assert line == b"POST /a%2Fb/%7Ec%20d?q=x%2By+z HTTP/1.1"
    names = [header.partition(b":")[0].lower() for header in headers if header]
    assert sorted(names) == sorted(set(names))


async def test_a_connection_is_kept_and_no_cookie_is() -> None:
    async def baking(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace(b"\r\n", b"\r\nSet-Cookie: a=b\r\n", 1))

    async with answering(baking) as (url, heard), client() as http:
        for _ in range(3):
            http.cookies.clear()
            await http.get(url)
    assert [len(connection) for connection in heard.connections] == [3]
    assert b"a=b" not in b"".join(heard.requests)


async def test_a_kept_connection_that_the_server_closed_is_not_used() -> None:
    async def leaving(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        writer.close()

    async with answering(leaving) as (url, heard), client() as http:
        for _ in range(3):
            assert (await http.post(url)).status_code == 200
            await asyncio.sleep(0.05)
    assert [len(connection) for connection in heard.connections] == [1, 1, 1]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "POST"])
async def test_nothing_is_sent_twice(method: str) -> None:
    async def tired(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/first" in head:
            writer.write(OK)
        else:
            writer.close()

    async with answering(tired) as (url, heard), client() as http:
        await http.get(url + "/first")
        with pytest.raises(httpx.RemoteProtocolError):
            await http.request(method, url + "/second")
    assert len(heard.requests) == 2


async def test_half_a_body() -> None:
    async def stopping(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1])
        writer.close()

    async with answering(stopping) as (url, _), client() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)


async def test_what_is_not_http() -> None:
    async def babbling(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 smtp.example.com ESMTP\r\n\r\n")

    async with answering(babbling) as (url, _), client() as http:
        with pytest.raises(httpx.RemoteProtocolError):
            await http.get(url)


async def test_a_reset_connection() -> None:
    async def resetting(_: bytes, writer: asyncio.StreamWriter) -> None:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with answering(resetting) as (url, _), client() as http:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            await http.post(url)


async def test_silence_before_and_amid_an_answer() -> None:
    async def silent(head: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/amid" in head:
            writer.write(OK[:-1])

    async with answering(silent) as (url, _), client(read=0.1) as http:
        for path in ("/before", "/amid"):
            with pytest.raises(httpx.ReadTimeout):
                await http.get(url + path)


async def test_a_server_that_takes_no_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with client() as http:
            with pytest.raises(httpx.ConnectError, match=r"Errno \d+"):
                await http.get(f"http://127.0.0.1:{free.getsockname()[1]}")


async def test_a_server_that_never_finishes_connecting() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        async with client(connect=0.2) as http:
            with pytest.raises(httpx.ConnectTimeout):
                await http.get(f"http://127.0.0.1:{full.getsockname()[1]}")


async def test_no_more_connections_than_allowed() -> None:
    opened = asyncio.Event()

    async def later(_: bytes, writer: asyncio.StreamWriter) -> None:
        await opened.wait()
        writer.write(OK)

    async with answering(later) as (url, heard), client(limit=2, pool=0.1) as http:
        held = [asyncio.create_task(http.get(url)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(httpx.PoolTimeout):
            await http.get(url)
        held[0].cancel()  # which gives its place back
        await asyncio.wait(held[:1])
        opened.set()
        assert (await http.get(url)).status_code == 200
        assert (await held[1]).status_code == 200
    assert len(heard.requests) == 3


async def test_an_answer_that_is_not_read_to_its_end() -> None:
    async with answering(fine) as (url, heard), client(limit=1) as http:
        for _ in range(3):
            async with http.stream("GET", url) as answer:
                assert answer.status_code == 200
    assert len(heard.requests) == 3


async def test_a_packed_answer() -> None:
    packed = gzip.compress(b'{"a":1}')

    async def packing(_: bytes, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(packed) + packed)

    async with answering(packing) as (url, _), client() as http:
        assert (await http.get(url)).json() == {"a": 1}


async def test_a_proxy_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert not proxied("http://openvidu.test")
    async with answering(fine) as (url, heard):
        monkeypatch.setenv("http_proxy", url)
        monkeypatch.setenv("no_proxy", "inside.test")
        assert proxied("http://openvidu.test:4443")
        assert not proxied("https://openvidu.test:4443")
        assert not proxied("http://inside.test:4443")
        through = Transport("http://openvidu.test", "MY_SECRET")
        reply = await through.send(Request("GET", "/x", None), transports.CONNECT_SECONDS)
        await through.aclose()
    assert reply.status == 200
    assert heard.requests[0].startswith(b"GET http://openvidu.test/x HTTP/1.1\r\n")
