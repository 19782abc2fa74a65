"""broadcast start, stop and show: to a named target, whose address and key nobody sees."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog

from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.domain.audit import Outcome
from ovbot.engine.invocation import Source
from ovbot.openvidu.events import parse_event
from ovbot.openvidu.secret import Secret
from tests.commands.steps import fault
from tests.desk import ANA, BEN, GENERAL, MODERATION, Desk, buttons, open_desk, words

KEYS = ("S3CR3T-KEY", "T0PKEY", "rtmp://", "rtmps://", "live.test", "ingest.test")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(tmp_path, edition="pro", profile="2.32") as opened:
        opened.simulator.join("demo", client_data="Ana", publish="camera")
        yield opened


def asked(desk: Desk, operation: str = "startBroadcast") -> list[object]:
    return [r["body"] for r in desk.simulator.app.asked() if r["operation"] == operation]


def kept(folder: Path) -> list[str]:
    """Every file that was written."""
    return [f.read_bytes().decode("latin-1") for f in folder.iterdir() if f.is_file()]


async def test_to_a_target_and_back(desk: Desk) -> None:
    await desk.type("broadcast start demo --to youtube --size 640x480 --frame-rate 15 --video-only")
    assert (
        "<@U01ANA> started broadcasting session `demo` to *youtube*."
        in (await desk.told_one()).text
    )
    assert asked(desk) == [
        {
            "session": "demo",
            "broadcastUrl": "rtmp://live.test/app/S3CR3T-KEY",
            "hasAudio": False,
            "resolution": "640x480",
            "frameRate": 15,
        }
    ]
    assert (await desk.openvidu.session("demo")).broadcasting
    shown = words(await desk.type("broadcast show demo"))
    assert "Session `demo` is being broadcast." in shown
    assert "live to *youtube*, started by <@U01ANA>" in shown
    assert "Targets: youtube, twitch" in shown
    await desk.type("broadcast stop demo")
    assert "stopped the broadcast of session `demo`" in (await desk.told_one()).text
    assert not (await desk.openvidu.session("demo")).broadcasting
    assert "isn't being broadcast" in words(await desk.type("broadcast show demo"))


@pytest.mark.parametrize("early", [True, False], ids=["event first", "answer first"])
async def test_each_channel_hears_once_that_it_began_and_ended(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    """OpenVidu's event may come before its answer is dealt with, and after."""
    await desk.type("bind demo moderation recordings", channel=MODERATION)
    await desk.type("bind demo recordings", channel=GENERAL)
    await desk.told()
    for kind, command in (
        ("broadcastStarted", "broadcast start demo --to youtube"),
        ("broadcastStopped", "broadcast stop demo"),
    ):
        if early:
            operation = "start_broadcast" if kind == "broadcastStarted" else "stop_broadcast"
            answer = getattr(desk.openvidu, operation)

            async def event_first(*args: Any, kind: str = kind, answer: Any = answer) -> None:
                await _hear(desk, kind)
                await answer(*args)

            monkeypatch.setattr(desk.openvidu, operation, event_first)
            await desk.type(command, source=Source.FORM)
        else:
            await desk.type(command, source=Source.FORM)
            await _hear(desk, kind)
        told = await desk.told()
        heard = {each.channel: each.text for each in told}
        assert len(told) == 2, told
        assert f"<@{ANA}> st" in heard[MODERATION]
        assert "broadcast" in heard[GENERAL]
        assert f"<@{ANA}> asked for it" in heard[GENERAL]


async def test_a_broadcast_from_elsewhere_is_told_wherever_recordings_are(desk: Desk) -> None:
    await desk.type("bind demo moderation recordings", channel=MODERATION)
    await desk.told()
    await desk.openvidu.start_broadcast("demo", Secret("rtmp://x.test/a"))
    await _hear(desk, "broadcastStarted")
    assert (await desk.told_one()).text.startswith("Session `demo` is being broadcast.")


async def _hear(desk: Desk, kind: str) -> None:
    clock = desk.door.powers.clock
    body = {"event": kind, "sessionId": "demo", "timestamp": clock.now_ms(), "duration": 3}
    inbox = Inbox(desk.store, "default", clock)
    await inbox.accept([parse_event(msgspec.json.encode(body))])
    await inbox.close()
    await Processor(desk.store, "default", desk.openvidu, clock).step()


async def test_the_panel_says_so_and_has_the_buttons(desk: Desk) -> None:
    panel = await desk.type("show demo")
    assert "being broadcast" not in words(panel)
    (start,) = [b for b in buttons(panel) if b.label.startswith("Broadcast")]
    assert start.command == "broadcast start --session demo ?"
    await desk.type("broadcast start demo --to twitch")
    panel = await desk.type("show demo")
    assert "and is being broadcast" in words(panel)
    assert " · :satellite_antenna: being broadcast" in words(panel)
    (stop,) = [b for b in buttons(panel) if b.label.startswith("Stop broadcast")]
    assert stop.confirm is not None
    await desk.told()
    await desk.type(stop.command, source=Source.BUTTON)
    assert "stopped the broadcast" in (await desk.told_one()).text


async def test_of_several_targets_one_is_chosen(desk: Desk) -> None:
    await desk.type("broadcast start demo")
    question = await desk.told_one()
    youtube, twitch = buttons(question.reply)
    assert (youtube.label, twitch.label) == ("Broadcast to youtube", "Broadcast to twitch")
    assert asked(desk) == []
    await desk.type(twitch.command)
    assert "to *twitch*" in (await desk.told_one()).text
    assert (await desk.audited())[-1].detail == "twitch"


async def test_a_target_that_is_not_there_names_those_that_are(desk: Desk) -> None:
    await desk.type("broadcast start demo --to vimeo")
    told = (await desk.told_one()).text
    assert "There is no broadcast target “vimeo”" in told
    assert "youtube, twitch" in told
    await desk.type("broadcast start demo --to YouTube")
    assert "to *youtube*" in (await desk.told_one()).text


async def test_no_address_and_no_key_is_kept_or_shown_anywhere(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    structlog.get_logger().warning("a log is being written")
    said = []
    for text in (
        "broadcast start demo --to youtube",
        "broadcast show demo",
        "show demo",
        "broadcast start demo --to twitch",
        "broadcast stop demo",
        "audit",
        "help broadcast start",
    ):
        reply = await desk.type(text)
        said.append(words(reply) if reply else "")
    said += [words(one.reply) for one in await desk.told()]
    said.append(repr(desk.door))
    said.append(str(await desk.audited()))
    out = capsys.readouterr()
    said += [out.out, out.err]
    said += kept(tmp_path)
    assert asked(desk)
    for text in said:
        assert not [key for key in KEYS if key in text]


async def test_a_refusal_that_quotes_the_address_is_not_repeated(desk: Desk) -> None:
    body = json.dumps(
        {
            "timestamp": 1,
            "status": 400,
            "error": "Bad Request",
            "message": "cannot use rtmp://live.test/app/S3CR3T-KEY nor S3CR3T-KEY",
            "path": "/openvidu/api/broadcast/start",
        }
    )
    for status in (400, 500):
        await fault(desk, "startBroadcast", "status", status=status, body=body)
        await desk.type("broadcast start demo --to youtube")
        told = words((await desk.told_one()).reply)
        assert not [key for key in KEYS if key in told]
        assert "S3CR3T" not in str(await desk.audited())


async def test_twice_is_already_so(desk: Desk) -> None:
    await desk.type("broadcast stop demo")
    assert "isn't being broadcast" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY
    await desk.type("broadcast start demo --to youtube")
    await desk.told()
    await desk.type("broadcast start demo --to twitch")
    assert "is being broadcast already" in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.ALREADY


async def test_what_cannot_be_broadcast(desk: Desk) -> None:
    desk.simulator.create_session("empty")
    await desk.type("broadcast start empty --to youtube")
    assert "Nobody is connected to session empty" in (await desk.told_one()).text
    await desk.type("create direct --media-mode relayed")
    desk.simulator.join("direct", client_data="Ben")
    await desk.told()
    await desk.type("broadcast start direct --to youtube")
    assert "its media mode is RELAYED" in (await desk.told_one()).text


async def test_an_answer_that_got_lost_is_looked_up(desk: Desk) -> None:
    await fault(desk, "startBroadcast", "drop-after")
    await desk.type("broadcast start demo --to youtube")
    assert "Session `demo` is being broadcast." in (await desk.told_one()).text
    assert (await desk.audited())[-1].answer == "looked: broadcasting"
    await fault(desk, "stopBroadcast", "drop-after")
    await desk.type("broadcast stop demo")
    assert "isn't being broadcast any more" in (await desk.told_one()).text
    await fault(desk, "startBroadcast", "drop-before")
    await desk.type("broadcast start demo --to youtube")
    assert "isn't being broadcast. Try again." in (await desk.told_one()).text
    assert (await desk.audited())[-1].outcome is Outcome.FAILED


async def test_who_may_not_changes_nothing(desk: Desk) -> None:
    await desk.type("bind demo", channel=GENERAL)
    for command in ("broadcast start demo --to youtube", "broadcast stop demo"):
        reply = await desk.type(command, user=BEN, channel=GENERAL)
        assert reply is not None
        assert "needs the role" in reply.text
    assert asked(desk) == asked(desk, "stopBroadcast") == []
    assert "not broadcasting" in words(
        await desk.type("broadcast show demo", user=BEN, channel=GENERAL)
    )


async def test_it_is_made_on_the_media_node_that_is_named(tmp_path: Path) -> None:
    async with open_desk(tmp_path, edition="pro", profile="2.32", media_nodes=2) as desk:
        desk.simulator.join("demo", client_data="Ana", publish="camera")
        nodes = await desk.openvidu.media_nodes(sessions=True)
        (home,) = (node.id for node in nodes if node.sessions)
        (other,) = (node.id for node in nodes if not node.sessions)
        await desk.type("broadcast start demo --to youtube --node media_nowhere")
        told = words((await desk.told_one()).reply)
        assert "a media node must exist and be running" in told
        assert "media_nowhere is not available" in told
        await desk.type(f"broadcast start demo --to youtube --node {other}")
        await desk.told_one()
        assert "Broadcasts: one broadcast (`demo`)" in words(await desk.type(f"node show {other}"))
        assert "Broadcasts" not in words(await desk.type(f"node show {home}"))


@pytest.mark.parametrize("profile", ["2.15", "2.20", "2.31", "2.32"])
async def test_community_says_that_it_takes_pro(tmp_path: Path, profile: str) -> None:
    async with open_desk(tmp_path, profile=profile) as desk:
        desk.simulator.join("demo", client_data="Ana")
        for command in ("broadcast start demo --to youtube", "broadcast stop demo"):
            await desk.type(command)
            assert "To broadcast sessions takes OpenVidu Pro" in (await desk.told_one()).text
        reply = words(await desk.type("broadcast show demo"))
        assert "To broadcast sessions takes OpenVidu Pro" in reply


@pytest.mark.parametrize("profile", ["seed", "2.20"])
async def test_a_server_that_is_too_old_says_so(tmp_path: Path, profile: str) -> None:
    async with open_desk(tmp_path, profile=profile, edition="pro") as desk:
        desk.simulator.join("demo", client_data="Ana")
        await desk.type("broadcast start demo --to youtube")
        assert "takes OpenVidu 2.26 or later" in (await desk.told_one()).text


async def test_without_targets_it_says_who_can_name_them(desk: Desk) -> None:
    desk.given(broadcast_targets={})
    await desk.type("broadcast start demo")
    assert "OVBOT_BROADCAST_TARGETS" in words((await desk.told_one()).reply)
    assert not [b for b in buttons(await desk.type("show demo")) if "roadcast" in b.label]
