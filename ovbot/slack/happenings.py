"""What happens to the app and its channels, as Slack's events tell it.

Only ``app_uninstalled`` and ``tokens_revoked`` are in the manifest: the others need the scope that
reads channels, and where somebody subscribes to them ovbot knows a little earlier. Source:
docs.slack.dev, "Events API types". Slack tells the same event again when it likes.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from ovbot.engine.standing import Standing
from ovbot.slack import refusals
from ovbot.slack.directory import Directory
from ovbot.slack.identity import Identity

log = structlog.get_logger(__name__)

Lost = Callable[[str, str], Awaitable[None]]
"""A channel, and Slack's word for why nothing can be posted there."""

_ARCHIVED = {"channel_archive", "group_archive"}
_DELETED = {"channel_deleted", "group_deleted"}
_LEFT = {"channel_left", "group_left"}
_MEMBERS = {"member_left_channel", "member_joined_channel"}


class _Tokens(msgspec.Struct, frozen=True):
    bot: tuple[str, ...] = ()


class _Channel(msgspec.Struct, frozen=True):
    id: str = ""


class _Event(msgspec.Struct, frozen=True):
    """``channel`` is an id, but where it was renamed an object."""

    type: str
    user: str = ""
    channel: str | _Channel = ""
    tokens: _Tokens = _Tokens()


class Happenings:
    """Acts on the events that concern ovbot itself."""

    def __init__(
        self, standing: Standing, identity: Identity, directory: Directory, lost: Lost
    ) -> None:
        self._standing = standing
        self._identity = identity
        self._directory = directory
        self._lost = lost

    async def heard(self, event: dict[str, Any]) -> None:
        """Take one event; what is unknown or odd is only logged."""
        try:
            told = msgspec.convert(event, _Event)
        except msgspec.ValidationError:
            log.info("event.odd", type=str(event.get("type"))[:60])
            return
        channel = told.channel if isinstance(told.channel, str) else told.channel.id
        log.info("event.heard", type=told.type[:60], channel=channel[:20])
        if told.type == "app_uninstalled" or (
            told.type == "tokens_revoked" and self._identity.bot_user in told.tokens.bot
        ):
            # The next check asks Slack: where the app is back by then, nothing was lost.
            self._standing.refused(told.type, refusals.advice("token_revoked"))
        elif told.type in _ARCHIVED:
            await self._lost(channel, "is_archived")
        elif told.type in _DELETED:
            await self._lost(channel, "channel_not_found")
        elif told.type in _LEFT or (
            told.type == "member_left_channel" and told.user == self._identity.bot_user
        ):
            await self._left(channel)
        elif told.type in _MEMBERS:
            self._directory.forget(channel)

    async def _left(self, channel: str) -> None:
        if "chat:write.public" in (self._identity.scopes or ()) and channel.startswith("C"):
            return  # it may post there all the same
        await self._lost(channel, "not_in_channel")
