"""record start, record stop and recording list."""

from ovbot.domain.audit import Outcome
from tests.desk import BEN, Desk, words


async def test_start_and_stop(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo --name lecture")
    told = await desk.told_one()
    assert "started recording session `demo` (recording `demo`)" in told.text
    (running,) = await desk.openvidu.recordings()
    assert (running.name, running.status) == ("lecture", "started")
    await desk.type("rec stop demo")
    assert "stopped the recording of session `demo`" in (await desk.told_one()).text
    (stopped,) = await desk.openvidu.recordings()
    assert stopped.status == "ready"


async def test_the_panel_offers_what_fits(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    assert "Recording: not recording" in words(await desk.type("show demo"))
    await desk.type("record start demo")
    assert "Recording: :red_circle: recording" in words(await desk.type("show demo"))


async def test_starting_twice_is_already_so(desk: Desk) -> None:
    desk.simulator.join("demo")
    await desk.type("record start demo")
    await desk.told()
    await desk.type("record start demo")
    assert "is being recorded already" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_an_empty_session_cannot_be_recorded(desk: Desk) -> None:
    desk.simulator.create_session("demo")
    await desk.type("record start demo")
    told = await desk.told_one()
    assert "Nobody is connected to session demo" in told.text
    assert (await desk.audited())[-1].answer == "406 record_start.nobody_connected"


async def test_stopping_what_has_stopped_is_already_so(desk: Desk) -> None:
    desk.simulator.join("demo")
    await desk.type("record start demo")
    await desk.type("record stop demo")
    await desk.told()
    await desk.type("record stop demo")
    assert "has stopped already (it is ready)" in (await desk.told_one()).text


async def test_a_recording_without_anything_is_refused(desk: Desk) -> None:
    desk.simulator.join("demo")
    await desk.type("record start demo --audio-only --video-only")
    assert "would be empty" in (await desk.told_one()).text
    assert await desk.openvidu.recordings() == ()


async def test_a_bad_size_is_refused_at_the_grammar(desk: Desk) -> None:
    assert "Not understood" in words(await desk.type("record start demo --size 20x99999"))


async def test_the_list_shows_only_what_i_may_see(desk: Desk) -> None:
    for session in ("demo", "other"):
        desk.simulator.join(session)
        await desk.type(f"record start {session}")
    await desk.type("record stop demo")
    await desk.type("bind demo")
    everything = words(await desk.type("recording list"))
    assert "two recordings" in everything
    assert ":red_circle: being recorded" in everything
    mine = words(await desk.type("recs", user=BEN))
    assert "one recording" in mine
    assert ":white_check_mark: ready" in mine
    assert "session `other`" not in mine
    ready = words(await desk.type("recording list --status ready --session d*"))
    assert "one recording" in ready


async def test_a_layout_that_is_not_there_is_refused_before_anything_is_recorded(
    desk: Desk,
) -> None:
    desk.simulator.join("demo")
    for command in ("record start demo --layout custom:team/tall", "create x --layout custom:tall"):
        await desk.type(command)
        told = (await desk.told_one()).text
        assert "there is no page" in told
        assert "tall/index.html" in told
    assert await desk.openvidu.recordings() == ()
    assert [each.session_id for each in await desk.openvidu.sessions()] == ["demo"]
    await desk.type("record start demo --layout custom:team/wide")
    (running,) = await desk.openvidu.recordings()
    assert running.custom_layout == "team/wide"
