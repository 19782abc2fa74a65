"""Time that tests move, a chat that remembers, and a database that tells when it is busy."""

import asyncio
import heapq
import itertools
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import msgspec

from ovbot.domain.notice import Notice
from ovbot.domain.reply import Note, Reply
from ovbot.engine.ports import ChatFailure, FailureKind, Posted, Unsupported
from ovbot.store.autocommit import Autocommit
from ovbot.store.database import Database, Tx

START = 1_700_000_000_000


class WatchedDatabase(Database):
    """Counts the transactions that are open."""

    busy = 0

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[Tx]:
        self.busy += 1
        try:
            async with super()._transaction(writes=writes) as tx:
                yield tx
        finally:
            self.busy -= 1

    @asynccontextmanager
    async def _counted(
        self, opened: AbstractAsyncContextManager[Autocommit]
    ) -> AsyncIterator[Autocommit]:
        self.busy += 1
        try:
            async with opened as tx:
                yield tx
        finally:
            self.busy -= 1

    def begin_alone(self) -> AbstractAsyncContextManager[Autocommit]:
        return self._counted(super().begin_alone())

    def read_alone(self) -> AbstractAsyncContextManager[Autocommit]:
        return self._counted(super().read_alone())


class Time:
    """A clock and its pauses. It stands still but for ``advance`` and ``until``."""

    def __init__(self, now: int = START) -> None:
        self._now = now
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self._now

    async def pause(self, seconds: float) -> None:
        """Like asyncio.sleep, on this clock."""
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + max(0, round(seconds * 1000))
        heapq.heappush(self._sleepers, (due, next(self._order), over))
        await over

    def advance(self, seconds: float) -> None:
        """Move on; who sleeps until then wakes in order."""
        target = self._now + round(seconds * 1000)
        while self._sleepers and self._sleepers[0][0] <= target:
            self._wake_next()
        self._now = target

    async def until(
        self, database: WatchedDatabase, condition: Callable[[], Awaitable[bool]]
    ) -> None:
        """Let things happen until the condition holds; time moves only when all are asleep."""
        async with asyncio.timeout(180):
            await self.settled(database)
            while not await condition():
                if self._sleepers:
                    self._wake_next()
                await self.settled(database)

    async def settled(self, database: WatchedDatabase) -> None:
        """Return when nothing is in the database and everybody has had their turn."""
        quiet = 0
        while quiet < 20:
            await asyncio.sleep(0.001 if database.busy else 0)
            quiet = 0 if database.busy else quiet + 1

    def _wake_next(self) -> None:
        due, _, over = heapq.heappop(self._sleepers)
        self._now = max(self._now, due)
        if not over.done():
            over.set_result(None)


class Message(msgspec.Struct, frozen=True):
    """What was posted, where and when."""

    at: int
    channel: str
    text: str
    key: str
    delivery_id: str
    direct: bool
    notes: list[str]
    tells: int = 1


class RecordingChat:
    """The Chat port; ``failures`` are raised first, in order, for each channel."""

    def __init__(self, time: Time) -> None:
        self._time = time
        self.messages: list[Message] = []
        self.has_history = False
        self.answers_to_lose: Counter[str] = Counter()
        self.looks: list[tuple[str, int]] = []
        self.updates: list[tuple[Posted, str]] = []
        self.failures: defaultdict[str, deque[Exception]] = defaultdict(deque)
        self.gate = asyncio.Event()
        self.gate.set()
        self.waiting = 0
        self.most_at_once = 0

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        return await self._send(notice, notice.channel, delivery_id, direct=False)

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        if self.failures["update"]:
            raise self.failures["update"].popleft()
        self.updates.append((posted, str(reply.text)))
        return posted

    async def tell(self, notice: Notice, delivery_id: str) -> Posted:
        return await self._send(notice, notice.user, delivery_id, direct=True)

    async def find(
        self, notice: Notice, delivery_id: str, since_ms: int
    ) -> Posted | Unsupported | None:
        if not self.has_history:
            return Unsupported()
        self.looks.append((notice.channel, since_ms))
        found = [m for m in self.messages if m.delivery_id == delivery_id]
        if not found:
            return None
        return Posted(found[0].channel, f"{found[0].at / 1000:.6f}", found[0].tells)

    async def _send(self, notice: Notice, where: str, delivery_id: str, *, direct: bool) -> Posted:
        self.waiting += 1
        self.most_at_once = max(self.most_at_once, self.waiting)
        try:
            await self.gate.wait()
        finally:
            self.waiting -= 1
        if self.failures[where]:
            raise self.failures[where].popleft()
        now = self._time.now_ms()
        text = str(notice.reply.text)
        notes = [str(part.text) for part in notice.reply.parts if isinstance(part, Note)]
        message = Message(now, where, text, notice.key, delivery_id, direct, notes, notice.tells)
        self.messages.append(message)
        if self.answers_to_lose[where]:
            self.answers_to_lose[where] -= 1
            raise ChatFailure(FailureKind.AMBIGUOUS, "ServerDisconnectedError")
        return Posted(where, f"{now / 1000:.6f}")

    def texts(self, channel: str) -> list[str]:
        """What the channel was told, in order."""
        return [message.text for message in self.messages if message.channel == channel]

    def fail(self, channel: str, *failures: ChatFailure | Exception) -> None:
        """Have the next posts to the channel fail."""
        self.failures[channel].extend(failures)
