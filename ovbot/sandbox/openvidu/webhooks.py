"""The webhook: one worker, strictly in order, one event in flight.

Documentation: OpenVidu Webhook. Only the status 200 counts as delivered; nothing is sent again
because of a status. From 2.18 an event is sent again when the connection fails, five times in all.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from ovbot.sandbox.openvidu.clock import Clock
from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.state.settings import Settings

Mode = Literal["on", "off", "duplicate"]
REMEMBERED = 10_000


@dataclass
class Sent:
    """One event and what became of it; a lost one has no answers."""

    event: dict[str, Any]
    at: int
    lost: bool = False
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Each ``{"status": 200}`` or ``{"error": "ReadTimeout"}``, in order."""


class Webhooks:
    """Takes events, sends them, remembers the answers."""

    def __init__(
        self,
        profile: Profile,
        clock: Clock,
        settings: Callable[[], Settings],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._profile = profile
        self._clock = clock
        self._settings = settings
        self._transport = transport
        self._queue: asyncio.Queue[Sent] = asyncio.Queue()
        self._in_flight = 0
        self.mode: Mode = "on"
        self.times: int | None = None
        self.log: deque[Sent] = deque(maxlen=REMEMBERED)

    @property
    def pending(self) -> int:
        """Sends that are waiting or in flight."""
        return self._queue.qsize() + self._in_flight

    def put(self, event: dict[str, Any]) -> None:
        """Queue an event, if the deployment sends webhooks and this kind of event."""
        settings = self._settings()
        if not settings.webhook or event["event"] not in settings.webhook_events:
            return
        sent = Sent(event, self._clock.millis())
        self.log.append(sent)
        if self.mode == "off":
            sent.lost = True
            self._count_down()
            return
        for _ in range((self.times or 2) if self.mode == "duplicate" else 1):
            self._queue.put_nowait(sent)

    def switch(self, mode: Mode, times: int | None = None) -> None:
        """``off`` loses the next ``times`` events (None: all).

        ``duplicate`` sends every event ``times`` times (None: twice).
        """
        self.mode, self.times = mode, times

    def forget(self) -> None:
        """Drop what is queued and remembered, and send normally again."""
        self.lose_queue()
        self.log.clear()
        self.switch("on")

    def lose_queue(self) -> None:
        """The server ends: what has not been sent never will be."""
        while not self._queue.empty():
            self._queue.get_nowait().lost = True
            self._queue.task_done()

    async def idle(self) -> None:
        """Wait until every event has been sent."""
        await self._queue.join()

    async def run(self) -> None:
        """Send for ever."""
        profile = self._profile
        timeout = httpx.Timeout(
            connect=profile.webhook_connect_timeout,
            read=profile.webhook_read_timeout,
            write=None,
            pool=None,
        )
        # OpenVidu accepts any certificate of the endpoint.
        async with httpx.AsyncClient(
            transport=self._transport,
            timeout=timeout,
            verify=False,  # noqa: S501
            trust_env=False,
            headers={"User-Agent": "Apache-HttpClient/4.5.12 (Java/11.0.9)"},
        ) as client:
            while True:
                sent = await self._queue.get()
                self._in_flight = 1
                try:
                    await self._send(client, sent)
                finally:
                    self._in_flight = 0
                    self._queue.task_done()

    async def _send(self, client: httpx.AsyncClient, sent: Sent) -> None:
        settings = self._settings()
        headers = httpx.Headers(
            [
                (name.strip(), value.strip())
                for name, _, value in (each.partition(":") for each in settings.webhook_headers)
            ]
        )
        headers.setdefault("Content-Type", "application/json")
        text = json.dumps(sent.event, ensure_ascii=False, separators=(",", ":"))
        body = text.encode(self._profile.charset, "replace")
        for _ in range(self._profile.webhook_sends):
            try:
                answer = await client.post(settings.webhook_endpoint, content=body, headers=headers)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                sent.answers.append({"error": type(error).__name__})
                continue
            sent.answers.append({"status": answer.status_code})
            return

    def _count_down(self) -> None:
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.switch("on")
