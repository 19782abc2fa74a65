"""The simulator's clock: real time plus what a test added to it.

Garbage collection, automatic stops, node launches and every other delay hang on it, so a test
advances an hour in no time and nothing ever depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable


class Timer:
    """Something due at a time; ``cancel`` makes it never happen."""

    def __init__(self, due: float, action: Callable[[], None]) -> None:
        self.due = due
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """Seconds since 1970 that only go forward, and the timers that hang on them."""

    def __init__(self, source: Callable[[], float]) -> None:
        self._source = source
        self._offset = 0.0
        self._last = source()
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._changed = asyncio.Event()

    def now(self) -> float:
        """Seconds; never smaller than before, even if the machine's clock is set back."""
        self._last = max(self._last, self._source() + self._offset)
        return self._last

    def millis(self) -> int:
        """UTC milliseconds, the unit of every OpenVidu timestamp."""
        return int(self.now() * 1000)

    def call_later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something once ``seconds`` have passed on this clock."""
        timer = Timer(self.now() + seconds, action)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        self._changed.set()
        return timer

    async def sleep(self, seconds: float) -> None:
        """Wait on this clock; returns at once for nothing."""
        if seconds <= 0:
            return
        woken = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        timer = self.call_later(seconds, wake)
        try:
            await woken
        finally:
            timer.cancel()

    def advance(self, seconds: float) -> None:
        """Move on; each timer on the way sees the time it was due at."""
        target = self.now() + seconds
        while (due := self._next_due()) is not None and due <= target:
            self._move_to(due)
            self._fire()
        self._move_to(target)
        self._changed.set()

    def run_due(self) -> None:
        """Do what has come due by itself."""
        while (due := self._next_due()) is not None and due <= self.now():
            self._fire()

    async def run(self) -> None:
        """Do what comes due, as it does, for ever."""
        while True:
            self.run_due()
            self._changed.clear()
            due = self._next_due()
            # Half a second at most: the machine's clock may jump and a test may hold it still.
            wait = 0.5 if due is None else min(max(due - self.now(), 0.001), 0.5)
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def clear(self) -> None:
        """Forget every timer."""
        for _, _, timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _next_due(self) -> float | None:
        while self._timers and self._timers[0][2].cancelled:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def _fire(self) -> None:
        _, _, timer = heapq.heappop(self._timers)
        timer.action()

    def _move_to(self, moment: float) -> None:
        if (missing := moment - self.now()) > 0:
            self._offset += missing
