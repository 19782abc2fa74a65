"""The server itself: its configuration, its health, and the restart of OpenVidu Pro."""

from __future__ import annotations

from ovbot.openvidu import decode, errors
from ovbot.openvidu.calls import Calls
from ovbot.openvidu.dialects import EVENTS_SINCE
from ovbot.openvidu.models import Health
from ovbot.openvidu.restart import RestartProperties
from ovbot.openvidu.search import PROBE
from ovbot.openvidu.server_config import ServerConfig, server_config
from ovbot.openvidu.wire import Meaning, Operation, check, too_old

PRO_CONFIG = Operation(
    name="pro_config",
    verb="config",
    doing="read the Pro configuration",
    method="GET",
    path="config",
    root="pro",
    pro=True,
    read=server_config,
)
RESTART = Operation(
    name="restart",
    verb="restart",
    doing="restart OpenVidu",
    method="POST",
    path="restart",
    root="pro",
    pro=True,
    read=decode.nothing,
    budget=60.0,
    finder="pro_config",
    meanings={
        400: Meaning(
            errors.BadProperty,
            "OpenVidu refused a property, so it was not restarted and nothing was changed.",
            "Correct the property.",
        ),
    },
)
HEALTH = Operation(
    name="health",
    verb="health",
    doing="ask for the cluster's health",
    method="GET",
    path="health",
    since=(2, 16),
    pro=True,
    read=decode.health,
    success=frozenset({200, 409, 503}),  # 409 is UNSTABLE, 503 DOWN (2.29+)
)

OPERATIONS = (PROBE, PRO_CONFIG, RESTART, HEALTH)


class ServerCalls(Calls):
    """The operations on the server as a whole."""

    async def config(self) -> ServerConfig:
        """The server's configuration, with secrets and webhook headers masked."""
        return await self._call(PROBE)

    async def pro_config(self) -> ServerConfig:
        """The Pro server's configuration, masked likewise. Raises ProOnly."""
        return await self._call(PRO_CONFIG)

    async def restart(self, properties: RestartProperties) -> None:
        """Restart OpenVidu Pro with new properties; every live session drops.

        Returns when the restart has begun. Raises BadProperty, ProOnly, TooOld.
        """
        await self.check_restart(properties)
        await self._call(RESTART, body=properties.given())
        self._link.restarted()

    async def check_restart(self, properties: RestartProperties) -> None:
        """Raise what is known without asking: ProOnly, and TooOld for events it cannot send.

        OpenVidu does not start with an event that its version does not have.
        """
        call, server = self._about(RESTART), await self._server_for(RESTART)
        check(call, server)
        for event in properties.openvidu_webhook_events or ():
            if not server.sends(event):
                what = f"To tell a webhook of {event}"
                raise too_old(call, server, what, EVENTS_SINCE[event])

    async def health(self) -> Health:
        """How the cluster is (2.16+ Pro). Raises TooOld, ProOnly."""
        return await self._call(HEALTH)
