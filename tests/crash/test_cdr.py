"""SIGKILL while the CDR is read: what was missed is told once, in order, wherever that stopped."""

import re
from collections.abc import Iterator

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
