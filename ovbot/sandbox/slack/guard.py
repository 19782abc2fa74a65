"""Who may talk to the workspace at all, and what a browser may do with its pages.

It listens on this machine only, but every web page the developer has open can send requests
there too. So a request must name a loopback host (against DNS rebinding), must not come from
another origin, and what changes something through the control surface must be JSON, which a
foreign page cannot send without asking first.
"""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ovbot.sandbox.slack.dropping import remember_transport

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_LOOPBACK = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")


class Guard:
    """The outermost layer of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and add the headers."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        remember_transport(scope, send)
        refusal = _refusal(scope)
        if refusal is not None and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await (refusal or self._app)(scope, receive, with_headers)


def _refusal(scope: Scope) -> Response | None:
    headers = Headers(scope=scope)
    host = headers.get("host", "")
    if _LOOPBACK.fullmatch(host) is None:
        return _no(421, "only requests to localhost are answered")
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return _no(403, "requests from other origins are refused")
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return _no(403, "requests from other sites are refused")
    if scope["type"] == "http" and scope["method"] == "POST":
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if scope["path"].startswith("/_control/") and kind != "application/json":
            return _no(415, "the control surface takes application/json")
    return None


def _no(status: int, why: str) -> Response:
    return JSONResponse({"ok": False, "error": why}, status)
