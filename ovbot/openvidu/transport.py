"""One kept HTTP client for one OpenVidu server: who to trust, who we are, and how long to wait."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from ovbot.openvidu.bodies import PACKINGS, whole
from ovbot.openvidu.skew import Skew
from ovbot.openvidu.sockets import Sockets
from ovbot.openvidu.wire import Reply, Request

USER: Final = "OPENVIDUAPP"
CONNECT_SECONDS: Final = 5.0
CONNECTIONS: Final = 10
IDLE_SECONDS: Final = 20.0
"""Shorter than the sixty seconds after which nginx and Tomcat close idle connections."""
_UNUSED: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For plain HTTP, which needs no authorities; loading them takes longer than the first call."""
_JSON: Final = {"Content-Type": "application/json"}


class Transport:
    """Sends requests and reads whole replies. Follows no redirect: the secret would go along.

    Raises ValueError for an unusable URL or CA file; sending raises what
    :data:`ovbot.openvidu.failures.FAILURES` lists.
    """

    def __init__(
        self,
        base_url: str,
        secret: str,
        *,
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base, self.host = checked_url(base_url)
        self.skew = Skew(self.host, now)
        basic = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        trusted = trust(ca_file) if self._base.startswith("https:") else None
        if transport is None and not proxied(self._base):
            transport = Sockets(trusted, limit=CONNECTIONS, idle=IDLE_SECONDS)
        self._http = httpx.AsyncClient(
            transport=transport,
            verify=trusted or _UNUSED,
            headers={
                "Authorization": f"Basic {basic}",
                "Accept": "application/json",
                "Accept-Encoding": PACKINGS,
            },
            follow_redirects=False,
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS),
        )

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._http.aclose()

    async def send(self, request: Request, seconds: float) -> Reply:
        """Send a request and read the whole reply within ``seconds`` and the request's limit."""
        async with asyncio.timeout(seconds):
            response = await self._http.send(self._prepared(request, seconds), stream=True)
            self.skew.answered(response.headers.get("date"))
            try:
                body = await whole(response, request.limit)
            finally:
                await response.aclose()
        return Reply(response.status_code, response.headers, body)

    def _prepared(self, request: Request, seconds: float) -> httpx.Request:
        return self._http.build_request(
            request.method,
            self._base + request.path,
            content=request.body,
            headers={**(_JSON if request.body is not None else {}), **request.headers},
            timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        )


def proxied(base_url: str) -> bool:
    """Whether the environment names a proxy for that server; httpx finds it and goes through."""
    parts = urlsplit(base_url)
    named = getproxies().keys() & {parts.scheme, "all"}
    return bool(named) and not proxy_bypass(parts.hostname or "")


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whom to believe: the system's authorities, or only the given file's certificates.

    The file may hold the server's own self-signed certificate, which is OpenVidu's default.
    Raises ValueError if it cannot be read.
    """
    if ca_file is None:
        return ssl.create_default_context()
    try:
        context = ssl.create_default_context(cafile=str(ca_file))
    except (OSError, ssl.SSLError) as problem:
        raise ValueError(f"the CA file {ca_file} cannot be used: {problem}") from problem
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def checked_url(base_url: str) -> tuple[str, str]:
    """The URL without a slash at its end, and its host and port. Raises ValueError."""
    parts = urlsplit(base_url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("the OpenVidu URL must look like https://openvidu.example.com")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("the OpenVidu URL must hold no user, no query and no fragment")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", parts.netloc
