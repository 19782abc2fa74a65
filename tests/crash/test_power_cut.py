"""A power cut: the database file as a disk image would have it, at moments that nobody chose.

The file and its write-ahead log are copied while ovbot works, without a lock. SQLite may begin its
log anew between the two copies, which no power cut can do; such a pair is copied again.
"""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import msgspec
import pytest

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.ingest import Inbox
from ovbot.delivery.arrivals.process import Processor
from ovbot.delivery.outbox.worker import Worker
from ovbot.domain.notice import Notice
from ovbot.engine.ports import Posted
from ovbot.engine.recover import recover
from ovbot.openvidu.events import WebhookEvent, parse_event
from tests.crash.rows import Row, of_file
from tests.delivery.fake import RecordingChat, Time
from tests.desk import TEAM, Desk, open_desk

pytestmark = pytest.mark.crash

SEED = int(os.environ.get("OVBOT_TEST_SEED", "4443"))
IMAGES = 12
ROOMS = 5
SERVER = "default"
LONGEST = 30.0
"""Seconds that one step may take, on a machine that runs other tests beside this one."""


@asynccontextmanager
async def within(seconds: float, what: Callable[[], str]) -> AsyncIterator[None]:
    """Fails with what had come of it when it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise AssertionError(f"after {seconds:.0f} s: {what()}") from None


class Image(msgspec.Struct):
    """A copy, and the events that were promised to be stored before it was begun."""

    path: Path
    promised: frozenset[str]


def copy(file: Path, into: Path) -> None:
    """The file first and its log then; again when the log was begun anew in between."""
    log, until = file.with_name(file.name + "-wal"), time.monotonic() + LONGEST
    while True:
        begun = log.read_bytes()[:32]
        whole, written = file.read_bytes(), log.read_bytes()
        if begun == written[:32]:
            break
        assert time.monotonic() < until, f"the log was begun anew in every copy for {LONGEST} s"
    into.write_bytes(whole)
    into.with_name(into.name + "-wal").write_bytes(written)


class QuickChat(RecordingChat):
    """Takes everything at once."""

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        return Posted(notice.channel, "1.0")


class Life:
    """People, OpenVidu and ovbot at work on one file."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clock = SystemClock()
        self._inbox = Inbox(desk.store, SERVER, self._clock)
        self.promised: set[str] = set()

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        desk, chat = self._desk, QuickChat(Time())
        processor = Processor(desk.store, SERVER, desk.openvidu, self._clock)
        worker = Worker(desk.store, chat, self._clock)
        working = [processor.run(), worker.run(), self._webhooks()]
        tasks = [asyncio.create_task(work) for work in working]
        tasks += [asyncio.create_task(self._room(number)) for number in range(ROOMS)]
        try:
            yield
        finally:
            ended = [task for task in tasks if task.done()]
            for task in tasks:
                task.cancel()
            _, stay = await asyncio.wait(tasks, timeout=LONGEST)
            await self._inbox.close()
            assert not ended, f"it ended by itself: {ended}"
            assert not stay, f"it does not end: {stay}"

    async def _room(self, number: int) -> None:
        session = f"room-{number}"
        self._desk.simulator.join(session, client_data="Host", publish="camera")
        while True:
            self._desk.simulator.join(session, client_data="Guest")
            await self._desk.type(f"kick --session {session} Guest")
            await self._desk.type(f"record start {session}")
            await self._desk.type(f"record stop {session}")

    async def _webhooks(self) -> None:
        hooks = self._desk.simulator.webhooks
        while True:
            events = [one.event for one in hooks.log]
            hooks.forget()
            read = [parse_event(msgspec.json.encode(event)) for event in events]
            await asyncio.gather(*(self._arrive(event) for event in read))
            # Without a pause it would leave no time for what is copied: the more there is to
            # copy, the longer it takes, and the more there is.
            await asyncio.sleep(0.01)

    async def _arrive(self, event: WebhookEvent) -> None:
        await self._inbox.accept([event])
        self.promised.add(event.key)


async def images_of(desk: Desk, folder: Path) -> list[Image]:
    """Copies of the desk's file while much goes on."""
    file, dice, life = folder / "desk.sqlite3", random.Random(SEED), Life(desk)
    found: list[Image] = []
    async with life.going_on(), within(LONGEST * 3, lambda: f"{len(found)} images"):
        while not life.promised:  # noqa: ASYNC110  it grows by itself
            await asyncio.sleep(0.01)
        while len(found) < IMAGES:
            await asyncio.sleep(dice.uniform(0.05, 0.4))
            image = Image(folder / f"image-{len(found)}.db", frozenset(life.promised))
            await asyncio.to_thread(copy, file, image.path)
            found.append(image)
    return found


async def test_every_image_of_the_disk_is_a_state_that_was_committed(tmp_path: Path) -> None:
    async with open_desk(tmp_path, webhook="http://ovbot/webhooks/openvidu") as desk:
        await desk.type("bind * session recordings moderation")
        images = await images_of(desk, tmp_path)
        assert len(images[-1].promised) > len(images[0].promised) > 0
    for image in images:
        is_sound(image)
    await goes_on(images[-1], tmp_path)


def is_sound(image: Image) -> None:
    """Whole, with everything that was promised, and with nothing by halves."""
    with closing(sqlite3.connect(image.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    events = of_file(image.path, "SELECT * FROM events ORDER BY id")
    assert image.promised <= {row["key"] for row in events}
    assert [row["id"] for row in events] == list(range(1, len(events) + 1)), "not a prefix"
    notices = {row["key"]: row for row in of_file(image.path, "SELECT * FROM outbox")}
    entries = of_file(image.path, "SELECT * FROM audit")
    refs = {phase: {r["ref"] for r in entries if r["phase"] == phase} for phase in PHASES}
    assert refs["attempt"] <= refs["intent"]
    assert refs["outcome"] <= refs["intent"]
    assert {f"action:{ref}" for ref in refs["outcome"]} <= notices.keys()
    told = {key for key in notices if key.startswith("action:")}
    assert told <= {f"action:{ref}" for ref in refs["outcome"]}
    are_settled_whole(events, notices, of_file(image.path, "SELECT * FROM recordings"))


PHASES = ("intent", "attempt", "outcome")


def are_settled_whole(events: list[Row], notices: dict[str, Row], recordings: list[Row]) -> None:
    """An event that counts as dealt with has left its notices, and no other has."""
    begun = {
        row["key"]: msgspec.json.decode(row["body"], type=WebhookEvent)
        for row in events
        if row["kind"] == "sessionCreated" and row["processed_at"] is not None
    }
    created = {f"session:{SERVER}:{e.session_id}:{e.timestamp}:created" for e in begun.values()}
    assert created == {key for key in notices if key.endswith(":created")}
    announced = {
        f"recording:{SERVER}:{row['recording']}:{row['created_at']}"
        for row in recordings
        if row["announced_at"] is not None
    }
    assert announced == {key for key in notices if key.startswith("recording:")}


async def goes_on(image: Image, folder: Path) -> None:
    """ovbot starts on the image and closes what was open."""
    place = folder / "after"
    place.mkdir()
    image.path.rename(place / "desk.sqlite3")
    async with open_desk(place) as desk:
        await recover(desk.door, TEAM)
        processor = Processor(desk.store, SERVER, desk.openvidu, SystemClock())
        async with within(LONGEST, lambda: "the events of the image are not dealt with"):
            while await processor.step() == 0:
                pass
    entries = of_file(place / "desk.sqlite3", "SELECT ref, phase FROM audit")
    intents = {row["ref"] for row in entries if row["phase"] == "intent"}
    assert intents == {row["ref"] for row in entries if row["phase"] == "outcome"}
