"""What an hour's silence costs: 100,000 events of OpenVidu's CDR caught up with, and the memory.

``python -m tests.benchmarks.openvidu_cdr``, on a machine that does nothing else. The real client
reads a file of whole meetings in parts, the real SQLite keeps each event, and each is dealt with,
as after a start. Prints the goals and what was reached.
"""

import json
import logging
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
import uvloop

from ovbot.clock import SystemClock
from ovbot.delivery.arrivals.cdr import Cdr
from ovbot.delivery.arrivals.process import Processor
from ovbot.domain.binding import Binding, Topic
from ovbot.openvidu import OpenVidu
from ovbot.store import bindings, cdr, events
from ovbot.store.database import Database

NAME: Final = "default"
FILE: Final = "CDR.2026-01-01_00-00-00.log"
MEETINGS, PEOPLE = 2_000, 12
EVENTS: Final = MEETINGS * (2 + 4 * PEOPLE)
BEGUN: Final = 1_767_225_600_000
GOAL_SECONDS: Final = 60.0
GOAL_MEGABYTES: Final = 16.0
"""What may be had more at the end than after the first tenth."""


def main() -> None:
    # A line for each part would be measured with the rest, and hide the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(catch_up(Path(folder)))  # as ovbot serve does


def line(what: str, goal: str, reached: str) -> None:
    print(f"{what:<66} {goal:>14} {reached:>34}", flush=True)


def meetings() -> Iterator[bytes]:
    """A line for each event: people come, publish, stop and go, and the meeting ends."""
    for number in range(MEETINGS):
        session = {"sessionId": f"exam-{number}"}
        at = BEGUN + number * 1_000
        ended = {"startTime": at, "duration": 600, "reason": "disconnect"}
        people = [{"connectionId": f"con_{number}_{each}"} for each in range(PEOPLE)]
        yield written("sessionCreated", session, at)
        for who in people:
            told = {**who, "clientData": f"Person {number}", "platform": "Chrome 120 on Linux"}
            media = {**who, "streamId": f"str_CAM_{who['connectionId']}", "connection": "OUTBOUND"}
            yield written("participantJoined", session | told, at + 1)
            yield written("webrtcConnectionCreated", session | media, at + 2)
            yield written("webrtcConnectionDestroyed", session | media | ended, at + 3)
            yield written("participantLeft", session | told | ended, at + 4)
        yield written("sessionDestroyed", session | ended, at + 5)


def written(kind: str, fields: dict[str, Any], at: int) -> bytes:
    return json.dumps({kind: {**fields, "timestamp": at}}).encode() + b"\n"


class Disk(httpx.AsyncBaseTransport):
    """A server that serves one file in parts and notes what memory we have at each."""

    def __init__(self, file: Path) -> None:
        self._file, self._size = file, file.stat().st_size
        self.memory: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/config"):
            return httpx.Response(200, json={"VERSION": "2.32.1", "OPENVIDU_CDR": True})
        if not path.endswith(".log"):
            return httpx.Response(200, json=[FILE])
        self.memory.append(megabytes())
        first, last = request.headers["range"].removeprefix("bytes=").split("-")
        begin = int(first) if first else self._size - int(last)
        with self._file.open("rb") as file:
            file.seek(begin)
            part = file.read(int(last) - begin + 1 if first else int(last))
        where = f"bytes {begin}-{begin + len(part) - 1}/{self._size}"
        return httpx.Response(206, content=part, headers={"content-range": where})


def megabytes() -> float:
    """What this process has of memory just now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024**2


async def catch_up(folder: Path) -> None:
    file = folder / FILE
    with file.open("wb") as out:
        out.writelines(meetings())
    disk, store = Disk(file), Database(f"sqlite:///{folder}/ovbot.sqlite3")
    await store.open()
    clock = SystemClock()
    try:
        async with OpenVidu("http://openvidu.test", "secret", transport=disk) as openvidu:
            await begin(store)
            begun, worked = time.perf_counter(), time.process_time()
            found = await Cdr(store, NAME, openvidu, clock).read_on()
            stored = time.perf_counter() - begun
            reading = tenth_to_end(disk.memory)
            seen = await deal(Processor(store, NAME, openvidu, clock))
            took = time.perf_counter() - begun
            busy = time.process_time() - worked
        assert found == EVENTS, f"{found} of {EVENTS} were stored"
        async with store.read() as tx:
            assert await events.count(tx, NAME, result="refused") == 0
            assert not await events.unprocessed(tx, NAME, 1, now=clock.now_ms())
    finally:
        await store.close()
    size = file.stat().st_size / 1024**2
    line(f"{EVENTS:,} events of the CDR ({size:.0f} MB) stored", "", f"{stored:.1f} s")
    line("… and each dealt with", f"<= {GOAL_SECONDS:.0f} s", f"{took:.1f} s")
    line("  of which this process was at work", "", f"{busy:.1f} s")
    flat = f"<= {GOAL_MEGABYTES:.0f} MB"
    line("memory grown while reading, after a tenth", flat, f"{reading:+.1f} MB")
    line("memory grown while dealing, after a tenth", flat, f"{tenth_to_end(seen):+.1f} MB")
    line("memory at the end", "", f"{megabytes():.0f} MB")


async def begin(store: Database) -> None:
    """A channel hears of every session, and ovbot was there before the file was."""
    topics = (Topic.SESSION, Topic.RECORDINGS)
    async with store.begin() as tx:
        await bindings.add(tx, Binding("T1", NAME, "C1", "*", topics, "U1", BEGUN - 1))
        await cdr.begin(tx, NAME, {}, at=BEGUN)


async def deal(processor: Processor) -> list[float]:
    """Deal with all; the memory after each hundred."""
    seen = []
    while await processor.step() == 0:
        seen.append(megabytes())
    return seen


def tenth_to_end(memory: list[float]) -> float:
    """How much more there was at the most than when a tenth was done."""
    return max(memory) - memory[len(memory) // 10]


if __name__ == "__main__":
    main()
