"""What an outcome brings with it beside its audit entry, and who hears of it.

The door knows none of it by name: a command that stores something new gives its result an effect,
and no file of this room changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ovbot.domain.audit import AuditEntry
from ovbot.domain.binding import Topic
from ovbot.store.database import Tx

if TYPE_CHECKING:
    from ovbot.engine.command import Result
    from ovbot.engine.context import Context


class Effect(Protocol):
    """What an outcome stores besides itself: a binding, a ban, a card, a command for later."""

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        """Store it in the transaction of the outcome ``ended``, which may be tried again.

        Raises UserError where it cannot be so any more, as when somebody was faster: then nothing
        of the outcome is stored, and the action ends as that says. Only where nothing was done
        that cannot be taken back.
        """
        ...


class Hearers(Protocol):
    """Who hears of what was done, and where. Asked in the outcome's transaction."""

    async def changed(self, tx: Tx, ended: AuditEntry) -> None:
        """The session may not be as it was shown."""
        ...

    async def channels(self, tx: Tx, ended: AuditEntry, topic: Topic) -> tuple[str, ...]:
        """The channels that hear of it besides the one it was asked in."""
        ...

    async def thread(self, tx: Tx, ended: AuditEntry, channel: str) -> str:
        """The thread of the channel in which it is told; "" for the channel itself."""
        ...


class Planned(Protocol):
    """Commands that were planned and enter the door by themselves."""

    async def enter(self, tx: Tx, plan: int, intent: AuditEntry) -> bool:
        """It waits no more, from this transaction on; False where it waited no more already."""
        ...

    async def goes_on(
        self, result: Result, intent: AuditEntry, context: Context, *, passes: bool
    ) -> Result:
        """The result, with the same planned anew where it was planned and is not done.

        ``passes``: what kept it from being done may be over in a while.
        """
        ...

    async def once_more(self, intent: AuditEntry, context: Context) -> tuple[Effect, ...]:
        """The same planned again, where a crash left it undone."""
        ...

    async def settle(self, tx: Tx, ended: AuditEntry, result: Result) -> None:
        """Its announcement says how it ended."""
        ...
