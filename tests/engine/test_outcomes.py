"""Every action ends in exactly one truthful, told outcome, whatever happens on the way."""

import asyncio

import httpx
import pytest

from ovbot.domain.audit import Outcome, Phase
from ovbot.store import audit
from tests.desk import GENERAL, TEAM, Desk, words


async def fault(desk: Desk, operation: str, kind: str, **more: object) -> None:
    """Ask the simulator for trouble, as its control surface takes it."""
    transport = httpx.ASGITransport(app=desk.simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://openvidu.test") as client:
        body = {"operation": operation, "fault": kind, "times": 1, **more}
        answer = await client.post("/_control/faults", json=body)
        assert answer.status_code == 200, answer.text


async def names(desk: Desk) -> list[str]:
    return [c.client_data for c in await desk.connections()]


async def test_an_effect_whose_answer_is_a_gateway_timeout_is_looked_up(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    desk.simulator.join("demo", client_data="Ben")
    await fault(desk, "disconnect", "status-after", status=504)
    await desk.type("kick --session demo Ana")
    told = await desk.told_one()
    assert "removed *Ana*" in told.text
    outcome = (await desk.audited())[-1]
    assert outcome.outcome in {Outcome.DONE, Outcome.ALREADY}
    assert await names(desk) == ["Ben"]


async def test_a_start_whose_answer_is_lost_is_found_and_not_repeated(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "startRecording", "status-after", status=504)
    await desk.type("record start demo")
    told = await desk.told_one()
    assert "Session `demo` is being recorded" in told.text
    assert (await desk.audited())[-1].answer == "looked: recording"
    assert len(await desk.openvidu.recordings()) == 1


async def test_a_start_that_did_not_happen_is_told_so(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "startRecording", "status", status=504)
    await desk.type("record start demo")
    told = await desk.told_one()
    assert "Session `demo` is not being recorded. Try again." in told.text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED
    assert await desk.openvidu.recordings() == ()


async def test_a_stop_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.type("record start demo")
    await desk.told()
    await fault(desk, "stopRecording", "status-after", status=504)
    await desk.type("record stop demo")
    assert "The recording of session `demo` has stopped" in (await desk.told_one()).text
    assert (await desk.audited())[-1].answer == "looked: ready"


async def test_a_create_whose_answer_is_lost_is_looked_up(desk: Desk) -> None:
    await fault(desk, "createSession", "status-after", status=504)
    await desk.type("create room-1 --bind")
    assert "Session `room-1` is there." in (await desk.told_one()).text
    assert "bound to room-1" in words(await desk.type("bindings"))


async def test_what_cannot_even_be_looked_up_is_not_known(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "startRecording", "status", status=504)
    await fault(desk, "listRecordings", "status", status=500, times=20)
    await desk.type("record start demo")
    told = await desk.told_one()
    assert "Not known yet" in told.text
    assert told.audience == "only_user"
    assert (await desk.audited())[-1].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", [401, 403, 500, 502])
async def test_openvidu_in_trouble_is_told_in_words(desk: Desk, status: int) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "getSession", "html", status=status, times=50)
    await desk.type("kick --session demo Ana", channel=GENERAL)
    told = await desk.told_one()
    assert told.audience == "only_user"
    assert "Traceback" not in words(told.reply)
    assert "MY_SECRET" not in words(told.reply)
    entries = await desk.audited()
    assert [entry.phase for entry in entries] == [Phase.INTENT, Phase.OUTCOME]
    assert entries[-1].outcome is Outcome.FAILED


async def test_a_fault_of_our_own_is_told_without_its_insides(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: object) -> None:
        raise RuntimeError("the secret insides")

    monkeypatch.setattr(type(desk.openvidu), "session", broken)
    await desk.type("kick --session demo Ana")
    told = await desk.told_one()
    assert "Something went wrong in ovbot itself" in told.text
    assert "insides" not in words(told.reply)
    assert "Something went wrong" in words(await desk.type("show demo"))


async def test_nothing_is_done_when_the_intent_cannot_be_recorded(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await desk.store.close()
    reply = await desk.type("kick --session demo Ana")
    assert "so nothing was done" in words(reply)
    assert await names(desk) == ["Ana"]
    await desk.store.open()


async def test_an_outcome_that_waits_to_be_written_does_not_outlive_its_cancellation(
    desk: Desk,
) -> None:
    desk.simulator.join("demo", client_data="Ana")
    await fault(desk, "disconnect", "delay", seconds=1.0)
    kicking = asyncio.create_task(desk.type("kick --session demo Ana"))
    while not await is_attempted(desk):  # noqa: ASYNC110  the database has no event for it
        await asyncio.sleep(0.01)
    async with desk.store.begin():  # the outcome has to wait for this
        await asyncio.sleep(1.5)
        kicking.cancel()
        await asyncio.wait([kicking], timeout=2)
        assert kicking.cancelled()


async def is_attempted(desk: Desk) -> bool:
    async with desk.store.read() as tx:
        open_actions = await audit.open_intents(tx, TEAM, "default")
    return any(entry.phase is Phase.ATTEMPT for entries in open_actions for entry in entries)
