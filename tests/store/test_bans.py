"""Bans: who is meant, how long, and how they end."""

import msgspec

from ovbot.domain.ban import Ban, By
from ovbot.store import bans
from ovbot.store.database import Database

BAN = Ban(
    team="T1",
    server="default",
    session="demo",
    by=By.NAME,
    who="bob",
    label="Bob \0 \ud800",
    since=900,
    until=2_000,
    actor="U1",
    channel="C1",
    reason="noise",
    ref="r1",
    created_at=1_000,
)


async def made(database: Database, *some: Ban, now: int = 1_500) -> tuple[Ban, ...]:
    async with database.begin() as tx:
        for ban in some:
            await bans.add(tx, ban)
    async with database.read() as tx:
        return await bans.holding(tx, "default", now=now)


async def test_a_ban_reads_back_and_holds_until_its_time(database: Database) -> None:
    (ban,) = await made(database, BAN)
    assert ban == msgspec.structs.replace(BAN, id=ban.id, label=ban.label)
    assert "Bob" in ban.label
    assert (ban.holds(1_999), ban.holds(2_000)) == (True, False)
    async with database.read() as tx:
        assert await bans.get(tx, ban.id) == ban
        assert await bans.get(tx, ban.id + 1) is None
        assert await bans.holding(tx, "default", now=1_999) == (ban,)
        assert await bans.holding(tx, "default", now=2_000) == ()
        assert await bans.holding(tx, "other", now=1_500) == ()
        assert await bans.holding(tx, "default", now=1_500, team="T2") == ()
        assert await bans.holding(tx, "default", now=1_500, team="T1", session="demo") == (ban,)
        assert await bans.holding(tx, "default", now=1_500, session="demo2") == ()


async def test_for_good_has_no_end(database: Database) -> None:
    (ban,) = await made(database, msgspec.structs.replace(BAN, until=None), now=10**15)
    assert ban.holds(10**15)


async def test_a_newer_ban_of_the_same_takes_its_place(database: Database) -> None:
    others = [
        msgspec.structs.replace(BAN, **change)
        for change in ({"team": "T2"}, {"session": "x"}, {"by": By.SERVER}, {"who": "ben"})
    ]
    newer = msgspec.structs.replace(BAN, until=None, created_at=1_200, actor="U2", ref="r2")
    held = await made(database, BAN, *others, newer)
    assert len(held) == 5
    assert held[-1].until is None
    async with database.read() as tx:
        (first,) = [ban for ban in await bans.of_ref(tx, "r1") if ban.ended_at is not None]
    assert (first.ended_at, first.ended_by) == (1_200, "U2")


async def test_what_is_lifted_stays_lifted(database: Database) -> None:
    (ban,) = await made(database, BAN)
    async with database.begin() as tx:
        await bans.lift(tx, [ban.id], at=1_100, by="U2")
        await bans.lift(tx, [ban.id], at=1_200, by="U3")
    async with database.read() as tx:
        found = await bans.get(tx, ban.id)
        assert await bans.holding(tx, "default", now=1_500) == ()
    assert found is not None
    assert (found.ended_at, found.ended_by) == (1_100, "U2")
    assert not found.holds(1_500)


async def test_all_of_one_action_lapse_that_still_hold(database: Database) -> None:
    other = msgspec.structs.replace(BAN, who="ben", ref="r2")
    over = msgspec.structs.replace(BAN, who="cleo", until=1_100)
    await made(database, BAN, msgspec.structs.replace(BAN, who="dora"), other, over)
    async with database.begin() as tx:
        assert [ban.who for ban in await bans.lapse(tx, "r1", at=1_500)] == ["bob", "dora"]
        assert await bans.lapse(tx, "r1", at=1_500) == ()
    async with database.read() as tx:
        assert [ban.who for ban in await bans.holding(tx, "default", now=1_500)] == ["ben"]


async def test_removals_are_counted(database: Database) -> None:
    (ban,) = await made(database, BAN)
    for _ in range(3):
        async with database.begin() as tx:
            await bans.carried_out(tx, ban.id)
    async with database.read() as tx:
        found = await bans.get(tx, ban.id)
    assert found is not None
    assert found.removals == 3


async def test_what_is_over_long_since_is_pruned(database: Database) -> None:
    for_good = msgspec.structs.replace(BAN, who="dora", until=None)
    lifted = msgspec.structs.replace(for_good, who="ben")
    await made(database, BAN, for_good, lifted, msgspec.structs.replace(BAN, until=3_000, who="x"))
    async with database.begin() as tx:
        (number,) = [b.id for b in await bans.of_ref(tx, "r1") if b.who == "ben"]
        await bans.lift(tx, [number], at=2_100, by="U1")
        assert await bans.prune(tx, before=2_500, limit=1) == 1
        assert await bans.prune(tx, before=2_500, limit=9) == 1
        assert await bans.prune(tx, before=2_500, limit=9) == 0
    async with database.read() as tx:
        assert [ban.who for ban in await bans.of_ref(tx, "r1")] == ["dora", "x"]
