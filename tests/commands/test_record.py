"""record start, record stop and recording list."""

from pathlib import Path

import pytest

from ovbot.domain.audit import Outcome
from tests.desk import BEN, Desk, open_desk, words


async def test_start_and_stop(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type("record start demo --name lecture")
    told = await desk.told_one()
    assert "started recording session `demo`." in told.text
    (running,) = await desk.openvidu.recordings()
    assert (running.name, running.status) == ("lecture", "started")
    await desk.type("rec stop demo")
    assert "stopped the recording of session `demo`" in (await desk.told_one()).text
    (stopped,) = await desk.openvidu.recordings()
    assert stopped.status == "ready"


async def test_the_panel_offers_what_fits(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana")
    assert " · not recording" in words(await desk.type("show demo"))
    await desk.type("record start demo")
    assert " · :red_circle: recording" in words(await desk.type("show demo"))


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


@pytest.mark.parametrize(
    "path",
    ["..", "../x", "a/../b", "a/..", "/etc", "a//b", ".", "a/./b", "http://x.test/a", "//x.test"],
)
@pytest.mark.parametrize("command", ["record start demo", "create x", "broadcast start demo"])
async def test_a_layout_leads_nowhere_else(desk: Desk, command: str, path: str) -> None:
    """OpenVidu would join the path unchecked, and open a URL."""
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    before = len(desk.simulator.app.asked())
    said = words(await desk.type(f"{command} --layout custom:{path}"))
    assert "Not understood" in said
    assert "layout" in said
    assert len(desk.simulator.app.asked()) == before, "nothing was asked of OpenVidu"


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


async def test_a_recording_as_it_was_asked_for(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        await desk.type("record start demo --size 640x480 --frame-rate 30 --shm-size 256")
        assert "started recording" in (await desk.told_one()).text
        (asked,) = [r for r in desk.simulator.app.asked() if r["operation"] == "startRecording"]
        assert asked["body"] == {
            "session": "demo",
            "resolution": "640x480",
            "frameRate": 30,
            "shmSize": 256 * 1024 * 1024,
        }
        await desk.type("record stop demo")
        await desk.type("record start demo --mode individual --ignore-failed-streams")
        asked = [r for r in desk.simulator.app.asked() if r["operation"] == "startRecording"][-1]
        assert asked["body"]["ignoreFailedStreams"] is True


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--ignore-failed-streams", "only with one file for each stream"),
        ("--ignore-failed-streams --mode composed", "only with one file for each stream"),
        ("--mode individual --frame-rate 30", "--frame-rate works only with one file for all"),
        ("--mode individual --shm-size 256", "--shm-size works only with one file for all"),
        ("--mode individual --node media_1", "--node works only with one file for all"),
        ("--audio-only --size 640x480", "--audio-only records none"),
    ],
)
async def test_what_openvidu_would_ignore_is_refused(
    tmp_path: Path, options: str, said: str
) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        await desk.type(f"record start demo {options}")
        assert said in (await desk.told_one()).text
        assert await desk.openvidu.recordings() == ()


async def test_where_individual_is_usual_that_counts(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        await desk.type("create demo --mode individual")
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        await desk.told()
        await desk.type("record start demo --frame-rate 30")
        assert "works only with one file for all" in (await desk.told_one()).text
        await desk.type("record start demo --ignore-failed-streams")
        assert "started recording" in (await desk.told_one()).text


@pytest.mark.parametrize(
    "options", ["--frame-rate 30", "--mode individual --ignore-failed-streams"]
)
async def test_an_old_server_is_not_asked_for_what_it_lacks(desk: Desk, options: str) -> None:
    desk.simulator.join("demo", client_data="Ana", publish="camera")
    await desk.type(f"record start demo {options}")
    assert "takes OpenVidu 2.18 or later" in (await desk.told_one()).text
    assert await desk.openvidu.recordings() == ()


@pytest.mark.parametrize("options", ["--frame-rate 0", "--frame-rate 121", "--shm-size 127"])
async def test_a_number_out_of_range_is_refused_at_the_grammar(desk: Desk, options: str) -> None:
    assert "Not understood" in words(await desk.type(f"record start demo {options}"))
