"""Webhook events into the store, before OpenVidu is answered.

OpenVidu sends from one thread, once, and forgets: what is answered with 200 must outlive a power
cut, and the answer must not keep its only sender waiting (reference: "Webhook / CDR", transport).
"""

import asyncio
from collections.abc import Sequence
from itertools import chain

import msgspec

from ovbot.clock import Clock
from ovbot.failpoints import reach
from ovbot.openvidu.events import WebhookEvent
from ovbot.store import events as store
from ovbot.store.autocommit import Autocommit
from ovbot.store.database import Database
from ovbot.store.events import Arrival
from ovbot.store.group import GroupCommit

PATIENCE = 4.0
"""Seconds: OpenVidu 2.18 and later sends an event again when it waits ten."""


class Inbox:
    """Where arrivals are stored; those that wait at the same time share a transaction."""

    def __init__(
        self, database: Database, server: str, clock: Clock, *, patience: float = PATIENCE
    ) -> None:
        self._server = server
        self._clock = clock
        self._patience = patience
        # Alone: OpenVidu's one sender waits for this.
        self._group: GroupCommit[tuple[Arrival, ...], None] = GroupCommit(
            database.begin_alone, self._write
        )

    async def accept(self, events: Sequence[WebhookEvent]) -> None:
        """Return once the events are committed; those known already change nothing.

        Raises TimeoutError after ``patience`` seconds and StoreError when the database refuses.
        Either way they may still be stored, which does no harm: they are stored once.
        """
        arrivals = tuple(_arrival(event) for event in events)
        async with asyncio.timeout(self._patience):
            await self._group.submit(arrivals)
        reach("webhook.committed")

    async def close(self) -> None:
        """Wait until what was accepted is stored or refused."""
        await self._group.close()

    async def _write(self, tx: Autocommit, waiting: Sequence[tuple[Arrival, ...]]) -> list[None]:
        await store.record(tx, self._server, self._clock.now_ms(), chain.from_iterable(waiting))
        reach("webhook.written")
        return [None] * len(waiting)


def _arrival(event: WebhookEvent) -> Arrival:
    return Arrival(key=event.key, kind=event.kind, body=msgspec.json.encode(event).decode())
