"""The servers that the delivery benchmark asks, each a process: ``… delivery_servers WHAT URL``.

``http`` answers and stores nothing; ``ovbot`` is ovbot's own webhook; ``one`` commits each event by
itself with aiosqlite, ``asyncpg`` with one statement each; ``slack`` takes messages. Each prints
its port.
"""

import asyncio
import json
import random
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from ovbot import memory
from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.store.database import Database
from ovbot.web.app import build_app
from ovbot.web.health import Health
from ovbot.web.webhook import Webhook

SECRET = "hook-secret"
TABLE = "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)"
INSERT = "INSERT INTO events (key, body) VALUES (?, ?) ON CONFLICT DO NOTHING"
SERVER_SECONDS = 0.02
RANDOM_429 = 0.01

BESIDE: list[asyncio.Task[None]] = []
"""What runs beside the taking of webhooks, as in ovbot serve."""

Keep = Callable[[str, str], Awaitable[None]]


def plain(keep: Keep | None) -> ASGIApp:
    """The least that reads a webhook, keeps it and answers."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        body = message["body"]
        event = json.loads(body)
        if keep is not None:
            await keep(f"{event['sessionId']} {event['timestamp']}", body.decode())
        head = [(b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b""})

    return app


async def one_commit_each(path: str) -> ASGIApp:
    """aiosqlite as its documentation shows it, every commit safe (``synchronous=FULL``)."""
    connection = await aiosqlite.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        await connection.execute(f"PRAGMA {pragma}")
    await connection.execute(TABLE)

    async def keep(key: str, body: str) -> None:
        await connection.execute(INSERT, (key, body))

    return plain(keep)


async def one_statement_each(url: str) -> ASGIApp:
    """asyncpg with a pool of ten."""
    pool = await asyncpg.create_pool(url, min_size=10, max_size=10)
    await pool.execute(TABLE.replace("INTEGER", "BIGSERIAL").replace("events", "bare"))
    statement = "INSERT INTO bare (key, body) VALUES ($1, $2) ON CONFLICT DO NOTHING"

    async def keep(key: str, body: str) -> None:
        await pool.execute(statement, key, body)

    return plain(keep)


async def ovbot(url: str) -> ASGIApp:
    """ovbot's webhook on ovbot's store."""
    database = Database(url)
    await database.open(migrate=True)
    BESIDE.append(asyncio.create_task(database.run()))
    inbox = Inbox(database, "default", SystemClock())
    health = Health(
        ping=database.ping,
        slack=lambda: "ok",
        openvidu_contact=lambda: None,
        clock=SystemClock(),
    )
    return build_app(webhook=Webhook(SECRET, inbox.accept), health=health)


class Slack:
    """One message a second for each channel, 20 ms each, and sometimes 429 for no reason."""

    def __init__(self) -> None:
        self._dice = random.Random(1)
        self._last: dict[str, float] = {}
        self._calls: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._found: dict[str, Any] = {}
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        for held in (self._last, self._calls, self._refused):
            held.clear()
        self._found = {"sent": 0, "lines": 0, "too_fast": 0, "random": 0, "first": 0.0, "last": 0.0}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body", b"")
        path = scope["path"]
        if path == "/stats":
            longest = max((self._calls + self._refused).values(), default=0)
            await _json(send, 200, self._found | {"longest": longest})
            return
        if path == "/forget":
            self.forget()
            await _json(send, 200, {})
            return
        await self._message(json.loads(body or b"{}"), path, send)

    async def _message(self, body: dict[str, Any], path: str, send: Send) -> None:
        if path.startswith("/free/"):
            await _json(send, 200, {"ok": True, "channel": body["channel"], "ts": "1.0"})
            return
        channel, now = body["channel"], time.monotonic()
        self._found["first"] = self._found["first"] or now
        await asyncio.sleep(SERVER_SECONDS)
        if self._dice.random() < RANDOM_429:
            self._refused[channel] += 1
            self._found["random"] += 1
            await _json(send, 429, {"ok": False, "error": "ratelimited"})
            return
        if now - self._last.get(channel, -1.0) < 1.0:
            self._found["too_fast"] += 1
            await _json(send, 429, {"ok": False, "error": "ratelimited"})
            return
        self._last[channel] = now
        self._calls[channel] += 1
        self._found["sent"] += 1
        self._found["last"] = time.monotonic()
        await _json(send, 200, {"ok": True, "channel": channel, "ts": f"{now:.6f}"})


async def _json(send: Send, status: int, body: dict[str, Any]) -> None:
    head = [(b"content-type", b"application/json"), (b"retry-after", b"1")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def commits(path: str) -> list[float]:
    """Milliseconds of each bare commit of one row, in this process alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute(TABLE)
    spent = []
    for number in range(400):
        begun = time.perf_counter()
        connection.execute(INSERT, (f"demo {number}", "x" * 300))
        spent.append((time.perf_counter() - begun) * 1000)
    return spent


async def serve(what: str, url: str) -> None:
    """Listen until killed."""
    if what == "ovbot":
        app = await ovbot(url)
    elif what == "one":
        app = await one_commit_each(url.removeprefix("sqlite:///"))
    elif what == "asyncpg":
        app = await one_statement_each(url)
    else:
        app = Slack() if what == "slack" else plain(None)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(256)  # from here on nobody is refused, if they have to wait a little
    print(listening.getsockname()[1], flush=True)
    memory.freeze_gc()  # as ovbot serve does; here for each of them alike
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", proxy_headers=False
    )
    await uvicorn.Server(config).serve([listening])


def main() -> None:
    what, url = sys.argv[1:]
    if what == "commit":
        print(json.dumps(commits(url.removeprefix("sqlite:///"))))
        return
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="auto").get_loop_factory()) as runner:
        runner.run(serve(what, url))


if __name__ == "__main__":
    main()
