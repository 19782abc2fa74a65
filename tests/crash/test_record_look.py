"""What is said of a recording whose start nobody saw the end of, when others acted meanwhile."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.engine.invocation import Invocation
from ovbot.engine.recover import recover
from ovbot.store import audit
from tests.desk import ANA, MODERATION, TEAM, Desk, open_desk


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path) as made:
        yield made


async def begin_to_record(desk: Desk) -> str:
    """What a process leaves that dies just before OpenVidu is asked, or just after."""
    actor = Actor(TEAM, ANA)
    entered = await desk.door.enter(
        Invocation(actor=actor, channel=MODERATION, text="record start demo", interaction="t-1")
    )
    async with desk.store.begin() as tx:
        (intent,) = await audit.of_ref(tx, entered.ref)
        attempt = {"phase": Phase.ATTEMPT, "interaction": None, "session": "demo"}
        await audit.append(tx, msgspec.structs.replace(intent, **attempt))
    return entered.ref


async def closed(desk: Desk, ref: str) -> AuditEntry:
    assert await recover(desk.door, TEAM) == 1
    async with desk.store.read() as tx:
        return (await audit.of_ref(tx, ref))[-1]


async def test_it_was_made_and_somebody_stopped_it(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    ref = await begin_to_record(desk)
    recording = await desk.simulator.start_recording("demo")
    await desk.simulator.stop_recording(recording)
    ended = await closed(desk, ref)
    assert (ended.outcome, ended.target) == (Outcome.DONE, recording)


async def test_it_was_never_made_and_somebody_else_records(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    ref = await begin_to_record(desk)
    await desk.type("record start demo")
    ended = await closed(desk, ref)
    assert (ended.outcome, ended.answer) == (Outcome.ALREADY, "looked: another's")


async def test_it_was_never_made_and_the_session_is_over(desk: Desk) -> None:
    joined = desk.simulator.join("demo", client_data="Ana")
    ref = await begin_to_record(desk)
    desk.simulator.leave("demo", joined.connection_id)
    assert (await closed(desk, ref)).outcome is Outcome.FAILED
