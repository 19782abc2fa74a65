"""The webhook: one worker, strictly in order, one event in flight.

Documentation: OpenVidu Webhook. Only the status 200 counts as delivered; nothing is sent again
because of a status. From 2.18 an event is sent again when the connection fails, five times in all.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx

from ovbot.sandbox.openvidu.clock import Clock, Timer
from ovbot.sandbox.openvidu.messages import java_text
from ovbot.sandbox.openvidu.profile import Profile
from ovbot.sandbox.openvidu.sender import KeptConnection
from ovbot.sandbox.openvidu.state.settings import Settings

Mode = Literal["on", "off", "duplicate", "delay", "reorder"]
Late = Callable[[], dict[str, Any]]
REMEMBERED = 10_000
PROMPT = 200
"""Milliseconds; an event that waits longer behind others tells of what has been since."""
USER_AGENT = "Apache-HttpClient/4.5.12 (Java/11.0.9)"


@dataclass
class Sent:
    """One event and what became of it; a lost one has no answers."""

    event: dict[str, Any]
    at: int
    lost: bool = False
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Each ``{"status": 200}`` or ``{"error": "ReadTimeout"}``, in order."""
    late: Late | None = field(default=None, repr=False)
    """What it says of the time when it is sent, and not of when it was queued."""

    def told(self) -> dict[str, Any]:
        """For tests to look at."""
        return {"event": self.event, "at": self.at, "lost": self.lost, "answers": self.answers}


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
        self._transport = transport or KeptConnection()
        self._queue: asyncio.Queue[Sent] = asyncio.Queue()
        self._in_flight = 0
        self._held: list[Sent] = []
        self._late: dict[int, tuple[Sent, Timer]] = {}
        """What is to be sent at a time of its own, by when it came."""
        self._count = itertools.count()
        self.mode: Mode = "on"
        self.times: int | None = None
        self.seconds = 0.0
        self.log: deque[Sent] = deque(maxlen=REMEMBERED)

    @property
    def pending(self) -> int:
        """Sends that are waiting or in flight."""
        return self._queue.qsize() + self._in_flight

    def put(self, event: dict[str, Any], late: Late | None = None) -> None:
        """Queue an event, if the deployment sends webhooks and this kind of event."""
        settings = self._settings()
        if not settings.webhook or event["event"] not in settings.webhook_events:
            return
        sent = Sent(event, self._clock.millis(), late=late)
        self.log.append(sent)
        if self.mode == "off":
            sent.lost = True
            self._count_down()
        elif self.mode == "delay":
            self._send_later(sent, self.seconds)
            self._count_down()
        elif self.mode == "reorder":
            self._held.append(sent)
            if len(self._held) >= (self.times or 2):
                self._release()
        elif lag := self._profile.webhook_lag:
            self._send_later(sent, lag)
        else:
            for _ in range((self.times or 2) if self.mode == "duplicate" else 1):
                self._queue.put_nowait(sent)

    def switch(self, mode: Mode, times: int | None = None, seconds: float = 0.0) -> None:
        """``off`` loses the next ``times`` events (None: all).

        ``duplicate`` sends every event ``times`` times (None: twice), ``delay`` the next ``times``
        (None: all) only after ``seconds``, so that others overtake them, and ``reorder`` sends
        every ``times`` (None: two) last first. What is held back for its turn is sent.
        """
        self._release()
        self.mode, self.times, self.seconds = mode, times, seconds

    def forget(self) -> None:
        """Drop what is queued and remembered, and send normally again."""
        self.lose_queue()
        self.log.clear()
        self.switch("on")

    def lose_queue(self) -> None:
        """The server ends: what has not been sent never will be."""
        for sent, timer in self._late.values():
            timer.cancel()
            self._held.append(sent)
        for sent in self._held:
            sent.lost = True
        self._late.clear()
        self._held.clear()
        while not self._queue.empty():
            self._queue.get_nowait().lost = True
            self._queue.task_done()

    async def idle(self) -> None:
        """Wait until every event has been sent that is not held back."""
        await self._queue.join()

    async def run(self) -> None:
        """Send for ever."""
        async with self._transport:
            while True:
                sent = await self._queue.get()
                self._in_flight = 1
                try:
                    await self._send(sent)
                finally:
                    self._in_flight = 0
                    self._queue.task_done()

    async def _send(self, sent: Sent) -> None:
        if sent.late is not None and self._clock.millis() - sent.at >= PROMPT:
            sent.event |= sent.late()
        for _ in range(self._profile.webhook_sends):
            try:
                request = self._request(sent.event)
                answer = await self._transport.handle_async_request(request)
                if answer.status_code == 303 and "location" in answer.headers:
                    await self._look(request, answer)
                await answer.aread()
            except (httpx.TransportError, httpx.InvalidURL) as error:
                sent.answers.append({"error": type(error).__name__})
                continue
            sent.answers.append({"status": answer.status_code})
            return

    def _request(self, event: dict[str, Any]) -> httpx.Request:
        """The headers of the configuration first, then what Apache's client adds to them."""
        settings = self._settings()
        body = java_text(event).encode(self._profile.charset, "replace")
        url = httpx.URL(settings.webhook_endpoint)
        if url.scheme not in ("http", "https") or not url.host:
            raise httpx.UnsupportedProtocol(f"no address to send to: {settings.webhook_endpoint}")
        headers = [
            (name.strip(), value.strip())
            for name, _, value in (each.partition(":") for each in settings.webhook_headers)
        ]
        if not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/json"))
        headers += [
            ("Content-Length", str(len(body))),
            ("Host", url.netloc.decode()),
            ("Connection", "Keep-Alive"),
            ("User-Agent", USER_AGENT),
            ("Accept-Encoding", "gzip,deflate"),
        ]
        return httpx.Request(
            "POST", url, headers=headers, content=body, extensions={"timeout": self._waits()}
        )

    async def _look(self, request: httpx.Request, answer: httpx.Response) -> None:
        """Of all redirects only a 303 is followed, with GET, and the event is lost."""
        url = request.url.join(answer.headers["location"])
        headers = [("Host", url.netloc.decode()), ("User-Agent", USER_AGENT)]
        waits = {"timeout": self._waits()}
        looked = httpx.Request("GET", url, headers=headers, extensions=waits)
        await (await self._transport.handle_async_request(looked)).aread()

    def _waits(self) -> dict[str, float | None]:
        profile = self._profile
        return {
            "connect": profile.webhook_connect_timeout,
            "read": profile.webhook_read_timeout,
            "write": None,
            "pool": None,
        }

    def _send_later(self, sent: Sent, seconds: float) -> None:
        number = next(self._count)

        def send() -> None:
            del self._late[number]
            self._queue.put_nowait(sent)

        self._late[number] = sent, self._clock.call_later(seconds, send)

    def _release(self) -> None:
        """Send what was held back, last first."""
        for sent in reversed(self._held):
            self._queue.put_nowait(sent)
        self._held.clear()

    def _count_down(self) -> None:
        if self.times is not None:
            self.times -= 1
            if self.times <= 0:
                self.switch("on")
