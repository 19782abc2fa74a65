"""What gets stuck at OpenVidu: every command gives it the same name, and a way out that works."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ovbot.domain.actor import Role
from ovbot.domain.audit import Outcome
from ovbot.openvidu import OpenVidu
from ovbot.subjects import noticing, panel, recording_of, ways_out
from ovbot.subjects.panel import ShowArgs, View
from tests.commands.later import Hours, open_hours
from tests.commands.steps import control, fault, form, submit
from tests.desk import buttons, words

PROFILES = ("2.15", "2.32")
Stick = Callable[[Hours], Awaitable[None]]


@pytest.fixture(params=PROFILES)
async def hours(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Hours]:
    monkeypatch.setattr(recording_of, "PAUSE", 0.01)
    async with open_hours(tmp_path, profile=request.param) as opened:
        yield opened


async def phantom(hours: Hours) -> None:
    """Counts as recorded, and nothing records."""
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await control(desk, "sessions/demo/stick", how="phantom")
    await desk.type("show demo")
    hours.time.advance(90)


async def unfinished(hours: Hours) -> None:
    """Its recording was stopped and never finished."""
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    await control(desk, "recordings/demo", status="stuck")
    await desk.type("show demo")
    hours.time.advance(150)


async def test_a_session_that_counts_as_recorded_without_a_recording(hours: Hours) -> None:
    desk = hours.desk
    await phantom(hours)
    await desk.told()
    for text in ("show demo", "list"):
        said = words(await desk.type(text))
        assert "counts as recorded, but nothing records" in said, text
        assert "noticed" in said, text
        assert "Stop recording demo" not in [b.label for b in buttons(await desk.type(text))]
    for text in ("record start demo", "record stop demo"):
        await desk.type(text)
        told = await desk.told_one()
        assert "nothing is recording it" in told.text, text
        assert [b.label for b in buttons(told.reply)] == ["Close demo"], text
        assert (await desk.audited())[-1].outcome is Outcome.REFUSED
    await submit(desk, "close --session demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE


async def test_a_session_whose_recording_was_never_finished(hours: Hours) -> None:
    desk = hours.desk
    await unfinished(hours)
    await desk.told()
    for text in ("show demo", "list", "recording show demo", "recording list"):
        said = words(await desk.type(text))
        assert "stopped" in said, text
        assert "never finished" in said, text
        assert "Stop recording demo" not in [b.label for b in buttons(await desk.type(text))]
    for text in ("record start demo", "record stop demo"):
        await desk.type(text)
        told = await desk.told_one()
        assert "never finished it" in told.text, text
        assert "Close demo" in [b.label for b in buttons(told.reply)], text
    assert "when OpenVidu has been restarted" in (await form(desk, "recording delete demo ?")).text
    await submit(desk, "recording delete demo --now --reason x")
    told = await desk.told_one()
    assert "holds on to it until OpenVidu is restarted" in told.text
    assert "stop it first" not in told.text
    await submit(desk, "close --session demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    await control(desk, "kill")
    hours.time.advance(60)
    await desk.told()
    await submit(desk, "recording delete demo --now --reason x")
    assert (await desk.audited())[-1].outcome is Outcome.DONE, (await desk.told_one()).text
    assert await desk.openvidu.recordings() == ()


async def test_a_recording_that_a_crash_left_running(hours: Hours) -> None:
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo")
    await control(desk, "kill")
    hours.time.advance(60)
    await desk.told()
    for text in ("recording show demo", "recording list"):
        reply = await desk.type(text)
        assert "left running by a crash" in words(reply), text
        assert "Stop recording demo" not in [b.label for b in buttons(reply)]
    await desk.type("record stop demo")
    told = await desk.told_one()
    assert "doesn't run any more" in told.text
    assert [b.label for b in buttons(told.reply)] == ["Delete demo"]
    await submit(desk, "recording delete demo --reason x")
    assert (await desk.audited())[-1].outcome is Outcome.DONE  # planned
    await submit(desk, "recording delete demo --now --reason x")
    assert await desk.openvidu.recordings() == ()


async def test_a_session_that_everybody_left_and_that_does_not_end(hours: Hours) -> None:
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await control(desk, "sessions/demo/stick", how="forsaken")
    hours.time.advance(5_000)
    for text in ("show demo", "list"):
        assert "nobody is in it, and it doesn't end" in words(await desk.type(text)), text
    reply = await desk.type("show demo")
    assert "Close demo" in [b.label for b in buttons(reply)]
    await submit(desk, "close --session demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    assert await desk.openvidu.sessions() == ()


async def test_a_close_that_breaks_once_is_done_by_the_second(hours: Hours) -> None:
    desk = hours.desk
    for name in ("Ana", "Ben"):
        desk.simulator.join("demo", client_data=name, publish="camera")
    await control(desk, "troubles", close="error")
    await submit(desk, "close --session demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE, (await desk.told_one()).text
    assert await desk.openvidu.sessions() == ()


@pytest.mark.parametrize("stays", [False, True])
async def test_a_close_that_broke_half_way_is_told_so(
    hours: Hours, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    desk = hours.desk
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    if stays:
        desk.simulator.join("demo", client_data="Ben", publish="camera")
    close = type(desk.openvidu).close_session

    async def half_way(self: OpenVidu, session: str) -> None:
        await control(desk, f"sessions/{session}/stick", how="half-closed")
        await close(self, session)

    monkeypatch.setattr(type(desk.openvidu), "close_session", half_way)
    await fault(desk, "closeSession", "status", status=500, times=2)
    await submit(desk, "close --session demo")
    told = await desk.told_one()
    assert (await desk.audited())[-1].outcome is Outcome.FAILED
    assert "it was not closed" not in told.text
    assert "Close it once more" in told.text
    assert ("nobody is in it any more" in told.text) is not stays, told.text
    assert told.audience == ("only_user" if stays else "channel")
    assert "Close demo" in [b.label for b in buttons(told.reply)]
    monkeypatch.undo()
    await submit(desk, "close --session demo")
    assert (await desk.audited())[-1].outcome is Outcome.DONE
    assert await desk.openvidu.sessions() == ()


@pytest.mark.parametrize("stick", [phantom, unfinished])
async def test_a_card_says_the_same_and_offers_the_same(hours: Hours, stick: Stick) -> None:
    desk = hours.desk
    await stick(hours)
    session = await desk.openvidu.session("demo")
    now = desk.door.powers.clock.now_ms()
    found = await noticing.of_session(session, desk.openvidu, desk.store, "default", now)
    card = panel.render(
        View(
            session=session,
            args=ShowArgs(session="demo"),
            role=Role.MODERATOR,
            read_at=now,
            condition=found,
            card=True,
        )
    )
    shown = await desk.type("show demo")
    state = str(ways_out.of_session("demo", found))
    assert state in words(card)
    assert state in words(shown)
    labels = [b.label for b in buttons(card)]
    assert "Close demo" in labels
    assert "Stop recording demo" not in labels
    assert "Record demo" not in labels


async def test_what_an_earlier_session_left_running_is_not_this_one_s(hours: Hours) -> None:
    """A crash left a recording with the id of the session; the next session has its own."""
    desk = hours.desk
    desk.simulator.join("demo", publish="camera")
    await desk.type("record start demo")
    await control(desk, "recordings/demo", status="orphan")
    await desk.openvidu.close_session("demo")
    hours.time.advance(60)
    desk.simulator.join("demo", publish="camera")
    await desk.told()
    await desk.type("record stop demo")
    assert "Nothing is being recorded in “demo”" in (await desk.told_one()).text
    for _ in range(2):
        hours.time.advance(60)
        await desk.type("record start demo")
        started = (await desk.told_one()).text
        own = [r.id for r in await desk.openvidu.recordings() if f"(recording `{r.id}`)" in started]
        assert len(own) == 1, started
        assert own != ["demo"]
        await desk.type("record stop demo")
        assert f"(recording `{own[0]}`)" in (await desk.told_one()).text
        await desk.type("record stop demo")
        again = (await desk.told_one()).text.replace("∼", "~")
        assert f"Recording {own[0]} has stopped already" in again
