"""Finding a server out: where its API is, which version it has, and which edition.

Only by questions, and by whatever answers them. The configuration tells most. Where it is refused
(OpenVidu 3's compatibility, a proxy's rule, a failure), the API is where sessions can be listed.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ovbot.openvidu import decode
from ovbot.openvidu.dialects import (
    API,
    MIXED,
    OPENVIDU,
    OPENVIDU_SINCE,
    Dialect,
    Edition,
    Server,
    dialect_at,
    release,
)
from ovbot.openvidu.errors import OpenViduError, ServerFault, Unauthorized, Unexpected
from ovbot.openvidu.failures import explain
from ovbot.openvidu.replies import decipher
from ovbot.openvidu.server_config import ServerConfig, parse_config, server_config
from ovbot.openvidu.transport import FAILURES, Transport
from ovbot.openvidu.wire import BULKY_LIMIT, Call, Operation, Reply, Request

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


class Search:
    """Looks for one server. What is given (``dialect``, ``version``, ``edition``) is not asked."""

    def __init__(
        self,
        transport: Transport,
        seconds: float,
        *,
        dialect: Dialect | None = None,
        version: str | None = None,
        edition: Edition | None = None,
    ) -> None:
        self._transport = transport
        self._seconds = seconds
        self._dialect = dialect
        self._version = version
        self._given = edition
        self._last: Server | None = None

    async def find(self, call: Call[Any]) -> Server:
        """The server. Raises, as an error of ``call``, the most telling refusal."""
        refusals: list[OpenViduError] = []
        for below in self._transport.below:
            for path in [self._dialect.config] if self._dialect else [MIXED.config, API.config]:
                reply = await self._get(call, below + path)
                try:
                    config = decipher(Call(PROBE, self._transport.host, {}), reply)
                except OpenViduError as problem:
                    # a 404, a web page, or the 401 that 2.32 gives for paths it does not know
                    refusals.append(problem)
                    continue
                self._last = await self._told(call, path, below, config)
                return self._last
        telling = min(refusals, key=silence)
        found = None if isinstance(telling, Unauthorized) else await self._untold(call)
        if found is None:
            raise retold(telling, call)
        return found

    async def _told(self, call: Call[Any], path: str, below: str, config: ServerConfig) -> Server:
        """The server whose configuration was there."""
        version = config.version or self._version or ""
        dialect = self._dialect or dialect_at(path, version)
        # its configuration is where older ones have it, so its sessions may be elsewhere
        doubtful = self._dialect is None and dialect is API and release(version) >= OPENVIDU_SINCE
        if doubtful and not await self._lists(call, API.below(below)):
            dialect = OPENVIDU
        dialect = dialect.below(below)
        return Server(dialect, version, await self._edition(call, dialect, config))

    async def _untold(self, call: Call[Any]) -> Server | None:
        """The server whose configuration is refused, if its sessions can be listed."""
        for below in self._transport.below:
            for known in [self._dialect] if self._dialect else [OPENVIDU, API]:
                dialect = known.below(below)
                if not await self._lists(call, dialect):
                    continue
                last = self._last
                if last is not None and last.dialect.api == dialect.api:
                    return last  # it has only ceased to tell
                return Server(dialect, self._version or "", self._given or "ce")
        return None

    async def _lists(self, call: Call[Any], dialect: Dialect) -> bool:
        reply = await self._get(call, f"{dialect.api}/sessions")
        if reply.status != 200:
            return False
        try:
            decode.sessions(reply)
        except (msgspec.MsgspecError, ValueError):
            return False
        return True

    async def _edition(self, call: Call[Any], dialect: Dialect, config: ServerConfig) -> Edition:
        """Before 2.16 the Pro configuration is apart, and the other one does not tell of Pro."""
        if self._given is not None:
            return self._given
        if config.edition == "pro" or dialect.pro == dialect.api:
            return config.edition
        reply = await self._get(call, dialect.pro + "/config")
        return "pro" if reply.status == 200 and _is_config(reply) else "ce"

    async def _get(self, call: Call[Any], path: str) -> Reply:
        try:
            asked = Request("GET", path, None, BULKY_LIMIT)
            return await self._transport.send(asked, self._seconds)
        except FAILURES as problem:
            raise explain(call, problem, probing=True) from problem


def silence(refusal: OpenViduError) -> int:
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
