"""Everything that the published documentation says OpenVidu tells can be seen in some answer."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import stamina

from ovbot.domain.markup import when
from ovbot.domain.reply import Paragraph
from ovbot.domain.words import duration, size
from ovbot.engine.invocation import Source
from ovbot.openvidu.models import Recording
from ovbot.openvidu.recording_settings import RecordingSettings
from ovbot.sandbox.openvidu.state.model import Publishing
from tests.desk import BEN, GENERAL, Desk, open_desk, words

TABLES = Path(__file__).parent / "documented"
HIDDEN = {
    "Connection.token": "whoever has it can join in somebody's name",
    "Recording.url": "people get a link of their own, not the server's address",
    "Media Node.kurentoInfo": "its shape is subject to change: node show --extra tells its version",
}
"""What is told to nobody, and why."""


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    at_once = {"launch_seconds": 0.0, "processing_seconds": 0.0}
    async with open_desk(tmp_path, edition="pro", profile="seed", **at_once) as opened:
        yield opened


def documented() -> set[str]:
    """The properties that the tables name: those of the objects, of what lies in them, of nodes."""
    found: set[str] = set()
    community = (TABLES / "community.md").read_text()
    for name in ("Session", "Connection", "Recording"):
        table = community.split(f"### {name} object")[1].split("\n### ")[0]
        for line in re.findall(r"^\| (\w+ \|.*)$", table, re.MULTILINE):
            outer, _, rest = line.partition(" ")
            found.add(f"{name}.{outer}")
            if outer in {"publishers", "subscribers"}:
                inner = re.findall(r"<li[^>]*>(\w+) \(", rest)
                found |= {f"{outer[:-1].capitalize()}.{each}" for each in inner}
    pro = (TABLES / "pro.txt").read_text().split("Returned JSON")[1].split("HTTP responses")[0]
    return found | {f"Media Node.{each}" for each in re.findall(r"^\s*• (\w+):", pro, re.MULTILINE)}


async def test_every_documented_property_is_told(desk: Desk) -> None:
    expected = await _told(desk)
    assert set(expected) | set(HIDDEN) == documented()
    missing = {name: said for name, (said, answer) in expected.items() if said not in answer}
    assert missing == {}


async def _ready(desk: Desk, id_: str) -> Recording:
    async for tries in stamina.retry_context(on=AssertionError, wait_initial=0.01, attempts=50):
        with tries:
            recording = await desk.openvidu.recording(id_)
            assert recording.status == "ready"
    return recording


async def _told(desk: Desk) -> dict[str, tuple[str, str]]:
    """For each property what is said of it, and the answer in which it has to be."""
    await desk.openvidu.create_session(
        custom_session_id="exam",
        recording_mode="ALWAYS",
        recording=RecordingSettings(recording_layout="CUSTOM", custom_layout="wide"),
    )
    publishing = Publishing(
        kind="SCREEN",
        frame_rate=17,
        dimensions='{"width":1234,"height":567}',
        audio_active=False,
        video_active=False,
        filter={"type": "GStreamerFilter", "options": {"command": "videobalance"}},
    )
    desk.simulator.world.people.join(
        "exam",
        client_data="Ana",
        server_data="user-17",
        role="MODERATOR",
        publish=publishing,
        platform="Firefox 80.0 on Mac OS X 10.7.2",
    )
    ben = desk.simulator.world.people.join("exam", client_data="Ben", watch=True)
    session = await desk.openvidu.session("exam")
    by_name = {each.client_data: each for each in session.connections}
    stream, watched = by_name["Ana"].publishers[0], by_name["Ben"].subscribers[0]
    recorded = words(await desk.type("show exam --details"))
    await desk.simulator.stop_recording("exam")
    recording = await _ready(desk, "exam")
    assert recording.size > 1000
    assert recording.duration > 0
    node = (await desk.openvidu.media_nodes())[0]
    assert node.connection_time
    assert node.uri
    assert node.ip
    exam = words(await desk.type("show exam --details"))
    file = words(await desk.type("recording show exam"))
    machine = words(await desk.type(f"node show {node.id}"))
    desk.simulator.world.nodes.crash(desk.simulator.world.nodes.all[node.id])
    lost = (await desk.openvidu.media_nodes())[0]
    assert lost.disconnection_time
    broken = words(await desk.type(f"node show {node.id}"))
    return {
        "Session.sessionId": ("id `exam`", exam),
        "Session.createdAt": (f"Open since {when(session.created_at, day=False)}", exam),
        "Session.mediaMode": ("Media mode: `ROUTED`", exam),
        "Session.recording": (" · :red_circle: recording for", recorded),
        "Session.recordingMode": ("Recorded: `ALWAYS`", exam),
        "Session.defaultOutputMode": ("Recordings: `COMPOSED`", exam),
        "Session.defaultRecordingLayout": ("Layout: `CUSTOM`", exam),
        "Session.defaultCustomLayout": ("Custom layout: `wide`", exam),
        "Session.customSessionId": ("Id was chosen: `exam`", exam),
        "Session.connections": ("Connections: 2", exam),
        "Connection.connectionId": (ben.id, exam),
        "Connection.createdAt": (f"since {when(by_name['Ben'].created_at, day=False)}", exam),
        "Connection.location": ("location unknown", exam),
        "Connection.platform": ("Firefox 80.0 on Mac OS X 10.7.2", exam),
        "Connection.role": ("`MODERATOR`", exam),
        "Connection.serverData": ("server data `user-17`", exam),
        "Connection.clientData": ("client data `Ana`", exam),
        "Connection.publishers": ("publishes screen", exam),
        "Connection.subscribers": ("watches *Ana* (screen", exam),
        "Publisher.streamId": (f"`{stream.stream_id}`", exam),
        "Publisher.createdAt": (f"since {when(stream.created_at)}", exam),
        "Publisher.mediaOptions": ("publishes screen", exam),
        "Publisher.hasVideo": ("picture off", exam),
        "Publisher.hasAudio": ("sound muted", exam),
        "Publisher.videoActive": ("picture off", exam),
        "Publisher.audioActive": ("sound muted", exam),
        "Publisher.frameRate": ("17 frames a second", exam),
        "Publisher.videoDimensions": ("1234x567", exam),
        "Publisher.typeOfVideo": ("publishes screen", exam),
        "Publisher.filter": ("filter GStreamerFilter", exam),
        "Subscriber.streamId": ("watches *Ana* (screen", exam),
        "Subscriber.createdAt": (f"since {when(watched.created_at)}", exam),
        "Recording.id": ("Id: `exam`", file),
        "Recording.name": ("Recording exam", file),
        "Recording.outputMode": ("Files: one file for all", file),
        "Recording.hasAudio": ("sound and picture", file),
        "Recording.hasVideo": ("sound and picture", file),
        "Recording.resolution": ("Picture: 1920x1080", file),
        "Recording.recordingLayout": ("Layout: `CUSTOM`", file),
        "Recording.customLayout": ("Custom layout: `wide`", file),
        "Recording.sessionId": ("Session: `exam`", file),
        "Recording.createdAt": (f"Started: {when(recording.created_at)}", file),
        "Recording.size": (f"Size: {size(recording.size)}", file),
        "Recording.duration": (f"Length: {duration(recording.duration)}", file),
        "Recording.status": ("State: :white_check_mark: ready", file),
        "Media Node.id": (f"Id: `{node.id}`", machine),
        "Media Node.environmentId": (f"Id in its environment: `{node.environment_id}`", machine),
        "Media Node.ip": (f"IP: `{node.ip}`", machine),
        "Media Node.uri": (f"URI: `{node.uri}`", machine),
        "Media Node.connected": ("connected since", machine),
        "Media Node.connectionTime": (f"connected since {when(node.connection_time)}", machine),
        "Media Node.disconnectionTime": (
            f"connection lost {when(lost.disconnection_time)}",
            broken,
        ),
        "Media Node.sessions": ("Sessions: 1 (two people)", machine),
        "Media Node.load": (f"load {node.load} %", machine),
        "Media Node.status": ("State: :large_green_circle: running", machine),
    }


@pytest.mark.parametrize("profile", ["2.15", "2.20", "2.31", "2.32"])
async def test_a_camera_tells_its_options_and_not_how_to_get_in(
    tmp_path: Path, profile: str
) -> None:
    async with open_desk(tmp_path, profile=profile) as desk:
        desk.simulator.join("demo", client_data="Ana")
        uri = "rtsp://me:hunter2@cam.test/s3cr3t"
        await desk.type(f"camera demo {uri} --name Door", source=Source.FORM)
        shown = words(await desk.type("show demo --details"))
        assert "adaptive bitrate yes" in shown
        assert "plays only while watched yes" in shown
        assert "at `rtsp://cam.test/***`" in shown
        assert ("buffer 2000 ms" in shown) is (profile != "2.15")
        assert "hunter2" not in shown
        assert "s3cr3t" not in shown


async def test_the_defaults_that_later_versions_tell(tmp_path: Path) -> None:
    async with open_desk(tmp_path, profile="2.32") as desk:
        await desk.type("create demo --recording-name x --size 640x480 --frame-rate 12 --codec vp8")
        desk.simulator.join("demo", client_data="Ana")
        shown = words(await desk.type("show demo --details"))
        for said in (
            "Recordings' name: `x`",
            "Picture: 640x480, 12 a second",
            "Recording memory: 512 MB",
            "Video codec: `VP8`",
            "Transcoding: no",
            "`127.0.0.1`",
        ):
            assert said in shown


async def test_no_join_token_is_shown(tmp_path: Path) -> None:
    for profile in ("seed", "2.20", "2.32"):
        folder = tmp_path / profile
        folder.mkdir()
        async with open_desk(folder, profile=profile) as desk:
            desk.simulator.join("demo", client_data="Ana")
            token = await desk.openvidu.create_token("demo")
            desk.simulator.join("demo", client_data="Ben", token=token.secret.reveal())
            shown = words(await desk.type("show demo --details"))
            assert "Ben" in shown
            assert "tok_" not in shown


async def test_what_is_said_of_people_is_for_moderators(desk: Desk) -> None:
    desk.simulator.join("demo", client_data="Ana <!channel>", server_data="user-17")
    await desk.type("bind demo", channel=GENERAL)
    mine = words(await desk.type("show demo --details"))
    assert "server data `user-17`" in mine
    assert "<!channel>" not in mine
    theirs = words(await desk.type("show demo --details", user=BEN, channel=GENERAL))
    assert "`PUBLISHER`" in theirs
    for hidden in ("user-17", "client data", "location", "Chrome"):
        assert hidden not in theirs


async def test_many_watched_streams_are_counted(desk: Desk) -> None:
    for number in range(12):
        desk.simulator.join("demo", client_data=f"p{number}", publish="camera")
    desk.simulator.world.people.join("demo", client_data="Zoe", watch=True)
    reply = await desk.type("show demo --details --find Zoe")
    assert reply is not None
    (zoe,) = [p.text for p in reply.parts if isinstance(p, Paragraph) and "Zoe" in p.text]
    assert "watches" in zoe
    assert "four other streams" in zoe
