"""Recordings that get no further are told once, and those that merely take their time are not."""

import json

from ovbot.delivery.arrivals.stuck import GONE
from ovbot.sandbox.openvidu.faults import Fault
from tests.delivery.stage import Stage

STUCK = "is still *started*, although its session has ended."
NOT_READY = "was stopped and is still not ready."


async def begin(stage: Stage, status: str) -> str:
    """A recording that OpenVidu goes on listing with this status, whatever happens."""
    stage.simulator.join("demo", client_data="Ana", publish="camera")
    await stage.simulator.start_recording("demo", name="")
    (listed,) = await stage.openvidu.recordings()
    await stage.arrive(*stage.sent())
    await stage.process()
    body = {
        "id": listed.id,
        "object": "recording",
        "name": listed.name,
        "sessionId": "demo",
        "createdAt": listed.created_at,
        "size": 0,
        "duration": 0.0,
        "url": None,
        "hasAudio": True,
        "hasVideo": True,
        "status": status,
        "outputMode": "COMPOSED",
    }
    answer = json.dumps({"count": 1, "items": [body]})
    stage.simulator.faults.add(
        Fault("listRecordings", "status", status=200, body=answer, times=10_000)
    )
    return listed.id


async def sweep(stage: Stage, seconds: float) -> None:
    stage.time.advance(seconds)
    await stage.sweeper.sweep()


async def told(stage: Stage, words: str) -> int:
    await stage.deliver()
    return sum(words in text for text in stage.chat.texts("C1"))


async def test_a_recording_whose_session_is_gone_is_told_once(stage: Stage) -> None:
    await stage.bind("C1")
    await begin(stage, "started")
    await sweep(stage, 60)
    stage.simulator.close_session("demo")
    await stage.arrive(*[one for one in stage.sent() if b"sessionDestroyed" in one])
    await stage.process()
    await sweep(stage, GONE / 1000 - 1)
    assert await told(stage, STUCK) == 0
    for _ in range(3):
        await sweep(stage, 60)
    assert await told(stage, STUCK) == 1


async def test_while_its_session_lives_a_long_recording_is_not_stuck(stage: Stage) -> None:
    await stage.bind("C1")
    await begin(stage, "started")
    for _ in range(5):
        await sweep(stage, 3600)
    assert await told(stage, STUCK) == 0


async def test_one_that_is_stopped_and_never_ready_is_told_once(stage: Stage) -> None:
    await stage.bind("C1")
    await begin(stage, "stopped")
    await sweep(stage, 60)
    await sweep(stage, GONE / 1000 - 1)
    assert await told(stage, NOT_READY) == 0
    for _ in range(3):
        await sweep(stage, 60)
    assert await told(stage, NOT_READY) == 1


async def test_one_that_was_deleted_is_not_told(stage: Stage) -> None:
    await stage.bind("C1")
    await begin(stage, "stopped")
    await sweep(stage, 60)
    stage.simulator.faults.clear()
    empty = Fault("listRecordings", "status", status=200, body='{"count":0,"items":[]}', times=9)
    stage.simulator.faults.add(empty)
    await sweep(stage, GONE / 1000 + 60)
    assert await told(stage, NOT_READY) == 0


async def test_a_channel_that_was_bound_later_does_not_hear_of_it(stage: Stage) -> None:
    await begin(stage, "stopped")
    await sweep(stage, 60)
    await stage.bind("C1", at=stage.time.now_ms())
    for _ in range(2):
        await sweep(stage, GONE / 1000)
    assert await told(stage, NOT_READY) == 0
