"""What webhooks did not bring, the sweep finds: told once, and never history."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from ovbot.delivery.arrivals.sweep import Sweeper
from ovbot.domain.binding import Topic
from ovbot.openvidu import OpenVidu
from ovbot.sandbox.openvidu.faults import Fault
from tests.delivery.fake import START
from tests.delivery.stage import SERVER, Stage

CREATED = "Session `demo` was created."
VANISHED = "Session `demo` ended; OpenVidu did not tell ovbot when or why."


async def sweep(stage: Stage, times: int = 1) -> None:
    for _ in range(times):
        stage.time.advance(60)
        await stage.sweeper.sweep()


async def told(stage: Stage) -> list[str]:
    await stage.deliver()
    return stage.chat.texts("C1")


async def test_a_session_that_came_and_went_unheard_is_told(stage: Stage) -> None:
    await stage.bind("C1")
    stage.simulator.join("demo")
    await sweep(stage, 3)
    assert await told(stage) == [CREATED]
    stage.simulator.close_session("demo")
    await sweep(stage)
    assert await told(stage) == [CREATED], "its webhook may be on the way"
    await sweep(stage, 3)
    assert await told(stage) == [CREATED, VANISHED]


async def test_webhooks_that_come_late_say_nothing_twice(stage: Stage) -> None:
    await stage.bind("C1")
    stage.simulator.join("demo")
    await sweep(stage)
    stage.simulator.close_session("demo")
    await sweep(stage, 2)
    await stage.arrive(*[body for body in stage.sent() if b"session" in body.split(b"event")[1]])
    await stage.process()
    assert await told(stage) == [CREATED, VANISHED]


async def test_webhooks_that_came_leave_the_sweep_nothing_to_say(stage: Stage) -> None:
    await stage.bind("C1", topics=(Topic.SESSION,))
    stage.simulator.join("demo")
    await stage.arrive(*stage.sent())
    await stage.process()
    await sweep(stage, 2)
    stage.simulator.close_session("demo")
    await stage.arrive(*stage.sent())
    await stage.process()
    await sweep(stage, 3)
    texts = await told(stage)
    assert texts[0] == CREATED
    assert len(texts) == 2
    assert texts[1].startswith("Session `demo` ended after 2 min")


async def test_a_listing_that_misses_a_session_once_ends_nothing(stage: Stage) -> None:
    await stage.bind("C1")
    stage.simulator.join("demo")
    await sweep(stage)
    empty = '{"numberOfElements":0,"content":[]}'
    for _ in range(3):
        stage.simulator.faults.add(Fault("listSessions", "status", status=200, body=empty))
        await sweep(stage)
        assert stage.simulator.faults.listed() == [], "the empty listing was read"
        await sweep(stage)
    assert await told(stage) == [CREATED]


async def test_a_new_installation_does_not_tell_of_what_is_there(stage: Stage) -> None:
    stage.simulator.join("demo")
    await stage.bind("C1", at=START + 1)
    await sweep(stage, 2)
    assert await told(stage) == []


async def test_the_webhook_gets_its_chance_first(stage: Stage) -> None:
    await stage.bind("C1")
    stage.simulator.join("demo")
    await stage.sweeper.sweep()
    assert await stage.pending() == 0


async def test_it_sweeps_at_start_and_on_its_timer(stage: Stage) -> None:
    await stage.bind("C1")
    running = asyncio.create_task(stage.sweeper.run())
    await stage.time.settled(stage.database)

    async def asked(times: int) -> bool:
        return [one.path for one in stage.simulator.app.requests].count(
            "/openvidu/api/recordings"
        ) >= times

    await stage.time.until(stage.database, lambda: asked(3))
    assert stage.time.now_ms() == START + 120_000
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_trouble_is_told_when_it_begins_and_ends_and_not_between(
    stage: Stage, logs: list[MutableMapping[str, Any]]
) -> None:
    stage.simulator.faults.add(Fault("*", "status", times=1000, status=503))
    await sweep(stage, 4)
    stage.simulator.faults.clear()
    await sweep(stage, 2)
    told_of = [(one["event"], one["at"]) for one in logs if one["event"].startswith("trouble")]
    assert sorted(told_of) == [
        ("trouble.began", "sweep.recordings"),
        ("trouble.began", "sweep.sessions"),
        ("trouble.over", "sweep.recordings"),
        ("trouble.over", "sweep.sessions"),
    ]


async def test_an_openvidu_that_is_away_does_not_stop_it(stage: Stage) -> None:
    away = OpenVidu("http://127.0.0.1:9", "secret")
    sweeper = Sweeper(stage.database, SERVER, away, stage.time, every=60)
    assert await sweeper.sweep() == 0
    assert await sweeper.sweep() == 0
    assert sweeper.last_contact is None
    await away.aclose()


@pytest.mark.parametrize("minutes", [-10, 10])
async def test_a_new_session_is_told_of_however_far_its_time_is_off(
    stage: Stage, minutes: int
) -> None:
    """Whatever OpenVidu says of the time of day: what a listing newly has is new."""
    await sweep(stage)
    await stage.bind("C1", topics=(Topic.SESSION,), at=stage.time.now_ms())
    await sweep(stage)
    stage.simulator.join("demo")
    session = stage.simulator.world.sessions.get("demo")
    assert session is not None
    session.created_at += minutes * 60_000
    await sweep(stage, 2)
    assert await told(stage) == [CREATED]
