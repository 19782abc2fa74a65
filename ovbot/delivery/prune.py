"""What nobody needs any more is removed, once a day: never what is still to do, and of the audit
nothing but refusals, which anybody can cause."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ovbot.clock import Clock
from ovbot.delivery.background import Leadership, LogOnce, Pause, always
from ovbot.failpoints import reach
from ovbot.store import audit, backlog, bans, events, later, noticed
from ovbot.store.database import Database, Tx
from ovbot.store.failures import StoreError

log = structlog.get_logger(__name__)

KEPT = 30 * 24 * 3_600_000
"""Milliseconds that an event is kept after it was dealt with, a notice after it was sent, a
planned command after its time, and a ban after it was over."""
IDLE_KEPT = 24 * 3_600_000
"""Milliseconds that an event is kept from which nothing followed: people cause many of these."""
REFUSALS_KEPT = 90 * 24 * 3_600_000
EVERY = 24 * 3600.0
AFTER_TROUBLE = 600.0
BATCH = 500
"""Rows in one transaction: others write too."""
_BREATH = 0.05


class Pruner:
    """Removes old rows. ``run`` it as a task; one process does it, when it is its ``turn``."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        turn: Leadership = always,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._turn = turn
        self._pause = pause
        self._trouble = LogOnce("prune.store")

    async def run(self) -> None:
        """Remove old rows now and once a day, until cancelled."""
        while True:
            await self._turn()
            try:
                await self.prune()
                self._trouble.over()
                seconds = EVERY
            except StoreError as error:
                self._trouble.seen(error)
                seconds = AFTER_TROUBLE
            await self._pause(seconds)

    async def prune(self) -> int:
        """Remove everything that is old enough; how many rows that were."""
        now = self._clock.now_ms()
        before, idle, refusals = now - KEPT, now - IDLE_KEPT, now - REFUSALS_KEPT
        removed = {
            "idle": await self._all(lambda tx: events.prune_idle(tx, before=idle, limit=BATCH)),
            "refusals": await self._all(
                lambda tx: audit.prune_refusals(tx, before=refusals, limit=BATCH)
            ),
            "events": await self._all(lambda tx: events.prune(tx, before=before, limit=BATCH)),
            "notices": await self._all(lambda tx: backlog.prune(tx, before=before, limit=BATCH)),
            "bans": await self._all(lambda tx: bans.prune(tx, before=before, limit=BATCH)),
            "plans": await self._all(lambda tx: later.prune(tx, before=before, limit=BATCH)),
            "noticed": await self._all(lambda tx: noticed.prune(tx, before=before, limit=BATCH)),
        }
        if any(removed.values()):
            log.info("prune.removed", **removed)
        return sum(removed.values())

    async def _all(self, remove: Callable[[Tx], Awaitable[int]]) -> int:
        total = 0
        while True:
            async with self._database.begin() as tx:
                removed = await remove(tx)
                reach("prune.written")
            reach("prune.committed")
            total += removed
            if removed < BATCH:
                return total
            await self._pause(_BREATH)
