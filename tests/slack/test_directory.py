"""Who is in which channel, asked of the local workspace over the wire."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from ovbot.engine.ports import Joined
from ovbot.sandbox.slack import WorkspaceConfig, serve
from ovbot.slack.directory import SECONDS, Directory
from ovbot.slack.gateway import Gateway
from tests.clocks import Hands

BEN, CLEO = "U02BEN", "U03CLEO"
OPEN, CLOSED, FOREIGN, OLD = "C1", "C2", "C3", "C4"
EVERY = (OPEN, CLOSED, FOREIGN, OLD)
GIVING = {"users:read", "usergroups:read"}
BOTH = "'channels:read', 'groups:read'"


class Place:
    """A running workspace, and the directory of it."""

    def __init__(self, url: str, directory: Directory, clock: Hands) -> None:
        self.directory, self.clock = directory, clock
        self._url = url

    async def joined(self, user: str = BEN, channels: tuple[str, ...] = EVERY) -> set[str]:
        return set((await self.directory.joined(user, channels)).channels)

    async def act(self, what: str, **body: Any) -> None:
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self._url}/_control/{what}", json=body)
            assert answer.status_code == 200, answer.text

    async def asked(self) -> list[dict[str, Any]]:
        """The calls for members so far: what each asked."""
        async with httpx.AsyncClient() as client:
            entries = (await client.get(f"{self._url}/_control/log")).json()["entries"]
        calls = [one for one in entries if str(one["summary"]).startswith("conversations.members")]
        return [one["request"] or {} for one in calls]


@asynccontextmanager
async def place(folder: Path, scopes: str = BOTH, users: int = 0) -> AsyncIterator[Place]:
    crowd = [f"U9{number:05d}" for number in range(users)]
    named = [("U01ANA", "ana"), (BEN, "ben"), (CLEO, "cleo"), *((one, one) for one in crowd)]
    people = [{"id": id_, "name": name} for id_, name in named]
    described = folder / "workspace.yml"
    described.write_text(
        f"""
channels:
  - {{id: {OPEN}, name: open}}
  - {{id: {CLOSED}, name: closed, is_private: true, members: [{BEN}, U0OVBOT]}}
  - {{id: {FOREIGN}, name: foreign, is_private: true, members: [{BEN}]}}
  - {{id: {OLD}, name: old, is_archived: true, members: [{CLEO}, U0OVBOT]}}
scopes: [commands, 'chat:write', {scopes}]
users: {json.dumps(people)}
"""
    )
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    config = WorkspaceConfig(config_file=described)
    serving = asyncio.create_task(serve(config, ready=ready.set_result, handle_signals=False))
    url, clock = await ready, Hands(1_760_000_000_000)
    gateway = Gateway("xoxb-sandbox", f"{url}/api/")
    directory = Directory(gateway.wire, await gateway.identify(), clock)
    try:
        yield Place(url, directory, clock)
    finally:
        await directory.close()
        await gateway.close()
        serving.cancel()
        await asyncio.wait([serving])


async def test_it_knows_who_is_in_the_channels_that_it_is_asked_about(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        assert await at.joined() == {OPEN, CLOSED}  # it cannot see the third
        assert await at.joined(CLEO) == {OPEN, OLD}
        assert await at.joined(CLEO, (CLOSED,)) == set()
        assert await at.joined("U99NOBODY") == set()
        assert at.directory.lacking[0].scope == "channels:history"


async def test_an_answer_counts_for_a_minute_for_everybody(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await asyncio.gather(*(at.joined(user) for user in (BEN, CLEO, BEN)))
        assert len(await at.asked()) == len(EVERY), "once for each channel, not for each person"
        await at.act("membership", channel=OPEN, user=BEN, member=False)
        at.clock.move(SECONDS - 1)
        assert OPEN in await at.joined()
        assert len(await at.asked()) == len(EVERY)
        at.clock.move(2)
        assert OPEN not in await at.joined()


async def test_a_large_channel_is_read_page_by_page(tmp_path: Path) -> None:
    async with place(tmp_path, users=2_500) as at:
        assert await at.joined("U902499", (OPEN,)) == {OPEN}
        cursors = [one.get("cursor") for one in await at.asked()]
        assert len(cursors) == 3
        assert cursors[0] is None
        assert len(set(cursors)) == 3


@pytest.mark.parametrize(
    ("scopes", "there", "lacking"),
    [
        (BOTH, {OPEN, CLOSED}, set()),
        ("'channels:read'", {OPEN}, {"groups:read"}),
        ("'groups:read'", {CLOSED}, {"channels:read"}),
        ("'im:read'", set(), {"channels:read", "groups:read"}),
    ],
)
async def test_each_scope_is_used_alone(
    tmp_path: Path, scopes: str, there: set[str], lacking: set[str]
) -> None:
    async with place(tmp_path, scopes) as at:
        assert await at.joined() == there
        assert {
            one.scope for one in at.directory.lacking if one.scope[-5:] == ":read"
        } - GIVING == lacking
        assert (await at.directory.joined(BEN, EVERY)).unknown == 0
        if not there:
            assert await at.asked() == [], "what is not allowed is not tried"


async def test_what_slack_does_not_tell_is_not_claimed(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        # A question whose connection breaks is asked a second time by the HTTP client itself.
        for trouble, times in (
            ({"status": 500}, 1),
            ({"error": "fatal_error"}, 1),
            ({"drop": True}, 2),
        ):
            await at.act("faults", method="conversations.members", times=times, **trouble)
            assert await at.directory.joined(BEN, (OPEN,)) == Joined(frozenset(), 1)
        assert await at.joined(BEN, (OPEN,)) == {OPEN}, "it is asked again at once"


async def test_when_slack_says_wait_nothing_is_asked_for_so_long(tmp_path: Path) -> None:
    async with place(tmp_path) as at:
        await at.act("faults", method="conversations.members", times=1, status=429, retry_after=7)
        await at.directory.joined(BEN, (OPEN,))
        at.clock.move(6)
        assert await at.directory.joined(BEN, EVERY) == Joined(frozenset(), len(EVERY))
        assert len(await at.asked()) == 1
        at.clock.move(2)
        assert await at.joined() == {OPEN, CLOSED}


async def test_a_slow_answer_is_not_waited_for_and_counts_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ovbot.slack.directory._PATIENCE", 0.05)
    async with place(tmp_path) as at:
        await at.act("faults", method="conversations.members", times=1, delay=0.5)
        assert await at.directory.joined(BEN, (OPEN,)) == Joined(frozenset(), 1)
        monkeypatch.setattr("ovbot.slack.directory._PATIENCE", 20)
        assert await at.joined(BEN, (OPEN,)) == {OPEN}
        assert len(await at.asked()) == 1
