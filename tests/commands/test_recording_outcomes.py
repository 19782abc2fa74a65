"""An outcome is what OpenVidu did: every way in which a recorder failed on real servers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.domain.audit import Outcome
from ovbot.openvidu import OpenVidu, OpenViduError, Recording
from ovbot.openvidu.events import parse_event
from ovbot.store import recordings as store
from ovbot.subjects import recording_of
from tests.commands.steps import control, fault, killed, started_again
from tests.desk import ANA, Desk, buttons, open_desk

PROFILES = ("2.15", "2.20", "2.31", "2.32")


@pytest.fixture(params=PROFILES)
async def desk(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setattr(recording_of, "PAUSE", 0.01)
    async with open_desk(tmp_path, profile=request.param) as opened:
        opened.simulator.join("demo", client_data="Max", publish="camera")
        yield opened


@pytest.mark.parametrize(
    ("trouble", "mode"),
    [
        ({"start": "error"}, "composed"),
        ({"video": "none"}, "composed"),
        ({"record": "error"}, "individual"),
        ({"record": "never-starts"}, "individual"),
    ],
    ids=str,
)
async def test_a_start_that_failed_is_told_once_with_its_reason(
    desk: Desk, trouble: dict[str, str], mode: str
) -> None:
    await control(desk, "troubles", **trouble)
    await desk.type(f"record start demo --mode {mode}")
    told = await desk.told_one()
    assert f"The recording of session `demo` that <@{ANA}> asked for did not start." in told.text
    assert told.audience == "channel"
    outcome = (await desk.audited())[-1]
    assert (outcome.outcome, outcome.detail) == (Outcome.FAILED, "did not start")
    if mode == "composed":
        assert "OpenVidu says: “Error starting recording: " in told.text
    async with desk.store.read() as tx:
        known = await store.known(tx, "default")
    assert {one.started_by for one in known} <= {ANA}
    assert all(one.announced_at for one in known)
    session = await desk.openvidu.session("demo")
    labels = [button.label for button in buttons(told.reply)]
    assert ("Close demo" in labels) is session.recording, labels


@pytest.mark.parametrize(
    ("trouble", "mode", "says"),
    [
        ({"report": "no-video"}, "composed", "failed"),
        ({"stop": "never"}, "composed", "failed"),
        ({"video": "empty"}, "composed", "it has no"),
        ({"record": "never-stops"}, "individual", "it has no length"),
        ({"report": "none"}, "composed", ""),
    ],
    ids=str,
)
async def test_a_stop_that_made_no_recording_is_told_as_failed(
    desk: Desk, trouble: dict[str, str], mode: str, says: str
) -> None:
    await desk.type(f"record start demo --mode {mode}")
    await control(desk, "troubles", **trouble)
    await desk.told()
    await desk.type("record stop demo")
    told = await desk.told_one()
    outcome = (await desk.audited())[-1]
    assert outcome.outcome is Outcome.FAILED, told.text
    assert says in told.text, told.text
    if not says:
        (recording,) = await desk.openvidu.recordings()
        stuck = recording.status == "stopped"
        assert ("has not finished it" in told.text) is stuck, told.text
        assert ("Close demo" in [b.label for b in buttons(told.reply)]) is stuck


async def test_a_stop_that_came_too_early_is_repeated(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_of, "PAUSE", 0.3)
    await control(desk, "pace", starting=2)
    starting = asyncio.create_task(desk.type("record start demo"))
    for _ in range(500):
        if (await desk.openvidu.session("demo")).recording:
            break
        await asyncio.sleep(0.01)
    await desk.type("record start demo")
    assert "starting already" in " ".join(one.text for one in await desk.told())
    await desk.type("record stop demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    await starting
    assert {r.status for r in await desk.openvidu.recordings()} <= {"ready"}


@pytest.mark.parametrize("stopped", [False, True])
async def test_after_a_crash_the_recording_that_was_starting_is_the_one_that_is_told_of(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, stopped: bool
) -> None:
    """And not the first one, whose id is the session's own."""
    await desk.openvidu.start_recording("demo")
    await desk.openvidu.stop_recording("demo")
    await control(desk, "pace", starting=2)
    starting = asyncio.create_task(desk.openvidu.start_recording("demo"))
    for _ in range(500):
        if (await desk.openvidu.session("demo")).recording:
            break
        await asyncio.sleep(0.01)
    monkeypatch.setattr(recording_of, "PAUSE", 0.3)
    await killed(desk, monkeypatch, "stop_recording", "record stop demo")
    second = await starting
    assert second.id != "demo"
    if stopped:
        await desk.openvidu.stop_recording(second.id)
    found = await started_again(desk)
    assert found.outcome is (Outcome.DONE if stopped else Outcome.FAILED)
    assert found.target == second.id
    assert second.id in (await desk.told())[-1].text


@pytest.mark.parametrize("status", [404, 406])
async def test_a_stop_that_openvidu_refuses_at_first_is_repeated(desk: Desk, status: int) -> None:
    await desk.type("record start demo")
    await fault(desk, "stopRecording", "status", status=status, times=3)
    await desk.type("record stop demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    assert [r.status for r in await desk.openvidu.recordings()] == ["ready"]


async def test_after_a_crash_a_failed_recording_is_no_success(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed(desk, monkeypatch, "start_recording", "record start demo")
    await control(desk, "troubles", video="none")
    with pytest.raises(Exception, match="record"):
        await desk.openvidu.start_recording("demo")
    assert [r.status for r in await desk.openvidu.recordings()] == ["failed"]
    assert (await started_again(desk)).outcome is Outcome.FAILED


async def test_after_a_crash_an_empty_recording_is_no_success(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.type("record start demo")
    await killed(desk, monkeypatch, "stop_recording", "record stop demo")
    await control(desk, "recordings/demo", status="empty")
    assert (await started_again(desk)).outcome is Outcome.FAILED


@pytest.mark.parametrize("first", ["event", "outcome"])
async def test_the_event_of_a_start_that_failed_tells_nothing_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """OpenVidu tells of it before it answers, or long after."""
    await desk.type("bind * recordings")
    await desk.told()
    await control(desk, "troubles", start="error")
    start = type(desk.openvidu).start_recording

    async def told_first(self: OpenVidu, session: str, *more: Any) -> Recording:
        try:
            return await start(self, session, *more)
        except OpenViduError:
            await _hears_that_it_failed(desk)
            raise

    if first == "event":
        monkeypatch.setattr(type(desk.openvidu), "start_recording", told_first)
    await desk.type("record start demo")
    if first == "outcome":
        await _hears_that_it_failed(desk)
    told = await desk.told()
    assert ["did not start" in one.text for one in told] == [True]
    async with desk.store.read() as tx:
        (known,) = await store.known(tx, "default")
    assert (known.seen.status, known.started_by) == ("failed", ANA)
    assert known.announced_at


async def test_a_recording_that_failed_by_itself_is_nobody_s(desk: Desk) -> None:
    await desk.type("bind * recordings")
    await desk.told()
    await _hears_that_it_failed(desk)
    assert "recorded automatically or outside Slack" in (await desk.told_one()).text


async def _hears_that_it_failed(desk: Desk) -> None:
    now = desk.door.powers.clock.now_ms()
    body = {
        "sessionId": "demo",
        "timestamp": now,
        "startTime": now - 5,
        "duration": 0.0,
        "id": "demo",
        "name": "demo",
        "outputMode": "COMPOSED",
        "size": 0,
        "status": "failed",
        "event": "recordingStatusChanged",
    }
    inbox = Inbox(desk.store, "default", desk.door.powers.clock)
    await inbox.accept([parse_event(msgspec.json.encode(body))])
    await inbox.close()
    await Processor(desk.store, "default", desk.openvidu, desk.door.powers.clock).step()
