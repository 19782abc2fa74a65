"""What is known of the server, and whether it is worth asking.

The server is probed before the first call, and again after it was lost. While it is unknown, no
call is sent: each first needs the probe, and a probe that failed is not repeated at once, so a
dead server, or one that refuses the secret, is not hammered. The loss is logged once.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Any, Final

import structlog

from ovbot.openvidu.dialects import Dialect, Edition, Server
from ovbot.openvidu.errors import OpenViduError, Unauthorized
from ovbot.openvidu.search import PROBE, Search, retold
from ovbot.openvidu.transport import Transport
from ovbot.openvidu.wire import Call

log = structlog.get_logger(__name__)

PROBE_SECONDS: Final = 10.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 5.0
"""Whoever waits for a ban or a planned close waits this long after the server is well again."""
REFUSED_PAUSE: Final = 5.0
"""A wrong secret does not mend itself in a second; OpenVidu locks nobody out who is refused."""


class Link:
    """Finds the server out, remembers it, and keeps callers off one that is lost."""

    def __init__(
        self,
        transport: Transport,
        dialect: Dialect | None,
        *,
        version: str | None = None,
        edition: Edition | None = None,
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._search = Search(
            transport,
            PROBE_SECONDS * patience,
            dialect=dialect,
            version=version,
            edition=edition,
        )
        self._clock = clock
        self._lock = asyncio.Lock()
        self._pause = 0.0
        self._not_before = clock()
        self.server: Server | None = None
        self.problem: OpenViduError | None = None
        """Why the server is lost; None while it is known, and before it was first asked."""
        self.has_listed = False
        """Whether its sessions could be listed since it was found."""

    async def known(self, call: Call[Any], *, fresh: bool = False) -> Server:
        """The server, found now if need be. Errors are told as those of ``call``.

        ``fresh`` asks in any case. Raises what reading the configuration raises.
        """
        if self.server is not None and not fresh:
            return self.server
        async with self._lock:  # half open: one asks, the others wait for what it finds
            if self.server is not None and not fresh:
                return self.server
            self._admit(call, fresh)
            return await self._ask(call)

    def lost(self, problem: OpenViduError) -> None:
        """A call found that the server does not answer, or refuses the secret."""
        self.server = None
        if isinstance(problem, Unauthorized):
            self._wait()
        if self.problem is None:
            log.warning("openvidu.lost", host=self._transport.host, reason=problem.sentence)
        self.problem = problem

    async def takes_secret(self) -> bool:
        """Whether the secret is right, by asking the server anew; False only if it is refused."""
        try:
            await self.known(Call(PROBE, self._transport.host, {}), fresh=True)
        except Unauthorized:
            return False
        except OpenViduError:
            return True  # it fails in other ways, too
        return True

    def restarted(self) -> None:
        """The server was restarted, or is to be, and may come back as another: ask it anew."""
        self.server = None

    def _admit(self, call: Call[Any], fresh: bool) -> None:
        """Raise the last problem again while it is too early to ask anew."""
        wait = self._not_before - self._clock()
        if fresh or wait <= 0 or self.problem is None:
            return
        error = retold(self.problem, call)
        seconds = math.ceil(wait)
        error.next_step = f"{error.next_step} Retrying in about {seconds} s.".strip()
        raise error

    async def _ask(self, call: Call[Any]) -> Server:
        try:
            server = await self._search.find(call)
        except OpenViduError as problem:
            self.lost(problem)
            self._wait()
            raise
        self.server, self.problem, self._pause = server, None, 0.0
        self.has_listed = False
        log.info(
            "openvidu.found",
            host=self._transport.host,
            version=server.version,
            edition=server.edition,
            dialect=server.dialect.name,
        )
        shown = self._transport.certificate
        days = shown.days_left(int(time.time() * 1000)) if shown is not None else None
        if days is not None:
            log.warning("openvidu.certificate_ends", host=self._transport.host, days=days)
        return server

    def _wait(self) -> None:
        floor = REFUSED_PAUSE if isinstance(self.problem, Unauthorized) else FIRST_PAUSE
        self._pause = min(max(self._pause * 2, floor), LONGEST_PAUSE)
        self._not_before = self._clock() + self._pause
