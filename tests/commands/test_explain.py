"""explain: what became of an action and of what it said, or why a message waits."""

import time

import pytest
from sqlalchemy import text

from ovbot.domain.markup import md
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.store import outbox
from tests.desk import BEN, GENERAL, TEAM, Desk, words

NOW = int(time.time() * 1000)


async def put(desk: Desk, *keys: str) -> list[int]:
    notices = [Notice(channel="C7", key=key, reply=Reply(md("x"))) for key in keys]
    async with desk.store.begin() as tx:
        await outbox.add(tx, TEAM, "default", NOW, notices)
        found = await tx.scalars(text("SELECT id FROM outbox WHERE channel = 'C7' ORDER BY id"))
        return list(found.all())


async def channel(desk: Desk, *, not_before: int = 0, lease_until: int = 0) -> None:
    async with desk.store.begin() as tx:
        await tx.execute(
            text("UPDATE outbox_channels SET not_before = :a, lease_until = :b"),
            {"a": not_before, "b": lease_until},
        )


async def test_an_action_is_told_from_the_question_to_its_messages(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ben")
    await desk.type("bind demo", channel=GENERAL)
    await desk.type("kick --session demo Ben rude")
    ref = (await desk.audited())[0].ref
    said = words(await desk.type(f"explain {ref}"))
    assert "<@U01ANA> gave *kick* in <#C02MODERATION>, asking for" in said
    assert "reason=`rude`" in said
    assert "it was allowed and recorded" in said
    assert "OpenVidu was to be asked about `con_" in said
    assert "it ended as *done* (204)" in said
    assert "for <#C02MODERATION>: waiting, no tries." in said
    assert "for <#C01GENERAL>: waiting, no tries." in said


async def test_a_denial_has_one_entry_and_no_message(desk: Desk) -> None:
    await desk.type("bind demo", user=BEN)
    ref = (await desk.audited())[0].ref
    said = words(await desk.type(f"explain {ref}"))
    assert "it ended as *denied* (needs operator, has none)" in said
    assert "no message of it in the outbox" in said


async def test_an_action_without_an_outcome_is_told_as_such(desk: Desk) -> None:
    await desk.type("bind demo")
    ref = (await desk.audited())[0].ref
    async with desk.store.begin() as tx:
        await tx.execute(text("DELETE FROM audit WHERE phase = 'outcome'"))
    assert "It is being carried out" in words(await desk.type(f"explain {ref}"))


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({}, "It is due now"),
        ({"not_before": NOW + 600_000}, "The channel rests until <!date^"),
        ({"lease_until": NOW + 600_000}, "It is being delivered now."),
    ],
)
async def test_a_waiting_message_tells_what_it_waits_for(
    desk: Desk, state: dict[str, int], why: str
) -> None:
    first, second = await put(desk, "event:a", "event:b")
    await channel(desk, **state)
    assert why in words(await desk.type(f"explain {first}"))
    assert "It waits for one message to the same channel" in words(
        await desk.type(f"explain {second}")
    )


async def test_a_message_that_failed_tells_its_tries_and_the_last_reason(desk: Desk) -> None:
    (id_,) = await put(desk, "event:a")
    async with desk.store.begin() as tx:
        await tx.execute(text("UPDATE outbox SET attempts = 3, reason = 'internal_error'"))
    said = words(await desk.type(f"explain {id_}"))
    assert "as `event:a`" in said
    assert "waiting, three tries, the last: `internal_error`" in said


async def test_a_message_that_was_sent_tells_when(desk: Desk) -> None:
    (id_,) = await put(desk, "event:a")
    async with desk.store.begin() as tx:
        await tx.execute(text(f"UPDATE outbox SET status = 'sent', finished_at = {NOW}"))
    assert f"for <#C7>: sent <!date^{NOW // 1000}^" in words(await desk.type(f"explain {id_}"))


async def test_what_is_not_known_says_where_to_look(desk: Desk) -> None:
    said = words(await desk.type("explain 4711"))
    assert "Nothing is known under “4711”" in said
    assert "outbox list" in said


async def test_what_several_actions_share_is_told_of_each_early_and_late(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ben")
    await desk.type("kick --session demo Ben")
    ref = (await desk.audited())[0].ref
    await put(desk, f"action:{ref}:late", f"trouble:{ref}:3", f"trouble:{ref}x:3", "trouble:%:3")
    said = words(await desk.type(f"explain {ref}"))
    assert said.count("for <#C7>: waiting") == 2
    assert "for <#C02MODERATION>: waiting" in said
