"""A Slack that answers well up to one point, and from there on not at all, or oddly."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

Answer = web.StreamResponse


class SlowSlack:
    """``stops_at`` a method, "handshake" or "hello": there it keeps silent, and notes that it was
    ``reached``. ``says`` holds what methods answer instead, in order; the last stays."""

    def __init__(self, stops_at: str = "") -> None:
        self.stops_at = stops_at
        self.says: dict[str, list[web.Response | dict[str, object]]] = {}
        self.handshakes: list[int] = []
        """Statuses of the next handshakes, instead of a socket."""
        self.calls: list[str] = []
        self.tickets: list[str] = []
        self.used: list[str] = []
        self.reached = asyncio.Event()
        self.sockets: list[web.WebSocketResponse] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["SlowSlack"]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/link/{ticket}", self._link)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        self.base = f"{host}:{port}"
        try:
            yield self
        finally:
            await runner.cleanup()

    @property
    def url(self) -> str:
        return f"http://{self.base}/api/"

    async def _stop(self, at: str) -> None:
        if at == self.stops_at:
            self.reached.set()
            await asyncio.sleep(600)

    async def _api(self, request: web.Request) -> Answer:
        method = request.match_info["method"]
        self.calls.append(method)
        await self._stop(method)
        if queue := self.says.get(method):
            said = queue.pop(0) if len(queue) > 1 else queue[0]
            return said if isinstance(said, web.Response) else web.json_response(said)
        if method == "auth.test":
            return web.json_response(
                {"ok": True, "team_id": "T1", "user_id": "U0BOT", "bot_id": "B1"},
                headers={"X-OAuth-Scopes": "commands,chat:write"},
            )
        if method == "apps.connections.open":
            self.tickets.append(f"t{len(self.tickets)}")
            return web.json_response(
                {"ok": True, "url": f"ws://{self.base}/link/{self.tickets[-1]}"}
            )
        return web.json_response({"ok": True, "channel": "C1", "ts": "1.1"})

    async def _link(self, request: web.Request) -> Answer:
        ticket = request.match_info["ticket"]
        if ticket in self.used:
            return web.Response(status=404)
        self.used.append(ticket)
        await self._stop("handshake")
        if self.handshakes:
            return web.Response(status=self.handshakes.pop(0), text="busy")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await self._stop("hello")
        await socket.send_json({"type": "hello", "num_connections": 1})
        async for _ in socket:
            pass
        return socket
