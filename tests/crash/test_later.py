"""An announced closing, by people over Slack, and a bot that dies before, while and after it."""

import signal

import pytest

from ovbot.clock import SystemClock
from tests.crash import invariants
from tests.crash.world import World
from tests.e2e.installation import MODERATION, eventually

pytestmark = pytest.mark.crash


def announce(world: World) -> None:
    """Fill in the form, and wait until the channel is told."""
    world.type("close demo --warn 5m", channel=MODERATION)
    eventually(lambda: "5 min after" in str(world.modal()), "the form tells when")
    world.submit()
    world.hear("will close session `demo`", channel=MODERATION)


def is_due(world: World) -> None:
    """Five minutes pass."""
    world.rows.run(f"UPDATE later SET due_at = {SystemClock().now_ms()}")


@pytest.mark.parametrize(
    "point",
    [
        "",
        "later.found",
        "intent.committed:2",
        "attempt.committed:2",
        "openvidu.answered:2",
        "outcome.committed:2",
    ],
)
def test_the_session_is_closed_once(world: World, url: str, point: str) -> None:
    with world.database(url):
        world.start_bot(point)
        world.join("Lina")
        announce(world)
        if not point:
            assert world.bot.end(signal.SIGKILL) == -signal.SIGKILL
        is_due(world)
        if not point:
            world.revive()
        else:
            world.wait(lambda: world.deaths, f"it dies at {point}")
        world.settle()
        assert world.people() == []
        assert len(world.asked("closeSession", 204)) == 1
        done = world.rows.all(
            "SELECT * FROM audit WHERE command = 'close' AND outcome = 'done' ORDER BY id"
        )
        assert len(done) == 2, "announced, and closed"
        assert world.rows.count("outbox", f"key = 'action:{done[1]['ref']}'") == 1
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_told(world.rows)
        invariants.notices_are_told(world, seconds=0)


def test_a_stop_finishes_what_has_begun(world: World, url: str) -> None:
    with world.database(url):
        world.start_bot()
        world.join("Lina")
        announce(world)
        world.control("faults", {"operation": "closeSession", "fault": "delay", "seconds": 3})
        is_due(world)
        begun = "phase = 'attempt' AND command = 'close'"
        world.wait(lambda: world.rows.count("audit", begun) == 2, "it is being closed")
        assert world.bot.end(signal.SIGTERM) == 0
        assert world.rows.count("audit", "phase = 'outcome' AND outcome = 'done'") == 2
        assert world.people() == []
        invariants.outcomes_are_told(world.rows)
        invariants.notices_are_told(world, seconds=0)
