"""Group commit: what waits together is written together, in one transaction.

A commit costs one wait for the disk however much it holds. While one transaction is being
committed, what arrives gathers for the next: alone nobody waits longer, and under load one wait
serves many.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from ovbot.store.database import Database, StoreError, Tx

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Writes items with ``write(tx, items)``; it must do no harm when called again."""

    def __init__(
        self,
        database: Database,
        write: Callable[[Tx, Sequence[T]], Awaitable[None]],
        *,
        alone: bool = False,
        together: int = 256,
        waiting: int = 10_000,
    ) -> None:
        """At most ``together`` items in a transaction, and ``waiting`` items in memory.

        ``alone``: ``write`` does one statement and no more.
        """
        self._database = database
        self._alone = alone
        self._write = write
        self._together = together
        self._limit = waiting
        self._queue: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> None:
        """Return once the item is committed; raises StoreError when it is not.

        Whoever gives up waiting takes nothing back: the item is written all the same.
        """
        if len(self._queue) >= self._limit:
            raise StoreError("The database is too slow: too much is waiting to be written.")
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((item, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain(), name="group commit")
        await written

    async def close(self) -> None:
        """Wait until everything that was submitted is written or refused."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _drain(self) -> None:
        while self._queue:
            size = min(len(self._queue), self._together)
            await self._commit([self._queue.popleft() for _ in range(size)])

    async def _commit(self, batch: list[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            async with self._database.begin(alone=self._alone) as tx:
                await self._write(tx, [item for item, _ in batch])
        except Exception as error:  # each waiter gets it; none may wait for ever
            if len(batch) == 1 or _is_away(error):
                _tell(batch, error)
                return
            # One item that the database refuses must not take the others with it.
            for one in batch:
                await self._commit([one])
        else:
            _tell(batch, None)


def _is_away(error: Exception) -> bool:
    return isinstance(error, StoreError) and error.code == "database.unreachable"


def _tell(batch: list[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, written in batch:
        if written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
