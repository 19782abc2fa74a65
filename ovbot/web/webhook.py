"""``POST /webhooks/openvidu``: checked, read, stored, and only then answered with exactly 200.

OpenVidu counts nothing but 200 as delivered and sends nothing twice on purpose, so every other
status means a lost event (until the sweep finds what it was about).
"""

from collections.abc import Awaitable, Callable, Sequence

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from ovbot.engine.webhooks import Refused
from ovbot.errors import FaultError
from ovbot.logs import Sparingly
from ovbot.openvidu.events import BODY_LIMIT, UnreadableEvent, WebhookEvent, parse_event
from ovbot.openvidu.secret import Secret
from ovbot.openvidu.shorten import Shortened
from ovbot.openvidu.webhooks import PATH, wrong_header
from ovbot.strangers import verified

log = structlog.get_logger(__name__)

Accept = Callable[[Sequence[WebhookEvent]], Awaitable[None]]
"""Stores events; raises TimeoutError or FaultError when that cannot be promised in time."""

LARGEST = 64 * 1024 * 1024
"""Bytes. Nothing bounds what people give as their data; an event is kept without it, or else
whoever is banned could come back unheard. OpenVidu sends one at a time."""

_UNAUTHORIZED = (
    "Send the header Authorization: Bearer <OVBOT_WEBHOOK_SECRET>; "
    "on the OpenVidu server OPENVIDU_WEBHOOK_HEADERS sets it.\n"
)


_EMPTY = [(b"content-length", b"0")]


class _TooLargeError(Exception):
    """The body is over the limit; the rest of it was not read."""


class Webhook:
    """The ASGI endpoint. Without a secret it refuses everything: nobody could be told apart."""

    def __init__(self, secret: str | None, accept: Accept, refused: Refused | None = None) -> None:
        self._secret = Secret(secret) if secret else None
        self._accept = accept
        self._refused = Refused() if refused is None else refused
        self._tell = Sparingly()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one delivery."""
        refusal = await self._refusal(Request(scope, receive))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": _EMPTY})
        await send({"type": "http.response.body", "body": b""})

    async def _refusal(self, request: Request) -> Response | None:
        """Why it is not taken; None once it is stored."""
        if request.method != "POST":
            self._refuse("webhook.not_posted", "it was not sent with POST")
            return _text(405, "Webhooks are sent with POST.\n", {"Allow": "POST"})
        if wrong := self._wrong(request):
            client = request.client and request.client.host
            self._refuse("webhook.unauthorized", wrong, client=client)
            return _text(401, _UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
        verified(request.scope)
        try:
            event = parse_event(await _body(request))
        except _TooLargeError:
            self._refuse("webhook.too_large", f"it is larger than {LARGEST // 1024**2} MB")
            return _text(413, f"A webhook may have up to {LARGEST // 1024**2} MB.\n")
        except UnreadableEvent as error:
            self._refuse("webhook.unreadable", str(error))
            return _text(400, f"This is not an OpenVidu event: {error}.\n")
        except ClientDisconnect:
            self._refuse("webhook.broken_off", "its body did not arrive")
            return _text(400, "The body did not arrive.\n")
        return await self._store(event)

    def misaddressed(self, path: str) -> None:
        """Something was posted where nothing is."""
        self._refused.add(f"it was sent to {path} instead of {PATH}")

    def _refuse(self, event: str, wrong: str, **fields: object) -> None:
        self._refused.add(wrong)
        self._tell(event, limit=wrong, **fields)

    def _wrong(self, request: Request) -> str:
        if self._secret is None:
            return "ovbot has no OVBOT_WEBHOOK_SECRET, and takes none"
        headers = request.scope["headers"]
        given = [value.decode("latin-1") for name, value in headers if name == b"authorization"]
        wrong = wrong_header(given, self._secret)
        return wrong and f"it carries {wrong}"

    async def _store(self, event: WebhookEvent) -> Response | None:
        try:
            await self._accept([event])
        except (TimeoutError, FaultError) as error:
            log.error("webhook.not_stored", kind=event.kind[:100], error=str(error) or "too slow")
            return _text(503, "The event could not be stored now.\n", {"Retry-After": "5"})
        return None


async def _body(request: Request) -> bytes:
    """The body without the ends of long strings, refused as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > LARGEST:
        raise _TooLargeError
    kept, read = Shortened(), 0
    async for chunk in request.stream():
        kept.add(chunk)
        read += len(chunk)
        if read > LARGEST or len(kept.body) > BODY_LIMIT:
            raise _TooLargeError
    return bytes(kept.body)


def _text(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(text, status, headers)
