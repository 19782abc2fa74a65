"""Old events and sent notices go; the audit, and whatever is still to be done, stays."""

import asyncio

import msgspec
import pytest
from sqlalchemy import text

from ovbot.delivery.prune import BATCH, EVERY, KEPT, Pruner
from ovbot.domain.audit import AuditEntry, Phase
from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.store import audit, bans, events, later, outbox
from ovbot.store.events import Arrival
from tests.delivery.fake import START, Time, WatchedDatabase
from tests.store.test_bans import BAN
from tests.store.test_later import PLAN

OLD, YOUNG = START - KEPT - 1, START - KEPT


async def fill(database: WatchedDatabase, count: int = 1) -> None:
    """Events and notices of every state and age, and an entry of the audit."""
    arrivals = [
        Arrival(f"{state}{n}", "k", "{}")
        for n in range(count)
        for state in ("old", "young", "waiting")
    ]
    notices = [
        Notice(channel="C1", key=f"{state}{n}", reply=Reply(md("x")))
        for n in range(count)
        for state in ("sent", "dropped", "young", "pending", "dead")
    ]
    entry = AuditEntry(
        ref="r",
        phase=Phase.OUTCOME,
        at=1,
        team="T",
        server="default",
        actor="U",
        channel="C",
        command="kick",
    )
    async with database.begin() as tx:
        await events.record(tx, "default", 1, arrivals)
        await outbox.add(tx, "T1", "default", 1, notices)
        await audit.append(tx, entry)
        for state in ("ended", "young", "waiting"):
            for number in range(count):
                await later.add(tx, msgspec.structs.replace(PLAN, about=f"{state}{number}"))
        for state, at in (("old", OLD), ("young", YOUNG)):
            await tx.execute(
                text("UPDATE events SET processed_at = :at WHERE key LIKE :key"),
                {"at": at, "key": f"{state}%"},
            )
            await tx.execute(
                text("UPDATE later SET state = 'missed', ended_at = :at WHERE about LIKE :about"),
                {"at": at, "about": f"{'ended' if state == 'old' else state}%"},
            )
        for status in ("sent", "dropped", "dead"):
            await tx.execute(
                text("UPDATE outbox SET status = :s, finished_at = :at WHERE key LIKE :key"),
                {"s": status, "at": OLD, "key": f"{status}%"},
            )
        await tx.execute(
            text("UPDATE outbox SET status = 'sent', finished_at = :at WHERE key LIKE 'young%'"),
            {"at": YOUNG},
        )


async def left(database: WatchedDatabase, table: str, column: str = "key") -> set[str]:
    async with database.read() as tx:
        keys = await tx.scalars(text(f"SELECT {column} FROM {table}"))
        return {key.rstrip("0123456789") for key in keys}


async def test_only_what_is_old_and_done_is_removed(database: WatchedDatabase, time: Time) -> None:
    await fill(database)
    assert await Pruner(database, time, pause=time.pause).prune() == 4
    assert await left(database, "events") == {"young", "waiting"}
    assert await left(database, "outbox") == {"young", "pending", "dead"}
    assert await left(database, "later", "about") == {"young", "waiting"}
    async with database.read() as tx:
        assert len(await audit.of_ref(tx, "r")) == 1


async def test_the_last_event_that_arrived_tells_that_any_ever_did(
    database: WatchedDatabase, time: Time
) -> None:
    async with database.begin() as tx:
        for number, key in enumerate("abc"):
            await events.record(tx, "default", number, [Arrival(key, "x", "{}")])
        await events.record(tx, "default", 7, [Arrival("told", "x", "{}", "cdr")])
        await tx.execute(text("UPDATE events SET processed_at = 1, result = 'done'"))
        found = events.Recovered("found", "x", "{}")
        await events.add_recovered(tx, "default", 1, [found])
        await tx.execute(text("UPDATE events SET result = 'missed' WHERE key = 'found'"))
    assert await Pruner(database, time, pause=time.pause).prune() == 4
    assert await left(database, "events") == {"c"}
    async with database.read() as tx:
        assert await events.last_arrived(tx, "default") == 2
        assert await events.last_arrived(tx, "other") is None


async def test_bans_go_when_they_are_over_long_since(database: WatchedDatabase, time: Time) -> None:
    async with database.begin() as tx:
        for who, until in (("old", OLD), ("young", YOUNG), ("for good", None)):
            await bans.add(tx, msgspec.structs.replace(BAN, who=who, until=until))
    assert await Pruner(database, time, pause=time.pause).prune() == 1
    assert await left(database, "bans", "who") == {"young", "for good"}


async def test_many_are_removed_in_small_transactions(
    database: WatchedDatabase, time: Time
) -> None:
    await fill(database, BATCH + 1)
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    removed = await Pruner(database, time, pause=pause).prune()
    assert removed == 4 * (BATCH + 1)
    assert len(pauses) == 1 + 2 + 1


async def test_it_is_done_daily_by_the_process_whose_turn_it_is(
    database: WatchedDatabase, time: Time
) -> None:
    turn = asyncio.Event()

    async def elected() -> None:
        await turn.wait()

    await fill(database)
    running = asyncio.create_task(Pruner(database, time, turn=elected, pause=time.pause).run())
    await time.settled(database)
    assert "old" in await left(database, "events")
    turn.set()
    await time.settled(database)
    assert await left(database, "events") == {"young", "waiting"}
    time.advance(EVERY - 1)
    await time.settled(database)
    assert await left(database, "events") == {"young", "waiting"}
    time.advance(1)
    await time.settled(database)
    assert await left(database, "events") == {"waiting"}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
