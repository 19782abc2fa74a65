"""A simulator on the bench: a clock that stands still, and a plain HTTP client before it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from ovbot.sandbox.openvidu import Simulator, SimulatorConfig
from ovbot.sandbox.openvidu.profile import PROFILES

NOW = 1_601_394_690
"""Seconds; where the bench's clock stands until a test moves it."""
NOW_MS = NOW * 1000
SECRET = "MY_SECRET"
PUBLIC = "https://ov.example.com"
PROFILE_NAMES = ("seed", "2.15", "2.32")

Json = dict[str, Any]


@dataclass
class Receiver:
    """The endpoint of the webhooks: keeps what comes, answers what it is told to."""

    requests: list[httpx.Request] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200)

    def transport(self) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            self.requests.append(request)
            return self.answer(request)

        return httpx.MockTransport(handle)

    @property
    def events(self) -> list[Json]:
        return [json.loads(each.content.decode("latin-1")) for each in self.requests]

    @property
    def names(self) -> list[str]:
        return [each["event"] for each in self.events]


@dataclass
class Bench:
    """One simulator and how to talk to it."""

    simulator: Simulator
    client: httpx.AsyncClient

    @property
    def prefix(self) -> str:
        return self.simulator.world.profile.api

    async def api(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A call below the API's prefix of this version."""
        return await self.client.request(method, f"{self.prefix}{path}", **options)

    async def control(self, path: str, **body: Any) -> Json:
        """A call of the control surface that has to succeed."""
        answer = await self.client.post(f"/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def look(self, path: str) -> Json:
        answer = await self.client.get(f"/_control/{path}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def session(self, session_id: str = "room", **body: Any) -> None:
        answer = await self.api("POST", "/sessions", json={"customSessionId": session_id, **body})
        assert answer.status_code == 200, answer.text

    async def join(self, session_id: str = "room", **body: Any) -> Json:
        """``{connectionId, streamId}`` of somebody new."""
        return await self.control(f"sessions/{session_id}/join", **body)

    async def record(self, session_id: str = "room", **body: Any) -> Json:
        answer = await self.api("POST", "/recordings/start", json=body | {"session": session_id})
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def pass_time(self, seconds: float) -> None:
        await self.control("clock", advance=seconds)

    async def heard(self) -> list[Json]:
        """Every event that was, or would have been, sent."""
        return [each["event"] for each in (await self.look("webhooks"))["webhooks"]]

    async def heard_names(self) -> list[str]:
        return [each["event"] for each in await self.heard()]


@asynccontextmanager
async def bench(
    profile: str = "seed",
    receiver: Receiver | httpx.AsyncBaseTransport | None = None,
    **settings: Any,
) -> AsyncIterator[Bench]:
    """A simulator; its webhook worker runs only if somebody receives."""
    transport = receiver.transport() if isinstance(receiver, Receiver) else receiver
    given: Json = {
        "profile": profile,
        "secret": SECRET,
        "public_url": PUBLIC,
        "webhook": "http://bot.example.com/hook",
        "time_source": lambda: float(NOW),
    }
    config = SimulatorConfig(**(given | settings))
    simulator = Simulator(config, webhook_transport=transport)
    if receiver is not None:
        await simulator.start()
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=simulator.app),
            base_url=PUBLIC,
            auth=("OPENVIDUAPP", SECRET),
        ) as client:
            yield Bench(simulator, client)
    finally:
        await simulator.stop()


async def until(condition: Callable[[], object]) -> None:
    """Let other tasks work until this holds."""
    for _ in range(100_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("what was waited for never happened")


def told(bench: Bench, status: int, message: str, path: str) -> Json:
    """OpenVidu's own error body, keys in order."""
    phrase = {
        400: "Bad Request",
        404: "Not Found",
        406: "Not Acceptable",
        422: "Unprocessable Entity",
        500: "Internal Server Error",
        502: "Bad Gateway",
    }[status]
    return {
        "timestamp": NOW_MS,
        "status": status,
        "error": phrase,
        "message": message,
        "path": f"{PROFILES[bench.simulator.config.profile].api}{path}",
    }
