"""Where a server keeps its API, and what it can do: paths, version and edition.

OpenVidu moved its REST API in 2.16 from ``/api`` to ``/openvidu/api``, and the Pro operations
from ``/pro`` along with it; the published documentation of 2.15 mixes the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

Root = Literal["api", "config", "pro", "cdr", "layouts"]
Edition = Literal["ce", "pro"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """A set of paths: of the API, the configuration, the Pro operations, the CDR's files, and the
    pages that recordings are laid out by."""

    name: str
    api: str
    config: str
    pro: str
    cdr: str
    layouts: str

    def below(self, path: str) -> Dialect:
        """The same below a path: ``""``, or one with a slash at its beginning only."""
        if not path:
            return self
        roots = (self.api, self.config, self.pro, self.cdr, self.layouts)
        return Dialect(self.name, *(path + root for root in roots))


API: Final = Dialect("api", "/api", "/config", "/pro", "/cdr", "/layouts/custom")
"""``/api``, ``/config`` and ``/pro``: 2.13 to 2.15."""
MIXED: Final = Dialect(
    "mixed",
    "/openvidu/api",
    "/openvidu/api/config",
    "/pro",
    "/openvidu/cdr",
    "/openvidu/layouts",
)
"""``/openvidu/api`` and ``/pro``: as documented between 2.15 and 2.16."""
OPENVIDU: Final = Dialect(
    "openvidu",
    "/openvidu/api",
    "/openvidu/api/config",
    "/openvidu/api",
    "/openvidu/cdr",
    "/openvidu/layouts",
)
"""``/openvidu/api`` throughout: 2.16 and later."""

OPENVIDU_SINCE: Final = (2, 16)

DIALECTS: Final = {dialect.name: dialect for dialect in (API, MIXED, OPENVIDU)}


EVENTS_SINCE: Final = {
    "signalSent": (2, 17),
    "nodeCrashed": (2, 17),
    "nodeRecovered": (2, 22),
    "broadcastStarted": (2, 26),
    "broadcastStopped": (2, 26),
    "HANodeRegistered": (2, 28),
    "HANodeDeregistered": (2, 28),
}
PRO_EVENTS: Final = frozenset(
    {
        "mediaNodeStatusChanged",
        "autoscaling",
        "nodeCrashed",
        "nodeRecovered",
        "broadcastStarted",
        "broadcastStopped",
        "HANodeRegistered",
        "HANodeDeregistered",
    }
)


@dataclass(frozen=True, slots=True)
class Server:
    """What the probe found out about a server."""

    dialect: Dialect
    version: str
    """As the server writes it, ``2.15.0``; empty if it did not say."""
    edition: Edition

    def since(self, major: int, minor: int) -> bool:
        """Whether the server's version is at least ``major.minor``."""
        return release(self.version) >= (major, minor)

    @property
    def newer_settings(self) -> bool:
        """Whether it knows ``record`` of tokens and ``networkCache`` of cameras.

        The documentation between 2.15 and 2.16 has them, 2.15 itself ignores them.
        """
        return self.dialect.name != API.name

    def sends(self, event: str) -> bool:
        """Whether its webhook can tell of ``event``; of one unknown here, it is assumed."""
        since = EVENTS_SINCE.get(event)
        if event in PRO_EVENTS and self.edition != "pro":
            return False
        return since is None or self.since(*since)


def release(version: str) -> tuple[int, int]:
    """``2.15.0`` as ``(2, 15)``; what cannot be read counts as the oldest, ``(0, 0)``."""
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", version.strip())
    return (int(found[1]), int(found[2])) if found else (0, 0)


def dialect_at(config_path: str, version: str) -> Dialect:
    """The dialect of a server whose configuration was found at ``config_path``."""
    if config_path == API.config:
        return API
    return OPENVIDU if release(version) >= OPENVIDU_SINCE else MIXED


def is_pro(keys: frozenset[str] | set[str]) -> bool:
    """Whether the keys of a configuration are those of OpenVidu Pro."""
    return any(
        k == "OPENVIDU_SERVER_DEPENDENCY_VERSION" or k.startswith("OPENVIDU_PRO_") for k in keys
    )
