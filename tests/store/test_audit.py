"""The audit: what is written stays, and the second of anything finds the first."""

import asyncio

import msgspec
import pytest

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.store import audit
from ovbot.store.audit import AlreadyRecorded
from ovbot.store.database import Database

INTENT = AuditEntry(
    ref="k7f3q9wd",
    phase=Phase.INTENT,
    at=1_000,
    team="T1",
    server="default",
    actor="U1",
    channel="C1",
    command="kick",
    session="demo",
    target="con_A",
    arguments={"reason": "noise\0 ‮ and worse"},
    interaction="Ev1",
)


def outcome_of(intent: AuditEntry, outcome: Outcome = Outcome.DONE) -> AuditEntry:
    return msgspec.structs.replace(
        intent, phase=Phase.OUTCOME, interaction=None, outcome=outcome, at=intent.at + 5
    )


def action(ref: str, **changes: object) -> AuditEntry:
    return msgspec.structs.replace(INTENT, ref=ref, interaction=f"Ev-{ref}", **changes)


async def append(database: Database, *entries: AuditEntry) -> None:
    async with database.begin() as tx:
        for entry in entries:
            await audit.append(tx, entry)


async def test_entries_come_back_in_the_order_they_were_written(database: Database) -> None:
    attempt = msgspec.structs.replace(INTENT, phase=Phase.ATTEMPT, interaction=None)
    await append(database, INTENT, attempt, outcome_of(INTENT))
    async with database.read() as tx:
        assert await audit.of_ref(tx, INTENT.ref) == (INTENT, attempt, outcome_of(INTENT))
        assert await audit.of_ref(tx, "unknown0") == ()


async def test_the_second_delivery_of_an_interaction_finds_the_first(database: Database) -> None:
    await append(database, INTENT)
    with pytest.raises(AlreadyRecorded) as caught:
        await append(database, msgspec.structs.replace(INTENT, ref="another0", at=9_000))
    assert caught.value.entry == INTENT


async def test_the_same_interaction_id_of_another_team_is_another(database: Database) -> None:
    await append(database, INTENT, msgspec.structs.replace(INTENT, ref="another0", team="T2"))


async def test_an_action_has_one_outcome(database: Database) -> None:
    await append(database, INTENT, outcome_of(INTENT))
    with pytest.raises(AlreadyRecorded) as caught:
        await append(database, outcome_of(INTENT, Outcome.FAILED))
    assert caught.value.entry.outcome is Outcome.DONE


async def test_a_refused_append_leaves_the_transaction_usable(database: Database) -> None:
    await append(database, INTENT)
    async with database.begin() as tx:
        with pytest.raises(AlreadyRecorded):
            await audit.append(tx, INTENT)
        await audit.append(tx, outcome_of(INTENT))
    async with database.read() as tx:
        assert len(await audit.of_ref(tx, INTENT.ref)) == 2


async def test_of_two_at_the_same_moment_one_wins(database: Database) -> None:
    presses = [msgspec.structs.replace(INTENT, ref=f"press00{n}") for n in range(5)]
    answers = await asyncio.gather(
        *(append(database, press) for press in presses), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, AlreadyRecorded)]
    assert len(refused) == 4
    assert len({answer.entry.ref for answer in refused}) == 1


async def test_intents_without_outcome_are_open(database: Database) -> None:
    attempt = msgspec.structs.replace(
        action("open0001"), phase=Phase.ATTEMPT, interaction=None, target="con_B"
    )
    await append(
        database,
        action("open0001"),
        attempt,
        action("done0001"),
        outcome_of(action("done0001")),
        action("open0002"),
        action("elsewhere", team="T2"),
        action("otherserv", server="other"),
        msgspec.structs.replace(outcome_of(action("denied01"), Outcome.DENIED)),
    )
    async with database.read() as tx:
        found = await audit.open_intents(tx, "T1", "default")
    assert found == ((action("open0001"), attempt), (action("open0002"),))


async def test_the_latest_actions_come_first_with_all_their_entries(database: Database) -> None:
    first, second, third = action("first000"), action("second00"), action("third000")
    await append(database, first, second, outcome_of(first), third, outcome_of(third))
    async with database.read() as tx:
        assert await audit.latest(tx, "T1") == (
            (third, outcome_of(third)),
            (second,),
            (first, outcome_of(first)),
        )
        assert await audit.latest(tx, "T1", limit=1) == ((third, outcome_of(third)),)
        assert await audit.latest(tx, "T2") == ()


async def test_the_latest_actions_can_be_filtered(database: Database) -> None:
    anas = action("anas0000", actor="UANA")
    bens = action("bens0000", actor="UBEN", session="other")
    denied = outcome_of(action("denied01", actor="UBEN"), Outcome.DENIED)
    await append(database, anas, outcome_of(anas), bens, denied)
    async with database.read() as tx:
        assert [a[0].ref for a in await audit.latest(tx, "T1", actor="UBEN")] == [
            "denied01",
            "bens0000",
        ]
        assert [a[0].ref for a in await audit.latest(tx, "T1", session="other")] == ["bens0000"]
        assert [a[0].ref for a in await audit.latest(tx, "T1", outcome=Outcome.DENIED)] == [
            "denied01"
        ]
        assert await audit.latest(tx, "T1", actor="UANA", outcome=Outcome.DONE) == (
            (anas, outcome_of(anas)),
        )


async def plan_of(database: Database, statement: str) -> str:
    async with database.read() as tx:
        found = await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        return " ".join(str(row) for row in found.all())


async def test_what_somebody_did_last_is_found_by_an_index(database: Database) -> None:
    """In an audit of a million rows as fast as in one of ten: see the benchmark ``strangers``."""
    if not database.is_sqlite:
        return  # its planner would rather read a small table; the index is the same
    last = "SELECT ref FROM audit WHERE team = 'T' AND actor = 'U' ORDER BY id DESC LIMIT 5"
    assert "ix_audit_actor" in await plan_of(database, last)
    old = "SELECT id FROM audit WHERE outcome = 'denied' AND at < 5 ORDER BY at LIMIT 500"
    assert "ix_audit_denied" in await plan_of(database, old)


def refusal(ref: str, *, actor: str = "UBEN", command: str = "kick", at: int = 1_000) -> AuditEntry:
    entry = outcome_of(action(ref, actor=actor, command=command), Outcome.DENIED)
    return msgspec.structs.replace(entry, at=at)


async def refused(database: Database, *entries: AuditEntry, since: int = 0) -> list[str]:
    async with database.begin() as tx:
        return [await audit.refuse(tx, entry, since=since, most=3) for entry in entries]


async def test_refusals_of_the_same_are_counted_in_one(database: Database) -> None:
    refs = await refused(database, *(refusal(f"denied{n:02}") for n in range(10)))
    assert refs == ["denied00", "denied01", *["denied02"] * 8]
    async with database.read() as tx:
        found = await audit.latest(tx, "T1", limit=99)
        assert next((one.ref, one.answer) for (one,) in found) == ("denied02", "7 times more")
        assert len(found) == 3
    others = [
        refusal("other001", actor="UANA"),
        refusal("other002", command="close"),
        refusal("other003", at=9_000),
    ]
    assert await refused(database, *others, since=5_000) == ["other001", "other002", "other003"]


async def test_only_refusals_are_removed_by_age(database: Database) -> None:
    done = action("done0000")
    await append(database, done, outcome_of(done))
    await refused(database, refusal("denied00"), refusal("denied01", at=9_000))
    async with database.begin() as tx:
        assert await audit.prune_refusals(tx, before=9_000, limit=10) == 1
    async with database.read() as tx:
        left = await audit.latest(tx, "T1", limit=99)
        assert {entries[0].ref for entries in left} == {"done0000", "denied01"}
