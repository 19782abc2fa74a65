"""Work that goes on after the acknowledgement, owned here so that a stop can wait for it.

Bolt keeps no reference to a running listener and drops acknowledged work at shutdown.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Tasks:
    """A set of running tasks."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` to its end; an exception is logged, since nobody awaits it."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("work.failed", exc_info=error)

    async def drain(self, seconds: float) -> int:
        """Wait for everything that runs, at most ``seconds``; returns how many were cut off.

        Also for what is started meanwhile: work may begin more of it. What is cut off has its
        intent in the store, and is looked up at the next start.
        """
        until = asyncio.get_running_loop().time() + seconds
        while self._running and (rest := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(self._running, timeout=rest)
        left = list(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)
