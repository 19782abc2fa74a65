"""A channel's backlog of small news becomes a few messages; nothing else is ever put together."""

from itertools import chain

import pytest
from sqlalchemy import text

from ovbot.delivery.outbox import digest
from ovbot.delivery.outbox.deliver import PACE
from ovbot.delivery.outbox.worker import LEASE
from ovbot.domain.binding import Topic
from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.engine.ports import ChatFailure, FailureKind
from ovbot.slack import present
from ovbot.store import outbox
from ovbot.store.deliveries import Listed, Status
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage

AGAIN = "Perhaps sent twice: it is not known whether an earlier try has arrived."


def news(number: int, *, small: bool = True, thread: str = "") -> Notice:
    said = md("Nr. {} joined.", number)
    reply = Reply(said, (Paragraph(md(":wave: {}", said)), Note(md("at {}", number))))
    return Notice(channel="C1", key=str(number), reply=reply, digest=small, thread=thread)


async def add(stage: Stage, *notices: Notice) -> None:
    async with stage.database.begin() as tx:
        await outbox.add(tx, "T1", SERVER, stage.time.now_ms(), notices)


async def rows(stage: Stage, status: Status = Status.SENT) -> list[Listed]:
    async with stage.database.read() as tx:
        return list(await outbox.listed(tx, "T1", status, limit=1000))


def numbers(stage: Stage) -> list[list[int]]:
    """Which notices each message tells of."""
    words = [message.text.split("Nr. ")[1:] for message in stage.chat.messages]
    return [[int(word.split()[0]) for word in one] for one in words]


async def test_up_to_five_are_told_one_by_one(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(5)))
    await stage.deliver()
    assert numbers(stage) == [[0], [1], [2], [3], [4]]


async def test_six_are_one_message_and_all_of_them_are_sent_with_it(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(6)))
    await stage.deliver()
    assert numbers(stage) == [[0, 1, 2, 3, 4, 5]]
    assert stage.chat.messages[0].text.startswith("6 events: Nr. 0 joined. Nr. 1 joined.")
    async with stage.database.read() as tx:
        found = await tx.execute(text("SELECT posted_ts, finished_at FROM outbox"))
        assert len(set(found.all())) == 1


async def test_a_digest_has_at_most_forty_lines_and_order_is_kept(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(100)))
    await stage.deliver()
    told = numbers(stage)
    assert [len(one) for one in told] == [40, 40, 20]
    assert list(chain(*told)) == list(range(100))
    assert stage.chat.messages[-1].at == START + 2 * PACE


async def test_what_may_not_be_put_together_stands_alone_in_its_place(stage: Stage) -> None:
    mixed = [news(n, small=n not in (6, 7)) for n in range(14)]
    await add(stage, *mixed)
    await stage.deliver()
    assert numbers(stage) == [[0, 1, 2, 3, 4, 5], [6], [7], [8, 9, 10, 11, 12, 13]]


async def test_threads_are_not_mixed(stage: Stage) -> None:
    await add(stage, *(news(n, thread="1.1" if n < 6 else "") for n in range(12)))
    await stage.deliver()
    assert numbers(stage) == [[*range(6)], [*range(6, 12)]]


async def test_comings_and_goings_may_be_put_together_and_recordings_may_not(
    stage: Stage,
) -> None:
    await stage.bind("C1", topics=(Topic.PARTICIPANTS, Topic.RECORDINGS))
    await stage.record()
    await stage.arrive(*stage.sent())
    await stage.process()
    pending = await rows(stage, Status.PENDING)
    assert {one.delivery.key.split(":")[0]: bool(one.delivery.digest) for one in pending} == {
        "event": True,
        "recording": False,
    }


async def test_a_digest_whose_answer_was_lost_is_sent_again_as_it_was(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(7)))
    stage.chat.answers_to_lose["C1"] = 1
    await stage.deliver()
    assert numbers(stage) == [[*range(7)], [*range(7)]]
    first, second = stage.chat.messages
    assert first.delivery_id == second.delivery_id
    assert (first.notes, second.notes) == ([], [AGAIN])


async def test_what_came_after_a_lost_digest_does_not_join_it(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(3)))
    await add(stage, *(news(n) for n in range(3, 6)))
    async with stage.database.begin() as tx:
        await tx.execute(text("UPDATE outbox SET ambiguous = 1 WHERE key IN ('0', '1', '2')"))
    await stage.deliver()
    assert numbers(stage)[0] == [0, 1, 2]


@pytest.mark.parametrize("has_history", [True, False])
async def test_a_digest_that_a_dead_worker_may_have_posted_is_looked_for_or_says_so(
    stage: Stage, has_history: bool
) -> None:
    await add(stage, *(news(n) for n in range(7)))
    stage.chat.has_history = has_history
    now = stage.time.now_ms()
    async with stage.database.begin() as tx:
        (held,) = await outbox.claim(tx, owner="dead", now=now, until=now + LEASE, limit=1, each=40)
    posted = digest.of([one.notice() for one in digest.first(held.deliveries)])
    await stage.chat.post(posted, held.deliveries[0].delivery_id)
    await add(stage, *(news(n) for n in range(7, 9)))
    stage.time.advance(LEASE / 1_000)
    await stage.deliver()
    told = list(
        zip(numbers(stage), (message.notes for message in stage.chat.messages), strict=True)
    )
    if has_history:
        assert told == [([*range(7)], []), ([7, 8], [])]
    else:
        assert told == [([*range(7)], []), ([*range(9)], [AGAIN])]


async def test_a_digest_that_slack_refuses_is_told_one_by_one(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(6)))
    stage.chat.fail("C1", ChatFailure(FailureKind.DEAD, "msg_blocks_too_long"))
    await stage.deliver()
    assert numbers(stage) == [[n] for n in range(6)]


async def test_one_that_cannot_be_read_does_not_spoil_the_others(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(12)))
    async with stage.database.begin() as tx:
        await tx.execute(text("UPDATE outbox SET reply = '{}' WHERE key = '3'"))
    await stage.deliver()
    assert numbers(stage) == [[0, 1, 2], [*range(4, 12)]]
    assert [one.delivery.key for one in await rows(stage, Status.DEAD)] == ["3"]


async def test_where_the_channel_is_gone_all_of_them_are_dead(stage: Stage) -> None:
    await add(stage, *(news(n) for n in range(6)))
    stage.chat.fail("C1", ChatFailure(FailureKind.UNREACHABLE, "is_archived"))
    await stage.deliver()
    assert {one.reason for one in await rows(stage, Status.DEAD)} == {"is_archived"}


@pytest.mark.parametrize("length", [1, 300])
def test_forty_lines_fit_into_one_message(length: int) -> None:
    said = md("{}", "x" * length)
    notice = Notice(
        channel="C1", key="k", reply=Reply(said, (Paragraph(said), Note(said))), digest=True
    )
    made = present.message(digest.of([notice] * digest.MOST).reply)
    assert len(made.blocks) <= present.MESSAGE_BLOCKS
    shown = "".join(block["text"]["text"] for block in made.blocks)
    assert shown.count(" · ") == digest.MOST, "no line is cut off"
