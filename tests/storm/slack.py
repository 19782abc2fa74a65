"""Slack at the wire: strict about what it is sent and how fast, and often not well.

The workspace of the sandbox counts its faults ("the next three calls") and keeps everything for
its page to show; a storm needs faults drawn for each call and thousands of calls, so it has this.
"""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from tests.slack.odd import EDGE, Odd

TEAM, BOT = "T01STORM", "U0STORM"
TOKEN = "xoxb-storm"
PERHAPS = "Perhaps sent twice"
"""What a message says that may be there already."""
SLOW, LIMITED, FAILED, LOST, SILENT = "slow", "limited", "failed", "lost", "silent"
ODD = "odd"
FAULTS = {LIMITED: 0.03, FAILED: 0.03, SLOW: 0.01, LOST: 0.025, SILENT: 0.005, ODD: 0.10}
"""Of each call; together a fifth. LOST and SILENT have done what they were asked to do."""
_EDGE = [odd for odd in EDGE if "body" in odd.fault and odd.fault["status"] not in {413, 429}]
"""What the edge answers in Slack's place, of all kinds; a pause that it asks for is LIMITED's."""


class Slack:
    """Takes messages. ``posted`` are the delivery ids of each channel, in order, with copies."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.posted: defaultdict[str, list[str]] = defaultdict(list)
        self.answers_lost: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.calls = 0
        self.refused: Counter[str] = Counter()
        """Of each channel, how many were refused since they came too fast."""
        self.refused_again: list[str] = []
        """Channels of which the next was refused as well."""
        self.wrong: list[str] = []
        self.silent: list[str] = []
        self.well = False
        self.token_lost = False
        self.tried_in_vain = 0
        """Messages that were tried while the token was lost."""
        self._last: dict[str, float] = {}
        self._just_refused: set[str] = set()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its base URL."""
        app = web.Application()
        app.router.add_post("/api/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}/api/"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method.startswith("conversations."):
            return web.json_response({"ok": False, "error": "missing_scope"})
        if self.token_lost:
            self.tried_in_vain += method == "chat.postMessage"
            return web.json_response({"ok": False, "error": "token_revoked"})
        if method != "chat.postMessage":
            who = {"team_id": TEAM, "user_id": BOT, "bot_id": "B0STORM", "team": "storm"}
            return web.json_response({"ok": True, **who})
        self.calls += 1
        fault = self._fault()
        if fault == LIMITED:
            return _limited(1)
        if fault == FAILED:
            return web.json_response({"ok": False, "error": "internal_error"}, status=500)
        edge = self._dice.choice(_EDGE) if fault == ODD else None
        if edge is not None and edge.means is not None:
            return _answered(edge)
        body = await request.json()
        if problem := _problem(request, body):
            self.wrong.append(problem)
            return web.json_response({"ok": False, "error": "invalid_arguments"})
        channel, now = body["channel"], time.time()
        if self._is_too_fast(channel, now):
            return _limited(1)
        if fault == SLOW:
            await asyncio.sleep(2)
        delivery = body["metadata"]["event_payload"]["delivery_id"]
        if delivery in self.posted[channel] and PERHAPS not in json.dumps(body["blocks"]):
            self.silent.append(delivery)
        self.posted[channel].append(delivery)
        if edge is not None:  # it was done, and what is left of the answer says so
            return _answered(edge)
        if fault in {LOST, SILENT}:
            self.answers_lost[delivery] += 1
            if fault == SILENT:
                await asyncio.sleep(60)
            if request.transport is not None:
                request.transport.abort()
        return web.json_response({"ok": True, "channel": channel, "ts": f"{now:.6f}"})

    def _is_too_fast(self, channel: str, now: float) -> bool:
        """Less than a second after the one before, which its ``ts`` told the moment of."""
        if now - self._last.get(channel, 0.0) >= 1.0:
            self._last[channel] = now
            self._just_refused.discard(channel)
            return False
        self.refused[channel] += 1
        if channel in self._just_refused:
            self.refused_again.append(channel)
        self._just_refused.add(channel)
        return True

    def _fault(self) -> str:
        if self.well:
            return ""
        (drawn,) = self._dice.choices([*FAULTS, ""], [*FAULTS.values(), 1.0 - sum(FAULTS.values())])
        self.faults[drawn] += 1
        return drawn


def _answered(edge: Odd) -> web.Response:
    said = {"Content-Type": "text/html"} | edge.fault["headers"]
    return web.Response(body=edge.fault["body"].encode(), status=edge.fault["status"], headers=said)


def _problem(request: web.Request, body: dict[str, Any]) -> str:
    if request.headers.get("Authorization") != f"Bearer {TOKEN}":
        return "no token"
    if not body.get("text") or not body.get("blocks") or not body.get("channel"):
        return f"text, blocks or channel missing: {sorted(body)}"
    if not body.get("metadata", {}).get("event_payload", {}).get("delivery_id"):
        return "no delivery id"
    return ""


def _limited(seconds: int) -> web.Response:
    return web.json_response(
        {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": str(seconds)}
    )
