"""The outbox and Slack over the wire, each channel of which answers oddly at first, or always.

Nothing is dead that could be sent later, whoever it concerns hears of the rest, and what became of
each notice can be told in words. Prints a table (``pytest -s``).
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from ovbot.clock import SystemClock
from ovbot.delivery.admin_alerts import AdminAlerts
from ovbot.delivery.outbox.gate import Gate
from ovbot.delivery.outbox.worker import Worker
from ovbot.domain.markup import md, plain
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.slack import failures
from ovbot.slack.gateway import Gateway
from ovbot.store import outbox
from ovbot.store.database import Database
from ovbot.store.deliveries import Listed, Status
from ovbot.subjects import undelivered
from tests import fresh
from tests.slack.odd import ALL, DEAD, GONE, NOBODY, UNREACHABLE, Odd

TIMES = 2
"""So often in a row each channel answers oddly; what refuses for good does always."""
NOTICES = 3
FOR_GOOD = {DEAD, UNREACHABLE, GONE}


class OddSlack:
    """``C<n>`` answers as the n-th of ``odd`` says; people's own messages are always taken."""

    def __init__(self, odd: Sequence[Odd], times: int = TIMES) -> None:
        self.odd = odd
        self.times = times
        self.tried: Counter[str] = Counter()
        self.posted: defaultdict[str, list[str]] = defaultdict(list)
        self.direct: defaultdict[str, list[str]] = defaultdict(list)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        try:
            yield f"http://{host}:{port}/api/"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if method == "auth.test":
            return web.json_response({"ok": True, "team_id": "T1", "user_id": "U0"})
        if method != "chat.postMessage":
            return web.json_response({"ok": False, "error": "missing_scope"})
        body = await request.json()
        channel = str(body["channel"])
        if channel.startswith("U"):
            self.direct[channel].append(body["text"])
            return _taken(channel, len(self.direct[channel]))
        odd = self.odd[int(channel[1:])]
        self.tried[channel] += 1
        if odd.means not in FOR_GOOD and self.tried[channel] > self.times:
            self.posted[channel].append(body["text"])
            return _taken(channel, self.tried[channel])
        if odd.means is None or "lose_answer" in odd.fault:  # it was done, whatever is answered
            self.posted[channel].append(body["text"])
        return _odd(odd.fault, request)


def _taken(channel: str, number: int) -> web.Response:
    return web.json_response({"ok": True, "channel": channel, "ts": f"{number}.1"})


def _odd(fault: dict[str, Any], request: web.Request) -> web.Response:
    if "drop" in fault or "lose_answer" in fault:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()
    if "body" in fault:
        said = {"Content-Type": "text/html"} | fault["headers"]
        return web.Response(body=fault["body"].encode(), status=fault["status"], headers=said)
    error = fault.get("error", "internal_error")
    return web.json_response({"ok": False, "error": error}, status=fault.get("status", 200))


async def fill(database: Database, odd: Sequence[Odd]) -> None:
    for number in range(NOTICES):
        async with database.begin() as tx:
            notices = [
                Notice(
                    channel=f"C{place}",
                    key=f"action:{number}x{place}",
                    reply=Reply(md("{}", number)),
                    user=f"U{place}",
                )
                for place in range(len(odd))
            ]
            await outbox.add(tx, "T1", "default", SystemClock().now_ms(), notices)


async def delivered(folder: Path, slack: OddSlack) -> list[Listed]:
    """Deliver until nothing waits; what became of each notice that was written first."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(slack.listening())
        database = Database(fresh.sqlite(folder / "odd.sqlite3"))
        await database.open(migrate=True)
        stack.push_async_callback(database.close)
        clock, gateway = SystemClock(), Gateway("xoxb-1", url)
        stack.push_async_callback(gateway.close)
        await fill(database, slack.odd)
        gate = Gate(gateway.standing, gateway.check, clock)
        operators = AdminAlerts("T1", "default", ("UADMIN",))
        worker = Worker(
            database, gateway, clock, operators=operators, gate=gate, jitter=lambda: 0.0
        )
        running = asyncio.create_task(worker.run())
        try:
            async with asyncio.timeout(120):
                while await _pending(database):
                    assert not running.done(), "the worker lives"
                    await asyncio.sleep(0.2)
        finally:
            await worker.stop(5)
            await running
        async with database.read() as tx:
            found = [
                one
                for status in Status
                for one in await outbox.listed(tx, "T1", status, limit=10_000)
            ]
    return [one for one in found if one.delivery.key.startswith("action:")]


async def _pending(database: Database) -> int:
    async with database.read() as tx:
        return (await outbox.counts(tx))[Status.PENDING]


async def test_whatever_a_channel_answers_nothing_is_lost_and_nobody_goes_unheard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "_LONGEST", 3.0)  # where Slack says to wait for an hour
    slack = OddSlack([odd for odd in ALL if odd.means is not NOBODY])
    found = await delivered(tmp_path, slack)
    assert len(found) == NOTICES * len(slack.odd)
    expected = [str(number) for number in range(NOTICES)]
    for place, odd in enumerate(slack.odd):
        channel, person = f"C{place}", f"U{place}"
        rows = [one for one in found if one.delivery.channel == channel]
        lost = [one for one in rows if one.status is Status.DEAD]
        if "drop" in odd.fault or "lose_answer" in odd.fault:
            # Twice no answer at all: it may be there twice, and is not sent a third time.
            assert [one.delivery.ambiguous for one in lost] == [TIMES], odd
            assert "may have been posted" in plain(undelivered.fate(lost[0]))
            assert slack.direct[person] == [expected[0]], "and who asked has it all the same"
            continue
        assert lost == [], odd
        assert all(plain(undelivered.fate(one)) for one in rows)
        here, told = slack.posted[channel], slack.direct[person]
        print(f"{odd.name:42} posted {len(here)}, by direct message {len(told)}")
        if odd.means in FOR_GOOD:
            assert (here, told) == ([], expected), odd
        else:
            assert told == [], odd
            assert here == expected, odd


async def test_nothing_is_given_up_for_a_token(tmp_path: Path) -> None:
    """One channel after another is refused as if nobody could be posted to; each is served."""
    slack = OddSlack([odd for odd in ALL if odd.means is NOBODY][:4], times=1)
    found = await delivered(tmp_path, slack)
    assert {one.status for one in found} == {Status.SENT}
    for place in range(len(slack.odd)):
        assert slack.posted[f"C{place}"] == [str(number) for number in range(NOTICES)]
        assert slack.direct[f"U{place}"] == []
