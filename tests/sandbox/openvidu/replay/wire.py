"""Requests byte for byte, and a receiver that keeps the webhooks as they came."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from ovbot.sandbox.openvidu.app import App

Json = dict[str, Any]
SECRET = "MY_SECRET"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content_type(self) -> str | None:
        found = self.headers.get("content-type")
        return None if found is None else found.lower().replace(" ", "")


async def ask(
    app: App,
    method: str,
    path: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    """Send one request to an ASGI application, its path untouched (no client may tidy it)."""
    raw, _, query = path.partition("?")
    lines = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: Json = {
        "type": "http",
        "method": method,
        "path": raw,
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": lines,
        "client": ("127.0.0.1", 1),
    }
    sent: list[Json] = []

    async def receive() -> Json:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    await app(scope, receive, send)
    start, *chunks = sent
    found = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    return Answer(start["status"], found, b"".join(each.get("body", b"") for each in chunks))


def credentials(secret: str = SECRET) -> str:
    return "Basic " + base64.b64encode(f"OPENVIDUAPP:{secret}".encode()).decode()


@dataclass
class Hook(httpx.AsyncBaseTransport):
    """Takes webhooks and says 200; ``charset`` is the server's."""

    charset: str
    events: list[Json] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        self.events.append(json.loads(body.decode(self.charset)))
        await asyncio.sleep(0)
        return httpx.Response(200)

    def take(self) -> list[Json]:
        """What came since the last time."""
        taken, self.events = self.events, []
        return taken
