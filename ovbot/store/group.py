"""Group commit: what waits together is written together, in one transaction.

A commit costs one wait for the disk however much it holds. While one transaction is being
committed, what arrives gathers for the next: alone nobody waits longer, and under load one wait
serves many.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

from ovbot.store.failures import StoreError

X = TypeVar("X")
T = TypeVar("T")
R = TypeVar("R")


class GroupCommit(Generic[T, R]):
    """Writes items with ``write(tx, items)``, which gives what came of each, in their order.

    It must do no harm when called again.
    """

    def __init__(
        self,
        begin: Callable[[], AbstractAsyncContextManager[X]],
        write: Callable[[X, Sequence[T]], Awaitable[Sequence[R]]],
        *,
        together: int = 256,
        waiting: int = 10_000,
    ) -> None:
        """``begin`` is the database's, or its ``begin_alone`` where ``write`` is one statement.

        At most ``together`` items in a transaction, and ``waiting`` items in memory.
        """
        self._begin: Callable[[], AbstractAsyncContextManager[Any]] = begin
        self._write: Callable[[Any, Sequence[T]], Awaitable[Sequence[R]]] = write
        self._together = together
        self._limit = waiting
        self._queue: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def submit(self, item: T) -> R:
        """What came of the item, once it is committed; raises StoreError when it is not.

        Whoever gives up waiting takes nothing back: the item is written all the same.
        """
        return await self.put(item)

    def put(self, item: T) -> asyncio.Future[R]:
        """The same for who goes on hearing of an item that they no longer wait for (shielded)."""
        if len(self._queue) >= self._limit:
            raise StoreError("The database is too slow: too much is waiting to be written.")
        written: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.append((item, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._drain(), name="group commit")
        return written

    async def close(self) -> None:
        """Wait until everything that was submitted is written or refused."""
        if self._writer is not None:
            await asyncio.wait([self._writer])

    async def _drain(self) -> None:
        while self._queue:
            size = min(len(self._queue), self._together)
            await self._commit([self._queue.popleft() for _ in range(size)])

    async def _commit(self, batch: list[tuple[T, asyncio.Future[R]]]) -> None:
        try:
            async with self._begin() as tx:
                results = await self._write(tx, [item for item, _ in batch])
        except Exception as error:  # each waiter gets it; none may wait for ever
            if len(batch) > 1 and not _is_away(error):
                # One item that the database refuses must not take the others with it.
                for one in batch:
                    await self._commit([one])
                return
            for _, written in batch:
                if not written.done():
                    written.set_exception(error)
        else:
            for (_, written), result in zip(batch, results, strict=True):
                if not written.done():
                    written.set_result(result)


def _is_away(error: Exception) -> bool:
    return isinstance(error, StoreError) and error.code == "database.unreachable"
