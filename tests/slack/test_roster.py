"""Who belongs to what was given a role, asked of the local workspace over the wire."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from ovbot.engine.ports import Within
from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack.gateway import Gateway
from ovbot.slack.roster import BELIEVED, PEOPLE_EVERY, Roster
from tests.clocks import Hands

ANA, BEN, CLEO, DAN, EVE = "U01ANA", "U02BEN", "U03CLEO", "U04DAN", "U05EVE"
TEACHERS, OLD, CHANNEL = "S01TEACHERS", "S02OLD", "C1"
ALL = "'users:read', 'usergroups:read', 'channels:read'"
METHODS = ("users.list", "usergroups.list", "conversations.members")


class Place:
    """A running workspace, and the roster of it."""

    def __init__(self, url: str, gateway: Gateway, identity: Any) -> None:
        self.clock, self._url = Hands(1_760_000_000_000), url
        self.given = {TEACHERS, OLD, CHANNEL, BEN}
        self.roster = Roster(gateway.wire, identity, self.clock, self._wanted, self._never)

    async def _wanted(self) -> Collection[str]:
        return self.given

    async def _never(self, _seconds: float) -> None:
        await asyncio.Event().wait()

    def within(self, user: str) -> Within:
        return self.roster.within(user, self.given - {BEN})

    async def act(self, what: str, **body: Any) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self._url}/_control/{what}", json=body)
            assert answer.status_code == 200, answer.text

    async def asked(self) -> list[str]:
        async with httpx.AsyncClient() as client:
            entries = (await client.get(f"{self._url}/_control/log")).json()["entries"]
        said = [str(one["summary"]).split()[0] for one in entries]
        return [one for one in said if one in METHODS]


@asynccontextmanager
async def place(folder: Path, scopes: str = ALL) -> AsyncIterator[Place]:
    described = folder / "workspace.yml"
    described.write_text(
        f"""
channels:
  - {{id: {CHANNEL}, name: open, members: [{BEN}, {DAN}, {EVE}, U0OVBOT]}}
scopes: [commands, 'chat:write', {scopes}]
users:
  - {{id: {ANA}, name: ana}}
  - {{id: {BEN}, name: ben}}
  - {{id: {CLEO}, name: cleo, deactivated: true}}
  - {{id: {DAN}, name: dan, guest: multi}}
  - {{id: {EVE}, name: eve, team: T9PARTNER}}
usergroups:
  - {{id: {TEACHERS}, handle: teachers, users: [{BEN}, {CLEO}]}}
  - {{id: {OLD}, handle: old, users: [{BEN}], disabled: true}}
"""
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = WorkspaceConfig(config_file=described)
    serving = asyncio.create_task(serve(config, ready=ready.set_result, handle_signals=False))
    url = await ready
    gateway = Gateway("xoxb-sandbox", f"{url}/api/")
    try:
        yield Place(url, gateway, await gateway.identify())
    finally:
        await gateway.close()
        serving.cancel()
        await asyncio.wait([serving])


async def test_it_knows_who_belongs_and_who_is_no_full_member(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        assert at.within(BEN) == Within(stale=frozenset(at.given - {BEN}))  # before it has asked
        await at.roster.refresh()
        assert at.within(BEN) == Within(frozenset({TEACHERS, CHANNEL}), outsider="")
        assert at.within(ANA) == Within(outsider="")
        assert at.within(CLEO) == Within(frozenset({TEACHERS}), outsider="deactivated user")
        assert at.within(DAN).outsider == "guest"
        assert at.within(EVE).outsider == "member of another workspace"
        assert at.within("U0OVBOT").outsider == "bot"
        assert at.within("U99NOBODY").outsider is None


async def test_what_changes_is_known_at_the_next_look(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.roster.refresh()
        await at.act("usergroups", id=TEACHERS, users=[ANA])
        await at.act("usergroups", id=OLD, disabled=False)
        await at.act("people", user=ANA, guest="single")
        await at.act("membership", channel=CHANNEL, user=BEN, member=False)
        await at.roster.refresh()
        assert at.within(BEN).subjects == {OLD}
        assert at.within(ANA) == Within(frozenset({TEACHERS}), outsider="")
        at.clock.now += PEOPLE_EVERY
        await at.roster.refresh()
        assert at.within(ANA).outsider == "guest"


async def test_what_was_not_told_for_too_long_is_not_believed(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.roster.refresh()
        for method in METHODS:
            await at.act("faults", method=method, times=50, error="internal_error")
        at.clock.now += BELIEVED - 1
        await at.roster.refresh()
        assert at.within(BEN).subjects == {TEACHERS, CHANNEL}
        at.clock.now += 1
        await at.roster.refresh()
        assert at.within(BEN) == Within(stale=frozenset(at.given - {BEN}))


async def test_nobody_is_asked_while_only_people_have_roles(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        at.given = {BEN}
        await at.roster.refresh()
        assert await at.asked() == []
        at.given = {CHANNEL}
        await at.roster.refresh()
        await at.roster.refresh()
        assert await at.asked() == ["users.list", "conversations.members", "conversations.members"]


async def test_without_a_scope_it_says_which_one(tmp_path: Path) -> None:
    async with place(tmp_path, "'channels:read', 'usergroups:read'") as at:
        await at.roster.refresh()
        assert at.roster.cannot(TEACHERS) == at.roster.cannot(CHANNEL) == "users:read"
        assert at.within(BEN).outsider is None
    async with place(tmp_path, "'users:read'") as at:
        await at.roster.refresh()
        assert at.roster.cannot(TEACHERS) == "usergroups:read"
        assert at.within(BEN) == Within(stale=frozenset(at.given - {BEN}), outsider="")
