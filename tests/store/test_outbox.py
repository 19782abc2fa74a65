"""The outbox: once for each key, in order for each channel, one deliverer at a time."""

import asyncio

import msgspec
import pytest
from sqlalchemy import text

from ovbot.domain.markup import md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Reply,
    Rule,
)
from ovbot.store import backlog, outbox
from ovbot.store.database import Database
from ovbot.store.deliveries import Claim, Delivery, Status, Step

REPLY = Reply(
    md("Hello *{}*", "<!channel>"),
    (
        Heading("Title"),
        Paragraph(md("text"), Button("Kick", "kick demo con_A", confirm=Confirm("a", "b", "c"))),
        Facts((("Name", md("{}", "Ana")),)),
        Buttons((Button("Show", "show demo"),)),
        Note(md("small")),
        Rule(),
    ),
)


def notice(key: str, channel: str = "C1", audience: Audience = Audience.CHANNEL) -> Notice:
    return Notice(channel=channel, key=key, reply=REPLY, audience=audience, user="U1")


async def add(database: Database, *notices: Notice, team: str = "T1") -> int:
    async with database.begin() as tx:
        return await outbox.add(tx, team, "default", 1_000, notices)


async def claim(
    database: Database, owner: str = "me", *, now: int = 0, until: int = 100, each: int = 10
) -> tuple[Claim, ...]:
    async with database.begin() as tx:
        return await outbox.claim(tx, owner=owner, now=now, until=until, limit=10, each=each)


async def finish(database: Database, *steps: Step, owner: str = "me") -> None:
    async with database.begin() as tx:
        await outbox.finish(tx, owner, steps)


def sent(delivery: Delivery, *, release: bool = True, not_before: int = 0) -> Step:
    return Step(
        delivery=delivery,
        status=Status.SENT,
        at=7,
        not_before=not_before,
        release=release,
        posted_channel="C1",
        posted_ts="1.2",
    )


def keys(claims: tuple[Claim, ...]) -> dict[str, list[str]]:
    return {one.lane: [delivery.key for delivery in one.deliveries] for one in claims}


async def test_a_notice_comes_back_as_it_was_added(database: Database) -> None:
    await add(database, notice("a"))
    ((delivery,),) = (one.deliveries for one in await claim(database))
    assert delivery.notice() == notice("a")
    assert (delivery.team, delivery.server, delivery.created_at) == ("T1", "default", 1_000)


async def test_what_one_person_sees_is_a_lane_of_its_own(database: Database) -> None:
    alone = notice("b", audience=Audience.ONLY_USER)
    await add(database, notice("a"), alone, notice("c"))
    claims = await claim(database)
    assert keys(claims) == {"C1": ["a", "c"], "C1 U1": ["b"]}
    (delivery,) = next(one.deliveries for one in claims if one.lane == "C1 U1")
    assert delivery.notice() == alone
    assert delivery.channel == "C1"


async def test_a_key_is_taken_once_for_each_channel(database: Database) -> None:
    assert await add(database, notice("a"), notice("b"), notice("a", "C2")) == 3
    assert await add(database, notice("b"), notice("c"), notice("c")) == 1
    assert await add(database, notice("a"), team="T2") == 1
    assert await add(database) == 0


async def test_adding_something_new_wakes_delivery(database: Database) -> None:
    await add(database, notice("a"))
    assert await database.wake.wait(outbox.WAKE, 0) is True
    await add(database, notice("a"))
    assert await database.wake.wait(outbox.WAKE, 0) is False


async def test_a_claim_takes_channels_whole_and_in_order(database: Database) -> None:
    await add(database, notice("a"), notice("b", "C2"), notice("c"), notice("d"))
    assert keys(await claim(database, each=2)) == {"C1": ["a", "c"], "C2": ["b"]}
    assert await claim(database, "other") == ()


async def test_what_was_done_passes_what_is_only_shared(database: Database) -> None:
    await add(database, *map(notice, ("share:a", "share:b", "action:c", "share:d", "event:e")))
    assert keys(await claim(database, each=3)) == {"C1": ["action:c", "event:e", "share:a"]}


async def test_an_ended_lease_can_be_claimed_by_another(database: Database) -> None:
    await add(database, notice("a"))
    await claim(database, until=100)
    assert await claim(database, "other", now=99) == ()
    async with database.begin() as tx:
        await outbox.renew(tx, "me", 200)
    assert await claim(database, "other", now=100) == ()
    assert keys(await claim(database, "other", now=200, until=300)) == {"C1": ["a"]}


async def test_what_is_sent_is_not_delivered_again(database: Database) -> None:
    await add(database, notice("a"), notice("b"))
    (one,) = await claim(database)
    await finish(database, sent(one.deliveries[0]))
    assert keys(await claim(database)) == {"C1": ["b"]}
    async with database.read() as tx:
        (row,) = await outbox.listed(tx, "T1", Status.SENT)
        assert row.delivery.key == "a"
        assert row.finished_at == 7
        counts = await outbox.counts(tx)
        assert {status: number for status, number in counts.items() if number} == {
            Status.PENDING: 1,
            Status.SENT: 1,
        }


async def test_many_tries_are_written_down_at_once(database: Database) -> None:
    await add(database, notice("a"), notice("b", "C2"), notice("c", "C3"))
    first, second, third = (one.deliveries[0] for one in await claim(database))
    later = Step(
        delivery=second,
        status=Status.PENDING,
        at=7,
        not_before=500,
        release=True,
        ambiguous=True,
        reason="timeout",
    )
    dead = Step(
        delivery=third, status=Status.DEAD, at=7, not_before=0, release=True, reason="is_archived"
    )
    await finish(database, sent(first), later, dead)
    assert await claim(database, now=499) == ()
    ((again,),) = (one.deliveries for one in await claim(database, now=500, until=600))
    assert again == msgspec.structs.replace(second, attempts=1, ambiguous=1)
    async with database.read() as tx:
        (row,) = await outbox.listed(tx, "T1", Status.DEAD)
    assert (row.delivery.key, row.reason) == ("c", "is_archived")


async def test_the_pace_outlives_a_release(database: Database) -> None:
    await add(database, notice("a"), notice("b"))
    (one,) = await claim(database)
    await finish(database, sent(one.deliveries[0], not_before=1_030))
    async with database.read() as tx:
        assert await outbox.next_due(tx) == 1_030
    assert await claim(database, now=1_029, until=2_000) == ()
    assert keys(await claim(database, now=1_030, until=2_000)) == {"C1": ["b"]}


async def test_a_kept_channel_stays_ours(database: Database) -> None:
    await add(database, notice("a"), notice("b"))
    (one,) = await claim(database)
    await database.wake.wait(outbox.WAKE, 0)
    await finish(database, sent(one.deliveries[0], release=False, not_before=50))
    assert await database.wake.wait(outbox.WAKE, 0) is False
    async with database.read() as tx:
        assert await outbox.next_due(tx) == 100
    await finish(database, sent(one.deliveries[1]))
    assert await database.wake.wait(outbox.WAKE, 0) is True


async def test_who_lost_the_lease_does_not_give_it_away(database: Database) -> None:
    await add(database, notice("a"), notice("b"))
    (one,) = await claim(database, until=100)
    await claim(database, "other", now=100, until=300)
    await finish(database, sent(one.deliveries[0]), owner="me")
    assert await claim(database, "third", now=200) == ()


async def test_leases_can_be_given_up(database: Database) -> None:
    await add(database, notice("a"), notice("b", "C2"))
    await claim(database, until=10_000)
    async with database.begin() as tx:
        await outbox.release(tx, "other")
        assert await outbox.next_due(tx) == 10_000
        await outbox.release(tx, "me")
        assert await outbox.next_due(tx) == 0
    await claim(database, until=10_000)
    async with database.begin() as tx:
        await outbox.end_leases(tx)
        assert await outbox.next_due(tx) == 0


async def test_nothing_to_deliver_is_never_due(database: Database) -> None:
    async with database.read() as tx:
        assert await outbox.next_due(tx) is None
    await add(database, notice("a"))
    (one,) = await claim(database)
    await finish(database, sent(one.deliveries[0]))
    async with database.read() as tx:
        assert await outbox.next_due(tx) is None


async def test_deliverers_at_the_same_time_share_nothing(database: Database) -> None:
    await add(database, *(notice(key, f"C{n}") for n in range(30) for key in "ab"))
    rounds = [
        await asyncio.gather(*(claim(database, f"worker {n}") for n in range(4))) for _ in "1234"
    ]
    claimed = [one.lane for claims in rounds for each in claims for one in each]
    assert sorted(claimed) == sorted({f"C{n}" for n in range(30)})


async def test_the_delivery_id_is_the_notices_own(database: Database) -> None:
    await add(database, notice("a"), notice("b"), notice("a", "C2"))
    await add(database, notice("a"), team="T2")
    found = [delivery for one in await claim(database) for delivery in one.deliveries]
    assert len({delivery.delivery_id for delivery in found}) == 4
    tried = msgspec.structs.replace(found[0], attempts=3)
    assert tried.delivery_id == found[0].delivery_id


async def test_what_a_newer_ovbot_wrote_is_a_value_error(database: Database) -> None:
    await add(database, notice("a"))
    async with database.begin() as tx:
        await tx.execute(text("UPDATE outbox SET reply = '{\"video\": 1}'"))
    ((delivery,),) = (one.deliveries for one in await claim(database))
    with pytest.raises(ValueError):
        delivery.notice()


@pytest.mark.postgres
async def test_what_commits_later_is_numbered_later(postgres_url: str) -> None:
    """Else the second of two writers could be read, and sent, before the first is there."""
    database = Database(postgres_url)
    await database.open()
    await add(database, notice("before"))
    ((delivery,),) = (one.deliveries for one in await claim(database))
    await finish(database, sent(delivery))
    first_is_written, done = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with database.begin() as tx:
            await outbox.add(tx, "T1", "default", 1, [notice("first")])
            first_is_written.set()
            await done.wait()

    writing = asyncio.create_task(slow())
    await first_is_written.wait()
    second = asyncio.create_task(add(database, notice("second")))
    await asyncio.sleep(0.2)
    early = await claim(database, owner="another")
    done.set()
    await asyncio.gather(writing, second)
    assert early == ()
    assert keys(await claim(database)) == {"C1": ["first", "second"]}
    await database.close()


async def test_a_channel_knows_its_own_backlog_however_long_the_others_are(
    database: Database,
) -> None:
    """Only what is its own counts: with what one person sees there, without a longer id's."""
    await add(database, *(notice(f"other {number}", "C2") for number in range(1_200)))
    await add(database, notice("k", "C12"), notice("k", "C_"), notice("k"), team="T2")
    assert {stock.count for stock in (await _backlog(database, "C1")).values()} == {0}
    await add(database, notice("a"), notice("b"), notice("c", audience=Audience.ONLY_USER))
    here = await _backlog(database, "C1")
    assert here[Status.PENDING] == backlog.Stock(3, 1_000)
    assert here[Status.DEAD] == backlog.Stock()
    claims = [one for one in await claim(database) if one.lane == "C1" and one.team == "T1"]
    (first, second) = claims[0].deliveries
    dead = msgspec.structs.replace(sent(first), status=Status.DEAD)
    await finish(database, dead, sent(second))
    here = await _backlog(database, "C1")
    assert here[Status.PENDING] == backlog.Stock(1, 1_000)
    assert here[Status.DEAD] == backlog.Stock(1, 1_000)


async def _backlog(database: Database, channel: str) -> dict[Status, backlog.Stock]:
    async with database.read() as tx:
        return await backlog.of_channel(tx, "T1", channel)
