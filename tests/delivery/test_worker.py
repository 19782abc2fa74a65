"""Delivery: in order, at Slack's pace, through everything that Slack may answer."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import text

from ovbot.delivery.outbox.deliver import PACE
from ovbot.delivery.outbox.worker import LEASE
from ovbot.domain.markup import md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.store import outbox
from ovbot.store.database import Tx
from ovbot.store.deliveries import Listed, Status
from ovbot.store.failures import StoreError
from ovbot.subjects import undelivered
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage

ONLY_USER = Audience.ONLY_USER
AGAIN = "Perhaps sent twice: it is not known whether an earlier try has arrived."


def notice(key: str, channel: str = "C1", user: str = "") -> Notice:
    return Notice(channel=channel, key=key, reply=Reply(md("{}", key)), user=user)


async def add(stage: Stage, *notices: Notice) -> None:
    async with stage.database.begin() as tx:
        await outbox.add(tx, "T1", SERVER, stage.time.now_ms(), notices)


async def listed(stage: Stage, status: Status) -> list[Listed]:
    async with stage.database.read() as tx:
        return list(await outbox.listed(tx, "T1", status))


def gaps(stage: Stage, channel: str) -> list[int]:
    times = [message.at for message in stage.chat.messages if message.channel == channel]
    return [after - before for before, after in pairwise(times)]


def failure(kind: FailureKind, reason: str = "reason", retry_after: float = 0) -> ChatFailure:
    return ChatFailure(kind, reason, retry_after)


async def test_each_channel_gets_its_notices_in_order_and_not_faster_than_slack_takes_them(
    stage: Stage,
) -> None:
    names = [f"C{n}" for n in range(5)]
    for number in range(25):
        await add(stage, *(notice(str(number), name) for name in names))
    await stage.deliver(each=4)
    for name in names:
        assert stage.chat.texts(name) == [str(number) for number in range(25)]
        assert min(gaps(stage, name)) >= PACE


async def test_what_one_person_sees_and_the_channel_do_not_wait_for_each_other(
    stage: Stage,
) -> None:
    alone = [
        Notice(channel="C1", key=f"u{n}", reply=Reply(md("u{}", n)), user="U1", audience=ONLY_USER)
        for n in range(3)
    ]
    await add(stage, *(notice(str(n)) for n in range(3)), *alone)
    stage.chat.fail("C1", failure(FailureKind.WAIT, "ratelimited", 30))
    await stage.deliver()
    at = {message.text: message.at for message in stage.chat.messages}
    assert sorted(at, key=lambda text: at[text]) == ["u0", "u1", "u2", "0", "1", "2"]
    assert at["u2"] == START + 2 * PACE
    assert at["0"] == START + 30 * PACE


async def test_the_pace_holds_over_a_restart(stage: Stage) -> None:
    await add(stage, notice("a"))
    await stage.deliver()
    await add(stage, notice("b"))
    await stage.deliver()
    assert gaps(stage, "C1") == [PACE]


async def test_a_notice_leaves_as_soon_as_it_is_committed(stage: Stage) -> None:
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    await add(stage, notice("a"))
    await stage.time.settled(stage.database)
    assert stage.chat.texts("C1") == ["a"], "although time stood still"
    await worker.stop(5)
    await running


async def test_a_channel_that_has_everything_is_free_for_the_next_notice(stage: Stage) -> None:
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    for key in "abc":
        await add(stage, notice(key))
        await stage.time.settled(stage.database)
        stage.time.advance(PACE / 1000)
        await stage.time.settled(stage.database)
    assert stage.chat.texts("C1") == ["a", "b", "c"]
    assert gaps(stage, "C1") == [PACE, PACE], "the pace, and not the end of a lease"
    await worker.stop(5)
    await running


async def test_the_message_carries_the_notices_own_delivery_id(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.fail("C1", failure(FailureKind.RETRY))
    await stage.deliver()
    (row,) = await listed(stage, Status.SENT)
    (message,) = stage.chat.messages
    assert message.delivery_id == row.delivery.delivery_id


async def test_only_so_many_requests_are_under_way_at_once(stage: Stage) -> None:
    await add(stage, *(notice("a", f"C{n}") for n in range(10)))
    stage.chat.gate.clear()
    worker = stage.worker(in_flight=3)
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    assert stage.chat.waiting == 3
    stage.chat.gate.set()
    await stage.time.until(stage.database, stage.is_delivered)
    assert stage.chat.most_at_once == 3
    await worker.stop(5)
    await running


async def test_only_so_many_channels_are_held_at_once(stage: Stage) -> None:
    await add(stage, *(notice(key, f"C{n}") for n in range(7) for key in "ab"))
    await stage.deliver(channels=2)
    assert all(stage.chat.texts(f"C{n}") == ["a", "b"] for n in range(7))


async def test_a_rate_limited_channel_waits_as_told_and_others_do_not(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"), notice("a", "C2"), notice("b", "C2"))
    stage.chat.fail("C1", failure(FailureKind.WAIT, "ratelimited", 30))
    await stage.deliver()
    first = [message for message in stage.chat.messages if message.channel == "C1"]
    assert [message.text for message in first] == ["a", "b"]
    assert first[0].at >= START + 30 * PACE, "Retry-After and a margin"
    others = [message for message in stage.chat.messages if message.channel == "C2"]
    assert others[1].at < first[0].at
    (row, *_) = await listed(stage, Status.SENT)
    assert row.delivery.attempts == 1, "waiting is not a try"


async def test_an_unwell_slack_is_tried_with_growing_pauses_and_order_is_kept(
    stage: Stage,
) -> None:
    await add(stage, notice("a"), notice("b"))
    unwell = ChatFailure(FailureKind.RETRY, "internal_error", answered=True)
    stage.chat.fail("C1", *[unwell] * 10)
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    # Half of 2, 4, 8, … 256, and of 300 from then on: the jitter is a half here.
    assert stage.chat.messages[0].at == START + (PACE + 254_000 + 300_000)
    (row, _) = await listed(stage, Status.SENT)
    assert row.delivery.attempts == 11


async def test_where_nothing_answers_it_is_tried_every_few_seconds(stage: Stage) -> None:
    """However long the network was away, everything goes out soon after it is back."""
    await add(stage, notice("a"), notice("b"))
    stage.chat.fail("C1", *(failure(FailureKind.RETRY, "no connection") for _ in range(10)))
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    assert stage.chat.messages[0].at == START + (PACE + 2_000 + 4_000 + 7 * 5_000)


async def test_after_a_day_of_tries_it_is_given_up_with_the_reason(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.fail("C1", *(failure(FailureKind.RETRY, "internal_error") for _ in range(9)))
    stage.time.advance(24 * 3600 + 1)
    await add(stage, notice("b"))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    assert (dead.delivery.key, dead.reason) == ("a", "gave up after 24 hours: internal_error")
    assert stage.chat.texts("C1") == ["b"]


async def test_one_that_only_waited_for_a_day_still_gets_its_tries(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.time.advance(48 * 3600)
    stage.chat.fail("C1", *(failure(FailureKind.RETRY) for _ in range(7)))
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a"]


async def test_a_lost_answer_is_sent_again_once_after_a_pause_and_counted(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.fail("C1", failure(FailureKind.AMBIGUOUS, "TimeoutError"))
    await stage.deliver()
    assert [message.at for message in stage.chat.messages] == [START + 5_000]
    (row,) = await listed(stage, Status.SENT)
    assert row.delivery.ambiguous == 1


async def test_an_answer_that_is_lost_twice_is_not_sent_a_third_time(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.chat.fail("C1", *(failure(FailureKind.AMBIGUOUS, "TimeoutError") for _ in range(2)))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    reason = "no answer is known of two tries: TimeoutError"
    assert (dead.reason, dead.delivery.ambiguous) == (reason, 2)
    fate = str(undelivered.fate(dead))
    assert fate.endswith(f"it may have been posted, and is not sent again: `{reason}`")
    assert stage.chat.texts("C1") == ["b"]


async def test_where_the_channel_cannot_be_reached_its_person_is_told(stage: Stage) -> None:
    await add(stage, notice("a", user="U1"))
    stage.chat.fail("C1", failure(FailureKind.UNREACHABLE, "is_archived"))
    await stage.deliver()
    (message,) = stage.chat.messages
    assert (message.channel, message.text, message.direct) == ("U1", "a", True)


@pytest.mark.parametrize("kind", [FailureKind.UNREACHABLE, FailureKind.DEAD])
async def test_without_anybody_to_tell_it_is_dead_with_its_reason_and_logged(
    stage: Stage, kind: FailureKind, logs: list[MutableMapping[str, Any]]
) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.chat.fail("C1", failure(kind, "is_archived"))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    assert (dead.delivery.key, dead.reason) == ("a", "is_archived")
    assert stage.chat.texts("C1") == ["b"]
    (line,) = [one for one in logs if one["event"] == "deliver.failed"]
    assert (line["log_level"], line["reason"], line["channel"]) == ("error", "is_archived", "C1")


async def test_when_the_person_cannot_be_told_either_both_reasons_are_kept(stage: Stage) -> None:
    await add(stage, notice("a", user="U1"))
    stage.chat.fail("C1", failure(FailureKind.UNREACHABLE, "not_in_channel"))
    stage.chat.fail("U1", failure(FailureKind.DEAD, "user_not_found"))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    assert dead.reason == "not_in_channel; by direct message: user_not_found"


async def test_a_person_who_cannot_be_told_now_is_told_later(stage: Stage) -> None:
    await add(stage, notice("a", user="U1"))
    stage.chat.fail("C1", *(failure(FailureKind.UNREACHABLE) for _ in range(2)))
    stage.chat.fail("U1", failure(FailureKind.WAIT, "ratelimited", 5))
    await stage.deliver()
    assert stage.chat.texts("U1") == ["a"]


async def test_a_fault_of_ours_does_not_hold_up_a_channel_for_ever(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.chat.fail("C1", *(ZeroDivisionError() for _ in range(3)))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    assert dead.reason == "fault: ZeroDivisionError"
    assert stage.chat.texts("C1") == ["b"]


async def test_what_cannot_be_read_is_put_aside(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    async with stage.database.begin() as tx:
        await tx.execute(text("UPDATE outbox SET reply = '{}' WHERE key = 'a'"))
    await stage.deliver()
    (dead,) = await listed(stage, Status.DEAD)
    assert (dead.delivery.key, dead.reason) == ("a", "this ovbot cannot read it")
    assert stage.chat.texts("C1") == ["b"]


async def test_stopping_waits_for_what_is_on_its_way_and_begins_nothing(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"), notice("a", "C2"))
    stage.chat.gate.clear()
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    stopping = asyncio.create_task(worker.stop(30))
    await stage.time.settled(stage.database)
    assert not stopping.done()
    stage.chat.gate.set()
    await stopping
    await running
    assert (stage.chat.texts("C1"), stage.chat.texts("C2")) == (["a"], ["a"])
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    assert gaps(stage, "C1") == [PACE], "no lease was left to wait for"


async def test_stopping_wakes_those_who_wait_for_their_pace(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    await worker.stop(30)
    await running
    assert stage.chat.texts("C1") == ["a"]
    assert await stage.pending() == 1


async def test_what_is_not_answered_by_the_deadline_is_left_for_the_next_start(
    stage: Stage,
) -> None:
    await add(stage, notice("a"))
    stage.chat.gate.clear()
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    await worker.stop(0.01)
    await running
    assert await stage.pending() == 1
    stage.chat.gate.set()
    await stage.deliver()
    assert [(one.text, one.notes) for one in stage.chat.messages] == [("a", [AGAIN])]


async def test_what_is_claimed_and_not_yet_under_way_is_waited_for(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the two, the store calls it taken and the worker serves nobody."""
    claimed, go_on = asyncio.Event(), asyncio.Event()
    begin = stage.database.begin

    @asynccontextmanager
    async def slow_to_return() -> AsyncIterator[Tx]:
        async with begin() as tx:
            yield tx
        claimed.set()
        await go_on.wait()

    await add(stage, notice("a"))
    stage.database.is_sqlite = False  # nothing is written before the claim
    monkeypatch.setattr(stage.database, "begin", slow_to_return)
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await claimed.wait()
    settling = asyncio.create_task(worker.settle(60))
    await stage.time.settled(stage.database)
    assert not settling.done()
    go_on.set()
    await stage.time.until(stage.database, stage.is_delivered)
    stage.time.advance(1)
    await settling
    await worker.stop(5)
    await running
    assert stage.chat.texts("C1") == ["a"]


async def test_stopping_what_does_not_run_returns_at_once(stage: Stage) -> None:
    await stage.worker().stop(5)


async def test_two_workers_share_the_channels_and_keep_their_order(stage: Stage) -> None:
    for key in "abc":
        await add(stage, *(notice(key, f"C{n}") for n in range(6)))
    workers = [stage.worker(channels=3), stage.worker(channels=3)]
    # SQLite gives one process all leases at its start: so the second takes nothing back.
    stage.database.is_sqlite = False
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await stage.time.until(stage.database, stage.is_delivered)
    for worker in workers:
        await worker.stop(5)
    await asyncio.gather(*running)
    for n in range(6):
        assert stage.chat.texts(f"C{n}") == ["a", "b", "c"]
        assert min(gaps(stage, f"C{n}")) >= PACE


async def test_a_slow_answer_keeps_the_lease(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.database.is_sqlite = False
    stage.chat.gate.clear()
    slow, other = stage.worker(), stage.worker()
    running = [asyncio.create_task(worker.run()) for worker in (slow, other)]
    await stage.time.settled(stage.database)
    assert stage.chat.waiting == 1
    for _ in range(12):
        stage.time.advance(LEASE / 4_000)
        await stage.time.settled(stage.database)
    assert stage.chat.waiting == 1, "the other worker left it alone"
    stage.chat.gate.set()
    await stage.time.until(stage.database, stage.is_delivered)
    await slow.stop(5)
    await other.stop(5)
    await asyncio.gather(*running)
    assert stage.chat.texts("C1") == ["a"]


async def test_a_dead_workers_lease_is_waited_for_only_where_it_may_live(stage: Stage) -> None:
    await add(stage, notice("a"))
    now = stage.time.now_ms()
    async with stage.database.begin() as tx:
        await outbox.claim(tx, owner="dead", now=now, until=now + LEASE, limit=1, each=1)
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    alone = stage.database.is_sqlite
    assert stage.chat.texts("C1") == (["a"] if alone else [])
    for _ in range(6):
        stage.time.advance(LEASE / 6_000)
        await stage.time.settled(stage.database)
    assert stage.chat.texts("C1") == ["a"]
    await worker.stop(5)
    await running


async def test_a_worker_held_up_beyond_its_lease_does_not_overtake_itself(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.database.is_sqlite = False
    stage.chat.gate.clear()
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    async with stage.database.begin() as tx:
        await tx.execute(text("UPDATE outbox_channels SET lease_until = 0"))
    await add(stage, notice("c"))
    await stage.time.settled(stage.database)
    assert stage.chat.waiting == 1
    stage.chat.gate.set()
    await stage.time.until(stage.database, stage.is_delivered)
    await worker.stop(5)
    await running
    assert stage.chat.texts("C1") == ["a", "b", "c"]


async def test_what_was_sent_is_written_down_however_long_the_database_is_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(stage, notice("a"))
    finish, failures = outbox.finish, iter([StoreError("away")] * 3)

    async def sometimes(*given: object) -> None:
        error = next(failures, None)
        if error is not None:
            raise error
        await finish(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("ovbot.store.outbox.finish", sometimes)
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a"]
    assert next(failures, None) is None


async def test_a_fault_in_the_loop_ends_it_for_all_to_see(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ovbot.store.outbox.next_due", fail)
    with pytest.raises(ExceptionGroup) as caught:
        await stage.worker().run()
    assert caught.group_contains(ZeroDivisionError)


async def test_it_can_be_cancelled(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.gate.clear()
    running = asyncio.create_task(stage.worker().run())
    await stage.time.settled(stage.database)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    stage.chat.gate.set()
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a"]


async def test_where_messages_can_be_looked_for_one_that_is_there_is_not_sent_again(
    stage: Stage,
) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.chat.has_history = True
    stage.chat.answers_to_lose["C1"] = 1
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    assert stage.chat.looks == [("C1", START)]
    assert [row.delivery.ambiguous for row in await listed(stage, Status.SENT)] == [1, 0]


async def test_where_it_is_not_there_it_is_sent_and_says_nothing_of_it(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.has_history = True
    stage.chat.fail("C1", *(failure(FailureKind.AMBIGUOUS) for _ in range(3)))
    await stage.deliver()
    (message,) = stage.chat.messages
    assert (message.text, message.notes) == ("a", []), "three lost answers, and each looked up"


async def test_where_it_cannot_be_looked_for_the_second_says_so(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.answers_to_lose["C1"] = 1
    await stage.deliver()
    confirmed_ids = [message.notes for message in stage.chat.messages]
    assert confirmed_ids == [[], [AGAIN]]


@pytest.mark.parametrize("has_history", [True, False])
async def test_what_a_dead_worker_may_have_posted_is_looked_for_or_says_so(
    stage: Stage, has_history: bool
) -> None:
    await add(stage, notice("a"), notice("b"))
    stage.chat.has_history = has_history
    now = stage.time.now_ms()
    async with stage.database.begin() as tx:
        (held,) = await outbox.claim(tx, owner="dead", now=now, until=now + LEASE, limit=1, each=9)
    first = held.deliveries[0]
    await stage.chat.post(first.notice(), first.delivery_id)
    stage.time.advance(LEASE / 1_000)
    await stage.deliver()
    told = [(message.text, message.notes) for message in stage.chat.messages]
    assert told == ([("a", [])] if has_history else [("a", []), ("a", [AGAIN])]) + [("b", [])]
    assert [row.delivery.ambiguous for row in await listed(stage, Status.SENT)] == [1, 0]


async def test_what_was_handed_over_in_peace_says_nothing(stage: Stage) -> None:
    await add(stage, notice("a"))
    async with stage.database.begin() as tx:
        await outbox.claim(tx, owner="other", now=0, until=LEASE, limit=1, each=9)
        await outbox.release(tx, "other")
    await stage.deliver()
    (message,) = stage.chat.messages
    assert message.notes == []


async def test_a_look_that_fails_is_no_try_to_send(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.has_history = True
    stage.chat.answers_to_lose["C1"] = 1
    find, failures = stage.chat.find, iter([failure(FailureKind.WAIT, "ratelimited", 5)])

    async def sometimes(*given: object) -> object:
        error = next(failures, None)
        if error is not None:
            raise error
        return await find(*given)  # type: ignore[arg-type]

    stage.chat.find = sometimes  # type: ignore[method-assign,assignment]
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a"]


async def test_settling_waits_for_what_can_leave_now_and_for_no_pause(stage: Stage) -> None:
    worker = stage.worker()
    running = asyncio.create_task(worker.run())
    await stage.time.settled(stage.database)
    await add(stage, notice("a"), notice("b"))
    settling = asyncio.create_task(worker.settle(5))
    while not settling.done():
        await stage.time.settled(stage.database)
        stage.time.advance(0.02)
    assert stage.chat.texts("C1") == ["a"]
    await worker.stop(5)
    await running
