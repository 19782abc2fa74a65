"""Who is in which channel: asked of Slack for the bound channels alone, and remembered briefly.

Source: docs.slack.dev, conversations.members: Tier 4, pages of less than a thousand, and for each
kind of channel a scope of its own.
"""

import asyncio
from collections.abc import Collection
from typing import NamedTuple

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.engine.ports import ChatFailure, FailureKind, Joined, Lacking
from ovbot.slack.identity import Identity
from ovbot.slack.pages import Members
from ovbot.slack.wire import Wire

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
    Lacking("usergroups:read", "roles can be given to user groups"),
    Lacking("users:read", "roles can be given to groups and channels: it tells guests apart"),
)
"""The scopes that ovbot uses where it has them, in the manifest as ``bot_optional``."""


class _Known(NamedTuple):
    """The members; None where Slack did not tell. It counts until then (ms)."""

    members: frozenset[str] | None
    until: int


class Directory:
    """Implements the Directory port. Close it once, before the wire that it asks by."""

    def __init__(self, wire: Wire, identity: Identity, clock: Clock) -> None:
        self._wire = wire
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

    def forget(self, channel: str) -> None:
        """Somebody came or left: ask anew."""
        self._known.pop(channel, None)

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
                asked = {"channel": channel, "limit": _PAGE, "cursor": cursor or None}
                said = await self._wire.call("conversations.members", query=asked, verb="GET")
                page = msgspec.convert(said, Members)
                found.update(page.members)
                cursor = page.cursor
                if not cursor:
                    return frozenset(found)
        except ChatFailure as failure:
            return self._refused(channel, failure)
        except msgspec.ValidationError:
            log.warning("members.odd", channel=channel)
            return None
        log.warning("members.too_many", channel=channel, read=len(found))
        return frozenset(found)  # who is beyond has to look in the channel itself

    def _refused(self, channel: str, failure: ChatFailure) -> frozenset[str] | None:
        log.info("members.refused", channel=channel, reason=failure.reason)
        if failure.kind is FailureKind.WAIT:
            self._not_before = self._clock.now_ms() + round(failure.retry_after * 1000)
        final = failure.kind in {FailureKind.UNREACHABLE, FailureKind.DEAD}
        return frozenset() if final else None

    async def close(self) -> None:
        """Ask no further."""
        asking = list(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
