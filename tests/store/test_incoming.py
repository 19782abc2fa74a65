"""Events, recordings and sessions as they become known."""

import asyncio

import msgspec
import pytest
from sqlalchemy import select

from ovbot.store import events, recordings, sessions
from ovbot.store.database import Database
from ovbot.store.events import Arrival
from ovbot.store.recordings import Seen
from ovbot.store.sessions import Alive
from ovbot.store.tables import events as table

SEEN = Seen(
    recording="demo",
    created_at=1_000,
    session="demo",
    name="My\0 recording \N{SNOWMAN}",
    status="started",
    duration=0.0,
    size=0,
)


def arrival(key: str) -> Arrival:
    return Arrival(key=key, kind="sessionCreated", body='{"kind":"sessionCreated"}')


async def record(database: Database, *keys: str, server: str = "default") -> int:
    async with database.begin() as tx:
        return await events.record(tx, server, 5, [arrival(key) for key in keys])


async def waiting(database: Database, now: int = 0, limit: int = 10) -> list[int]:
    async with database.read() as tx:
        return [one.id for one in await events.unprocessed(tx, "default", limit, now=now)]


async def test_an_event_is_stored_once_however_often_it_comes(database: Database) -> None:
    assert await record(database, "a", "b", "a") == 2
    assert await record(database, "b", "c") == 1
    assert await record(database, "a", server="other") == 1
    assert await record(database) == 0
    assert len(await waiting(database)) == 3


async def test_what_is_read_later_takes_its_place_in_order(database: Database) -> None:
    await record(database, "c", "done", "a")
    by_key = {"c": 0, "done": 1, "a": 2}
    numbers = await waiting(database)
    async with database.begin() as tx:
        await events.mark(tx, numbers[by_key["done"]], at=1, result="done")
    async with database.begin() as tx:
        read = [arrival(key) for key in ("a", "b", "done", "c")]
        assert await events.record_in_order(tx, "default", 9, read) == 1
    async with database.read() as tx:
        found = await events.unprocessed(tx, "default", 10, now=9)
        keys = await tx.execute(select(table.c.id, table.c.key).order_by(table.c.id))
    of = {number: key for number, key in keys}  # noqa: C416 (rows are no pairs to mypy)
    assert [of[one.id] for one in found] == ["a", "b", "c"]


async def test_only_new_events_wake(database: Database) -> None:
    await record(database, "a")
    assert await database.wake.wait(events.WAKE, 0) is True
    await record(database, "a")
    assert await database.wake.wait(events.WAKE, 0) is False


async def test_the_same_event_at_the_same_time_is_stored_once(database: Database) -> None:
    assert sum(await asyncio.gather(*(record(database, "a") for _ in range(8)))) == 1


async def test_events_wait_in_the_order_they_came(database: Database) -> None:
    await record(database, "b", "a", "c")
    first, second, third = await waiting(database)
    assert first < second < third
    assert await waiting(database, limit=2) == [first, second]
    async with database.begin() as tx:
        assert await events.mark(tx, second, at=9, result="told") is True
        assert await events.mark(tx, second, at=9, result="told") is False
        await events.postpone(tx, first, until=100)
        await events.postpone(tx, second, until=100)
    assert await waiting(database, now=99) == [third]
    assert await waiting(database, now=100) == [first, third]
    async with database.read() as tx:
        assert await events.count(tx, "default", result="told") == 1
        (again, _) = await events.unprocessed(tx, "default", 10, now=100)
    assert again.attempts == 1


async def test_the_next_due_event(database: Database) -> None:
    async with database.read() as tx:
        assert await events.next_due(tx, "default") is None
    await record(database, "a")
    async with database.begin() as tx:
        assert await events.next_due(tx, "default") == 0
        (one,) = await events.unprocessed(tx, "default", 1, now=0)
        await events.postpone(tx, one.id, until=100)
        assert await events.next_due(tx, "default") == 100
        assert await events.next_due(tx, "other") is None


async def advance(database: Database, seen: Seen, at: int = 5) -> bool:
    async with database.begin() as tx:
        return await recordings.advance(tx, server="default", seen=seen, at=at)


async def announced(database: Database, created_at: int = 1_000) -> bool:
    async with database.begin() as tx:
        claim = await recordings.claim_announcement(
            tx, server="default", recording="demo", created_at=created_at, at=9
        )
    return claim is not None


async def status(database: Database) -> str:
    async with database.read() as tx:
        (only,) = await recordings.known(tx, "default")
    return only.seen.status


@pytest.mark.parametrize("final", ["ready", "failed"])
async def test_a_recording_only_goes_forward(database: Database, final: str) -> None:
    assert await advance(database, SEEN) is True
    for told, known in [
        ("stopped", "stopped"),
        ("started", "stopped"),
        ("unheard-of", "stopped"),
        (final, final),
        ("stopped", final),
        ("failed" if final == "ready" else "starting", final),
    ]:
        assert await advance(database, msgspec.structs.replace(SEEN, status=told)) is False
        assert await status(database) == known


async def test_a_finished_recording_is_announced_once(database: Database) -> None:
    await advance(database, SEEN)
    assert not await announced(database)
    await advance(database, msgspec.structs.replace(SEEN, status="ready", duration=1.5, size=2**40))
    claims = await asyncio.gather(*(announced(database) for _ in range(6)))
    assert sorted(claims) == [False] * 5 + [True]
    async with database.read() as tx:
        (only,) = await recordings.known(tx, "default")
    assert only.announced_at == 9
    assert (only.seen.duration, only.seen.size) == (1.5, 2**40)


async def test_a_reused_id_is_another_recording(database: Database) -> None:
    ready = msgspec.structs.replace(SEEN, status="ready")
    for created_at in (1_000, 2_000):
        again = msgspec.structs.replace(ready, created_at=created_at)
        assert await advance(database, again) is True
        assert await announced(database, created_at)


async def remember(database: Database) -> None:
    async with database.begin() as tx:
        await recordings.remember_start(
            tx,
            team="T1",
            server="default",
            recording="demo",
            created_at=1_000,
            session="demo",
            started_by="U1",
        )


@pytest.mark.parametrize("webhook_first", [True, False])
async def test_who_recorded_is_known_whatever_comes_first(
    database: Database, webhook_first: bool
) -> None:
    if webhook_first:
        await advance(database, SEEN)
    await remember(database)
    assert await advance(database, msgspec.structs.replace(SEEN, status="ready")) is False
    async with database.read() as tx:
        (only,) = await recordings.known(tx, "default")
    assert (only.team, only.started_by, only.seen.status) == ("T1", "U1", "ready")


async def test_a_session_is_news_once_and_ends_once(database: Database) -> None:
    async with database.begin() as tx:
        assert await sessions.opened(tx, "default", "demo", 1, at=5) is True
        assert await sessions.opened(tx, "default", "demo", 1, at=6) is False
        assert await sessions.ended(tx, "default", "demo", 1, at=7) is True
        assert await sessions.ended(tx, "default", "demo", 1, at=8) is False
        assert await sessions.opened(tx, "default", "demo", 1, at=9) is False, "not again"
        assert await sessions.opened(tx, "default", "demo", 2, at=9) is True
        assert await sessions.ended(tx, "default", "never seen", 1, at=9) is True
        assert await sessions.alive(tx, "default") == (Alive("demo", 2),)
        assert await sessions.alive(tx, "other") == ()


async def test_missing_sessions_are_counted(database: Database) -> None:
    async with database.begin() as tx:
        await sessions.opened(tx, "default", "a", 1, at=5)
        await sessions.opened(tx, "default", "b", 2, at=5)
        await sessions.count_missing(tx, "default", [Alive("b", 2, 1)])
        await sessions.count_missing(tx, "default", [])
        assert await sessions.alive(tx, "default") == (Alive("a", 1, 0), Alive("b", 2, 1))
