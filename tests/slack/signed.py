"""ovbot as Slack's payloads reach it, and a world outside it that can be made to wait for ever."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import uvicorn
from slack_sdk.signature import SignatureVerifier
from starlette.types import Message, Receive, Scope, Send

from ovbot.clock import SystemClock
from ovbot.engine.context import Powers
from ovbot.engine.pipeline import Door
from ovbot.engine.registry import Registry
from ovbot.openvidu import OpenVidu
from ovbot.slack.app import SlackApp
from ovbot.slack.directory import Directory
from ovbot.slack.events import SlackEndpoint
from ovbot.slack.gateway import Gateway
from ovbot.slack.happenings import Happenings
from ovbot.slack.hearing import hear
from ovbot.slack.home import Home
from ovbot.slack.identity import Identity
from ovbot.store.database import Database
from ovbot.subjects.hearers import BoundChannels
from ovbot.subjects.scheduled import Scheduler
from tests import fresh

SIGNING_SECRET = "signing-secret"
TEAM, ADMIN, GUEST, CHANNEL = "T1", "U1", "U2", "C1"

ANSWER = {
    "ok": True,
    "ts": "1.0",
    "view": {"id": "V9"},
    "VERSION": "2.32.2",
    "numberOfElements": 0,
    "content": [],
    "sessionId": "demo",
    "createdAt": 1_760_000_000_000,
    "recording": False,
    "connections": {"numberOfElements": 0, "content": []},
    "count": 0,
    "items": [],
}
"""Slack's to every call, and OpenVidu's to every call, in one."""


@dataclass
class Outside:
    """Slack and OpenVidu: keeps what it is asked, and answers nothing before it is let go."""

    calls: list[str] = field(default_factory=list)
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.calls.append(f"{scope['method']} {scope['path']}")
        while (await receive()).get("more_body"):
            pass
        await self.answering.wait()
        body = json.dumps(ANSWER).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


@dataclass
class Signed:
    """A bot that takes signed requests, or the same payloads from a socket."""

    endpoint: SlackEndpoint
    slack: SlackApp
    outside: Outside
    base: str
    store: Database
    lost: list[tuple[str, str]] = field(default_factory=list)
    """The channels that are told to be lost, with the reason."""
    by_socket: bool = False
    up: bool = True
    before_ack: list[str] | None = None
    """What had been asked of the outside when the last answer began to leave."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.before_ack = list(self.outside.calls)
            await send(message)

        await self.endpoint(scope, receive, watched)

    async def send(
        self, raw: str | bytes, head: Mapping[str, str | bytes] = {}, *, json_body: bool = False
    ) -> httpx.Response:
        """A request, signed if ``head`` does not say otherwise; it replaces headers."""
        if self.by_socket:
            return await self._from_socket(raw)
        now = str(int(time.time()))
        kind = "application/json" if json_body else "application/x-www-form-urlencoded"
        headers: dict[str, str | bytes] = {
            "content-type": kind,
            "x-slack-request-timestamp": now,
            "x-slack-signature": head.get("x-slack-signature") or sign(raw, now),
            **head,
        }
        listed = [
            (name.encode(), value.encode() if isinstance(value, str) else value)
            for name, value in headers.items()
        ]
        transport = httpx.ASGITransport(app=self)
        async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
            return await http.post("/slack/events", content=raw, headers=listed)

    async def _from_socket(self, raw: str | bytes) -> httpx.Response:
        """As a payload is taken from an envelope; the answer is what it acknowledges."""
        answer = await hear(self.slack.bolt, _payload(raw))
        self.before_ack = list(self.outside.calls)
        return httpx.Response(answer.status, text=answer.body)

    async def type(self, text: str, user: str = ADMIN) -> httpx.Response:
        """A slash command."""
        fields = {
            "team_id": TEAM,
            "channel_id": CHANNEL,
            "user_id": user,
            "command": "/openvidu",
            "text": text,
            "trigger_id": f"trigger-{time.monotonic_ns()}",
            "response_url": f"{self.base}/answer",
        }
        return await self.send(urlencode(fields))

    async def interact(self, **payload: Any) -> httpx.Response:
        """A button, a form, or a menu."""
        whole = {
            "team": {"id": TEAM},
            "user": {"id": ADMIN},
            "trigger_id": f"trigger-{time.monotonic_ns()}",
            **payload,
        }
        return await self.send(urlencode({"payload": json.dumps(whole)}))

    async def event(self, **event: Any) -> httpx.Response:
        """An event of the Events API."""
        whole = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}
        return await self.send(json.dumps(whole), json_body=True)

    async def settled(self) -> list[str]:
        """Let the outside answer, and all work end; everything that was asked of it."""
        self.outside.answering.set()
        assert await self.slack.tasks.drain(10) == 0
        return self.outside.calls


def _payload(raw: str | bytes) -> dict[str, Any]:
    text = raw.decode() if isinstance(raw, bytes) else raw
    fields = {"payload": text} if text.startswith("{") else dict(parse_qsl(text))
    found: dict[str, Any] = json.loads(fields["payload"]) if "payload" in fields else fields
    return found


def sign(body: str | bytes, timestamp: str, secret: str = SIGNING_SECRET) -> str:
    """By Slack's own library."""
    signed = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signed is not None
    return signed


@asynccontextmanager
async def open_signed(folder: Path) -> AsyncIterator[Signed]:
    """A bot with an empty database; the outside does not answer yet."""
    outside = Outside()
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(outside, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listening]))
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        store = Database(fresh.sqlite(folder / "signed.sqlite3"))
        await store.open()
        outside.answering.set()
        gateway, openvidu = Gateway("xoxb-b", f"{base}/api/"), OpenVidu(base, "MY_SECRET")
        await openvidu.start()
        outside.answering.clear()
        outside.calls.clear()
        identity = Identity(TEAM, "UBOT", "B1", scopes=frozenset({"channels:read"}))
        directory = Directory(gateway.wire, identity, SystemClock())
        lost: list[tuple[str, str]] = []

        async def lose(channel: str, reason: str) -> None:
            lost.append((channel, reason))

        door = Door(
            powers=Powers(
                commands=Registry.scan("ovbot.commands"),
                openvidu=openvidu,
                chat=gateway,
                store=store,
                server="default",
                clock=SystemClock(),
                directory=directory,
                hearers=BoundChannels(),
                planned=Scheduler(),
            ),
            workspace=identity.workspace,
            admins=(ADMIN,),
        )
        slack = SlackApp(
            door=door,
            gateway=gateway,
            identity=identity,
            home=Home(door, gateway),
            happenings=Happenings(gateway.standing, identity, directory, lose),
        )
        endpoint = SlackEndpoint(slack, SIGNING_SECRET, is_up=lambda: signed.up)
        signed = Signed(endpoint, slack, outside, base, store, lost)
        try:
            yield signed
        finally:
            await signed.settled()
            await openvidu.aclose()
            await gateway.close()
            await store.close()
            server.should_exit = True
            await serving
