"""Sockets that Slack counts and ovbot did not open: seen in Slack's greeting, told once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack.socket import Socket
from ovbot.slack.wire import Wire


class House:
    """A workspace, and sockets to it."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack
        self.told: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    async def socket(self, own: int = 1) -> Socket:
        greeted = asyncio.Event()

        async def count() -> int:
            greeted.set()
            return own

        async def ghosts(counted: int, known: int) -> None:
            self.told.put_nowait((counted, known))

        client = AsyncWebClient("xoxb-sandbox", base_url=f"{self._url}/api/")
        wire = Wire("xoxb-sandbox", f"{self._url}/api/")
        self._stack.push_async_callback(wire.close)
        socket = Socket(
            AsyncApp(client=client, request_verification_enabled=False),
            wire,
            SecretStr("xapp-sandbox"),
            own=count,
            ghosts=ghosts,
        )
        running = asyncio.create_task(socket.run())
        self._stack.push_async_callback(asyncio.wait, [running])
        self._stack.push_async_callback(socket.close)
        await socket.opened()
        async with asyncio.timeout(10):
            await greeted.wait()
        return socket


@pytest.fixture
async def house() -> AsyncIterator[House]:
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    workspace = serve(WorkspaceConfig(), ready=ready.set_result, handle_signals=False)
    serving = asyncio.create_task(workspace)
    async with AsyncExitStack() as stack:
        yield House(await ready, stack)
    serving.cancel()
    await asyncio.wait([serving])


async def test_a_socket_that_is_not_ours_is_told(house: House) -> None:
    await house.socket()
    assert house.told.empty()
    await house.socket()
    assert await asyncio.wait_for(house.told.get(), 10) == (2, 1)


async def test_sockets_of_our_own_processes_are_not(house: House) -> None:
    await house.socket(own=2)
    await house.socket(own=2)
    await house.socket(own=2)
    assert await asyncio.wait_for(house.told.get(), 10) == (3, 2)
    assert house.told.empty()


async def test_it_is_told_once_and_not_when_a_socket_is_made_anew(house: House) -> None:
    socket = await house.socket()
    hello = {"type": "hello", "num_connections": 2}
    await socket._hello(hello)
    assert house.told.empty(), "its predecessor still counts"
    for _ in range(3):
        await socket._hello({"type": "hello", "num_connections": 3})
    assert house.told.get_nowait() == (3, 1)
    assert house.told.empty()
