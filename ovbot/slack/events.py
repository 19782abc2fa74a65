"""HTTP mode: Slack's signed requests, as an ASGI endpoint for web/app."""

import time
from collections.abc import Callable

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

LARGEST = 1024 * 1024
"""Bytes; Slack's own payloads stay far below."""
_FRESH_SECONDS = 300


class SlackEndpoint:
    """Checks what Bolt does not (size, a timestamp that is no number), then hands over to Bolt.

    Bolt verifies the signature over the raw body and the timestamp's age ("Verifying requests
    from Slack"); a timestamp that is no number would be a 500 with a traceback there.
    """

    def __init__(self, bolt: AsyncApp, *, is_up: Callable[[], bool]) -> None:
        """``is_up``: whether what a request begins can be finished (not at start, not at stop)."""
        self._handler = AsyncSlackRequestHandler(bolt)
        self._is_up = is_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse("Only POST.", 405, {"Allow": "POST"})
        if not self._is_up():
            return PlainTextResponse("Starting or stopping.", 503)
        if not _fresh(request.headers.get("x-slack-request-timestamp", "")):
            return PlainTextResponse("The request is not signed, or too old.", 401)
        if not _small(request.headers.get("content-length", "")):
            return PlainTextResponse("The request is too large.", 413)
        return await self._handler.handle(request)


def _fresh(timestamp: str) -> bool:
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) < 12
        and (abs(time.time() - int(timestamp)) <= _FRESH_SECONDS)
    )


def _small(length: str) -> bool:
    return length.isascii() and length.isdigit() and int(length) <= LARGEST
