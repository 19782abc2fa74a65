"""How long an idle connection is kept, and how those that knock are let in."""

import asyncio
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import httpx
from starlette.responses import PlainTextResponse

from ovbot.web.listener import Listener


async def test_an_idle_connection_is_kept_as_long_as_it_is_set() -> None:
    listener = Listener(PlainTextResponse("here"), "127.0.0.1", 0, keep_alive=2)
    listener.bind()
    running = asyncio.create_task(listener.run())
    await listener.listening()
    host, port = listener.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    for pause in (1.0, 0.0):
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        said = await asyncio.wait_for(reader.readuntil(b"here"), 60)
        assert b"200 OK" in said
        await asyncio.sleep(pause)
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()
    listener.stop()
    await running


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    listener = Listener(PlainTextResponse("here"), "127.0.0.1", 0)
    listener.bind()
    running = asyncio.create_task(listener.run())
    await listener.listening()
    yield listener
    listener.stop()
    await running


async def test_who_knocks_while_nobody_can_be_let_in_is_let_in_later() -> None:
    """There is no file descriptor left for a while: nothing ends, and nobody is forgotten."""
    async with listening() as listener:
        url = httpx.URL(listener.url)
        few, all_ = resource.getrlimit(resource.RLIMIT_NOFILE)
        loop = asyncio.get_running_loop()
        with closing(socket.socket()) as late:
            late.setblocking(False)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, all_))
            try:
                await loop.sock_connect(late, (url.host, url.port))
                await loop.sock_sendall(late, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
                await asyncio.sleep(0.3)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (few, all_))
            async with asyncio.timeout(60):
                assert (await loop.sock_recv(late, 99)).startswith(b"HTTP/1.1 200 ")


async def test_a_crowd_that_knocks_at_once_is_let_in() -> None:
    async with listening() as listener:
        limits = httpx.Limits(max_connections=200)
        async with httpx.AsyncClient(limits=limits, timeout=60) as client:
            asked = [client.get(listener.url) for _ in range(200)]
            assert {answer.status_code for answer in await asyncio.gather(*asked)} == {200}
