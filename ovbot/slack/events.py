"""HTTP mode: Slack's signed requests, as an ASGI endpoint for web/app."""

import hmac
import time
from collections.abc import Callable, Sequence

from starlette.types import Receive, Scope, Send

from ovbot.slack.app import SlackApp
from ovbot.slack.hearing import hear
from ovbot.slack.unsigned import Refused
from ovbot.strangers import verified

LARGEST = 128 * 1024
"""Bytes. A command has one thousand; a form of a hundred choices, in letters that are escaped
twice on their way, some eighty thousand."""
_FRESH_SECONDS = 300
_UNSIGNED = "The request is not signed, or too old."

Headers = dict[str, str | Sequence[str]]


class SlackEndpoint:
    """Verifies a request, then hands it over to Bolt.

    Nothing is looked at before it is known to be Slack's: Bolt would parse a body before it
    verifies it, let unsigned ``ssl_check`` through, and answer 500 to a timestamp that is no number
    or a body that is no UTF-8. Source: docs.slack.dev, "Verifying requests from Slack".
    """

    def __init__(self, slack: SlackApp, signing_secret: str, *, is_up: Callable[[], bool]) -> None:
        """``is_up``: whether what a request begins can be finished (not at start, not at stop)."""
        if not signing_secret:
            raise ValueError("whoever knows that there is no secret could sign")
        self._slack = slack
        self._key = signing_secret.encode()
        self._is_up = is_up
        self._refused = Refused()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in {"GET", "HEAD"} and b"ssl_check=1" in scope.get("query_string", b""):
            await _send(send, 200, b"")  # Slack looks at the certificate; nothing else is told
            return
        if scope["method"] != "POST":
            await _plain(send, 405, "Only POST.", (b"allow", b"POST"))
            return
        if not self._is_up():
            await _plain(send, 503, "Starting or stopping.")
            return
        timestamp = _one(scope, b"x-slack-request-timestamp")
        if not _fresh(timestamp):
            self._refused.stale(timestamp, time.time())
            await _plain(send, 401, _UNSIGNED)
            return
        announced = _one(scope, b"content-length")
        too_large = announced.isdecimal() and int(announced[:20]) > LARGEST
        body = None if too_large else await _body(receive)
        if body is None:
            await _plain(send, 413, "The request is too large.")
        elif not self._is_signed(timestamp, body, signature := _one(scope, b"x-slack-signature")):
            self._refused.unfit(
                signature, body, lambda other: self._is_signed(timestamp, other, signature)
            )
            await _plain(send, 401, _UNSIGNED)
        else:
            verified(scope)
            self._refused.fitted()
            await self._dispatch(body, scope, send)

    def _is_signed(self, timestamp: str, body: bytes, signature: str) -> bool:
        signed = hmac.digest(self._key, b"v0:%s:%s" % (timestamp.encode(), body), "sha256")
        return hmac.compare_digest(f"v0={signed.hex()}".encode(), signature.encode())

    async def _dispatch(self, raw: bytes, scope: Scope, send: Send) -> None:
        body = raw.decode(errors="replace")
        after = await self._slack.enter_early(body)
        if after is not None:
            # Bolt takes longer than all of the above, and another's command may wait meanwhile.
            self._slack.tasks.start(after)
            await _send(send, 200, b"")
            return
        answer = await hear(self._slack.bolt, body, headers=_headers(scope))
        kind = answer.headers.get("content-type", [""])[0].encode()
        await _send(send, answer.status, answer.body.encode(), (b"content-type", kind))


def _headers(scope: Scope) -> Headers:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return {**found}


def _one(scope: Scope, name: bytes) -> str:
    """The only value of a header; of several it would be unclear which one counts."""
    values: list[bytes] = [value for other, value in scope["headers"] if other == name]
    return values[0].decode("latin-1") if len(values) == 1 else ""


async def _body(receive: Receive) -> bytes | None:
    """All of it, or None when it is too large, whatever its announced length."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LARGEST:
            return None
        if not message.get("more_body", False):  # a disconnect ends it, too: its signature is wrong
            return bytes(body)


def _fresh(timestamp: str) -> bool:
    return (
        timestamp.isascii()
        and timestamp.isdigit()
        and len(timestamp) < 12
        and (abs(time.time() - int(timestamp)) <= _FRESH_SECONDS)
    )


async def _plain(send: Send, status: int, text: str, *more: tuple[bytes, bytes]) -> None:
    await _send(send, status, text.encode(), (b"content-type", b"text/plain"), *more)


async def _send(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
