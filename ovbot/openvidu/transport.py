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

from ovbot.openvidu.addresses import address
from ovbot.openvidu.bodies import PACKINGS, whole
from ovbot.openvidu.certificates import Certificate, Trust, refusal, silence, trusts
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
_PIECE: Final = 256 * 1024
_JSON: Final = {"Content-Type": "application/json"}
Way = tuple[Trust | None, httpx.AsyncClient]
FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError)
"""All that sending a request may raise."""


class Transport:
    """Sends requests and reads whole replies. Follows no redirect: the secret would go along.

    Raises ValueError for an unusable URL or CA file; sending raises what
    `FAILURES` lists.
    """

    def __init__(
        self,
        base_url: str,
        secret: str,
        *,
        ca_file: Path | None = None,
        pins: tuple[str, ...] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        where = address(base_url)
        self._base, self.host, self.below = where.base, where.host, where.below
        self.skew = Skew(self.host, now)
        basic = base64.b64encode(f"{USER}:{secret}".encode()).decode()
        encrypted = self._base.startswith("https:")
        self._ways = [
            self._client(basic, trusted, transport)
            for trusted in (trusts(ca_file, pins) if encrypted else (None,))
        ]
        """A client for each way to believe the server; the first is the one that has worked."""

    def _client(
        self, basic: str, trusted: Trust | None, transport: httpx.AsyncBaseTransport | None
    ) -> Way:
        if transport is None and not proxied(self._base):
            transport = Sockets(trusted, limit=CONNECTIONS, idle=IDLE_SECONDS)
        http = httpx.AsyncClient(
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
        return trusted, http

    async def aclose(self) -> None:
        """Close the kept connections."""
        for _, http in self._ways:
            await http.aclose()

    @property
    def certificate(self) -> Certificate | None:
        """What the server has shown last, and was believed; None before, and without TLS."""
        trusted, _ = self._ways[0]
        return trusted.shown if trusted is not None else None

    async def send(self, request: Request, seconds: float) -> Reply:
        """Send a request and read the whole reply within ``seconds`` and the request's limit."""
        async with asyncio.timeout(seconds):
            response = await self._answered(request, seconds)
            self.skew.answered(response.headers.get("date"))
            try:
                body = await whole(response, request.limit, cut=request.cut)
            finally:
                await response.aclose()
        return Reply(response.status_code, response.headers, body)

    async def _answered(self, request: Request, seconds: float) -> httpx.Response:
        """The head of the answer, from a server that was believed in one way or another.

        A certificate is refused before anything is sent, so that the other ways may be tried.
        Where none will do, the reason is raised that tells most of what is wrong.
        """
        refusals = []
        for way in sorted(self._ways, key=lambda way: way is not self._ways[0]):
            try:
                response = await way[1].send(self._prepared(way[1], request, seconds), stream=True)
            except FAILURES as problem:
                if refusal(problem) is None:
                    raise
                refusals.append(problem)
                continue
            self._ways.sort(key=lambda each: each is not way)
            return response
        raise min(refusals, key=silence)

    def _prepared(self, http: httpx.AsyncClient, request: Request, seconds: float) -> httpx.Request:
        return http.build_request(
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
