"""kill -9 at the worst moment, and what is there after the restart."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.installation import BEN, Installation, eventually, installation

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Installation]:
    # The sweep would find the recording too: here the event alone must be enough.
    with installation(tmp_path, OVBOT_SWEEP_SECONDS="3600") as running:
        yield running


def test_killed_between_the_200_and_the_message(world: Installation) -> None:
    world.join("Lina")
    world.type("bind demo recordings")
    world.hear("bound this channel")
    world.type("record start")
    world.hear("started recording")
    world.control("webhooks", {"mode": "off"})
    world.type("record stop")
    world.hear("stopped the recording")
    eventually(lambda: world.recording("demo")["status"] == "ready", "it is ready")
    event = {
        "sessionId": "demo",
        "timestamp": int(time.time() * 1000),
        "startTime": int(time.time() * 1000) - 3000,
        "id": "demo",
        "name": "demo",
        "status": "ready",
        "event": "recordingStatusChanged",
    }
    # Slack refuses, so that the message cannot have left before the kill.
    world.slack_fault(method="chat.postMessage", times=2, status=503)
    assert world.post_webhook(json.dumps(event).encode()) == 200
    world.bot.end(signal.SIGKILL)
    assert not world.saying("is ready")
    world.start_bot()
    world.hear("is ready", user=BEN)
    assert world.post_webhook(json.dumps(event).encode()) == 200
    world.type("bindings")
    world.hear("This channel is bound to demo")
    assert len(world.saying("is ready", user=BEN)) == 1


def test_killed_before_openvidu_was_asked(world: Installation) -> None:
    world.join("Lina")
    world.type("bind demo")
    world.hear("bound this channel")
    world.control("faults", {"operation": "getSession", "fault": "delay", "seconds": 15})
    world.type("kick Lina")
    world.bot.end(signal.SIGKILL)
    world.start_bot()
    told = world.hear("before it asked OpenVidu, so nothing was done")
    assert told["is_ephemeral"] is True
    assert world.people() == ["Lina"]


def test_killed_while_openvidu_acts(world: Installation) -> None:
    world.join("Lina")
    world.join("Tom")
    world.type("bind demo")
    world.hear("bound this channel")
    world.control("faults", {"operation": "disconnect", "fault": "delay-after", "seconds": 15})
    world.type("kick Lina")
    eventually(lambda: world.people() == ["Tom"], "OpenVidu has done it")
    world.bot.end(signal.SIGKILL)
    world.start_bot()
    told = world.hear("*Lina* is not in session `demo` any more", user=BEN)
    assert "<@U01ANA> had asked for it" in told["text"]
    assert len(world.saying("Lina", user=BEN)) == 1


def test_sigterm_finishes_what_was_acknowledged(world: Installation) -> None:
    world.join("Lina")
    world.join("Tom")
    world.type("bind demo")
    world.hear("bound this channel")
    world.control("faults", {"operation": "disconnect", "fault": "delay-after", "seconds": 2})
    world.type("kick Lina")
    assert world.bot.end(signal.SIGTERM) == 0
    world.start_bot()
    world.hear("removed *Lina*", user=BEN)
    assert len(world.saying("removed", user=BEN)) == 1
    assert "Traceback" not in world.bot.said
