"""What a person may do where they ask: found out for each invocation anew."""

from ovbot.domain.actor import Actor
from ovbot.domain.workspace import Workspace
from ovbot.engine.context import Access
from ovbot.engine.invocation import Invocation
from ovbot.engine.ports import Directory
from ovbot.store import bindings
from ovbot.store.database import Database


async def access(
    asked: Invocation,
    *,
    workspace: Workspace,
    store: Database,
    server: str,
    admins: tuple[str, ...],
    directory: Directory,
) -> Access:
    """The bindings of the channel; in App Home, of every channel that the person is in.

    In App Home, and in the forms that are opened from it, a person's own id stands for the
    channel. Admins see everything anyway, so that of them nothing is asked. Who comes from another
    workspace has the role that is given to their own id, and none by being in a channel.
    """
    actor, at_home = Actor(workspace.team, asked.actor.user), asked.channel == asked.actor.user
    foreign = workspace.foreign(asked.actor.origin)
    if foreign and actor.user not in admins:
        return Access(actor, admins, (), at_home=at_home, foreign=foreign)
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
