"""How long an idle connection is kept."""

import asyncio

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
