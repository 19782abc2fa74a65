"""Who is in which channel: asked of Slack for the bound channels alone, and remembered briefly.

Source: docs.slack.dev, conversations.members: Tier 4, pages of less than a thousand, and for each
kind of channel a scope of its own.
"""

import asyncio
from collections.abc import Collection
from typing import NamedTuple

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from ovbot.clock import Clock
from ovbot.engine.ports import Joined, Lacking
from ovbot.slack.identity import Identity

log = structlog.get_logger(__name__)

SECONDS = 60
"""How long an answer counts. Who leaves a channel sees its sessions in App Home for so long."""
_PATIENCE = 1.5
"""Seconds: a button's three must do for this and for what is asked after it."""
_AT_ONCE = 8
_PAGE, _PAGES = 999, 20
_READ = ("channels:read", "groups:read")
OPTIONAL = (
    Lacking("channels:read", "App Home lists a bound public channel's sessions to its members"),
    Lacking("groups:read", "App Home lists a bound private channel's sessions to its members"),
    Lacking("channels:history", "in public channels, no message is sent twice after a lost answer"),
    Lacking("groups:history", "in private channels, no message is sent twice after a lost answer"),
)
"""The scopes that ovbot uses where it has them, in the manifest as ``bot_optional``."""


class _Known(NamedTuple):
    """The members; None where Slack did not tell. It counts until then (ms)."""

    members: frozenset[str] | None
    until: int


class Directory:
    """Implements the Directory port. Close it once, before the client that it asks with."""

    def __init__(self, client: AsyncWebClient, identity: Identity, clock: Clock) -> None:
        self._client = client
        self._scopes = identity.scopes
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[_Known]] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._not_before = 0

    @property
    def lacking(self) -> tuple[Lacking, ...]:
        """The optional scopes that the app did not have when ovbot started."""
        return tuple(one for one in OPTIONAL if not self._may(one.scope))

    def _may(self, scope: str) -> bool:
        return self._scopes is None or scope in self._scopes

    async def joined(self, user: str, channels: Collection[str]) -> Joined:
        """Those of the channels that the person is in, as far as Slack tells it in time."""
        if not any(map(self._may, _READ)):
            return Joined(frozenset())
        known = await self._look(frozenset(channels))
        there = [name for name, found in known.items() if found and user in (found.members or ())]
        unknown = sum(found is None or found.members is None for found in known.values())
        return Joined(frozenset(there), unknown)

    async def _look(self, channels: Collection[str]) -> dict[str, _Known | None]:
        """What is known of each. What takes longer is asked on, for the next who wants to know."""
        now = self._clock.now_ms()
        self._known = {name: one for name, one in self._known.items() if one.until > now}
        tasks = [self._ask(channel) for channel in channels if channel not in self._known]
        if tasks:
            await asyncio.wait(tasks, timeout=_PATIENCE)
        return {channel: self._known.get(channel) for channel in channels}

    def _ask(self, channel: str) -> asyncio.Task[_Known]:
        """One question for everybody who wants to know at this moment."""
        task = self._asking.get(channel)
        if task is None:
            task = asyncio.create_task(self._remember(channel), name=f"members of {channel}")
            self._asking[channel] = task
            task.add_done_callback(lambda _: self._asking.pop(channel))
        return task

    async def _remember(self, channel: str) -> _Known:
        async with self._slots:
            members = await self._members(channel)
        until = self._clock.now_ms() + SECONDS * 1000
        known = _Known(members, until if members is not None else self._not_before)
        self._known[channel] = known
        return known

    async def _members(self, channel: str) -> frozenset[str] | None:
        if self._clock.now_ms() < self._not_before:
            return None
        found: set[str] = set()
        cursor = ""
        try:
            for _ in range(_PAGES):
                page = await self._client.conversations_members(
                    channel=channel, limit=_PAGE, cursor=cursor or None
                )
                found.update(map(str, page.get("members") or ()))
                cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
                if not cursor:
                    return frozenset(found)
        except SlackApiError as error:
            return self._refused(channel, error)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.warning("members.failed", channel=channel, why=type(error).__name__)
            return None
        log.warning("members.too_many", channel=channel, read=len(found))
        return frozenset(found)  # who is beyond has to look in the channel itself

    def _refused(self, channel: str, error: SlackApiError) -> frozenset[str] | None:
        response = error.response
        reason = str(response.get("error") or f"status {response.status_code}")
        if response.status_code == 429 or reason == "ratelimited":
            pause = float(response.headers.get("Retry-After", 1) or 1)
            self._not_before = self._clock.now_ms() + round(pause * 1000)
            return None
        log.info("members.refused", channel=channel, reason=reason, needed=response.get("needed"))
        passing = response.status_code >= 500 or reason in {"internal_error", "fatal_error"}
        return None if passing else frozenset()

    async def close(self) -> None:
        """Ask no further."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
