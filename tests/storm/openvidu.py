"""A busy OpenVidu whose webhooks go through bad weather: dropped, repeated, out of order."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send

from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.simulator import Simulator

SECRET = "MY_SECRET"
WINDOW = 20
DROPPED = 0.3
ROOMS_AT_ONCE = 24
PEOPLE = 4

Event = dict[str, Any]


class OpenVidu:
    """The simulator behind a port and a proxy that sometimes finds it down."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.simulator = Simulator(SimulatorConfig(secret=SECRET, webhook="http://ovbot/"))
        self.is_down = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_down and scope["type"] == "http":
            head = [(b"content-type", b"text/html")]
            await send({"type": "http.response.start", "status": 502, "headers": head})
            await send({"type": "http.response.body", "body": b"<h1>502 Bad Gateway</h1>"})
            return
        await self.simulator.app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its base URL."""
        config = uvicorn.Config(self, port=0, log_level="error", access_log=False, lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server._serve())
        while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await running

    async def live(self, sessions: list[str]) -> AsyncIterator[list[Event]]:
        """Let the sessions happen, some at a time; the events of each wave as they were sent."""
        for first in range(0, len(sessions), ROOMS_AT_ONCE):
            together = sessions[first : first + ROOMS_AT_ONCE]
            begun = [await self._begin(session) for session in together]
            yield self._sent()
            for session, (recording, people) in zip(together, begun, strict=True):
                await self.simulator.stop_recording(recording)
                for person in people:
                    self.simulator.leave(session, person)
            yield self._sent()

    async def _begin(self, session: str) -> tuple[str, list[str]]:
        names = [f"{session}-{number}" for number in range(PEOPLE)]
        people = [
            self.simulator.join(session, client_data=name, publish="camera").connection_id
            for name in names
        ]
        return await self.simulator.start_recording(session), people

    def _sent(self) -> list[Event]:
        events = [one.event for one in self.simulator.webhooks.log]
        self.simulator.webhooks.forget()
        return events

    def weather(self, events: list[Event]) -> Iterator[tuple[int, bytes]]:
        """What arrives of the events, and of which: each one to five times, or never."""
        late: list[tuple[float, int]] = []
        for place in range(len(events)):
            if self.dice.random() >= DROPPED:
                copies = self.dice.randint(1, 5)
                late += [(place + self.dice.uniform(0, WINDOW), place) for _ in range(copies)]
        for _, place in sorted(late):
            yield place, json.dumps(events[place], ensure_ascii=False).encode()
