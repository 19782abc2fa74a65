"""Socket Mode: Slack's payloads over a socket that we open, for hosts without a public address."""

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from ovbot.errors import FaultError

log = structlog.get_logger(__name__)


class Socket:
    """The one socket of this process. Make it inside a running loop."""

    def __init__(self, bolt: AsyncApp, app_token: SecretStr) -> None:
        self._bolt = bolt
        self._app_token = app_token
        self._handler: AsyncSocketModeHandler | None = None

    async def open(self) -> None:
        """Connect; raises FaultError with words when Slack does not let us."""
        token = self._app_token.get_secret_value()
        self._handler = AsyncSocketModeHandler(self._bolt, token)
        try:
            await self._handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt has none
        except SlackApiError as error:
            reason = error.response.get("error", "unknown")
            raise FaultError(
                f"Slack does not accept SLACK_APP_TOKEN ({reason}).",
                "It is the app-level token (xapp-…) with the scope connections:write.",
                code="slack.app_token",
            ) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise FaultError(
                f"The socket to Slack could not be opened ({type(error).__name__}).",
                "Check the network, then start ovbot again.",
                code="slack.unreachable",
            ) from error
        log.info("socket.open")

    @property
    def connected(self) -> bool:
        """Whether payloads can arrive now."""
        if self._handler is None:
            return False
        client = self._handler.client
        if not isinstance(client, SocketModeClient) or client.closed or client.stale:
            return False
        session = client.current_session
        return session is not None and not session.closed

    async def close(self) -> None:
        """Stop taking payloads."""
        if self._handler is not None:
            await self._handler.close_async()  # type: ignore[no-untyped-call]  # Bolt has none
