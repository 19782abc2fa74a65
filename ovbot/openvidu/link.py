"""What is known of the server, and whether it is worth asking.

The server is probed before the first call, and again after it was lost. While it is unknown, no
call is sent: each first needs the probe, and a probe that failed is not repeated at once, so a
dead server, or one that refuses the secret, is not hammered. The loss is logged once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import structlog

from ovbot.openvidu.dialects import API, MIXED, Dialect, Edition, Server, dialect_at
from ovbot.openvidu.errors import OpenViduError, ServerFault, Unauthorized, Unexpected
from ovbot.openvidu.failures import explain
from ovbot.openvidu.replies import decipher
from ovbot.openvidu.server_config import ServerConfig, parse_config, server_config
from ovbot.openvidu.transport import FAILURES, Transport
from ovbot.openvidu.wire import Call, Operation, Reply, Request

log = structlog.get_logger(__name__)

PROBE_SECONDS: Final = 10.0
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
REFUSED_PAUSE: Final = 15.0
"""A wrong secret does not mend itself in a second, and servers lock out those who guess."""


class Link:
    """Finds the server out, remembers it, and keeps callers off one that is lost."""

    def __init__(
        self,
        transport: Transport,
        dialect: Dialect | None,
        *,
        patience: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = PROBE_SECONDS * patience
        self._transport = transport
        self._dialect = dialect
        self._clock = clock
        self._lock = asyncio.Lock()
        self._pause = 0.0
        self._not_before = clock()
        self.server: Server | None = None
        self.problem: OpenViduError | None = None
        """Why the server is lost; None while it is known, and before it was first asked."""

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
        error.next_step = f"{error.next_step} The bot asks again in {wait:.0f} s or later.".strip()
        raise error

    async def _ask(self, call: Call[Any]) -> Server:
        try:
            server = await self._find(call)
        except OpenViduError as problem:
            self.lost(problem)
            self._wait()
            raise
        self.server, self.problem, self._pause = server, None, 0.0
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

    async def _find(self, call: Call[Any]) -> Server:
        """Find the configuration, and by it the dialect. Only GETs; never tries an action."""
        paths = [self._dialect.config] if self._dialect else [MIXED.config, API.config]
        refusals: list[OpenViduError] = []
        for path in paths:
            reply = await self._get(call, path)
            try:
                config = decipher(Call(PROBE, self._transport.host, {}), reply)
            except OpenViduError as problem:
                # a 404, a web page, or the 401 that 2.32 gives for paths it does not know
                refusals.append(problem)
                continue
            dialect = self._dialect or dialect_at(path, config.version)
            return Server(dialect, config.version, await self._edition(call, dialect, config))
        raise retold(min(refusals, key=_silence), call)

    async def _edition(self, call: Call[Any], dialect: Dialect, config: ServerConfig) -> Edition:
        """Before 2.16 the Pro configuration is apart, and the other one does not tell of Pro."""
        if config.edition == "pro" or dialect.pro == dialect.api:
            return config.edition
        reply = await self._get(call, dialect.pro + "/config")
        return "pro" if reply.status == 200 and _is_config(reply) else "ce"

    async def _get(self, call: Call[Any], path: str) -> Reply:
        try:
            return await self._transport.send(Request("GET", path, None), self._seconds)
        except FAILURES as problem:
            raise explain(call, problem, probing=True) from problem


def _silence(refusal: OpenViduError) -> int:
    """How little it tells: less than a refused secret, then what a proxy says, then a failure.

    A 2.15 refuses the secret at its own path only, and has nothing at the newer one.
    """
    if isinstance(refusal, Unauthorized):
        return 0
    if isinstance(refusal, ServerFault):
        return 2
    return 3 if type(refusal) is Unexpected else 1


def retold(problem: OpenViduError, call: Call[Any]) -> OpenViduError:
    """A problem of the probe as an error of the call that needed the probe."""
    return call.error(
        type(problem),
        problem.sentence,
        problem.next_step,
        status=problem.status,
        message=problem.message,
    )


def _is_config(reply: Reply) -> bool:
    try:
        parse_config(reply.body)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


PROBE: Final[Operation[ServerConfig]] = Operation(
    name="config",
    verb="config",
    doing="read the configuration",
    method="GET",
    path="",
    root="config",
    read=server_config,
)
"""Reading the configuration: the client's operation of that name, and the probe."""
