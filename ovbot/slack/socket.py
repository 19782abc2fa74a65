"""Socket Mode: Slack's payloads over a socket that we open, for hosts without a public address."""

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

log = structlog.get_logger(__name__)


class Socket:
    """The one socket of this process."""

    def __init__(self, bolt: AsyncApp, app_token: str) -> None:
        self._handler = AsyncSocketModeHandler(bolt, app_token)

    async def open(self) -> None:
        """Connect; raises what slack_sdk raises when the app token is refused."""
        await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has none
        log.info("socket.open")

    async def connected(self) -> bool:
        """Whether payloads can arrive now."""
        return bool(await self._handler.client.is_connected())

    async def close(self) -> None:
        """Stop taking payloads."""
        await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt has none
