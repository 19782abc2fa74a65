"""The close of a full session: everything that OpenVidu then says at once is taken.

Its one thread sends an event, waits for the 200 and sends the next, over one connection; what is
not answered so is lost (reference: I.4). Where 200 people, of whom nineteen publish
to the others, are put out together, 3,800 events come within five seconds.
"""

import asyncio
import contextlib
import json
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.ingest import PATIENCE, Inbox
from ovbot.openvidu.webhooks import PATH
from ovbot.store import events
from ovbot.store.database import Database
from ovbot.web.app import build_app
from ovbot.web.health import Health
from ovbot.web.listener import Listener
from ovbot.web.webhook import Webhook
from tests import fresh

SECRET = "s3cret"
PEOPLE, PUBLISHERS = 200, 19
EVENTS = 3_800
SECONDS = 60.0
"""On a machine that does nothing else it is five; on one that runs other tests it may be more, and
that none is lost is what counts."""


def close_of_a_full_session() -> list[bytes]:
    """Streams that end, people who leave, and the end of it, as OpenVidu words them."""
    at = 1_601_394_690_713
    common = {"sessionId": "exam", "timestamp": at, "startTime": at, "duration": 60}
    common["reason"] = "sessionClosedByServer"
    told = [
        {**common, "event": "webrtcConnectionDestroyed", "connection": "INBOUND"}
        | {"streamId": f"str_CAM_{sender}", "participantId": f"con_{receiver}"}
        | {"receivingFrom": f"con_{sender}", "audioEnabled": True, "videoEnabled": True}
        for sender in range(PUBLISHERS)
        for receiver in range(PEOPLE)
        if receiver != sender
    ]
    told += [
        {**common, "event": "participantLeft", "participantId": f"con_{person}"}
        | {"clientData": f"p{person}", "serverData": "", "platform": "Chrome"}
        for person in range(PEOPLE)
    ]
    told = [*told[: EVENTS - 1], {**common, "event": "sessionDestroyed"}]
    # each has its own moment, as on a real server
    return [json.dumps(each | {"timestamp": at + n}).encode() for n, each in enumerate(told)]


async def test_a_full_sessions_close_is_taken_without_loss(tmp_path: Path) -> None:
    bodies = close_of_a_full_session()
    assert len(bodies) == EVENTS
    store = Database(fresh.sqlite(tmp_path / "burst.sqlite3"))
    await store.open()
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(store.close)
        url = await serve(stack, store)
        sender = await Sender.to(url, stack)
        begun, slowest, answers = time.perf_counter(), 0.0, set()
        for body in bodies:
            sent = time.perf_counter()
            answers.add(await sender.post(body))
            slowest = max(slowest, time.perf_counter() - sent)
        took = time.perf_counter() - begun
        print(f"{EVENTS} events in {took:.1f} s; the slowest took {slowest * 1000:.0f} ms")
        assert answers == {b"HTTP/1.1 200 OK"}
        async with store.read() as tx:
            waiting = await events.unprocessed(tx, "default", EVENTS + 1, now=0)
        assert [one.kind for one in waiting] == [json.loads(body)["event"] for body in bodies]
        assert took < SECONDS
        assert slowest < PATIENCE


class Sender:
    """One connection, one event at a time, as OpenVidu's."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, url: str, stack: contextlib.AsyncExitStack) -> Self:
        """Connected to the webhook's port."""
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        stack.callback(writer.close)
        return cls(reader, writer)

    async def post(self, body: bytes) -> bytes:
        """Send one; the first line of the answer, which has no body."""
        head = (
            f"POST {PATH} HTTP/1.1\r\nAuthorization: Bearer {SECRET}\r\nHost: ovbot\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        async with asyncio.timeout(60):
            answer = await self._reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 0" in answer.lower()
        return answer.partition(b"\r\n")[0]


async def serve(stack: contextlib.AsyncExitStack, store: Database) -> str:
    """The real port before the real store; where webhooks go."""
    inbox = Inbox(store, "default", SystemClock())
    stack.push_async_callback(inbox.close)
    health = Health(
        ping=awake, slack=lambda: "ok", openvidu_contact=lambda: None, clock=SystemClock()
    )
    app = build_app(webhook=Webhook(SECRET, inbox.accept), health=health)
    listener = Listener(app, "127.0.0.1", 0)
    listener.bind()
    running = asyncio.create_task(listener.run())

    async def end() -> None:
        listener.stop()
        await running

    stack.push_async_callback(end)
    await listener.listening()
    return listener.url + PATH


async def awake() -> None:
    """A database that answers."""
