"""Who belongs to the user groups and channels that were given a role, and who is a full member.

Asked in the background, and only while anything is given to a group or a channel. What has not
been told for too long is not believed any more. Sources: docs.slack.dev, usergroups.list (Tier 2,
all groups with their users in one answer; with a token of an organisation for each workspace),
conversations.members (Tier 4), users.list (Tier 2, in pages).
"""

import functools
from collections.abc import Awaitable, Callable, Collection

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.engine.ports import ChatFailure, Within
from ovbot.slack.identity import Identity
from ovbot.slack.pages import Groups, Members, People, Person
from ovbot.slack.wire import Wire

log = structlog.get_logger(__name__)

EVERY = 60.0
"""Seconds between two looks. Who leaves a group keeps what it gives for so long."""
PEOPLE_EVERY = 600_000
"""Milliseconds between two looks at who is a guest, or has left."""
BELIEVED = 900_000
"""Milliseconds for which an answer is believed while Slack gives no newer one."""
_PAGE, _PAGES = 999, 100


class _Told(msgspec.Struct, frozen=True):
    """Who belongs to something, as Slack told at the moment (ms)."""

    members: frozenset[str]
    at: int


class Roster:
    """Implements the Roster port. ``run`` it as a task; ``wanted`` tells what was given a role,
    ``changed`` returns when that may be something else, or after so many seconds."""

    def __init__(
        self,
        wire: Wire,
        identity: Identity,
        clock: Clock,
        wanted: Callable[[], Awaitable[Collection[str]]],
        changed: Callable[[float], Awaitable[None]],
    ) -> None:
        self._wire = wire
        self._identity = identity
        self._clock = clock
        self._wanted = wanted
        self._changed = changed
        self._told: dict[str, _Told] = {}
        self._people: dict[str, Person] = {}
        self._people_at = -BELIEVED

    def cannot(self, subject: str) -> str:
        """The scope that is missing for telling who belongs to this; "" where none is."""
        needed = "usergroups:read" if subject[:1] == "S" else "channels:read"
        return next((scope for scope in ("users:read", needed) if not self._may(scope)), "")

    def _may(self, scope: str) -> bool:
        scopes = self._identity.scopes
        return scopes is None or scope in scopes

    def within(self, user: str, subjects: Collection[str]) -> Within:
        """What is known now; nobody is asked."""
        oldest = self._clock.now_ms() - BELIEVED
        fresh = {one for one in subjects if one in self._told and self._told[one].at > oldest}
        there = frozenset(one for one in fresh if user in self._told[one].members)
        return Within(there, frozenset(subjects) - fresh, self._outsider(user, oldest))

    def _outsider(self, user: str, oldest: int) -> str | None:
        person = self._people.get(user)
        if person is None or self._people_at <= oldest:
            return None
        return person.outsider(self._identity.workspace.foreign)

    async def run(self) -> None:
        """Look again and again, until cancelled; trouble is logged and leaves what is known."""
        while True:
            try:
                await self.refresh()
            except Exception as error:  # whatever it is: what is known grows old, and then denies
                log.warning("roster.failed", why=getattr(error, "code", type(error).__name__))
            await self._changed(EVERY)

    async def refresh(self) -> None:
        """Ask Slack for all that was given a role, if anything was but people."""
        shared = {one for one in await self._wanted() if one[:1] in "SCG"}
        self._told = {one: told for one, told in self._told.items() if one in shared}
        if not shared:
            return
        await self._try("users:read", self._ask_people)
        if groups := {one for one in shared if one[:1] == "S"}:
            await self._try("usergroups:read", functools.partial(self._ask_groups, groups))
        for channel in sorted(shared - groups):
            await self._try("channels:read", functools.partial(self._ask_channel, channel))

    async def _try(self, scope: str, ask: Callable[[], Awaitable[None]]) -> None:
        if scope != "channels:read" and not self._may(scope):
            return
        try:
            await ask()
        except ChatFailure as failure:
            log.warning("roster.refused", scope=scope, why=failure.reason)
        except msgspec.ValidationError:
            log.warning("roster.odd", scope=scope)

    async def _ask_people(self) -> None:
        now = self._clock.now_ms()
        if self._people and now - self._people_at < PEOPLE_EVERY:
            return
        found: dict[str, Person] = {}
        for team in self._teams:
            cursor = ""
            for _ in range(_PAGES):
                asked = {"limit": _PAGE, "cursor": cursor or None, **team}
                said = await self._wire.call("users.list", query=asked, verb="GET")
                page = msgspec.convert(said, People)
                found.update({person.id: person for person in page.members})
                if not (cursor := page.cursor):
                    break
        self._people, self._people_at = found, now

    async def _ask_groups(self, wanted: Collection[str]) -> None:
        now, found = self._clock.now_ms(), dict.fromkeys(wanted, frozenset[str]())
        for team in self._teams:
            asked = {"include_users": "true", **team}
            said = await self._wire.call("usergroups.list", query=asked, verb="GET")
            for group in msgspec.convert(said, Groups).usergroups:
                if group.id in found and not group.date_delete:
                    found[group.id] |= frozenset(group.users)
        self._told |= {group: _Told(members, now) for group, members in found.items()}

    async def _ask_channel(self, channel: str) -> None:
        now, members, cursor = self._clock.now_ms(), set[str](), ""
        for _ in range(_PAGES):
            asked = {"channel": channel, "limit": _PAGE, "cursor": cursor or None}
            said = await self._wire.call("conversations.members", query=asked, verb="GET")
            page = msgspec.convert(said, Members)
            members.update(page.members)
            if not (cursor := page.cursor):
                break
        self._told[channel] = _Told(frozenset(members), now)

    @property
    def _teams(self) -> list[dict[str, str]]:
        """What each workspace is asked with: a token of an organisation has to name them."""
        if not self._identity.org_wide:
            return [{}]
        return [{"team_id": team} for team in sorted(self._identity.teams)]
