"""Where intents are committed, before anything is acknowledged, asked or done.

Slack waits for no longer than three seconds, and a commit may take longer. Whoever no longer waits
for theirs has been told that nothing was done, and so it is: what comes through later is closed
with that as its outcome.
"""

import asyncio
from collections.abc import Sequence

import structlog

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.markup import Markup
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.engine.outcomes import Planned
from ovbot.engine.perform import record_outcome
from ovbot.engine.tasks import Tasks
from ovbot.failpoints import reach
from ovbot.store import audit
from ovbot.store.autocommit import Autocommit
from ovbot.store.database import Database
from ovbot.store.failures import StoreError
from ovbot.store.group import GroupCommit

log = structlog.get_logger(__name__)

_TOO_LATE = Result(
    outcome=Outcome.FAILED,
    said=Markup(
        "ovbot's database took this too late, so nothing was done. Give the command again if it "
        "is still wanted."
    ),
    answer="too late",
)


class Intents:
    """Those that come together are committed in one transaction."""

    def __init__(self, store: Database, tasks: Tasks, planned: Planned) -> None:
        self._store = store
        self._planned = planned
        self._tasks = tasks
        self._group: GroupCommit[AuditEntry, bool] = GroupCommit(store.begin_alone, _write)

    async def record(self, intent: AuditEntry, context: Context) -> bool:
        """Commit the intent; False where its interaction has brought another before.

        Raises StoreError when it is not committed. Whoever is cancelled here never gets to act.
        """
        written = self._group.put(intent)
        try:
            return await asyncio.shield(written)
        except asyncio.CancelledError:
            self._tasks.start(self._abandon(written, intent, context))
            raise

    async def record_planned(self, plan: int, intent: AuditEntry) -> bool:
        """Commit the intent of what was planned, and that it waits no more, or neither.

        False where it waits no more already: it was called off, or has been here.
        """
        async with self._store.begin() as tx:
            entered = await self._planned.enter(tx, plan, intent) and await audit.add(tx, intent)
            reach("intent.written")
        return entered

    async def close(self) -> None:
        """Wait until every intent that was given to the store is committed or refused."""
        await self._group.close()

    async def _abandon(
        self, written: asyncio.Future[bool], intent: AuditEntry, context: Context
    ) -> None:
        try:
            is_there = await written
        except StoreError as error:
            log.info("intent.not_recorded", ref=intent.ref, why=error.code)
            return
        if is_there:
            log.warning("intent.too_late", ref=intent.ref, command=intent.command)
            await record_outcome(intent, _TOO_LATE, context, after=Phase.INTENT)


async def _write(tx: Autocommit, intents: Sequence[AuditEntry]) -> list[bool]:
    """Of each, whether it is the first of its interaction."""
    first = await audit.add_all(tx, intents)
    reach("intent.written")
    return first
