"""Ten thousand events through bad weather, to channels of a Slack that is not well.

Each event comes one to five times, out of order, or (three in ten) never. OpenVidu is down for a
minute. One answer of Slack's in ten is its edge's, of any kind; the one process on SQLite has its
token refused for a minute. On PostgreSQL two processes share the work, and one of them is killed
and replaced. ``OVBOT_TEST_SEED`` chooses another weather.
"""

import asyncio
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from ovbot.delivery import fan_out
from ovbot.domain.binding import Binding, Topic
from ovbot.openvidu.events import parse_event
from ovbot.store import bindings
from ovbot.store.database import Database
from tests import fresh
from tests.crash.invariants import delivery_id, message_of
from tests.crash.rows import Row
from tests.store.databases import postgres_template, postgres_url
from tests.storm.bot import Bot
from tests.storm.openvidu import ROOMS_AT_ONCE, Event, OpenVidu
from tests.storm.slack import TEAM, Slack

__all__ = ["postgres_template", "postgres_url"]

pytestmark = pytest.mark.crash

SEED = int(os.environ.get("OVBOT_TEST_SEED", "747"))
CHANNELS = 60
CURIOUS = 10
"""Each so many channels one hears of comings and goings: what a webhook alone tells."""
SESSIONS = 240
WAVES = 2 * SESSIONS // ROOMS_AT_ONCE
DOWN = range(WAVES // 5, WAVES * 4 // 5)
"""The waves of events while which OpenVidu is down."""
DOWN_SECONDS = 60.0
TOKEN_LOST_SECONDS = 60.0
IN_VAIN = 2 * CHANNELS
"""Messages that may be tried while the token is lost: those under way, and then hardly any."""
TOGETHER = 16
PATIENCE = 240.0
GROWTH = 1.15
TWICE = "SELECT key FROM events GROUP BY key HAVING count(*) > 1"


class Storm:
    """The weather, the bots in it, and what they have to show for it."""

    def __init__(self, url: str, folder: Path, processes: int) -> None:
        self._url, self._folder, self._processes = url, folder, processes
        self.openvidu, self.slack = OpenVidu(SEED), Slack(SEED)
        self.bots: list[Bot] = []
        self.taken: list[Event] = []
        self.begun: list[Event] = []
        """Each session's first event, whether it arrived or not."""
        self.sent = 0
        self.repeated = 0
        self.memory: list[list[int]] = []
        self.killed = 0

    async def __aenter__(self) -> "Storm":
        self._stack = AsyncExitStack()
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        await self._bind()
        self._openvidu_url = await self._stack.enter_async_context(self.openvidu.listening())
        self._slack_url = await self._stack.enter_async_context(self.slack.listening())
        for _ in range(self._processes):
            self.bots.append(await self.new_bot())
        return self

    async def __aexit__(self, *_: object) -> None:
        for bot in self.bots:
            await bot.kill()
        await self._stack.aclose()

    async def new_bot(self) -> Bot:
        bot = Bot(
            self._folder, database=self._url, openvidu=self._openvidu_url, slack=self._slack_url
        )
        await bot.start(self._http)
        return bot

    async def _bind(self) -> None:
        database = Database(self._url)
        await database.open(migrate=True)
        async with database.begin() as tx:
            for number in range(CHANNELS):
                channel, pattern = f"C{number:03}", f"c{number:03}-*"
                curious = () if number % CURIOUS else (Topic.PARTICIPANTS,)
                topics = (Topic.SESSION, Topic.RECORDINGS, *curious)
                await bindings.add(tx, Binding(TEAM, "default", channel, pattern, topics, "U1", 1))
        await database.close()

    async def rage(self, *, half_way: Callable[[], Awaitable[None]] | None = None) -> None:
        """All the sessions happen, and their events arrive as they may."""
        sessions = [f"c{number % CHANNELS:03}-{number // CHANNELS}" for number in range(SESSIONS)]
        began = time.monotonic()
        async for wave, events in _counted(self.openvidu.live(sessions)):
            self.openvidu.is_down = wave in DOWN
            if wave in DOWN:
                began = time.monotonic() if wave == DOWN.start else began
                minute = DOWN_SECONDS * (wave - DOWN.start + 1) / len(DOWN)
            self.sent += len(events)
            self.begun += [event for event in events if event["event"] == "sessionCreated"]
            await self._arrive(events)
            if wave in DOWN:
                await asyncio.sleep(began + minute - time.monotonic())
            if wave == WAVES // 2 and half_way is not None:
                await half_way()
            self.memory.append([bot.memory for bot in self.bots])

    async def begin_to_lose_token(self) -> None:
        """For a minute Slack takes nothing; that it is over shows only to whoever asks."""
        self._losing = asyncio.create_task(self._lose_token())

    async def token_is_back(self) -> None:
        await self._losing
        assert self.slack.tried_in_vain < IN_VAIN, "delivery stops as a whole"

    async def _lose_token(self) -> None:
        self.slack.token_lost = True
        await asyncio.sleep(TOKEN_LOST_SECONDS)
        assert not await self.bots[0].is_ready(self._http), "readiness says so"
        self.slack.token_lost = False

    async def _arrive(self, events: list[Event]) -> None:
        arriving = self.openvidu.weather(events)
        taken: set[int] = set()

        async def postman(first: int) -> None:
            for place, body in arriving:
                for bot in itertools.islice(itertools.cycle(self.bots), first, first + 4):
                    # A balancer gives to another what the first does not take.
                    if await bot.deliver(self._http, body):
                        self.repeated += place in taken
                        taken.add(place)
                        break

        async with asyncio.TaskGroup() as group:
            for number in range(TOGETHER):
                group.create_task(postman(number))
        self.taken += [events[place] for place in sorted(taken)]

    async def rows(self, query: str) -> list[Row]:
        """Look into the database."""
        from sqlalchemy import text

        async with self._looking.read() as tx:
            return [dict(row) for row in (await tx.execute(text(query))).mappings()]

    async def calm_down(self, expected: set[str]) -> list[Row]:
        """Wait until everything that must be told is told; the outbox as it is then."""
        self._looking = Database(self._url)
        await self._looking.open(read_only=True)
        self._stack.push_async_callback(self._looking.close)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            assert all(bot.alive for bot in self.bots)
            rows = await self.rows("SELECT * FROM outbox ORDER BY id")
            keys = {row["key"] for row in rows}
            (waiting,) = await self.rows(
                "SELECT count(*) AS n FROM events WHERE processed_at IS NULL"
            )
            pending = sum(row["status"] == "pending" for row in rows)
            if expected <= keys and not waiting["n"] and not pending:
                return rows
            await asyncio.sleep(0.5)
        missing = sorted(expected - keys)
        raise AssertionError(
            f"{len(missing)} not known ({missing[:5]}), {waiting} not read, {pending} not sent"
        )

    def expected(self) -> set[str]:
        """What has to be told: every recording, and each session as far as a word of it came."""
        recordings = self.openvidu.simulator.world.recordings.items.values()
        assert {one.status for one in recordings} == {"ready"}
        keys = {f"recording:default:{one.id}:{one.created_at}" for one in recordings}
        for event in self.taken:
            if event["event"] == "sessionCreated":
                keys |= _of_session(event)
            elif event["event"] == "sessionDestroyed":
                keys.add(f"session:default:{event['sessionId']}:{event['startTime']}:ended")
            elif _is_for_the_curious(event) and event["event"] == "participantLeft":
                keys.add(_of_participant(event))
        return keys

    def perhaps(self) -> set[str]:
        """What is told unless it is known already to be true no more: who joined; and the sessions
        that no event told of, where the sweep came upon them, as it does on a slow machine."""
        of_sessions = {key for event in self.begun for key in _of_session(event)}
        return of_sessions | {_of_participant(e) for e in self.taken if _is_for_the_curious(e)}


def _of_session(created: Event) -> set[str]:
    begun = f"session:default:{created['sessionId']}:{created['timestamp']}"
    return {f"{begun}:created", f"{begun}:ended"}


def _is_for_the_curious(event: Event) -> bool:
    is_of_people = event["event"] in {"participantJoined", "participantLeft"}
    return is_of_people and int(event["sessionId"][1:4]) % CURIOUS == 0


def _of_participant(event: Event) -> str:
    known = parse_event(json.dumps(event).encode())
    return fan_out.key("event", known.kind, "default", known.session_id, known.connection_id)


async def _counted(
    waves: AsyncIterator[list[Event]],
) -> AsyncIterator[tuple[int, list[Event]]]:
    number = 0
    async for events in waves:
        yield number, events
        number += 1


def check(storm: Storm, expected: set[str], rows: list[Row]) -> None:
    """Nothing lost, nothing twice but for lost answers, the order kept, the pace too."""
    slack = storm.slack
    keys = {row["key"] for row in rows}
    assert expected <= keys <= expected | storm.perhaps()
    rows = [row for row in rows if row == message_of(row, rows)]
    assert not slack.wrong
    by_channel: dict[str, list[str]] = {}
    for row in rows:
        assert row["status"] == "sent" or (row["status"], row["ambiguous"] >= 2) == ("dead", True)
        by_channel.setdefault(row["channel"], []).append(delivery_id(row))
    allowed, doubles = storm.killed * CHANNELS, 0
    counted = {delivery_id(row): row["ambiguous"] for row in rows}
    for channel, notices in by_channel.items():
        posted = slack.posted[channel]
        if (order := list(dict.fromkeys(posted))) != notices:
            raise AssertionError(_disorder(channel, order, rows))
        for delivery, copies in Counter(posted).items():
            assert copies - 1 <= counted[delivery], f"{delivery} was sent again, and not counted"
            unexplained = copies - 1 - slack.answers_lost[delivery]
            doubles += max(0, unexplained)
    assert doubles <= allowed, f"{doubles} messages twice without a lost answer"
    assert not slack.silent, f"{slack.silent} were sent again without saying so"
    # However late this busy process counts a message, it tells the moment; the next keeps to that.
    assert slack.refused.total() <= slack.calls // 1000, slack.refused
    assert not slack.refused_again
    assert sum(slack.faults.values()) - slack.faults[""] > slack.calls * 0.07


def _disorder(channel: str, order: list[str], rows: list[Row]) -> str:
    """What was posted and what was to be, side by side."""
    known = {delivery_id(row): row for row in rows if row["channel"] == channel}
    found = [known.get(one, {"id": "?", "key": one}) for one in order]
    lines = [f"{row['id']} {row['key']} {row.get('posted_ts')}" for row in found]
    missing = [f"{row['id']} {row['key']}" for one, row in known.items() if one not in order]
    return f"missing or out of order in {channel}; missing {missing}; posted:\n" + "\n".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


async def test_one_process_on_sqlite(folder: Path) -> None:
    async with Storm(fresh.sqlite(folder / "ovbot.db"), folder, 1) as storm:
        await storm.rage(half_way=storm.begin_to_lose_token)
        await storm.token_is_back()
        expected = storm.expected()
        rows = await storm.calm_down(expected)
        check(storm, expected, rows)
        assert not await storm.rows(TWICE), "an event was kept twice"
        grown(storm, storm.bots)
        report(storm, rows)


@pytest.mark.postgres
async def test_two_processes_on_postgresql_of_which_one_is_killed(
    postgres_url: str, folder: Path
) -> None:
    async with Storm(postgres_url, folder, 2) as storm:

        async def kill_one() -> None:
            storm.killed += 1
            await storm.bots[1].kill()
            storm.bots[1] = await storm.new_bot()

        await storm.rage(half_way=kill_one)
        expected = storm.expected()
        rows = await storm.calm_down(expected)
        check(storm, expected, rows)
        assert not await storm.rows(TWICE), "an event was kept twice"
        grown(storm, storm.bots[:1])
        report(storm, rows)


def grown(storm: Storm, bots: list[Bot]) -> None:
    """Memory is flat: at the end it is what it was half-way, and a little."""
    for before, bot in zip(storm.memory[WAVES // 2], bots, strict=False):
        assert bot.memory <= before * GROWTH, (before, bot.memory)


def report(storm: Storm, rows: list[Row]) -> None:
    """The storm in figures."""
    assert storm.sent >= 10_000
    assert storm.repeated > storm.sent * 0.5
    slack, last = storm.slack, [bot.memory for bot in storm.bots]
    megabytes = [[one >> 20 for one in bots] for bots in [*storm.memory[:: WAVES // 4], last]]
    print(
        f"seed {SEED}: {storm.sent} events sent, {len(storm.taken)} arrived, "
        f"{storm.repeated} repeats; {len(rows)} notices in {slack.calls} calls, {slack.faults}, "
        f"{slack.tried_in_vain} tried while the token was lost, "
        f"{sum(slack.answers_lost.values())} answers lost, refused {slack.refused.total()}; "
        f"memory in MB at each quarter and at the end {megabytes}"
    )
