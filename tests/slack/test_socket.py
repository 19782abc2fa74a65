"""Sockets that Slack counts and ovbot did not open: seen in Slack's greeting, told once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from aiohttp import web
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack import socket as socket_module
from ovbot.slack.socket import Socket
from ovbot.slack.wire import Wire


class House:
    """A workspace, and sockets to it."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack
        self.told: asyncio.Queue[tuple[int, int]] = asyncio.Queue()

    def unopened(self, count: Callable[[], Awaitable[int]]) -> Socket:
        """A socket that is being opened."""

        async def ghosts(counted: int, known: int) -> None:
            self.told.put_nowait((counted, known))

        wire = Wire("xoxb-sandbox", f"{self._url}/api/")
        self._stack.push_async_callback(wire.close)
        client = AsyncWebClient("xoxb-sandbox", base_url=f"{self._url}/api/")
        bolt = AsyncApp(client=client, request_verification_enabled=False)
        socket = Socket(bolt, wire, SecretStr("xapp-sandbox"), own=count, ghosts=ghosts)
        running = asyncio.create_task(socket.run())
        self._stack.push_async_callback(asyncio.wait, [running])
        self._stack.push_async_callback(socket.close)
        return socket

    async def socket(self, own: int = 1) -> Socket:
        greeted = asyncio.Event()

        async def count() -> int:
            greeted.set()
            return own

        socket = self.unopened(count)
        await socket.opened()
        async with asyncio.timeout(60):
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


HELLO = '{"type":"hello","num_connections":1}'


class Deaf:
    """A Slack whose first sockets are dead: no pong, or no hello. An address is good once.

    ``says``: what they send, and ``stays``: whether they stay open then.
    """

    def __init__(
        self, dead: int, *, greets: bool = False, says: Sequence[str] = (), stays: bool = True
    ) -> None:
        self._dead, self._says, self._stays = dead, [HELLO, *says] if greets else says, stays
        self.given = self.used = 0
        self._over = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_post("/api/apps.connections.open", self._open)
        app.router.add_get("/link/{number}", self._link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self._base = f"{host}:{port}"
        try:
            yield f"http://{self._base}"
        finally:
            self._over.set()
            await runner.cleanup()

    async def _open(self, request: web.Request) -> web.Response:
        self.given += 1
        return web.json_response({"ok": True, "url": f"ws://{self._base}/link/{self.given}"})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        assert request.match_info["number"] == str(self.given), "an old address"
        self.used += 1
        is_dead = self.used <= self._dead
        link = web.WebSocketResponse(autoping=not is_dead)
        await link.prepare(request)
        for said in self._says if is_dead else [HELLO]:
            await link.send_str(said)
        if is_dead and self._stays:
            await self._over.wait()
        if is_dead:
            return link
        async for _ in link:
            pass
        return link


@pytest.mark.parametrize("says", [[], ["garbage", '{"type":"new"}', "[" * 50_000]])
@pytest.mark.parametrize("greets", [True, False])
async def test_a_dead_socket_is_replaced_by_one_with_a_new_address(
    monkeypatch: pytest.MonkeyPatch, greets: bool, says: list[str]
) -> None:
    monkeypatch.setattr(socket_module, "_HEARTBEAT", 0.6)
    monkeypatch.setattr(socket_module, "_GREETING", 2.0)

    async def one() -> int:
        return 1

    deaf = Deaf(2, greets=greets, says=says)
    async with deaf.listening() as url, AsyncExitStack() as stack, asyncio.timeout(60):
        socket = House(url, stack).unopened(one)
        await socket.opened()
        while deaf.used < 3 or not socket.connected:  # noqa: ASYNC110  Slack's side of it
            await asyncio.sleep(0.05)
        assert deaf.given == deaf.used == 3
        await asyncio.sleep(1.5)
        assert socket.connected, "a living one is kept, though nothing is said on it"
        assert deaf.given == 3


def _leave(reason: str) -> str:
    return f'{{"type":"disconnect","reason":"{reason}"}}'


SHORT_LIVED: dict[str, tuple[list[str], bool, str]] = {
    "closed without a word": ([], False, "closed as soon as"),
    "Socket Mode switched off": ([_leave("link_disabled")], False, "link_disabled"),
    "too many": ([_leave("too_many_websockets")], False, "too_many_websockets"),
    "too many, left open": ([_leave("too_many_websockets")], True, "too_many_websockets"),
    "asked to come again": ([_leave("refresh_requested")], True, ""),
    "a warning": ([_leave("warning")], True, ""),
}
"""What they say after their greeting, whether they stay open, and what is told of that."""


@pytest.mark.parametrize("how", SHORT_LIVED)
async def test_sockets_that_do_not_last_are_opened_ever_more_slowly(how: str) -> None:
    async def one() -> int:
        return 1

    says, stays, told = SHORT_LIVED[how]
    deaf = Deaf(1_000, greets=True, says=says, stays=stays)
    async with deaf.listening() as url, AsyncExitStack() as stack, asyncio.timeout(60):
        socket = House(url, stack).unopened(one)
        await socket.opened()
        await asyncio.sleep(2.2)
        assert 2 <= deaf.given <= 4, "after half a second, one, two"
        assert told in socket.trouble
        assert bool(told) == bool(socket.trouble)


async def test_a_socket_that_lasted_is_followed_by_another_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket_module, "_LASTING", 0.0)

    async def one() -> int:
        return 1

    deaf = Deaf(3, greets=True, says=[_leave("refresh_requested")])
    async with deaf.listening() as url, AsyncExitStack() as stack, asyncio.timeout(60):
        socket = House(url, stack).unopened(one)
        began = asyncio.get_running_loop().time()
        while deaf.used < 4:  # noqa: ASYNC110  Slack's side of it
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - began < 1.5 - 0.1, (
            "three pauses of half a second"
        )
        assert socket.connected
