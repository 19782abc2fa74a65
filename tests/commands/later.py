"""A desk whose time is moved by the test, and planned commands that are carried out then."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ovbot.delivery.scheduled import Later
from ovbot.store import later
from ovbot.store.later import Plan
from tests.delivery.fake import Time
from tests.desk import TEAM, Desk, open_desk


@dataclass
class Hours:
    """The desk and its time."""

    desk: Desk
    time: Time

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, and what is due then be carried out to its end."""
        self.time.advance(seconds)
        carrying = Later(self.desk.door, TEAM)
        while await carrying.step() == 0:
            pass
        assert await carrying.stop(10) == 0

    async def planned(self, verb: str) -> tuple[Plan, ...]:
        """What waits of one verb."""
        async with self.desk.store.read() as tx:
            return await later.waiting(tx, TEAM, "default", verb)


@asynccontextmanager
async def open_hours(folder: Path, **config: Any) -> AsyncIterator[Hours]:
    time = Time()
    config |= {"time_source": lambda: time.now_ms() / 1000}
    async with open_desk(folder, "", time, **config) as desk:
        yield Hours(desk, time)
