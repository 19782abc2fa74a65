"""A recording is announced once, however it became known."""

import asyncio

import pytest

from ovbot.delivery.arrivals.process import TRIES
from ovbot.domain.binding import Topic
from ovbot.sandbox.openvidu.faults import Fault
from ovbot.store import recordings
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage

READY = "The recording of session `demo` is ready: 12 min 3 s, "


def ready(stage: Stage, channel: str) -> list[str]:
    return [text for text in stage.chat.texts(channel) if " is ready" in text]


async def started_by(stage: Stage, user: str, recording: str = "demo") -> None:
    (found,) = [one for one in await stage.openvidu.recordings() if one.id == recording]
    async with stage.database.begin() as tx:
        await recordings.remember_start(
            tx,
            team="T1",
            server=SERVER,
            recording=recording,
            created_at=found.created_at,
            session=found.session_id,
            started_by=user,
        )


async def test_a_ready_recording_is_told_with_id_name_length_size_and_person(
    stage: Stage,
) -> None:
    await stage.bind("C1")
    stage.simulator.join("demo", client_data="Ana", publish="camera")
    await stage.simulator.start_recording("demo", name="lecture")
    await started_by(stage, "U01ANA")
    stage.time.advance(723)
    await stage.simulator.stop_recording("demo")
    await stage.arrive(*stage.sent())
    await stage.process()
    await stage.deliver()
    (text,) = ready(stage, "C1")
    assert text.startswith("The recording *lecture* of session `demo` is ready: 12 min 3 s, ")
    assert text.endswith("B, recorded by <@U01ANA>.")


async def test_without_a_known_person_it_says_so(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    await stage.arrive(*stage.sent())
    await stage.process()
    await stage.deliver()
    (text,) = ready(stage, "C1")
    assert text.startswith(READY)
    assert text.endswith(", recorded automatically or outside Slack.")


async def test_another_workspace_is_not_told_a_user_id(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.bind("C2", team="T2")
    await stage.record()
    await started_by(stage, "U01ANA")
    await stage.arrive(*stage.sent())
    await stage.process()
    await stage.deliver()
    assert ready(stage, "C1")[0].endswith("recorded by <@U01ANA>.")
    assert ready(stage, "C2")[0].endswith("recorded by someone in another workspace.")


async def test_delivered_five_times_it_is_told_once(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    bodies = stage.sent()
    await asyncio.gather(*(stage.arrive(*bodies) for _ in range(5)))
    await stage.process()
    await stage.arrive(*bodies)
    await stage.process()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_with_the_webhook_lost_the_sweep_tells_it_once(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    stage.sent()
    for _ in range(3):
        await stage.sweeper.sweep()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


@pytest.mark.parametrize("sweep_first", [True, False])
async def test_webhook_and_sweep_tell_it_once(stage: Stage, sweep_first: bool) -> None:
    await stage.bind("C1")
    await stage.record()
    bodies = stage.sent()
    for step in "sw" if sweep_first else "ws":
        if step == "s":
            await stage.sweeper.sweep()
        else:
            await stage.arrive(*bodies)
            await stage.process()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_webhook_and_sweeps_at_the_same_moment_tell_it_once(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    await stage.arrive(*stage.sent())
    await asyncio.gather(*(stage.sweeper.sweep() for _ in range(3)), stage.process())
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_each_bound_channel_is_told_once_and_no_other(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.bind("C1", "demo")
    await stage.bind("C2", "dem?")
    await stage.bind("C3", "other")
    await stage.bind("C4", topics=(Topic.SESSION, Topic.PARTICIPANTS))
    await stage.record()
    await stage.arrive(*stage.sent())
    await stage.process()
    await stage.deliver()
    assert [len(ready(stage, channel)) for channel in ("C1", "C2", "C3", "C4")] == [1, 1, 0, 0]


async def test_a_new_installation_does_not_hear_of_history(stage: Stage) -> None:
    await stage.record()
    stage.sent()
    stage.time.advance(1)
    await stage.bind("C1", at=stage.time.now_ms())
    for _ in range(2):
        await stage.sweeper.sweep()
    assert await stage.pending() == 0
    assert len(await stage.known()) == 1


async def test_a_binding_made_while_it_was_recorded_hears_of_it(stage: Stage) -> None:
    await stage.bind("C1", at=START + 60_000)
    await stage.record()
    stage.sent()
    await stage.sweeper.sweep()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_one_whose_start_was_known_is_told_to_newer_bindings_too(stage: Stage) -> None:
    stage.simulator.join("demo", publish="camera")
    await stage.simulator.start_recording("demo")
    await stage.sweeper.sweep()
    stage.time.advance(60)
    await stage.simulator.stop_recording("demo")
    stage.sent()
    stage.time.advance(60)
    await stage.bind("C1", at=stage.time.now_ms())
    await stage.sweeper.sweep()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_an_id_that_is_used_again_is_told_again(stage: Stage) -> None:
    await stage.bind("C1")
    for _ in range(2):
        await stage.record()
        await stage.arrive(*stage.sent())
        await stage.process()
        await stage.openvidu.delete_recording("demo")
    await stage.deliver()
    assert len(ready(stage, "C1")) == 2


async def test_an_event_of_a_deleted_one_is_not_taken_for_its_successor(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record(seconds=600)
    late = stage.sent()
    await stage.openvidu.delete_recording("demo")
    await stage.simulator.start_recording("demo", name="second")
    await stage.arrive(*late)
    await stage.process()
    await stage.deliver()
    (text,) = ready(stage, "C1")
    assert "is ready: 10 min" in text
    assert "second" not in text


async def test_a_failed_one_is_told_as_failed(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.tell(
        "recordingStatusChanged",
        sessionId="demo",
        id="gone",
        name="gone",
        startTime=START,
        status="failed",
    )
    await stage.process()
    await stage.deliver()
    (text,) = stage.chat.texts("C1")
    assert text == (
        "The recording `gone` of session `demo` failed. "
        "It was recorded automatically or outside Slack."
    )


async def test_the_name_comes_from_the_api_where_the_event_has_lost_letters(
    stage: Stage,
) -> None:
    await stage.bind("C1")
    await stage.record(name="Café ☃")
    bodies = stage.sent("latin-1")
    assert any(b"Caf\xe9 ?" in body for body in bodies)
    await stage.arrive(*bodies)
    await stage.process()
    await stage.deliver()
    assert "*Café ☃*" in ready(stage, "C1")[0]


async def test_while_openvidu_is_down_others_are_told_and_then_it_is(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    bodies = stage.sent()
    stage.simulator.faults.add(Fault("*", "status", times=1000, status=503))
    await stage.arrive(*bodies)
    await stage.tell("participantLeft", sessionId="demo", connectionId="con_B", clientData="Ben")
    await stage.process()
    await stage.deliver()
    assert ready(stage, "C1") == []
    assert stage.chat.texts("C1")[-1] == "*Ben* left session `demo`."
    stage.simulator.faults.clear()
    stage.time.advance(60)
    await stage.process()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_when_openvidu_stays_away_the_event_has_to_do(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    bodies = stage.sent()
    stage.simulator.faults.add(Fault("*", "status", times=1000, status=503))
    await stage.arrive(*bodies)
    for _ in range(TRIES + 1):
        await stage.process()
        assert await stage.pending() == len(stage.chat.messages) or ready(stage, "C1") == []
        stage.time.advance(31)
    await stage.process()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1
    stage.simulator.faults.clear()
    await stage.sweeper.sweep()
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1


async def test_a_sweep_that_fails_is_made_up_for_by_the_next(stage: Stage) -> None:
    await stage.bind("C1")
    await stage.record()
    stage.sent()
    stage.simulator.faults.add(Fault("*", "html", times=100, status=502))
    contacts: list[int | None] = []
    for faults in (True, False):
        if not faults:
            stage.simulator.faults.clear()
            stage.time.advance(60)
        await stage.sweeper.sweep()
        contacts.append(stage.sweeper.last_contact)
    assert contacts == [None, stage.time.now_ms()]
    await stage.deliver()
    assert len(ready(stage, "C1")) == 1
