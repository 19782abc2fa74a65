"""httpx's requests on aiohttp's connections, which bring answers of many megabytes much faster.

Every failure is told as the exception that httpx's own transport has for it, since those decide
whether a request can have had an effect. Nothing is repeated, redirected, remembered or unpacked
here, and no proxy is asked.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Final

import aiohttp
import httpx
from yarl import URL  # aiohttp's own type for addresses

READ_BYTES: Final = 1024 * 1024
"""How much may arrive before it is taken. Less would switch reading off and on all the time."""


class Sockets(httpx.AsyncBaseTransport):
    """Up to ``limit`` connections that are kept for ``idle`` seconds after they were used."""

    def __init__(self, trusted: ssl.SSLContext | None, *, limit: int, idle: float) -> None:
        self._trusted = trusted
        self._idle = idle
        self._free = asyncio.Semaphore(limit)
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the response's body is still to be read."""
        seconds = request.extensions["timeout"]
        try:
            async with asyncio.timeout(seconds["pool"]):
                await self._free.acquire()
        except TimeoutError as problem:
            raise httpx.PoolTimeout("no connection was free") from problem
        try:
            response = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),  # as it is: an id may hold %2F
                headers=request.headers.multi_items(),
                data=request.content or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=seconds["connect"], sock_read=seconds["read"]
                ),
            )
        except BaseException:
            self._free.release()
            raise
        return httpx.Response(
            response.status,
            headers=list(response.raw_headers),
            stream=_Body(response, self._free.release),
        )

    async def aclose(self) -> None:
        """Close the kept connections."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        """The session, which can only be made where a loop runs."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    ssl=self._trusted or True, limit=0, keepalive_timeout=self._idle
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,  # httpx does
                read_bufsize=READ_BYTES,
                middlewares=(_told,),
            )
        return self._session


class _Body(httpx.AsyncByteStream):
    """A response's body, in pieces as large as they come."""

    def __init__(self, response: aiohttp.ClientResponse, done: Callable[[], None]) -> None:
        self._response = response
        self._done: Callable[[], None] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._response.content
        try:
            while piece := await content.readany():
                yield piece
        except (aiohttp.ClientError, OSError) as problem:
            raise translated(problem) from problem

    async def aclose(self) -> None:
        """Let go of the connection; one that has not brought the whole body is not kept."""
        if self._done is not None:
            self._response.close()
            self._done()
            self._done = None


async def _told(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Translate here, inside of where aiohttp would send a request a second time by itself."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError as problem:
        cause = problem.__cause__ or problem
        raise httpx.ConnectError(str(cause)) from cause
    except (aiohttp.ClientError, OSError) as problem:
        raise translated(problem) from problem


def translated(problem: Exception) -> httpx.TransportError:
    """What httpx calls a failure; unless it was connecting, something may have been sent."""
    if isinstance(problem, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout(str(problem))
    if isinstance(problem, TimeoutError):
        return httpx.ReadTimeout(str(problem))
    if isinstance(problem, OSError):
        return httpx.ReadError(str(problem))
    return httpx.RemoteProtocolError(str(problem))
