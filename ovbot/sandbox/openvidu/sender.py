"""One kept connection to the webhook's endpoint, as Apache's HttpClient keeps it.

Whether the endpoint has closed it meanwhile is looked at only where nothing was sent for two
seconds; before that an event is written into it and lost. Headers leave in the order that they
were given, and any certificate is accepted.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable

import httptools
import httpx

LOOK_AFTER = 2.0
"""Seconds without use after which a kept connection is looked at."""
_HEAP = 65536


class KeptConnection(httpx.AsyncBaseTransport):
    """Sends one request at a time; httpx's exceptions tell what went wrong."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._origin: tuple[str, str, int] | None = None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._used = 0.0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        waits = request.extensions["timeout"]
        reader, writer = await self._connected(request, waits["connect"])
        try:
            writer.write(_head(request) + await request.aread())
            async with asyncio.timeout(waits["read"]):
                await writer.drain()
                answer = await _answer(reader)
        except TimeoutError:
            self._drop()
            raise httpx.ReadTimeout("no answer", request=request) from None
        except OSError as error:
            self._drop()
            raise httpx.ReadError(str(error), request=request) from None
        except (EOFError, httptools.HttpParserError) as error:
            self._drop()
            raise httpx.RemoteProtocolError(str(error), request=request) from None
        except asyncio.CancelledError:
            self._drop()
            raise
        self._used = self._now()
        if not answer.keeps:
            self._drop()
        return httpx.Response(answer.status, headers=answer.headers, content=bytes(answer.body))

    async def aclose(self) -> None:
        self._drop()

    async def _connected(
        self, request: httpx.Request, wait: float | None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        url = request.url
        secure = url.scheme == "https"
        origin = (url.scheme, url.host, url.port or (443 if secure else 80))
        idle = self._now() - self._used
        if self._reader is not None and (
            origin != self._origin or (idle >= LOOK_AFTER and self._reader.at_eof())
        ):
            self._drop()
        if self._reader is None or self._writer is None:
            try:
                async with asyncio.timeout(wait):
                    self._reader, self._writer = await asyncio.open_connection(
                        origin[1], origin[2], ssl=_anybody() if secure else None
                    )
            except TimeoutError:
                raise httpx.ConnectTimeout("no connection", request=request) from None
            except OSError as error:
                raise httpx.ConnectError(str(error), request=request) from None
            self._origin = origin
        return self._reader, self._writer

    def _drop(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


class _Answer:
    """What httptools reads; it knows whether a connection is kept only at the end of the head."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.keeps = False
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.complete = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self.parser.get_status_code()
        self.keeps = self.parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.complete = True


async def _answer(reader: asyncio.StreamReader) -> _Answer:
    answer = _Answer()
    while not answer.complete:
        data = await reader.read(_HEAP)
        if not data:
            if answer.status and not any(_sized(name) for name, _ in answer.headers):
                answer.keeps = False
                break  # a body that ends with its connection
            raise EOFError("closed without an answer")
        answer.parser.feed_data(data)
    return answer


def _sized(name: bytes) -> bool:
    return name.lower() in (b"content-length", b"transfer-encoding")


def _head(request: httpx.Request) -> bytes:
    target = request.url.raw_path
    lines = [request.method.encode() + b" " + target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    return b"\r\n".join([*lines, b"", b""])


def _anybody() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
