"""Closing what dead processes left open: at start, and while others die.

The elected process does it. On PostgreSQL one look is not enough to call a process dead: its
connection may have been lost for a moment, while it is carrying out an action.
"""

import asyncio

from ovbot.delivery.background import LogOnce, Pause
from ovbot.engine.pipeline import Door
from ovbot.engine.recover import recover
from ovbot.store.failures import StoreError
from ovbot.store.peers import Peers

LOOK = 3.0
"""Seconds between two looks at who lives."""
AGAIN = 30_000
"""Milliseconds after which it is tried again: OpenVidu may have been away."""
NAMELESS = 120_000
"""Milliseconds that an intent without a process stays open: an older ovbot may be at it."""


class Recovery:
    """Closes intents of dead processes. ``run`` it as a task."""

    def __init__(
        self, door: Door, team: str, peers: Peers, *, pause: Pause = asyncio.sleep
    ) -> None:
        self._door = door
        self._team = team
        self._peers = peers
        self._pause = pause
        self._trouble = LogOnce("recovery.store")
        self._before: frozenset[str] | None = None
        self._suspects: frozenset[str] = frozenset()
        self._due_at = 0

    async def run(self) -> None:
        """Look who lives, while this process is the elected one, until cancelled."""
        while True:
            await self._peers.elected()
            try:
                await self.step()
                self._trouble.over()
            except StoreError as error:
                self._trouble.seen(error)
            await self._pause(LOOK)

    async def step(self) -> int:
        """Look once; how many intents were closed."""
        now, alive = self._door.powers.clock.now_ms(), await self._peers.alive()
        before, self._before = self._before, alive
        if before is None:
            if not self._peers.is_alone:
                return 0
            before = frozenset()
        dead, self._suspects = self._suspects - alive, before - alive
        if not dead and now < self._due_at:
            return 0
        self._due_at = now + AGAIN
        nameless = None if self._peers.is_alone else now - NAMELESS
        return await recover(self._door, self._team, alive=alive | before, before=nameless)
