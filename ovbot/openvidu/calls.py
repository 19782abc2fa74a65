"""The way of every call: know the server, build, send, decipher; repeat what may be repeated."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx
import stamina

from ovbot.openvidu.certificates import Certificate
from ovbot.openvidu.dialects import DIALECTS, Edition, Server
from ovbot.openvidu.errors import (
    Doubted,
    Forbidden,
    OpenViduError,
    TooManyRequests,
    Unauthorized,
    Unexpected,
    Unknown,
    Unreachable,
)
from ovbot.openvidu.failures import explain
from ovbot.openvidu.lanes import Lanes
from ovbot.openvidu.link import Link
from ovbot.openvidu.replies import decipher, failed_inside
from ovbot.openvidu.search import PROBE
from ovbot.openvidu.transport import FAILURES, Transport
from ovbot.openvidu.wire import Call, Operation, Request, build, check

T = TypeVar("T")
_MOVED: Final = frozenset({403, 404})
"""Where something ought to be: perhaps the server was updated, and its paths are others now."""


class Calls:
    """One HTTP client, what is known of the server, and the sending of operations."""

    def __init__(
        self,
        base_url: str,
        secret: str,
        *,
        ca_file: Path | None = None,
        pins: tuple[str, ...] = (),
        transport: httpx.AsyncBaseTransport | None = None,
        dialect: str | None = None,
        version: str | None = None,
        edition: Edition | None = None,
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        if dialect is not None and dialect not in DIALECTS:
            raise ValueError(f"no such dialect: {dialect}; there are {', '.join(DIALECTS)}")
        self._transport = Transport(
            base_url, secret, ca_file=ca_file, pins=pins, transport=transport, now=now
        )
        self._patience = patience
        self.host = self._transport.host
        known = DIALECTS[dialect] if dialect is not None else None
        self._link = Link(
            self._transport,
            known,
            version=version,
            edition=edition,
            patience=patience,
            clock=clock,
        )
        self._lanes = Lanes()

    async def start(self) -> None:
        """Get to know the server. One that does not answer now is asked at the first call."""
        try:
            await self.probe()
        except OpenViduError:
            return  # logged by the link, and told again by whatever call needs the server

    async def aclose(self) -> None:
        """Close the kept connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def server(self) -> Server | None:
        """Version, edition and paths of the server; None while it has not been reached."""
        return self._link.server

    @property
    def problem(self) -> OpenViduError | None:
        """Why the server is lost, for a health page; None while all is well."""
        return self._link.problem

    @property
    def well(self) -> bool:
        """Sessions could be listed since the server was found; its configuration is not enough."""
        return self._link.server is not None and self._link.has_listed

    @property
    def certificate(self) -> Certificate | None:
        """What the server has shown of itself: its digest, its end, whether it is pinned.

        None before the first answer, and where the server is asked without TLS.
        """
        return self._transport.certificate

    @property
    def clock_offset(self) -> float | None:
        """Seconds by which the server's clock is ahead of ours (behind: negative).

        Take it off from a time that OpenVidu tells before comparing that with ours. 0.0 while
        they agree within two seconds, None before the first answer.
        """
        return self._transport.skew.seconds

    @property
    def ahead(self) -> int:
        """The same in milliseconds, and 0 before the first answer."""
        return round((self.clock_offset or 0.0) * 1000)

    def here(self, there: int) -> int:
        """By our clock (ms), a time that OpenVidu told."""
        return there - self.ahead

    def there(self, here: int) -> int:
        """By OpenVidu's clock (ms), a time of ours."""
        return here + self.ahead

    async def probe(self) -> Server:
        """Ask the server what it is: version, edition, paths. Raises what ``config`` raises."""
        return await self._link.known(self._about(PROBE), fresh=True)

    async def _server_for(self, operation: Operation[Any]) -> Server:
        """The server, for an operation whose request depends on its version."""
        return await self._link.known(self._about(operation))

    def _about(self, operation: Operation[T], ids: Mapping[str, str] | None = None) -> Call[T]:
        """An operation on what ``ids`` name, for its requests and its errors."""
        return Call(operation, self.host, ids or {})

    async def _call(
        self,
        operation: Operation[T],
        ids: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | bool | None] | None = None,
        body: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        budget: float | None = None,
    ) -> T:
        """Do an operation; ``ids`` fill its path and its sentences."""
        call = self._about(operation, ids)
        seconds = (budget or operation.budget) * self._patience
        async with self._lanes.turn(bulky=operation.bulky):
            server = await self._link.known(call)  # not before it is our turn: it may be lost now
            check(call, server)
            request = build(call, server, query, body, headers)
            return await self._answered(call, request, server, seconds)

    async def _answered(self, call: Call[T], request: Request, server: Server, seconds: float) -> T:
        """Send, and have the link know what that tells of the server."""
        try:
            if call.operation.safe:
                return await self._repeat(call, request, server, seconds)
            return await self._once(call, request, server, seconds)
        except (Unreachable, Unauthorized) as problem:
            self._link.lost(problem)
            raise
        except (Unexpected, Unknown) as problem:
            if problem.status in _MOVED and not isinstance(problem, Forbidden):
                self._link.restarted()
            raise

    async def _once(self, call: Call[T], request: Request, server: Server, seconds: float) -> T:
        try:
            return decipher(call, await self._transport.send(request, seconds), server)
        except FAILURES as problem:
            raise explain(call, problem) from problem
        except Doubted as problem:
            if await self._link.takes_secret():
                raise failed_inside(call, 401) from problem
            raise call.error(
                Unauthorized, problem.sentence, problem.next_step, status=401
            ) from problem

    async def _repeat(self, call: Call[T], request: Request, server: Server, seconds: float) -> T:
        """Ask, and within the same seconds ask again after a failure that may pass.

        Each pause is of another length, so that many who lost a server together do not come
        back together.
        """
        due, least = time.monotonic() + seconds, seconds / 10

        def worth_it(problem: Exception) -> bool:
            return _worth_asking_again(problem) and due - time.monotonic() > least

        async for attempt in stamina.retry_context(
            on=worth_it, attempts=3, timeout=None, wait_initial=0.1, wait_max=1.0, wait_jitter=0.2
        ):
            with attempt:
                left = max(least, due - time.monotonic())
                return await self._once(call, request, server, left)
        raise AssertionError("a retry ends in an answer or an error")

    async def _remove(
        self,
        operation: Operation[T],
        ids: Mapping[str, str],
        look: Callable[[], Awaitable[bool]],
        *,
        query: Mapping[str, str | bool | None] | None = None,
        budget: float | None = None,
    ) -> T | None:
        """Delete; if the outcome is unknown, look, and delete again what is still there.

        None means that the look found it gone. Raises the first Unknown if the look fails too.
        """
        try:
            return await self._call(operation, ids, query=query, budget=budget)
        except Unknown as unknown:
            try:
                if not await look():
                    return None
            except OpenViduError:
                raise unknown from None
        try:
            return await self._call(operation, ids, query=query, budget=budget)
        except OpenViduError as problem:
            if problem.already:
                return None
            raise


def _worth_asking_again(problem: Exception) -> bool:
    """A failure that may be over in a moment, unless it is that the bot asks too much."""
    if not isinstance(problem, OpenViduError) or isinstance(problem, TooManyRequests):
        return False
    return problem.passing
