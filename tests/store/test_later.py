"""Planned commands: one that waits for the same, and only one way out of waiting."""

import msgspec

from ovbot.store import later
from ovbot.store.database import Database
from ovbot.store.later import Plan, State

PLAN = Plan(
    ref="r1",
    team="T1",
    server="default",
    actor="U1",
    channel="C1",
    session="demo",
    verb="close",
    about="demo",
    command="close --session demo",
    said="close session `demo`",
    label="Close demo now",
    again="close --session demo ?",
    due_at=2_000,
    created_at=1_000,
)


async def planned(database: Database, *plans: Plan) -> tuple[Plan, ...]:
    """Plan these; all that wait then."""
    async with database.begin() as tx:
        for plan in plans:
            await later.add(tx, plan)
    async with database.read() as tx:
        return await later.waiting(tx, "T1", "default", "close")


async def test_a_plan_reads_back(database: Database) -> None:
    (plan,) = await planned(database, PLAN)
    assert plan == msgspec.structs.replace(PLAN, id=plan.id)
    async with database.read() as tx:
        assert await later.get(tx, plan.id) == plan
        assert await later.of_interaction(tx, plan.interaction) == plan
        assert await later.of_interaction(tx, "view:V1") is None
        assert await later.of_interaction(tx, "later:999") is None


async def test_it_is_due_at_its_time_where_it_belongs(database: Database) -> None:
    await planned(database, PLAN, msgspec.structs.replace(PLAN, about="exam", due_at=1_500))
    async with database.read() as tx:
        assert await later.next_due(tx, "T1", "default") == 1_500
        assert await later.next_due(tx, "T2", "default") is None
        assert await later.due(tx, "T1", "default", now=1_499, limit=9) == ()
        assert await later.due(tx, "T1", "other", now=9_999, limit=9) == ()
        due = await later.due(tx, "T1", "default", now=2_000, limit=9)
        assert [plan.about for plan in due] == ["exam", "demo"]
        assert len(await later.due(tx, "T1", "default", now=2_000, limit=1)) == 1


async def test_a_newer_plan_for_the_same_replaces_it(database: Database) -> None:
    others = [
        msgspec.structs.replace(PLAN, **{name: "x"}) for name in ("team", "server", "verb", "about")
    ]
    await planned(database, PLAN, *others)
    newer = msgspec.structs.replace(PLAN, ref="r2", due_at=5_000, created_at=1_700)
    waiting = await planned(database, newer)
    assert sorted((plan.about, plan.ref) for plan in waiting) == [("demo", "r2"), ("x", "r1")]
    async with database.read() as tx:
        (first,) = await later.called_off_by(tx, "r2")
        newest = await later.newest(tx, "T1", "default", "close", "demo")
    assert (first.ref, first.state, first.ended_at) == ("r1", State.CALLED_OFF, 1_700)
    assert newest is not None
    assert newest.ref == "r2"


async def test_it_leaves_its_waiting_once(database: Database) -> None:
    (plan,) = await planned(database, PLAN)
    async with database.begin() as tx:
        assert await later.call_off(tx, plan.id, at=1_800, by="r3")
        assert not await later.enter(tx, plan.id, at=1_900)
        assert not await later.miss(tx, plan.id, at=1_900)
        assert not await later.call_off(tx, plan.id, at=1_900, by="r4")
        found = await later.get(tx, plan.id)
    assert found is not None
    assert (found.state, found.ended_at, found.ended_by) == (State.CALLED_OFF, 1_800, "r3")
    assert await planned(database) == ()


async def test_what_waits_is_never_pruned(database: Database) -> None:
    first, _second = await planned(database, PLAN, msgspec.structs.replace(PLAN, about="exam"))
    async with database.begin() as tx:
        await later.enter(tx, first.id, at=3_000)
        assert await later.prune(tx, before=3_000, limit=9) == 0
        assert await later.prune(tx, before=3_001, limit=9) == 1
        assert await later.get(tx, first.id) is None
    assert len(await planned(database)) == 1
