"""Socket Mode: Slack's payloads over a socket that we open, for hosts without a public address."""

from collections.abc import Awaitable, Callable
from typing import Any

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
    """The one socket of this process. Make it inside a running loop.

    Slack gives each payload to any one of an app's sockets (docs.slack.dev, "Using Socket Mode"),
    so one that is not ours swallows commands. ``own`` tells how many may be ours; ``ghosts`` hears
    once when Slack counts more, with both numbers.
    """

    def __init__(
        self,
        bolt: AsyncApp,
        app_token: SecretStr,
        *,
        own: Callable[[], Awaitable[int]],
        ghosts: Callable[[int, int], Awaitable[None]],
    ) -> None:
        self._bolt = bolt
        self._app_token = app_token
        self._own = own
        self._ghosts = ghosts
        self._greeted = self._told = False
        self._handler: AsyncSocketModeHandler | None = None

    async def open(self) -> None:
        """Connect; raises FaultError with words when Slack does not let us."""
        token = self._app_token.get_secret_value()
        self._handler = AsyncSocketModeHandler(self._bolt, token)
        self._handler.client.message_listeners.append(self._heard)
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

    async def _heard(self, _client: object, message: dict[str, Any], _raw: str | None) -> None:
        if message.get("type") != "hello" or self._told:
            return
        # Where this one is made anew, the one before it counts for a moment longer.
        before, self._greeted = int(self._greeted), True
        counted = int(message.get("num_connections") or 1)
        own = await self._own()
        if counted > own + before:
            self._told = True
            log.warning("socket.ghosts", counted=counted, own=own)
            await self._ghosts(counted, own)

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
