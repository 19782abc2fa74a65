"""The simulator in process: the methods that demos and stories use, and its clock."""

from __future__ import annotations

import asyncio

import pytest

from ovbot.sandbox.openvidu import BadToken, Simulator, SimulatorConfig, Unfit
from ovbot.sandbox.openvidu.clock import Clock
from tests.sandbox.openvidu.bench import NOW, Receiver, bench


async def test_a_story_by_its_methods() -> None:
    receiver = Receiver()
    config = SimulatorConfig(webhook="http://bot.example.com/", time_source=lambda: float(NOW))
    simulator = Simulator(config, webhook_transport=receiver.transport())
    await simulator.start()
    session = simulator.create_session("standup", recording_mode="MANUAL")
    mike = simulator.join(session, client_data="Mike", publish="camera")
    ann = simulator.join(session, client_data="Ann", role="MODERATOR")
    assert (mike.stream_id is not None, ann.stream_id) == (True, None)
    assert simulator.publish(session, ann.connection_id, publish="screen").stream_id
    simulator.unpublish(session, mike.connection_id)
    recording = await simulator.start_recording(session, name="standup-1")
    simulator.clock.advance(60)
    await simulator.stop_recording(recording)
    simulator.leave(session, mike.connection_id)
    simulator.close_session(session)
    await simulator.idle()
    await simulator.stop()
    assert receiver.names[0] == "sessionCreated"
    assert receiver.names[-1] == "sessionDestroyed"
    ready = [each for each in receiver.events if each.get("status") == "ready"]
    assert [(each["id"], each["duration"]) for each in ready] == [("standup", 60.0)]


async def test_what_its_methods_refuse() -> None:
    simulator = Simulator()
    simulator.create_session("room")
    with pytest.raises(Unfit, match="already created"):
        simulator.create_session("room")
    with pytest.raises(Unfit, match="is empty or is being recorded"):
        await simulator.start_recording("room")
    with pytest.raises(BadToken, match="is not valid"):
        simulator.join("room", token="tok_x")
    with pytest.raises(Unfit, match="no session nope"):
        simulator.close_session("nope")
    with pytest.raises(Unfit, match="no participant con_x"):
        simulator.leave("room", "con_x")
    with pytest.raises(Unfit, match="is not being made"):
        await simulator.stop_recording("room")


async def test_stopping_twice_is_harmless() -> None:
    simulator = Simulator()
    await simulator.stop()
    await simulator.start()
    await simulator.stop()
    await simulator.stop()


async def test_real_time_makes_timers_go_off() -> None:
    async with bench(receiver=Receiver(), autostop=0) as on:
        on.simulator.clock.call_later(0, (gone := asyncio.Event()).set)
        await asyncio.wait_for(gone.wait(), timeout=5)


def test_timers_see_the_time_they_were_due_at() -> None:
    clock = Clock(lambda: 100.0)
    seen: list[tuple[str, float]] = []
    clock.call_later(5, lambda: seen.append(("later", clock.now())))
    clock.call_later(2, lambda: seen.append(("sooner", clock.now())))
    clock.call_later(3, lambda: seen.append(("never", clock.now()))).cancel()

    def nest() -> None:
        clock.call_later(3, lambda: seen.append(("nested", clock.now())))

    clock.call_later(1, nest)
    clock.advance(4.5)
    assert seen == [("sooner", 102.0), ("nested", 104.0)]
    clock.advance(4.5)
    assert seen[-1] == ("later", 105.0)
    assert clock.now() == 109.0


def test_the_clock_never_goes_back() -> None:
    times = iter([100.0, 200.0, 150.0, 150.0])
    clock = Clock(lambda: next(times))
    assert [clock.now(), clock.now(), clock.now()] == [200.0, 200.0, 200.0]


async def test_sleeping_follows_the_clock() -> None:
    clock = Clock(lambda: 100.0)
    await clock.sleep(0)
    sleeping = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)
    clock.advance(9)
    await asyncio.sleep(0)
    assert not sleeping.done()
    clock.advance(1)
    await sleeping
