"""A scripted bot: takes what the workspace sends over signed HTTP, and answers as told."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import Clock, SignatureVerifier
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

URL = "http://bot.test/slack/events"
SECRET = "sandbox-signing-secret"


@dataclass(frozen=True)
class Received:
    """One request, its signature already checked against the headers."""

    payload: dict[str, Any]
    headers: dict[str, str]

    @property
    def type(self) -> str:
        """``slash_commands`` for a command, else the payload's own type."""
        return str(self.payload.get("type", "slash_commands"))


class _HandsOnClock(Clock):
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def now(self) -> float:
        return self._clock()


Answer = Callable[[Received], Awaitable[Response]]


@dataclass
class ScriptedBot:
    """The ASGI app; `answer` decides, `received` remembers."""

    clock: Callable[[], float]
    received: list[Received] = field(default_factory=list)
    answer: Answer | None = None
    challenges: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def replies(self, body: Any = None, status: int = 200, **headers: str) -> None:
        """From now on answer everything like this."""

        async def answer(_: Received) -> Response:
            if body is None:
                return Response(status_code=status, headers=headers)
            if isinstance(body, str):
                return Response(body, status, headers, "text/plain")
            return JSONResponse(body, status, headers)

        self.answer = answer

    @property
    def last(self) -> Received:
        """What came last."""
        return self.received[-1]

    async def got(self, count: int) -> None:
        """Wait until that many requests have come."""
        while len(self.received) < count:
            self._arrived.clear()
            await self._arrived.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = (await request.body()).decode()
        verifier = SignatureVerifier(SECRET, _HandsOnClock(self.clock))
        assert verifier.is_valid_request(body, dict(request.headers))
        got = Received(_payload(request, body), dict(request.headers))
        if got.type == "url_verification":
            self.challenges += 1
            await JSONResponse({"challenge": got.payload["challenge"]})(scope, receive, send)
            return
        self.received.append(got)
        self._arrived.set()
        response = Response() if self.answer is None else await self.answer(got)
        await response(scope, receive, send)


def _payload(request: Request, body: str) -> dict[str, Any]:
    if request.headers["content-type"] == "application/json":
        loaded: dict[str, Any] = json.loads(body)
        return loaded
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    return json.loads(form["payload"]) if "payload" in form else dict(form)
