"""What all of delivery waits at while nobody can be posted to: a lost token, an organisation's no.

Nothing is tried one by one meanwhile, so nothing is counted against a message. When the token is
accepted again, one message goes ahead; the others follow when it was taken.
"""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from ovbot.clock import Clock
from ovbot.delivery.background import Pause
from ovbot.engine.ports import ChatFailure
from ovbot.engine.standing import Standing

log = structlog.get_logger(__name__)

_SOONEST, _LATEST = 1.0, 10.0
"""Seconds between two questions whether it is well again."""
_IDLE = 60.0
"""Seconds after which it is asked though nothing was refused: there may be nothing to send."""


class Outage(msgspec.Struct, frozen=True):
    """From when to when nobody could be posted to (ms), and why. ``refusals``: how often seen."""

    began: int
    ended: int
    reason: str
    refusals: int


Over = Callable[[Outage], Awaitable[None]]
"""Hears when it is well again."""


class Gate:
    """Let each message ask ``passage``; ``run`` it as a task beside them."""

    def __init__(
        self,
        standing: Standing,
        check: Callable[[], Awaitable[None]],
        clock: Clock,
        *,
        pause: Pause = asyncio.sleep,
    ) -> None:
        """``check`` asks the chat whether we are let in; it raises ChatFailure."""
        self._standing = standing
        self._check = check
        self._clock = clock
        self._pause = pause
        self._ahead = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        """Whether there is anything to wait for."""
        return bool(self._standing.reason)

    async def passage(self) -> None:
        """Return when a message may be sent: all are well, or this one goes ahead."""
        while self._standing.reason:
            well = asyncio.create_task(self._standing.well())
            ahead = asyncio.create_task(self._ahead.wait())
            try:
                await asyncio.wait({well, ahead}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                well.cancel()
                ahead.cancel()
            if self._ahead.is_set():
                self._ahead.clear()
                return

    async def run(self, over: Over) -> None:
        """Watch until cancelled."""
        while True:
            if not self._standing.reason:
                await self._until_lost()
            if self._standing.reason:
                await over(await self._outage())

    async def _until_lost(self) -> None:
        lost = asyncio.create_task(self._standing.lost())
        idle = asyncio.ensure_future(self._pause(_IDLE))
        try:
            await asyncio.wait({lost, idle}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            lost.cancel()
            idle.cancel()
        if not self._standing.reason:
            await self._ask()

    async def _outage(self) -> Outage:
        """Return when it is over."""
        standing = self._standing
        began, reason, refusals, seconds = self._clock.now_ms(), standing.reason, 0, _SOONEST
        log.error("slack.refuses", reason=reason, advice=standing.advice)
        while standing.reason:
            reason, refusals = standing.reason, standing.refusals
            await self._pause(seconds)
            seconds = min(2 * seconds, _LATEST)
            if self._ahead.is_set():  # it was let in, and there is no message that could go ahead
                self._ahead.clear()
                standing.taken()
            elif standing.reason and await self._ask():
                self._ahead.set()
        log.warning("slack.accepts", reason=reason)
        return Outage(began, self._clock.now_ms(), reason, refusals)

    async def _ask(self) -> bool:
        try:
            await self._check()
        except ChatFailure as failure:
            log.info("slack.asked", answer=failure.reason)
            return False
        return True
