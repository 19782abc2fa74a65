"""outbox list, retry and drop: what has not arrived, and what is to become of it."""

import re

from sqlalchemy import text

from ovbot.domain.audit import Outcome
from ovbot.domain.markup import md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Reply
from ovbot.store import outbox
from ovbot.store.deliveries import Status
from tests.commands.steps import reads_back, started_again
from tests.desk import BEN, MODERATION, TEAM, Desk, buttons, words


async def put(desk: Desk, *keys: str, status: str = "pending", **more: str) -> list[int]:
    """Notices in the outbox; their ids."""
    notices = [
        Notice(channel="C7", key=key, reply=Reply(md("Text of {}", key)), **more)  # type: ignore[arg-type]
        for key in keys
    ]
    async with desk.store.begin() as tx:
        await outbox.add(tx, TEAM, "default", 1_700_000_000_000, notices)
        found = await tx.scalars(text("SELECT id FROM outbox ORDER BY id DESC"))
        ids = sorted(found.all()[: len(keys)])
        for id_ in ids:
            await tx.execute(
                text("UPDATE outbox SET status = :s, reason = :r WHERE id = :id"),
                {"s": status, "r": "" if status == "pending" else "invalid_blocks", "id": id_},
            )
    return ids


async def statuses(desk: Desk, *ids: int) -> list[str]:
    async with desk.store.read() as tx:
        rows = await tx.execute(text("SELECT id, status FROM outbox"))
        found = {row.id: row.status for row in rows}
    return [found[id_] for id_ in ids]


async def test_the_list_tells_where_and_why(desk: Desk) -> None:
    (waiting,) = await put(desk, "event:a")
    (dead,) = await put(desk, "event:b", status="dead")
    said = words(await desk.type("outbox list"))
    assert "One notice is waiting" in said
    assert f"`{waiting}` for <#C7>" in said
    assert "waiting, no tries" in said
    assert "Text of event:a" in said
    reply = await desk.type("outbox list --dead")
    assert f"`{dead}` for <#C7>" in words(reply)
    assert "`invalid_blocks`" in words(reply)
    names = {reads_back(desk, button) for button in buttons(reply)}
    assert names == {"outbox retry"}


async def test_an_empty_outbox_says_so(desk: Desk) -> None:
    assert "No notice is waiting" in words(await desk.type("outbox list"))
    assert "No notice is dead" in words(await desk.type("outbox list --dead"))


async def test_a_long_list_tells_how_many_more(desk: Desk) -> None:
    await put(desk, *(f"event:{n}" for n in range(12)))
    reply = await desk.type("outbox list")
    assert "12 notices are waiting" in words(reply)
    assert re.search(r"1 to \d+ of \d+", words(reply))
    drops = [button for button in buttons(reply) if button.label.startswith("Drop")]
    assert {button.confirm is not None for button in drops} == {True}
    assert len(buttons(await desk.type("outbox list --limit 40"))) == 12


async def test_what_was_for_one_person_is_not_shown_to_others(desk: Desk) -> None:
    await put(desk, "action:x", audience=Audience.ONLY_USER, user=BEN)
    said = words(await desk.type("outbox list"))
    assert "<@U02BEN> in <#C7>" in said
    assert "Text of" not in said


async def test_retry_sends_a_dead_one_again(desk: Desk) -> None:
    first, second = await put(desk, "event:a", "event:b", status="dead")
    await desk.type(f"outbox retry {first}")
    assert await statuses(desk, first, second) == ["pending", "dead"]
    (_, _, ended) = await desk.audited()
    assert (ended.outcome, ended.target) == (Outcome.DONE, str(first))
    told = [one for one in await desk.told() if one.channel == MODERATION]
    assert "<@U01ANA> had one notice sent again." in told[0].text


async def test_retry_all_sends_every_dead_one_and_nothing_else(desk: Desk) -> None:
    dead = await put(desk, "event:a", "event:b", status="dead")
    dropped = await put(desk, "event:c", status="dropped")
    await desk.type("outbox retry all")
    assert await statuses(desk, *dead, *dropped) == ["pending", "pending", "dropped"]
    await desk.type("outbox retry all")
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_by_reference_all_notices_of_the_action_are_meant(desk: Desk) -> None:
    (mine,) = await put(desk, "action:k7f3q9wd", status="dead")
    (other,) = await put(desk, "action:zzzzzzzz", status="dead")
    await desk.type("outbox retry k7f3q9wd")
    assert await statuses(desk, mine, other) == ["pending", "dead"]


async def test_what_is_not_dead_is_not_sent_again(desk: Desk) -> None:
    (sent,) = await put(desk, "event:a", status="sent")
    await desk.type(f"outbox retry {sent}")
    told = await desk.told_one()
    assert "Only dead notices are sent again" in told.text
    assert await statuses(desk, sent) == ["sent"]


async def test_drop_takes_a_notice_out_of_the_way(desk: Desk) -> None:
    waiting, other = await put(desk, "event:a", "event:b")
    await desk.type(f"outbox drop {waiting}")
    assert await statuses(desk, waiting, other) == ["dropped", "pending"]
    assert "dropped by U01ANA" in words(await desk.type(f"explain {waiting}"))
    async with desk.store.read() as tx:
        assert (await outbox.counts(tx))[Status.DROPPED] == 1
    await desk.type(f"outbox drop {waiting}")
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_unknown_ids_are_refused_with_a_way_to_find_them(desk: Desk) -> None:
    await desk.type("outbox drop 4711")
    told = await desk.told_one()
    assert "The outbox has no notice “4711”" in told.text
    assert "outbox list" in told.text


async def test_another_teams_notices_are_not_there(desk: Desk) -> None:
    async with desk.store.begin() as tx:
        foreign = Notice(channel="C7", key="event:x", reply=Reply(md("x")))
        await outbox.add(tx, "T_OTHER", "default", 1, [foreign])
        id_ = await tx.scalar(text("SELECT id FROM outbox"))
    assert "No notice is waiting" in words(await desk.type("outbox list"))
    await desk.type(f"outbox drop {id_}")
    assert await statuses(desk, int(id_ or 0)) == ["pending"]


async def test_only_operators_may(desk: Desk) -> None:
    (id_,) = await put(desk, "event:a", status="dead")
    for command in ("outbox list", f"outbox retry {id_}", f"outbox drop {id_}", f"explain {id_}"):
        assert "needs the role *operator*" in words(await desk.type(command, user=BEN))
    assert await statuses(desk, id_) == ["dead"]


async def test_after_a_crash_it_is_known_what_became_of_it(desk: Desk) -> None:
    for command, status, lost in (
        ("outbox retry", "dead", "pending"),
        ("outbox drop", "pending", "dropped"),
    ):
        for happened in (False, True):
            (id_,) = await put(desk, f"{command}:{happened}", status=status)
            await crashed(desk, f"{command} {id_}", happened=happened)
            assert await statuses(desk, id_) == [lost if happened else status]
            closed = await started_again(desk)
            assert closed.outcome is (Outcome.DONE if happened else Outcome.FAILED)


async def crashed(desk: Desk, command: str, *, happened: bool) -> None:
    """Give a command; the process dies before its outcome is written, after or before it acts."""
    await desk.type(command)
    id_ = command.split()[-1]
    async with desk.store.begin() as tx:
        await tx.execute(
            text("DELETE FROM audit WHERE phase = 'outcome' AND target = :id"), {"id": id_}
        )
        await tx.execute(text("DELETE FROM outbox WHERE key LIKE 'action:%'"))
        if not happened:
            status = "dead" if "retry" in command else "pending"
            await tx.execute(
                text("UPDATE outbox SET status = :s WHERE id = :id"),
                {"s": status, "id": int(id_)},
            )
