"""What a person may do where they ask: found out for each invocation anew."""

from ovbot.engine.context import Access
from ovbot.engine.invocation import Invocation
from ovbot.engine.ports import Directory
from ovbot.store import bindings
from ovbot.store.database import Database


async def access(
    asked: Invocation,
    *,
    store: Database,
    server: str,
    admins: tuple[str, ...],
    directory: Directory,
) -> Access:
    """The bindings of the channel; in App Home, of every channel that the person is in.

    In App Home, and in the forms that are opened from it, a person's own id stands for the
    channel. Admins see everything anyway, so that of them nothing is asked.
    """
    actor, at_home = asked.actor, asked.channel == asked.actor.user
    if not at_home or actor.user in admins:
        async with store.read_alone() as one:
            here = await bindings.in_channel(one, actor.team, server, asked.channel)
        return Access(actor, admins, here, at_home=at_home)
    async with store.read() as tx:
        every = await bindings.every(tx, server)
    bound = [b for b in every if b.team == actor.team and b.channel[:1] in "CG"]
    found = await directory.joined(actor.user, {binding.channel for binding in bound})
    joined = tuple(binding for binding in bound if binding.channel in found.channels)
    return Access(actor, admins, (), joined=joined, at_home=True, unknown=found.unknown)
