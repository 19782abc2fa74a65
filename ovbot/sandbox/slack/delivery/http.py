"""Signed HTTP, the workspace's side.

From the platform's documentation, "Verifying requests" and "Events API" (url_verification,
retry headers). Commands and interactions are form-encoded, events are JSON.
"""

import asyncio
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from ovbot.sandbox.slack.changes import Changes
from ovbot.sandbox.slack.delivery.envelope import Envelope, Receipt
from ovbot.sandbox.slack.faults import Fault, Faults
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.shapes import Clock, Json
from ovbot.sandbox.slack.traffic import TrafficLog

_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"
_LONGEST_PAUSE = 2.0


@dataclass
class HttpDelivery:
    """Requests to one address of the bot, each with its signature."""

    url: str
    signing_secret: str
    ack_seconds: float
    clock: Clock
    traffic: TrafficLog
    faults: Faults
    changes: Changes
    options_url: str | None = None
    transport: httpx.AsyncBaseTransport | None = None
    verified: bool = False
    _client: httpx.AsyncClient | None = None
    _verifying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _task: asyncio.Task[None] | None = None

    @property
    def asks_for_options(self) -> bool:
        """Whether the app's manifest says where menus are asked for (message_menu_options_url)."""
        return self.options_url != ""

    async def start(self) -> None:
        """Begin to verify the address, as is done when it is entered; the bot may come later."""
        self._client = httpx.AsyncClient(
            transport=self.transport, timeout=self.ack_seconds, trust_env=False
        )
        self._task = asyncio.create_task(self._keep_verifying())

    async def stop(self) -> None:
        """Close every connection."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def deliver(self, envelope: Envelope) -> Receipt:
        """Send once. Events wait for the address to be verified, as on the platform."""
        if envelope.kind == "events_api":
            if not await self.verify():
                return Receipt(False, 0.0, reason="connection_failed")
            body, kind = json.dumps(envelope.payload), _JSON
        elif envelope.kind == "interactive":
            body, kind = urlencode({"payload": json.dumps(envelope.payload)}), _FORM
        else:
            body, kind = urlencode(_form(envelope.payload)), _FORM
        headers = {}
        if envelope.attempt:
            headers = {
                "x-slack-retry-num": str(envelope.attempt),
                "x-slack-retry-reason": envelope.reason,
            }
        fault = self.faults.take(envelope.kind, wildcard=False)
        is_menu = envelope.payload.get("type") == "block_suggestion"
        return await self._send(
            envelope.kind,
            envelope.summary,
            envelope.payload,
            body,
            kind,
            headers,
            fault,
            url=self.options_url if is_menu else None,
        )

    async def verify(self) -> bool:
        """Ask the address to repeat a challenge, unless it did already."""
        async with self._verifying:
            if self.verified:
                return True
            challenge = opaque("", 32)
            payload = {"type": "url_verification", "token": "sandbox", "challenge": challenge}
            fault = self.faults.take("url_verification", wildcard=False)
            receipt = await self._send(
                "events_api", "url_verification", payload, json.dumps(payload), _JSON, {}, fault
            )
            answer = receipt.body
            if isinstance(answer, dict):
                answer = answer.get("challenge", answer.get("text"))
            self.verified = receipt.acknowledged and answer == challenge
            if self.verified:
                self.changes.tell("state")
            return self.verified

    async def _keep_verifying(self) -> None:
        pause = 0.1
        while not await self.verify():
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _send(
        self,
        kind: str,
        summary: str,
        payload: Json,
        body: str,
        content_type: str,
        headers: dict[str, str],
        fault: Fault | None,
        url: str | None = None,
    ) -> Receipt:
        began = time.perf_counter()
        signed = {**self._signed(body), "content-type": content_type, **headers}
        response, reason = await self._attempt(url or self.url, body, signed, fault)
        answer = None if response is None else _answer(response)
        if response is not None and response.status_code != 200:
            reason = "http_error"
        receipt = Receipt(
            not reason,
            (time.perf_counter() - began) * 1000,
            None if response is None else response.status_code,
            answer,
            reason,
            response is not None and response.headers.get("x-slack-no-retry") == "1",
        )
        if payload.get("type") == "url_verification" and reason == "connection_failed":
            # The bot is not up yet; asking for it again and again is no news.
            return receipt
        self.traffic.record(
            "to_bot",
            kind,
            summary,
            request={"url": url or self.url, "headers": signed, "body": payload},
            response=reason if response is None else answer,
            status=receipt.status,
            began=began,
        )
        return receipt

    async def _attempt(
        self, url: str, body: str, headers: dict[str, str], fault: Fault | None
    ) -> tuple[httpx.Response | None, str]:
        if self._client is None:
            raise RuntimeError("the workspace was not started")
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.drop:
            return None, "connection_failed"
        try:
            async with asyncio.timeout(self.ack_seconds):
                response = await self._client.post(url, content=body, headers=headers)
        except (TimeoutError, httpx.TimeoutException):
            return None, "http_timeout"
        except httpx.TransportError:
            return None, "connection_failed"
        if fault is not None and fault.lose_answer:
            return None, "http_timeout"
        return response, ""

    def _signed(self, body: str) -> dict[str, str]:
        stamp = str(int(self.clock()))
        return {
            "x-slack-request-timestamp": stamp,
            "x-slack-signature": signature(self.signing_secret, stamp, body),
            "user-agent": "ovbot-sandbox",
        }


def signature(secret: str, timestamp: str, body: str) -> str:
    """``v0=`` and the HMAC-SHA256 of ``v0:timestamp:body``."""
    base = f"v0:{timestamp}:{body}".encode()
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def _form(payload: Json) -> dict[str, str]:
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in payload.items()
        if value is not None
    }


def _answer(response: httpx.Response) -> Any:
    """The body: JSON as such, other text as a message text, nothing as None."""
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith(_JSON):
        try:
            return response.json()
        except ValueError:
            return {"text": response.text}
    return {"text": response.text}
