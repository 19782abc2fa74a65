"""Who goes first, where many ask one OpenVidu server: what is done, before what is only asked.

Anybody who is in a bound channel may ask, as often as they like. So what people ask goes through
fewer connections than there are, and through a line of its own for long listings. What moderators
do, and what ovbot does by itself, never waits behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Final

QUESTIONS: Final = 6
"""Questions on their way at once, of the ten connections that there are."""

_asking: ContextVar[bool] = ContextVar("asking", default=False)


@contextmanager
def asking() -> Iterator[None]:
    """What is called in here is only asked by somebody, and can wait."""
    before = _asking.set(True)
    try:
        yield
    finally:
        _asking.reset(before)


class Lanes:
    """The turns of one server's calls."""

    def __init__(self) -> None:
        self._listing = asyncio.Lock()
        self._asked_listing = asyncio.Lock()
        self._questions = asyncio.Semaphore(QUESTIONS)

    @asynccontextmanager
    async def turn(self, *, bulky: bool) -> AsyncIterator[None]:
        """Our turn. One listing at a time is enough: each may have many megabytes."""
        if not _asking.get():
            async with self._listing if bulky else nullcontext():
                yield
            return
        # Listings that wait for one another hold up no other question.
        async with self._asked_listing if bulky else nullcontext(), self._questions:
            yield
