"""Whether who acted can see where they are how it ended."""

from enum import Enum

from ovbot.store import backlog
from ovbot.store.database import Database
from ovbot.store.deliveries import Status


class Seen(Enum):
    """Where the notice of an outcome is, for who acted."""

    HERE = "here"
    """In the channel and the thread that they are in."""
    COMING = "coming"
    """On its way there."""
    ELSEWHERE = "elsewhere"
    """In the thread of a card, in a direct message, or nowhere."""


async def seen(store: Database, ref: str, team: str, user: str, channel: str, thread: str) -> Seen:
    """Where the notice of an action is; ``thread`` is the one that its person is in, or ``""``."""
    async with store.read() as tx:
        found = await backlog.told(tx, team, (channel, f"{channel} {user}"), f"action:{ref}")
    if found is None or found.thread != thread or found.status in {Status.DEAD, Status.DROPPED}:
        return Seen.ELSEWHERE
    if found.status is Status.PENDING:
        return Seen.COMING
    return Seen.HERE if found.posted_channel == channel else Seen.ELSEWHERE
