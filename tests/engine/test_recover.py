"""After a crash every open intent is closed truthfully, and nothing is done a second time."""

import msgspec
import pytest

from ovbot.domain.actor import Actor
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.engine.invocation import Invocation
from ovbot.engine.recover import recover
from ovbot.openvidu.errors import Unreachable
from ovbot.store import audit
from tests.desk import ANA, MODERATION, TEAM, Desk


async def begun(desk: Desk, command: str, *, attempt: bool, **about: str) -> str:
    """The entries that a process leaves which is killed in the middle of an action."""
    entered = await desk.door.enter(
        Invocation(
            actor=Actor(TEAM, ANA), channel=MODERATION, text=command, interaction=f"t-{command}"
        )
    )
    assert entered.work is not None
    if attempt:
        async with desk.store.begin() as tx:
            (intent,) = await audit.of_ref(tx, entered.ref)
            await audit.append(
                tx,
                msgspec.structs.replace(intent, phase=Phase.ATTEMPT, interaction=None, **about),
            )
    return entered.ref


async def outcome(desk: Desk, ref: str) -> AuditEntry:
    async with desk.store.read() as tx:
        return (await audit.of_ref(tx, ref))[-1]


async def test_an_intent_without_an_attempt_was_never_carried_out(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    ref = await begun(desk, "kick --session demo Ana", attempt=False)
    assert await recover(desk.door, TEAM) == 1
    assert (await outcome(desk, ref)).outcome is Outcome.FAILED
    told = await desk.told_one()
    assert "nothing was done" in told.text
    assert (told.channel, told.audience) == (MODERATION, "only_user")
    assert len((await desk.openvidu.session("demo")).connections) == 1


async def test_an_attempt_that_worked_is_told_as_done(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    joined = desk.simulator.join("demo", client_data="Ben")
    ref = await begun(
        desk,
        'kick --session demo "Ben" rude',
        attempt=True,
        target=joined.connection_id,
        session="demo",
        detail="Ben",
    )
    desk.simulator.leave("demo", joined.connection_id)
    assert await recover(desk.door, TEAM) == 1
    assert (await outcome(desk, ref)).outcome is Outcome.DONE
    told = (await desk.told_one()).text
    assert "*Ben* is not in session `demo` any more. <@U01ANA> had asked for it" in told
    assert "Reason: rude" in told


async def test_an_attempt_that_did_not_work_is_told_as_failed_and_not_repeated(
    desk: Desk,
) -> None:
    joined = desk.simulator.join("demo", client_data="Ben")
    ref = await begun(
        desk,
        "kick --session demo Ben",
        attempt=True,
        target=joined.connection_id,
        session="demo",
        detail="Ben",
    )
    await recover(desk.door, TEAM)
    assert (await outcome(desk, ref)).outcome is Outcome.FAILED
    assert len((await desk.openvidu.session("demo")).connections) == 1


async def test_recovering_twice_closes_once(desk: Desk) -> None:
    await begun(desk, "bind demo", attempt=True)
    assert await recover(desk.door, TEAM) == 1
    assert await recover(desk.door, TEAM) == 0
    assert len(await desk.told()) == 1


async def test_what_is_still_running_is_left_alone(desk: Desk) -> None:
    await begun(desk, "bind demo", attempt=False)
    assert await recover(desk.door, TEAM, before=0) == 0


async def test_openvidu_away_leaves_it_open_for_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.simulator.join("demo", client_data="Ben")
    await begun(desk, "record start demo", attempt=True, target="demo", session="demo")

    async def unreachable(*_args: object) -> None:
        raise Unreachable("OpenVidu cannot be reached.", "Wait.")

    with monkeypatch.context() as away:
        away.setattr(type(desk.openvidu), "recordings", unreachable)
        assert await recover(desk.door, TEAM) == 0
    assert await recover(desk.door, TEAM) == 1
