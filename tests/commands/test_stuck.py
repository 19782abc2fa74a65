"""What gets stuck at OpenVidu: every command gives it the same name, and a way out that works."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from ovbot.engine import recording_of
from tests.commands.later import Hours, open_hours
from tests.commands.steps import control, form, submit
from tests.desk import buttons, words

PROFILES = ("2.15", "2.32")


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
