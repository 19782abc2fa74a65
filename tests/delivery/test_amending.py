"""A message that is to say something else: changed in its place, in its order, once it is there."""

import pytest

from ovbot.domain.markup import Markup
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.store import amending, outbox
from ovbot.store.deliveries import Status
from tests.delivery.stage import SERVER, Stage
from tests.delivery.test_worker import add, failure, listed, notice


def over(reply: Reply) -> Reply:
    return Reply(Markup(f"{reply.text} (over)"))


async def amend(stage: Stage, key: str, cause: str = "c") -> int:
    async with stage.database.begin() as tx:
        await outbox.in_order(tx)
        notices = await amending.changes(tx, "T1", key, over, cause=cause)
        return await outbox.add(tx, "T1", SERVER, stage.time.now_ms(), notices)


async def test_every_channel_that_was_told_sees_the_change_and_no_new_message(
    stage: Stage,
) -> None:
    await add(stage, notice("a", "C1"), notice("a", "C2"), notice("b", "C1"))
    await stage.deliver()
    assert await amend(stage, "a") == 2
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    assert sorted((where.channel, said) for where, said in stage.chat.updates) == [
        ("C1", "a (over)"),
        ("C2", "a (over)"),
    ]
    first = next(where for where, _ in stage.chat.updates if where.channel == "C1")
    assert first.ts == f"{stage.chat.messages[0].at / 1000:.6f}"


async def test_what_is_not_sent_yet_is_sent_as_it_is_now(stage: Stage) -> None:
    await add(stage, notice("a"), notice("b"))
    await amend(stage, "a")
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a (over)", "b"]
    assert await listed(stage, Status.PENDING) == []


async def test_a_second_change_begins_at_the_first(stage: Stage) -> None:
    await add(stage, notice("a"))
    await stage.deliver()
    await amend(stage, "a", "one")
    await amend(stage, "a", "two")
    await stage.deliver()
    assert [said for _, said in stage.chat.updates] == ["a (over)", "a (over) (over)"]


async def test_the_same_change_is_made_once(stage: Stage) -> None:
    await add(stage, notice("a"))
    assert await amend(stage, "a") == 1
    assert await amend(stage, "a") == 0


@pytest.mark.parametrize(
    "kind", [FailureKind.WAIT, FailureKind.RETRY, FailureKind.AMBIGUOUS, FailureKind.NOBODY]
)
async def test_trouble_that_passes_only_puts_it_off(stage: Stage, kind: FailureKind) -> None:
    await add(stage, notice("a"))
    await stage.deliver()
    await amend(stage, "a")
    stage.chat.fail("update", failure(kind, retry_after=3))
    await stage.deliver()
    assert [said for _, said in stage.chat.updates] == ["a (over)"]


@pytest.mark.parametrize("kind", [FailureKind.GONE, FailureKind.UNREACHABLE, FailureKind.DEAD])
async def test_a_message_that_is_gone_is_left_and_what_is_behind_arrives(
    stage: Stage, kind: FailureKind
) -> None:
    await add(stage, notice("a", user="U1"))
    await stage.deliver()
    await amend(stage, "a")
    await add(stage, notice("b"))
    stage.chat.fail("update", ChatFailure(kind, "message_not_found"))
    await stage.deliver()
    assert stage.chat.texts("C1") == ["a", "b"]
    assert stage.chat.texts("U1") == [], "nobody is told of it"
    assert await listed(stage, Status.DEAD) == []


async def test_what_one_person_alone_was_shown_cannot_be_changed(stage: Stage) -> None:
    alone = Notice(
        channel="C1", key="a", reply=Reply(Markup("a")), user="U1", audience=Audience.ONLY_USER
    )
    await add(stage, alone)
    await stage.deliver()
    assert await amend(stage, "a") == 0


async def test_what_was_never_posted_is_not_changed(stage: Stage) -> None:
    await add(stage, notice("a"))
    stage.chat.fail("C1", failure(FailureKind.DEAD))
    await stage.deliver()
    assert await amend(stage, "a") == 0


async def test_what_was_told_by_direct_message_is_changed_there(stage: Stage) -> None:
    await add(stage, notice("a", user="U1"))
    stage.chat.fail("C1", failure(FailureKind.UNREACHABLE, "not_in_channel"))
    await stage.deliver()
    await amend(stage, "a")
    await stage.deliver()
    assert [where.channel for where, _ in stage.chat.updates] == ["U1"]
