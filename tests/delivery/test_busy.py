"""A busy room in its own time: everybody comes at once, each read is half-made or fails every other
time, and what is told, shown and done is right within seconds."""

import asyncio
import json
import random
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.outbox.cards import Cards
from ovbot.delivery.scheduled import Later
from ovbot.openvidu.events import parse_event
from ovbot.sandbox.openvidu.faults import Fault
from tests.delivery.test_cards import Channel
from tests.desk import TEAM, Desk, open_desk, words

PEOPLE = 30
SECONDS = 10
REJOINS = 50
"""On each profile, so a hundred in all."""
REMOVED = 3.0
"""Seconds in which whoever is banned is gone again."""
SLOW = 1.5
"""So much longer it may take where other tests run beside this one."""
CARD = 2.0
"""Seconds after the last event in which the card is right."""


class Room:
    """The desk with everything behind it at work, and a room that people come to."""

    def __init__(self, desk: Desk, channel: Channel) -> None:
        self.desk, self.channel = desk, channel
        self.quiet = 0.0
        """When the last event came."""

    def join(self, name: str) -> str:
        joined = self.desk.simulator.join("busy", client_data=name, publish="camera")
        return joined.connection_id

    def there(self) -> dict[str, str]:
        """Who is there, by connection, without asking OpenVidu."""
        session = self.desk.simulator.world.sessions.get("busy")
        people = session.participants.values() if session else ()
        return {each.id: each.client_data for each in people}

    async def pump(self, inbox: Inbox) -> None:
        """OpenVidu sends its webhooks, one after another."""
        sent = self.desk.simulator.webhooks.log
        while True:
            while sent:
                await inbox.accept([parse_event(json.dumps(sent.popleft().event).encode())])
                self.quiet = time.monotonic()
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_room(folder: Path, profile: str) -> AsyncIterator[Room]:
    hook = "http://127.0.0.1:9/nobody"
    async with open_desk(
        folder, "", profile=profile, webhook=hook, negotiate_seconds=3600.0
    ) as desk:
        desk.simulator.webhooks.switch("off")  # the pump brings them
        clock, channel = SystemClock(), Channel()
        inbox = Inbox(desk.store, "default", clock)
        room, carrying = Room(desk, channel), Later(desk.door, TEAM)
        parts = [
            Processor(desk.store, "default", desk.openvidu, clock).run(),
            Cards(desk.store, "default", desk.openvidu, channel, clock).run(),
            carrying.run(),
            room.pump(inbox),
        ]
        tasks = [asyncio.ensure_future(part) for part in parts]
        yield room
        for task in tasks:
            assert not task.done(), task
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await carrying.stop(10)
        await inbox.close()


async def eventually(what: str, probe: Callable[[], bool], seconds: float) -> float:
    """How long it took (seconds)."""
    begun = time.monotonic()
    while not probe():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


@pytest.mark.parametrize("profile", ["2.15", "2.32"])
async def test_thirty_come_within_ten_seconds(tmp_path: Path, profile: str) -> None:
    async with open_room(tmp_path, profile) as room:
        room.join("Ana")
        await room.desk.type("card busy")
        arrived = asyncio.ensure_future(come(room))
        asked = 0
        while not arrived.done():
            before = len(room.there())
            said = words(await room.desk.type("show busy"))
            after = len(room.there())
            counted = int(re.findall(r" · (\d+) (?:person|people) \(", said)[0])
            assert before <= counted <= after, said
            listed = words(await room.desk.type("list"))
            assert "There is one live session." in listed, listed
            asked += 2
            await asyncio.sleep(0.2)
        await arrived
        assert asked >= 10
        await eventually("the card", lambda: f" · {PEOPLE + 1} people (" in shown(room), 20)
        took = time.monotonic() - room.quiet
        print(f"{profile}: {asked} commands, the card {took:.2f} s after the last event")
        assert took <= CARD * SLOW


def shown(room: Room) -> str:
    return words(room.channel.replies[-1]) if room.channel.replies else ""


async def come(room: Room) -> None:
    for number in range(PEOPLE):
        room.join(f"Guest {number}")
        await asyncio.sleep(SECONDS / PEOPLE)


@pytest.mark.parametrize("profile", ["2.15", "2.32"])
async def test_however_often_they_come_back_they_are_out_within_seconds(
    tmp_path: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    luck = random.Random(profile)
    async with open_room(tmp_path, profile) as room:
        for number in range(PEOPLE):
            room.join(f"Guest {number}")
        room.join("Troll")
        await room.desk.type("kick --session busy Troll --ban 1h")
        await eventually("the kick", lambda: "Troll" not in room.there().values(), 10)
        faults = room.desk.simulator.faults
        take = faults.take

        def sometimes(operation: str | None) -> Fault | None:
            if operation == "getSession" and luck.random() < 0.5:
                return Fault("getSession", "status", status=luck.choice((500, 503, 504)))
            return take(operation)

        monkeypatch.setattr(faults, "take", sometimes)
        took = sorted([await removed(room, room.join("Troll")) for _ in range(REJOINS)])
        middle = took[REJOINS // 2]
        print(f"{profile}: removed within {middle:.2f} s, the slowest {took[-1]:.2f} s")
        assert took[-1] <= REMOVED
        assert len(room.there()) == PEOPLE, "and nobody else"


async def removed(room: Room, connection: str) -> float:
    return await eventually("removed", lambda: connection not in room.there(), 12)
