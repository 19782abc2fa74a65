"""The other processes on the same database: waking them, who of them lives, who is elected.

On PostgreSQL all three hang on one connection: LISTEN, and two advisory locks of its session
(PostgreSQL documentation, "Advisory Locks"). They end with the connection, and so with the process
however it dies. A SQLite file has one process, which is alive and elected.
"""

import asyncio
import secrets
import zlib
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from ovbot.store import cards, events, grants, later, outbox
from ovbot.store.database import Database, Tx
from ovbot.store.failures import StoreError

log = structlog.get_logger(__name__)

CHANNEL = "ovbot"
_TOPICS = (outbox.WAKE, events.WAKE, cards.WAKE, later.WAKE, grants.WAKE)
_PROCESSES = 0x6F760001  # "ov": any two numbers that others on the database do not use
_ELECTIONS = 0x6F760002
_TICK = 2.0
_LONGEST_PAUSE = 10.0


class Peers:
    """This process among the others. ``open`` it before anything is taken, ``run`` it as a task.

    ``process`` names it in its intents. Others are woken after a commit and not by it: a NOTIFY
    inside would make all commits on the server wait for one another, and what is lost between
    the two is found by polling.
    """

    def __init__(
        self,
        database: Database,
        server: str,
        *,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """One process is elected for each OpenVidu ``server``."""
        self._database = database
        self._pause = pause
        number = secrets.randbelow(2**31)
        self.process = _name(number)
        self._wanted = {(_PROCESSES, number), (_ELECTIONS, zlib.crc32(server.encode()) >> 1)}
        self._held: set[tuple[int, int]] = set()
        self._elected = asyncio.Event()
        self._connection: Tx | None = None
        self._stack = AsyncExitStack()
        self._pid = 0
        self._outgoing: set[str] = set()
        self._stir = asyncio.Event()
        self._lost = False

    async def open(self) -> None:
        """Be known to the others; raises StoreError when the database does not let us."""
        if self._database.is_sqlite:
            self._elected.set()
            return
        await self._connect()
        self._database.relay = self._relay

    async def close(self) -> None:
        """Be gone: another process is elected at once."""
        self._database.relay = None
        await self._hang_up()

    async def run(self) -> None:
        """Wake and be woken until cancelled; a lost connection is made again."""
        if self._database.is_sqlite:
            await asyncio.Event().wait()
        failures = 0
        while True:
            try:
                if self._connection is None:
                    await self._connect()
                    log.info("peers.back")
                failures = 0
                await self._work()
            except (StoreError, SQLAlchemyError, OSError, TimeoutError) as error:
                if not failures:
                    log.warning("peers.lost", why=str(error) or type(error).__name__)
                await self._hang_up()
                await self._pause(min(_LONGEST_PAUSE, 2.0**failures / 2))
                failures += 1

    @property
    def is_alone(self) -> bool:
        """Whether there can be no other process."""
        return self._database.is_sqlite

    @property
    def is_elected(self) -> bool:
        """Whether this process does now what only one may do."""
        return self._elected.is_set()

    async def elected(self) -> None:
        """Return once this process is the elected one."""
        await self._elected.wait()

    async def alive(self) -> frozenset[str]:
        """The processes that live, as far as the database sees; this one is always among them."""
        if self._database.is_sqlite:
            return frozenset({self.process})
        async with self._database.read() as tx:
            numbers = await tx.scalars(
                text(
                    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND objsubid = 2 AND classid = CAST(:processes AS oid) AND database ="
                    " (SELECT oid FROM pg_database WHERE datname = current_database())"
                ),
                {"processes": _PROCESSES},
            )
        return frozenset({self.process, *(_name(int(number)) for number in numbers)})

    def _relay(self, topics: Iterable[str]) -> None:
        self._outgoing.update(topics)
        self._stir.set()

    async def _connect(self) -> None:
        connection = await self._stack.enter_async_context(self._database.lone())
        raw: Any = (await connection.get_raw_connection()).driver_connection
        self._pid = raw.get_server_pid()
        self._lost = False
        raw.add_termination_listener(self._ended)
        try:
            await raw.add_listener(CHANNEL, self._heard)
        except Exception as error:  # the driver's own, which SQLAlchemy does not see here
            raise StoreError("The database does not let ovbot listen.") from error
        self._connection = connection
        await self._take_locks(connection)
        for topic in _TOPICS:  # what was said while nobody listened
            self._database.wake.set(topic)

    async def _hang_up(self) -> None:
        self._connection = None
        self._held.clear()
        if not self._database.is_sqlite:
            self._elected.clear()
        await self._stack.aclose()

    async def _work(self) -> None:
        while self._connection is not None:
            try:
                async with asyncio.timeout(_TICK):
                    await self._stir.wait()
            except TimeoutError:
                pass
            self._stir.clear()
            if self._lost:
                raise StoreError("The connection to the other processes was lost.")
            topics, self._outgoing = self._outgoing, set()
            if topics:
                await _notify(self._connection, topics)
            elif not await self._take_locks(self._connection):
                await self._connection.execute(text("SELECT 1"))

    async def _take_locks(self, connection: Tx) -> bool:
        """Try for what is not held yet; whether anything was tried."""
        missing = self._wanted - self._held
        for lock in missing:
            names = {"kind": lock[0], "number": lock[1]}
            if await connection.scalar(text("SELECT pg_try_advisory_lock(:kind, :number)"), names):
                self._held.add(lock)
        if not self._elected.is_set() and any(kind == _ELECTIONS for kind, _ in self._held):
            log.info("peers.elected", process=self.process)
            self._elected.set()
        return bool(missing)

    def _heard(self, _connection: object, pid: int, _channel: str, topic: str) -> None:
        if pid != self._pid and topic in _TOPICS:
            self._database.wake.set(topic)

    def _ended(self, _connection: object) -> None:
        self._lost = True
        self._stir.set()


async def _notify(connection: Tx, topics: Iterable[str]) -> None:
    await connection.execute(
        text("SELECT pg_notify(:channel, topic) FROM unnest(CAST(:topics AS text[])) AS topic"),
        {"channel": CHANNEL, "topics": sorted(topics)},
    )


def _name(number: int) -> str:
    return f"{number:08x}"
