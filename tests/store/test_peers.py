"""Several processes on one database: woken by one another, one elected, all of them known."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.store import cards, events, outbox
from ovbot.store.database import Database
from ovbot.store.events import Arrival
from ovbot.store.peers import Peers

PATIENCE = 60.0


class Process:
    """What of a process the others can notice."""

    def __init__(self, url: str, server: str) -> None:
        self.database = Database(url)
        self.peers = Peers(self.database, server, pause=self._away)
        self.elected_while_away: list[bool] = []
        self._running: asyncio.Task[None] | None = None

    async def _away(self, _seconds: float) -> None:
        self.elected_while_away.append(self.peers.is_elected)
        await asyncio.sleep(0)

    async def start(self) -> None:
        await self.database.open()
        await self.peers.open()
        self._running = asyncio.create_task(self.peers.run())
        for topic in (outbox.WAKE, events.WAKE, cards.WAKE):  # everybody looks once at the start
            await self.database.wake.wait(topic, 0)

    async def stop(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self._running = None
            await self.peers.close()
            await self.database.close()

    async def woken(self, topic: str) -> bool:
        return await self.database.wake.wait(topic, PATIENCE)

    async def cut(self) -> None:
        """Its connection to the others breaks, and nothing else."""
        async with self.database.begin() as tx:
            await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": self.peers._pid})


@asynccontextmanager
async def processes(
    url: str, count: int = 2, server: str = "default"
) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        started = []
        for _ in range(count):
            process = Process(url, server)
            stack.push_async_callback(process.stop)
            await process.start()
            started.append(process)
        yield started


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110  the database decides when, and tells nobody
            await asyncio.sleep(0)  # what holds for a few turns of the loop must be seen too


async def commit(process: Process, topic: str) -> None:
    """Something that wakes the topic's waiters."""
    async with process.database.begin() as tx:
        if topic == outbox.WAKE:
            notice = Notice(channel="C1", key="a", reply=Reply(md("a")))
            await outbox.add(tx, "T1", "default", 1, [notice])
        elif topic == events.WAKE:
            await events.record(tx, "default", 1, [Arrival("k", "sessionCreated", "{}")])
        else:
            card = cards.Card(
                team="T1",
                server="default",
                session="s",
                channel="C1",
                created_by="U1",
                created_at=1,
            )
            await cards.open_card(tx, card)


@pytest.mark.postgres
@pytest.mark.parametrize("topic", [outbox.WAKE, events.WAKE, cards.WAKE])
async def test_a_commit_in_one_process_wakes_the_others(postgres_url: str, topic: str) -> None:
    async with processes(postgres_url, 3) as (first, second, third):
        await commit(first, topic)
        assert await second.woken(topic)
        assert await third.woken(topic)


@pytest.mark.postgres
async def test_what_is_rolled_back_wakes_nobody(postgres_url: str) -> None:
    async with processes(postgres_url) as (first, second):
        with suppress(ZeroDivisionError):
            async with first.database.begin() as tx:
                await events.record(tx, "default", 1, [Arrival("k", "sessionCreated", "{}")])
                raise ZeroDivisionError
        await commit(first, outbox.WAKE)
        assert await second.woken(outbox.WAKE)
        assert not await second.database.wake.wait(events.WAKE, 0)


@pytest.mark.postgres
async def test_a_listener_that_was_cut_off_comes_back_and_looks_at_everything(
    postgres_url: str,
) -> None:
    async with processes(postgres_url) as (first, second):
        await second.cut()
        assert await second.woken(events.WAKE), "it looks at what it may have missed"
        assert await second.woken(outbox.WAKE)
        await commit(first, outbox.WAKE)
        assert await second.woken(outbox.WAKE)


@pytest.mark.postgres
async def test_one_is_elected_and_another_takes_over(postgres_url: str) -> None:
    async with processes(postgres_url, 3) as running:
        assert [one.peers.is_elected for one in running] == [True, False, False]
        await running[0].stop()
        async with asyncio.timeout(PATIENCE):
            await asyncio.wait(
                [asyncio.create_task(one.peers.elected()) for one in running[1:]],
                return_when=asyncio.FIRST_COMPLETED,
            )
        assert sorted(one.peers.is_elected for one in running[1:]) == [False, True]


@pytest.mark.postgres
async def test_each_server_elects_its_own(postgres_url: str) -> None:
    async with (
        processes(postgres_url, 2, "berlin") as (berlin, _),
        processes(postgres_url, 2, "madrid") as (madrid, _),
    ):
        assert berlin.peers.is_elected
        assert madrid.peers.is_elected


@pytest.mark.postgres
async def test_who_lives_is_known_to_all_and_who_died_is_not(postgres_url: str) -> None:
    async with processes(postgres_url) as (first, second):
        both = {first.peers.process, second.peers.process}
        assert await first.peers.alive() == await second.peers.alive() == both
        await second.stop()
        assert await first.peers.alive() == {first.peers.process}


@pytest.mark.postgres
async def test_a_cut_off_process_is_elected_no_more_until_it_is_back(postgres_url: str) -> None:
    async with processes(postgres_url, 1) as (only,):
        await only.cut()
        await eventually(lambda: bool(only.elected_while_away))
        assert not any(only.elected_while_away)
        async with asyncio.timeout(PATIENCE):
            await only.peers.elected()
        assert await only.peers.alive() == {only.peers.process}


async def test_on_sqlite_the_one_process_is_elected(tmp_path: Path) -> None:
    async with processes(f"sqlite:///{tmp_path}/ovbot.db", 1) as (only,):
        assert only.peers.is_elected
        assert await only.peers.alive() == {only.peers.process}
