"""Planned commands enter the door when they are due: once, as whoever planned them."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ovbot.delivery.scheduled import LATE, Later
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.engine.recover import recover
from ovbot.store import audit, later
from ovbot.store.failures import StoreError
from ovbot.store.later import Plan, State
from tests.delivery.fake import START, Time
from tests.desk import ANA, BEN, GENERAL, MODERATION, TEAM, Desk, buttons, open_desk, words

DUE = START + 60_000
KICK = "kick --session demo Lina"


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def desk(tmp_path: Path, url: str, time: Time) -> AsyncIterator[Desk]:
    source = lambda: time.now_ms() / 1000  # noqa: E731
    async with open_desk(tmp_path, url, time, time_source=source) as opened:
        opened.simulator.join("demo", client_data="Lina")
        yield opened


async def plan(desk: Desk, command: str = KICK, **changed: Any) -> Plan:
    """Plan a command; the row as it waits."""
    made = Plan(
        ref="planning",
        team=TEAM,
        server="default",
        actor=ANA,
        channel=MODERATION,
        session="demo",
        verb="kick",
        about="Lina",
        command=command,
        said="remove Lina",
        label="Kick Lina now",
        again=f"{KICK} ?",
        due_at=DUE,
        created_at=START,
    )
    made = msgspec.structs.replace(made, **changed)
    async with desk.store.begin() as tx:
        await later.add(tx, made)
    async with desk.store.read() as tx:
        found = await later.newest(tx, TEAM, "default", made.verb, made.about)
    assert found is not None
    return found


async def state(desk: Desk, row: Plan) -> State:
    async with desk.store.read() as tx:
        found = await later.get(tx, row.id)
    assert found is not None
    return found.state


async def recorded(desk: Desk) -> list[AuditEntry]:
    """The whole audit, the newest action first."""
    async with desk.store.read() as tx:
        return [one for each in await audit.latest(tx, TEAM, limit=99) for one in each]


async def people(desk: Desk) -> int:
    return len(await desk.connections())


async def test_it_happens_at_its_time_as_the_person_who_planned_it(desk: Desk, time: Time) -> None:
    row, carrying = await plan(desk), Later(desk.door, TEAM)
    assert await carrying.step() == 5
    time.advance(59)
    assert await carrying.step() == 1
    assert await people(desk) == 1
    time.advance(1)
    assert await carrying.step() == 0
    assert await carrying.stop(10) == 0
    assert await people(desk) == 0
    told = await desk.told_one()
    assert (told.channel, told.audience) == (MODERATION, "channel")
    assert f"<@{ANA}> removed" in told.text
    intent, attempt, outcome = await recorded(desk)
    assert (intent.actor, intent.interaction) == (ANA, row.interaction)
    assert (attempt.phase, outcome.outcome) == (Phase.ATTEMPT, Outcome.DONE)
    assert await state(desk, row) is State.ENTERED
    assert await Later(desk.door, TEAM).step() == 5


async def test_what_was_called_off_does_not_happen(desk: Desk, time: Time) -> None:
    row = await plan(desk)
    async with desk.store.begin() as tx:
        assert await later.call_off(tx, row.id, at=START, by="keep")
    time.advance(60)
    carrying = Later(desk.door, TEAM)
    assert await carrying.step() == 5
    # Called off by somebody after it was found due, and before it entered:
    assert await carrying._take(row)
    assert await people(desk) == 1
    assert await desk.told() == []
    assert await recorded(desk) == []


async def test_two_processes_do_it_once(desk: Desk, time: Time) -> None:
    rows = [await plan(desk, about=str(number)) for number in range(5)]
    time.advance(60)
    both = [Later(desk.door, TEAM), Later(desk.door, TEAM)]
    await asyncio.gather(*(one.step() for one in both))
    await asyncio.gather(*(one.stop(10) for one in both))
    assert [await state(desk, row) for row in rows] == [State.ENTERED] * 5
    intents = [entry for entry in await recorded(desk) if entry.phase is Phase.INTENT]
    assert sorted(entry.interaction or "" for entry in intents) == sorted(
        row.interaction for row in rows
    )


async def test_who_may_not_any_more_is_told_so_and_nothing_happens(desk: Desk, time: Time) -> None:
    row = await plan(desk, actor=BEN)
    time.advance(60)
    carrying = Later(desk.door, TEAM)
    assert await carrying.step() == 0
    assert await carrying.step() == 5
    assert await people(desk) == 1
    told = await desk.told_one()
    assert (told.channel, told.audience) == (MODERATION, "only_user")
    assert "needs the role *moderator*" in told.text
    assert "ovbot was to remove Lina <!date^" in told.text
    assert "Reference" in words(told.reply)
    (denial,) = await recorded(desk)
    assert (denial.outcome, denial.actor) == (Outcome.DENIED, BEN)
    assert await state(desk, row) is State.ENTERED


async def test_what_this_version_does_not_understand_is_told(desk: Desk, time: Time) -> None:
    await plan(desk, "vanish --session demo")
    time.advance(60)
    await Later(desk.door, TEAM).step()
    assert "There is no command “vanish”" in (await desk.told_one()).text


async def test_found_too_late_it_is_told_and_not_done(desk: Desk, time: Time) -> None:
    await desk.type("bind demo", channel=GENERAL)
    await desk.told()
    row = await plan(desk)
    time.advance((60_000 + LATE) / 1000 + 1)
    carrying = Later(desk.door, TEAM)
    assert await carrying.step() == 0
    assert await carrying.step() == 5
    assert await people(desk) == 1
    told = await desk.told()
    assert sorted(one.channel for one in told) == [GENERAL, MODERATION]
    assert told[0].text.startswith(
        f":warning: *Not done.* <@{ANA}> wanted to remove Lina <!date^{DUE // 1000}^"
    )
    assert [(b.label, b.command) for b in buttons(told[0].reply)] == [
        ("Kick Lina now", f"{KICK} ?")
    ]
    assert await state(desk, row) is State.MISSED


async def test_just_in_time_is_not_too_late(desk: Desk, time: Time) -> None:
    await plan(desk)
    time.advance((60_000 + LATE) / 1000)
    carrying = Later(desk.door, TEAM)
    await carrying.step()
    await carrying.stop(10)
    assert await people(desk) == 0


async def test_killed_before_openvidu_was_asked_it_is_done_after_the_start(
    desk: Desk, time: Time
) -> None:
    row = await plan(desk)
    time.advance(60)
    dying = Later(desk.door, TEAM)
    dying._work.start = lambda work: work.close()  # type: ignore[method-assign]
    await dying.step()
    assert await state(desk, row) is State.ENTERED
    assert await recover(desk.door, TEAM) == 1
    told = await desk.told_one()
    assert "was stopped when this was due, and it was not done yet. It is done now." in told.text
    carrying = Later(desk.door, TEAM)
    await carrying.step()
    await carrying.stop(10)
    assert await people(desk) == 0
    assert "removed" in (await desk.told_one()).text
    assert await carrying.step() == 5


async def test_killed_with_a_newer_plan_only_the_newer_is_done(desk: Desk, time: Time) -> None:
    await plan(desk)
    time.advance(60)
    dying = Later(desk.door, TEAM)
    dying._work.start = lambda work: work.close()  # type: ignore[method-assign]
    await dying.step()
    newer = await plan(desk, due_at=DUE + 60_000)
    assert await recover(desk.door, TEAM) == 1
    assert "Give the command again" in (await desk.told_one()).text
    assert await state(desk, newer) is State.WAITING


async def test_a_store_that_refuses_leaves_it_waiting(
    desk: Desk, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, carrying = await plan(desk), Later(desk.door, TEAM)
    time.advance(60)

    async def full(*_args: object) -> bool:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "add", full)
        assert await carrying.step() > 0
    assert await state(desk, row) is State.WAITING
    assert await desk.told() == []
    await carrying.step()
    await carrying.stop(10)
    assert await people(desk) == 0


async def test_a_stop_finishes_what_entered_and_lets_nothing_in(
    desk: Desk, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    await plan(desk)
    going, let_go = asyncio.Event(), asyncio.Event()
    real = type(desk.openvidu).disconnect

    async def slow(*args: Any) -> None:
        going.set()
        await let_go.wait()
        await real(*args)

    monkeypatch.setattr(type(desk.openvidu), "disconnect", slow)
    time.advance(60)
    carrying = Later(desk.door, TEAM)
    await carrying.step()
    await going.wait()
    stopping = asyncio.create_task(carrying.stop(10))
    row = await plan(desk, about="Tom")
    let_go.set()
    assert await stopping == 0
    assert await people(desk) == 0
    assert await carrying.step() > 0
    assert await state(desk, row) is State.WAITING


async def test_what_is_planned_wakes_it(desk: Desk) -> None:
    resting, entered = asyncio.Event(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        resting.set()
        await asyncio.Event().wait()

    carrying = Later(desk.door, TEAM, pause=pause)
    start = carrying._work.start

    def started(work: Coroutine[Any, Any, None]) -> None:
        start(work)
        entered.set()

    carrying._work.start = started  # type: ignore[method-assign]
    running = asyncio.create_task(carrying.run())
    async with asyncio.timeout(60):
        await resting.wait()
        await plan(desk, due_at=START)
        await entered.wait()
    assert await carrying.stop(10) == 0
    running.cancel()
    await asyncio.wait({running})
    assert await people(desk) == 0
