"""Waking those who wait for rows, so that nobody polls alone."""

import asyncio
from collections import defaultdict


class Wake:
    """One flag for each topic ("outbox", "events"); each topic has one waiter.

    A wake-up that comes while nobody waits is kept: the next ``wait`` returns at once.
    """

    def __init__(self) -> None:
        self._flags: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    def set(self, topic: str) -> None:
        """Wake the topic's waiter, now or when it next waits."""
        self._flags[topic].set()

    async def wait(self, topic: str, timeout: float | None = None) -> bool:  # noqa: ASYNC109  running out of time is an answer here, not an error
        """Wait until woken, at most ``timeout`` seconds (None: for ever); whether it was woken."""
        flag = self._flags[topic]
        try:
            async with asyncio.timeout(timeout):
                await flag.wait()
        except TimeoutError:
            return False
        flag.clear()
        return True
