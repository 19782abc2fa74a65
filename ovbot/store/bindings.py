"""Which channel is bound to which sessions."""

from sqlalchemy import bindparam, delete, select, update

from ovbot.domain.binding import Binding, Topic
from ovbot.store.autocommit import Autocommit, rows
from ovbot.store.database import Tx
from ovbot.store.tables import bindings as table
from ovbot.store.upsert import insert


async def add(tx: Tx, binding: Binding) -> bool:
    """Bind; True if it is new, False if it replaced the topics of the same binding.

    A replaced binding keeps its age and its author: what happened since is still its business.
    """
    topics = ",".join(binding.topics)
    row = {
        "team": binding.team,
        "server": binding.server,
        "channel": binding.channel,
        "pattern": binding.pattern,
        "topics": topics,
        "created_by": binding.created_by,
        "created_at": binding.created_at,
    }
    added = await tx.execute(insert(tx, table).values(row).on_conflict_do_nothing())
    if added.rowcount:
        return True
    await tx.execute(
        update(table)
        .where(
            table.c.team == binding.team,
            table.c.server == binding.server,
            table.c.channel == binding.channel,
            table.c.pattern == binding.pattern,
        )
        .values(topics=topics)
    )
    return False


async def remove(tx: Tx, team: str, server: str, channel: str, pattern: str) -> bool:
    """Unbind one pattern; whether it was bound."""
    done = await tx.execute(
        delete(table).where(
            table.c.team == team,
            table.c.server == server,
            table.c.channel == channel,
            table.c.pattern == pattern,
        )
    )
    return done.rowcount > 0


async def remove_all(tx: Tx, team: str, server: str, channel: str) -> int:
    """Unbind the channel from everything; how many bindings that were."""
    done = await tx.execute(
        delete(table).where(
            table.c.team == team, table.c.server == server, table.c.channel == channel
        )
    )
    return done.rowcount


_TOPICS = frozenset(topic.value for topic in Topic)
_COLUMNS = (
    *(table.c.team, table.c.server, table.c.channel, table.c.pattern),
    *(table.c.topics, table.c.created_by, table.c.created_at),
)
_IN_CHANNEL = (  # made once: every command asks this before it is acknowledged
    select(*_COLUMNS)
    .where(
        table.c.team == bindparam("team"),
        table.c.server == bindparam("server"),
        table.c.channel == bindparam("channel"),
    )
    .order_by(table.c.id)
)


async def in_channel(tx: Autocommit, team: str, server: str, channel: str) -> tuple[Binding, ...]:
    """The channel's bindings, oldest first."""
    asked = {"team": team, "server": server, "channel": channel}
    return tuple(_binding(*row) for row in await rows(tx, _IN_CHANNEL, [asked]))


async def every(tx: Tx, server: str) -> tuple[Binding, ...]:
    """Every team's bindings to the server, oldest first."""
    found = await tx.execute(select(*_COLUMNS).where(table.c.server == server).order_by(table.c.id))
    return tuple(_binding(*row) for row in found)


def _binding(
    team: str, server: str, channel: str, pattern: str, topics: str, author: str, at: int
) -> Binding:
    # A topic of a newer ovbot is not ours to know: after a downgrade it is simply not heard.
    known = tuple(Topic(word) for word in topics.split(",") if word in _TOPICS)
    return Binding(team, server, channel, pattern, known, author, at)
