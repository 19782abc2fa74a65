"""One HTTP connection with limits: uvicorn's own sets none to headers, and none to time.

uvicorn with httptools is several times as fast as h11, which has limits. What is added here costs
a comparison or two for each piece of a request.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httptools

from ovbot.logs import Sparingly
from ovbot.strangers import EXTENSION
from ovbot.web.guard import Guard
from ovbot.web.uvicorn_parts import Config, HttpToolsProtocol, ServerState

_PHRASES = {
    400: b"Bad Request",
    413: b"Content Too Large",
    431: b"Request Header Fields Too Large",
}
_told = Sparingly()


def guarded(guard: Guard) -> Callable[..., asyncio.Protocol]:
    """What uvicorn makes a protocol with, for each connection."""

    def make(
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> asyncio.Protocol:
        return _Connection(guard, config, server_state, app_state, _loop)

    return make


class _Connection(HttpToolsProtocol):
    """One connection, one request at a time: nobody who belongs here sends the next one early."""

    def __init__(
        self,
        guard: Guard,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        super().__init__(config, server_state, app_state, loop)
        self._guard = guard
        self._limits = guard.limits
        self._head = self._body = 0
        """Bytes of the present request."""
        self._in_body = self._is_verified = False
        self._refusal = 0
        self._refused = False
        """Our last word is said; what still comes is dropped unread."""
        self._dropped = 0
        self.address = ""
        self.known = self.busy = False
        self.held = 0
        self.deadline: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accepted."""
        super().connection_made(transport)
        self.address = self.client[0] if self.client else ""
        self._guard.enters(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Over."""
        self._guard.leaves(self)
        super().connection_lost(exc)

    def cut_off(self) -> None:
        """End it now, without a word."""
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Read a piece at a time, so that no limit is passed by much."""
        self._unset_keepalive_if_required()
        if self._refused:
            self._dropped += len(data)
            if self._dropped > self._limits.goodbye_bytes:
                self.transport.abort()
            return
        if self.deadline is None:
            self.deadline = time.monotonic() + self._limits.head_seconds
        while data and not (self._refused or self.transport.is_closing()):
            piece, data = data[: self._limits.head_bytes], data[self._limits.head_bytes :]
            if self._in_body:
                self._count(len(piece))
            self._feed(piece)
            if not self._in_body and not self.busy:
                self._head += len(piece)
                if self._head >= self._limits.head_bytes:
                    self._refusal = 431
            if self._refusal:
                self._refuse(self._refusal)

    def _feed(self, piece: bytes) -> None:
        if self._refusal or self.transport.is_closing():
            return
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # there is nothing to upgrade to; the request is answered like any other
        except httptools.HttpParserError:
            self._refusal = self._refusal or 400

    def _count(self, more: int) -> None:
        self._body += more
        limits = self._limits
        if self._body > (limits.verified_body if self._is_verified else limits.stranger_body):
            self._refusal = 413

    def _refuse(self, status: int) -> None:
        """Say so in a line; who was answered already hears no more.

        Only our own direction is closed: a connection that is closed while the other side still
        sends is reset, and a reset takes the answer with it (a proxy then says 502).
        """
        _told("listener.refused", limit=str(status))
        if self.cycle is None or self.cycle.response_complete or not self._in_body:
            line = b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(line % (status, _PHRASES[status]))
        self.deadline = time.monotonic() + self._limits.goodbye_seconds
        self._refused, self.busy = True, False
        self._guard.lets_go(self)
        if self.cycle is not None:
            self.cycle.disconnected = not self.cycle.response_complete
            self.cycle.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"call": self._verified}}
        self._head = self._body = 0
        self._is_verified = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, or a trailer: of which nobody has any use."""
        if self._in_body or len(self.headers) >= self._limits.head_lines:
            self._refusal = 431
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """It can be answered from here on."""
        if self._refusal or (self.cycle is not None and not self.cycle.response_complete):
            self._refusal = self._refusal or 400
            return
        self._in_body = True
        self.deadline = time.monotonic() + self._limits.body_seconds
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body; what comes after the answer is not kept."""
        if self._refusal:
            return
        if not (self._is_verified or self.cycle.response_complete):
            self._guard.holds(self, len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of it is here."""
        if self._refusal:
            return
        self._in_body, self.deadline = False, None
        self.busy = not self.cycle.response_complete
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It is answered, perhaps before all of it was here: that has to come in its time."""
        self.busy = False
        self._guard.lets_go(self)
        self._guard.waits_anew(self)
        super().on_response_complete()
        if self.transport.is_closing() and self.deadline is None:
            self.deadline = time.monotonic() + self._limits.goodbye_seconds

    def _verified(self) -> None:
        self.known = self._is_verified = True
        self._guard.lets_go(self)
