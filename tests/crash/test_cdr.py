"""SIGKILL while the CDR is read: what was missed is told once, in order, wherever that stopped."""

import json
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.crash import invariants
from tests.crash.rows import Row
from tests.crash.world import World, world_in
from tests.e2e.installation import MODERATION

pytestmark = pytest.mark.crash

READING = ["cdr.written", "cdr.committed"]
PEOPLE = 300
"""More than are stored in one transaction."""


@pytest.fixture(scope="module")
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose OpenVidu keeps a CDR."""
    with world_in(tmp_path_factory.mktemp("cdr"), "--cdr") as running:
        yield running


HOUR = 3_600_000
"""Milliseconds."""
MISSED, EACH = 10_000, 10
"""Events of an hour in a busy place, and how many of them are one person's."""


def told(world: World) -> list[str]:
    """Who joined, as the channel's notices have it, in their order."""
    rows: list[Row] = world.rows.all(
        f"SELECT reply FROM outbox WHERE channel = '{MODERATION}' ORDER BY id"
    )
    found = (re.search(r"\*(\d+)\* joined", row["reply"]) for row in rows)
    return [name[1] for name in found if name]


def test_what_was_missed_is_told_once_in_order(keeper: World, url: str) -> None:
    world = keeper
    with world.database(url):
        world.start_bot()
        world.ask("bind demo participants", MODERATION)
        world.wait(lambda: world.rows.count("cdr"), "the CDR is begun")
        world.settle()
        assert world.bot.end() == 0
        world.control("webhooks", {"mode": "off"})
        for number in range(PEOPLE):
            world.control("sessions/demo/join", {"clientData": str(number)})
        world.die_at_each([*READING, "cdr.written", "event.committed"], lambda: None, settle=False)
        unread = "processed_at IS NULL"
        world.wait(lambda: not world.rows.count("events", unread), "all of it is dealt with")
        world.settle()
        assert told(world) == [str(number) for number in range(PEOPLE)]
        events = world.rows.count("events", "kind = 'participantJoined'")
        assert events == PEOPLE
        invariants.notices_are_told(world, seconds=0)


def test_an_hour_of_ten_thousand_events_is_told_once_in_order_at_its_time(
    keeper: World, url: str
) -> None:
    world = keeper
    with world.database(url):
        world.start_bot()
        world.ask("bind demo participants", MODERATION)
        world.wait(lambda: world.rows.count("cdr"), "the CDR is begun")
        world.settle()
        assert world.bot.end() == 0
        missed = hour(int(time.time() * 1000) - HOUR)
        world.control("cdr", {"events": missed})
        world.start_bot(ready=False)
        world.wait(lambda: world.rows.count("events") >= MISSED // 2, "half of it is read")
        assert world.bot.end(signal.SIGKILL) == -signal.SIGKILL
        read = world.rows.count("events")
        assert MISSED // 2 <= read < MISSED, "it was killed half-way"
        world.free_leases()
        world.start_bot(ready=False)
        world.wait(lambda: world.rows.count("events") >= MISSED, "all of it is read")
        unread = "processed_at IS NULL"
        world.wait(lambda: not world.rows.count("events", unread), "all of it is dealt with")
        kept = [
            json.loads(row["body"]) for row in world.rows.all("SELECT * FROM events ORDER BY id")
        ]
        times = [told["timestamp"] for event in missed for told in event.values()]
        assert [event["timestamp"] for event in kept] == times
        said = sayings(world)
        assert said == [found for event in missed if (found := saying(event))]
        # Slack takes a message a second: what it has by now is the beginning of it, each line once.
        world.wait(lambda: len(in_slack(world)) > 80, "some of it is in Slack")
        posted = in_slack(world)
        assert posted == said[: len(posted)]


def hour(begun: int) -> list[dict[str, Any]]:
    """A thousand people come for a moment, one after another, as the CDR has it: each publishes
    four streams in turn, of which no channel is told."""
    found = []
    for number in range(MISSED):
        person, step = divmod(number, EACH)
        at = begun + number * HOUR // MISSED
        who = {"sessionId": "demo", "connectionId": f"con_{person}", "timestamp": at}
        told, ended = {"clientData": str(person)}, {"startTime": at, "duration": 0}
        media = {"streamId": f"str_CAM_{(step - 1) // 2}_con_{person}", "connection": "OUTBOUND"}
        if step == 0:
            found.append({"participantJoined": who | told})
        elif step == EACH - 1:
            found.append({"participantLeft": who | told | ended | {"reason": "disconnect"}})
        elif step % 2:
            found.append({"webrtcConnectionCreated": who | media})
        else:
            gone = who | media | ended | {"reason": "unpublish"}
            found.append({"webrtcConnectionDestroyed": gone})
    return found


_SAID_OF = {"participantJoined": "joined", "participantLeft": "left"}
Saying = tuple[str, str, int]
"""Who, joined or left, and when (s)."""
_SAID = re.compile(r"\*(\d+)\* (joined|left) session .*?<!date\^(\d+)\^", re.DOTALL)


def saying(event: dict[str, Any]) -> Saying | None:
    """What the channel is to be told of an event, if anything."""
    ((kind, told),) = event.items()
    if kind not in _SAID_OF:
        return None
    return told["clientData"], _SAID_OF[kind], told["timestamp"] // 1000


def sayings(world: World) -> list[Saying]:
    """What the channel's notices say, in their order."""
    rows = world.rows.all(
        "SELECT reply FROM outbox WHERE key LIKE 'event:%'"
        f" AND channel = '{MODERATION}' ORDER BY id"
    )
    return [_read(found) for row in rows for found in [_SAID.search(row["reply"])] if found]


def in_slack(world: World) -> list[Saying]:
    """The same of the channel's messages, most of which tell of many."""
    blocks = [message.get("blocks") or [] for message in world.messages(channel=MODERATION)]
    texts = [str(block.get("text", {}).get("text")) for found in blocks for block in found]
    return [_read(found) for text in texts for found in _SAID.finditer(text)]


def _read(found: re.Match[str]) -> Saying:
    return found[1], found[2], int(found[3])
