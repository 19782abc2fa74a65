"""SIGKILL at every commit boundary: afterwards OpenVidu, Slack and the database tell one story.

The story: two channels are bound, Lina is removed, and a session is recorded until it is ready.
"""

import json
import re
import signal
from pathlib import Path

import pytest

import ovbot
from ovbot.clock import SystemClock
from tests.crash import invariants
from tests.crash.test_cdr import READING
from tests.crash.test_commits import CHAINS
from tests.crash.test_later import announce
from tests.crash.world import World
from tests.e2e.installation import ANA, GENERAL, MODERATION, eventually

pytestmark = pytest.mark.crash

# The actions are: bind, bind, kick, record start, record stop. Each time that it has died it comes
# back with the next point in its way, which it counts anew.
KICK = ["intent.written:3", "intent.committed", "attempt.committed", "openvidu.answered"]
START = ["attempt.written:4", "openvidu.answered"]
STOP = ["outcome.written:4", "openvidu.answered"]
TOLD = [
    "outcome.committed:4",
    "claim.written",
    "claim.committed",
    "notice.posting",
    "notice.posted",
    "mark.written",
    "mark.committed",
]
"""What is told of a recording that has begun is claimed, posted and marked as posted."""
EVENT = ["webhook.written", "webhook.committed", "event.found", "event.written", "event.committed"]
STORIES = [KICK, START, STOP, TOLD, EVENT]
AT_START = ["sweep.written", "sweep.committed", "recording.claimed", "notice.posted"]
"""The bot was away when the recording was ready: what its first sweep comes upon."""
GONE = ["sessions.written:2", "sessions.committed:2"]
PLANNED = [
    "later.found",
    "intent.written",
    "intent.committed",
    "attempt.committed",
    "openvidu.answered",
    "outcome.committed",
]
"""A planned command is due."""
CALLED_OFF = ["calloff.written", "calloff.committed", "amendment.sending", "amendment.sent"]
"""The message that announced it loses its buttons."""
MISSED = ["later.found", "later.written", "later.committed"]
"""The bot was away when it was due."""
MIGRATION = ["migration.begun", "migration.written", "migration.committed"]


def seconds_at(*points: str) -> int:
    """How many messages may be there twice: Slack has it, and nobody wrote that down."""
    return sum(point.startswith(("notice.posted", "mark.written")) for point in points)


def test_every_point_of_the_code_has_a_story() -> None:
    code = "".join(path.read_text() for path in Path(ovbot.__path__[0]).rglob("*.py"))
    points = set(re.findall(r'\breach\("([a-z.]+)"\)', code))
    stories = [*STORIES, AT_START, GONE, PLANNED, CALLED_OFF, MISSED, MIGRATION, READING, *CHAINS]
    told = {point.partition(":")[0] for story in stories for point in story}
    assert points == told


def tell(world: World) -> None:
    """The story, by people who ask again when they are told to."""
    world.ask("bind demo moderation", GENERAL)
    world.ask("bind demo recordings", MODERATION)
    world.join("Lina")
    world.join("Tom")
    world.ask("kick Lina", GENERAL)
    world.ask("record start demo", MODERATION)
    world.ask("record stop demo", MODERATION)
    world.send_the_last_event()


@pytest.mark.parametrize("points", STORIES, ids=lambda points: points[0])
def test_killed_in_the_story(world: World, url: str, points: list[str]) -> None:
    with world.database(url):
        world.control("webhooks", {"mode": "off"})
        world.start_bot(points[0])
        world.die_next(points[1:])
        tell(world)
        if points is EVENT:
            world.wait(lambda: world.deaths, "it has not taken the event")
            world.send_the_last_event()
        world.wait(lambda: world.deaths == len(points), f"it dies at each of {points}")
        world.settle()
        assert world.people() == ["Tom"]
        assert [r["status"] for r in world.truth()["recordings"]] == ["ready"]
        invariants.check(world, seconds=seconds_at(*points))


@pytest.mark.parametrize("point", AT_START)
def test_killed_while_catching_up(world: World, url: str, point: str) -> None:
    with world.database(url):
        world.start_bot()
        world.ask("bind demo recordings", MODERATION)
        world.join("Lina")
        world.ask("record start demo", MODERATION)
        world.settle()
        assert world.bot.end() == 0
        world.control("recordings/demo", {"status": "ready"})
        world.start_bot(point, ready=False)
        world.die()
        world.revive()
        world.settle()
        world.hear("is ready", channel=MODERATION)
        invariants.each_recording_is_announced_once(world)
        invariants.notices_are_told(world, seconds=seconds_at(point))


@pytest.mark.parametrize("point", GONE)
def test_killed_while_a_session_is_found_gone(world: World, url: str, point: str) -> None:
    with world.database(url):
        with world.sweeping():
            world.start_bot(point)
            world.ask("bind demo session", MODERATION)
            world.join("Lina")
            eventually(lambda: world.rows.count("sessions"), "the session is known")
            world.control("webhooks", {"mode": "off"})
            (lina,) = world.truth()["sessions"][0]["participants"]
            world.control("sessions/demo/leave", {"connectionId": lina["connectionId"]})
            world.die()
            world.revive()
            world.hear("ended", channel=MODERATION)
            world.settle()
        assert world.rows.count("outbox", "key LIKE 'session:%:ended'") == 1
        invariants.notices_are_told(world, seconds=0)


def plan_a_kick(world: World, due_at: int) -> None:
    """As an action would have planned it; due at a moment (ms)."""
    values = {
        "ref": "planning",
        "team": "T01SANDBOX",
        "server": "default",
        "actor": ANA,
        "channel": MODERATION,
        "session": "demo",
        "verb": "kick",
        "about": "Lina",
        "command": "kick --session demo Lina",
        "said": "remove Lina",
        "label": "Kick Lina now",
        "again": "kick --session demo Lina ?",
    }
    names = ", ".join([*values, "due_at", "created_at"])
    texts = ", ".join(f"'{value}'" for value in values.values())
    world.rows.run(f"INSERT INTO later ({names}) VALUES ({texts}, {due_at}, {due_at})")


def now_ms() -> int:
    return SystemClock().now_ms()


@pytest.mark.parametrize("point", PLANNED)
def test_killed_while_a_planned_command_enters(world: World, url: str, point: str) -> None:
    with world.database(url):
        world.start_bot(point)
        world.join("Lina")
        world.join("Tom")
        plan_a_kick(world, now_ms())
        world.wait(lambda: world.deaths, f"it dies at {point}")
        world.settle()
        assert world.people() == ["Tom"]
        # What was planned and is found not to be done is planned anew.
        asked_again = point in {"intent.committed", "attempt.committed"}
        assert world.rows.count("later") == world.rows.count("later", "state = 'entered'")
        assert world.rows.count("later") == 1 + asked_again
        assert world.rows.count("audit", "phase = 'intent'") == 1 + asked_again
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_true(world)
        invariants.outcomes_are_told(world.rows)
        invariants.notices_are_told(world, seconds=0)


@pytest.mark.parametrize("point", CALLED_OFF)
def test_killed_while_a_closing_is_called_off(world: World, url: str, point: str) -> None:
    with world.database(url):
        world.start_bot(point)
        world.join("Lina")
        announce(world)
        world.ask("keep demo", MODERATION)
        world.settle()
        assert world.deaths == 1
        world.hear("called off the closing of session `demo`", channel=MODERATION)
        (row,) = world.rows.all("SELECT * FROM later")
        (done,) = world.rows.all("SELECT * FROM audit WHERE command = 'keep' AND outcome = 'done'")
        assert (row["state"], row["ended_by"]) == ("called off", done["ref"])
        assert world.people() == ["Lina"]
        announced = world.hear("Called off", channel=MODERATION)
        assert "will close session `demo`" in announced["text"]
        assert '"button"' not in json.dumps(announced["blocks"])
        invariants.each_intent_has_one_outcome(world.rows)
        invariants.outcomes_are_told(world.rows)
        invariants.notices_are_told(world, seconds=0)


@pytest.mark.parametrize("point", MISSED)
def test_killed_while_telling_what_was_missed(world: World, url: str, point: str) -> None:
    with world.database(url):
        world.start_bot(point)
        world.join("Lina")
        plan_a_kick(world, now_ms() - 3_600_000)
        world.wait(lambda: world.deaths, f"it dies at {point}")
        world.settle()
        world.hear("ovbot was away then", channel=MODERATION)
        assert world.people() == ["Lina"]
        assert world.rows.count("audit") == 0
        assert world.rows.count("later", "state = 'missed'") == 1
        invariants.notices_are_told(world, seconds=0)


@pytest.mark.parametrize("point", MIGRATION)
def test_killed_in_a_migration(world: World, bare_url: str, point: str) -> None:
    with world.database(bare_url):
        assert world.migrate(point) == -signal.SIGKILL
        tables = world.rows.count("ovbot_schema")
        assert tables == (1 if point == "migration.committed" else 0)
        assert world.migrate() == 0
        world.control("webhooks", {"mode": "off"})
        world.start_bot()
        tell(world)
        world.settle()
        invariants.check(world)
