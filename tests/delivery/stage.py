"""Delivery put together: a simulated OpenVidu at the one end, a chat at the other."""

import asyncio
import json
import time as machine
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any, Self

import httpx

from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.delivery.outbox.worker import Worker
from ovbot.domain.binding import Binding, Topic
from ovbot.engine.registry import Registry
from ovbot.openvidu import OpenVidu
from ovbot.openvidu.events import parse_event
from ovbot.sandbox.openvidu.config import SimulatorConfig
from ovbot.sandbox.openvidu.simulator import Simulator
from ovbot.store import bindings, outbox, recordings
from ovbot.store.deliveries import Status
from tests.delivery.fake import START, RecordingChat, Time, WatchedDatabase

SERVER = "default"

Registry.scan("ovbot.commands")  # what is told has buttons, which are commands


class Stage:
    """What happens only happens when it is told to: process, sweep, deliver."""

    def __init__(
        self,
        database: WatchedDatabase,
        time: Time,
        chat: RecordingChat,
        *,
        ahead: float = 0,
        dated: bool = True,
    ) -> None:
        """``ahead``: seconds by which OpenVidu's clock is, as the Date of its answers has told
        unless they are not ``dated``, or a proxy puts its own there."""
        self.database, self.time, self.chat = database, time, chat
        self.simulator = Simulator(
            SimulatorConfig(
                secret="secret",
                webhook="http://ovbot/webhooks/openvidu",
                time_source=lambda: time.now_ms() / 1000 + ahead,
            )
        )
        self.openvidu = OpenVidu(
            "http://openvidu:4443",
            "secret",
            transport=httpx.ASGITransport(self.simulator.app),
            dialect="mixed",
            clock=lambda: time.now_ms() / 1000,
        )
        if ahead and dated:
            answered = datetime.fromtimestamp(machine.time() + ahead, UTC)
            self.openvidu._transport.skew.answered(format_datetime(answered, usegmt=True))
        self.inbox = Inbox(database, SERVER, time)
        self.processor = Processor(database, SERVER, self.openvidu, time, pause=time.pause)
        self.sweeper = Sweeper(database, SERVER, self.openvidu, time, every=60, pause=time.pause)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.inbox.close()
        await self.openvidu.aclose()

    async def bind(
        self,
        channel: str,
        pattern: str = "*",
        *,
        topics: tuple[Topic, ...] = tuple(Topic),
        team: str = "T1",
        at: int = START - 1,
    ) -> None:
        """Bind a channel; before the test began unless told otherwise."""
        async with self.database.begin() as tx:
            await bindings.add(tx, Binding(team, SERVER, channel, pattern, topics, "U01ANA", at))

    async def record(self, session: str = "demo", *, name: str = "", seconds: float = 723) -> str:
        """Ana joins and records, and stops again; returns the recording's id."""
        self.simulator.join(session, client_data="Ana", publish="camera")
        recording = await self.simulator.start_recording(session, name=name)
        self.time.advance(seconds)
        await self.simulator.stop_recording(recording)
        return recording

    def sent(self, charset: str = "utf-8") -> list[bytes]:
        """The webhooks of what has happened on OpenVidu, in order, and forget them."""
        events = [one.event for one in self.simulator.webhooks.log]
        self.simulator.webhooks.forget()
        texts = [json.dumps(event, ensure_ascii=False) for event in events]
        return [text.encode(charset, "replace") for text in texts]

    async def arrive(self, *bodies: bytes, times: int = 1) -> None:
        """Webhooks come in, each so many times."""
        for body in bodies:
            for _ in range(times):
                await self.inbox.accept([parse_event(body)])

    async def tell(self, kind: str, **fields: Any) -> None:
        """One webhook comes in."""
        event = {"timestamp": self.time.now_ms(), **fields, "event": kind}
        await self.arrive(json.dumps(event).encode())

    async def process(self) -> None:
        """Deal with every event that is due now."""
        while await self.processor.step() == 0:
            pass

    def worker(self, **options: Any) -> Worker:
        """A worker on this stage's time."""
        return Worker(
            self.database,
            self.chat,
            self.time,
            pause=self.time.pause,
            jitter=lambda: 0.5,
            **options,
        )

    async def deliver(self, **options: Any) -> None:
        """Deliver until nothing is pending."""
        worker = self.worker(**options)
        running = asyncio.create_task(worker.run())
        await self.time.until(self.database, self.is_delivered)
        await worker.stop(5)
        await running

    async def is_delivered(self) -> bool:
        """Whether nothing waits to be delivered."""
        return await self.pending() == 0

    async def pending(self) -> int:
        """How many notices wait to be delivered."""
        async with self.database.read() as tx:
            return (await outbox.counts(tx))[Status.PENDING]

    async def known(self) -> tuple[recordings.Known, ...]:
        """The recordings ovbot knows of."""
        async with self.database.read() as tx:
            return await recordings.known(tx, SERVER)
