"""SIGKILL at random moments while people give commands and OpenVidu sends its events.

Every room is a session of its own with a channel of its own, and its people never hear of a crash.
"""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from tests.crash import invariants
from tests.crash.rows import Rows
from tests.crash.world import World, patiently

pytestmark = pytest.mark.crash

KILLS = int(os.environ.get("OVBOT_TEST_KILLS", "4"))
SEED = int(os.environ.get("OVBOT_TEST_SEED", "2026"))
ROOMS = 6
BACKLOG = 4
"""Messages that a channel may be behind: it gets one a second."""


def went_on(rows: Rows, seen: int) -> bool:
    """Whether some more has been recorded since."""
    return rows.count("audit") > seen + 5


def channel_of(room: int) -> str:
    return f"C{room:02}ROOM"


class Crowd:
    """What goes on in the rooms until the end is wanted: each round kicks and records."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._wanted = True
        self._threads = [threading.Thread(target=self._live, args=(i,)) for i in range(ROOMS)]
        self.rounds = [0] * ROOMS
        self.faults: list[BaseException] = []

    @contextmanager
    def about(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._wanted = False
            for thread in self._threads:
                thread.join()

    def _live(self, room: int) -> None:
        try:
            while self._wanted:
                self._round(room)
                self.rounds[room] += 1
        except BaseException as fault:
            self.faults.append(fault)
            raise

    def _round(self, room: int) -> None:
        world, session, channel = self._world, f"room-{room}", channel_of(room)
        name = f"Guest{self.rounds[room]}"
        world.join(name, session)
        self._say(f"kick {name}", channel)
        self._say("record start", channel)
        self._say("record stop", channel)
        late = f"status = 'pending' AND channel = '{channel}'"
        patiently(lambda: world.rows.count("outbox", late) < BACKLOG, f"{channel} keeps up")

    def _say(self, text: str, channel: str) -> None:
        """Say it until Slack shows no failure: ovbot has promised it then."""
        while self._wanted and not self._world.try_to_type(text, channel):
            threading.Event().wait(0.1)


def test_killed_at_random_moments(world: World, url: str) -> None:
    print(f"seed {SEED}, {KILLS} kills")
    dice = random.Random(SEED)
    with world.database(url):
        world._plain["OVBOT_SWEEP_SECONDS"] = "1"
        try:
            world.start_bot()
            for room in range(ROOMS):
                channel = channel_of(room)
                world.arrange("channels", {"id": channel, "name": f"room-{room}"})
                world.join("Host", f"room-{room}")
                world.ask(f"bind room-{room} recordings moderation", channel)
            crowd = Crowd(world)
            with crowd.about():
                for _ in range(KILLS):
                    seen = world.rows.count("audit")
                    patiently(partial(went_on, world.rows, seen), "it works")
                    threading.Event().wait(dice.uniform(0.0, 0.5))  # the random moment itself
                    assert world.bot.end(signal.SIGKILL) == -signal.SIGKILL
                    world.free_leases()
                    world.revive()
            world.settle()
            # One sweep more, begun after everything had happened.
            assert world.bot.end() == 0
            world.start_bot()
            world.settle()
        finally:
            world._plain["OVBOT_SWEEP_SECONDS"] = "3600"
        assert not crowd.faults
        assert min(crowd.rounds) > 0
        assert world.rows.count("audit", "phase = 'intent'") > 5 * KILLS
        ambiguous = KILLS * ROOMS  # each kill may catch one message of each channel in the air
        invariants.check(world, seconds=ambiguous)
