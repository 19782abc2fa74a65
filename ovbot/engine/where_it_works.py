"""Where ovbot works, for somebody who can do nothing in the channel that they type in."""

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, channel_link, join, md
from ovbot.engine.context import Context
from ovbot.engine.ports import NOBODY
from ovbot.store import bindings

_NAMED = 5
NOWHERE = Markup(
    "This channel isn't bound to a session. Type `/openvidu` in one that is: ovbot's Home tab "
    "shows the sessions of your channels."
)


async def where_it_works(context: Context, *, ask: bool = True) -> Markup:
    """The bound channels that the person is in; "" where they have a role here already.

    Others are not named: who is in none of them need not know of them. Not ``ask``: Slack isn't
    asked who is where, since the person waits to be acknowledged.
    """
    access = context.access
    if context.bindings or access.most > Role.NONE or access.foreign or access.at_home:
        return Markup("")
    async with context.store.read() as tx:
        every = await bindings.every(tx, context.server)
    bound = {b.channel for b in every if b.team == context.actor.team and b.channel[:1] in "CG"}
    directory = context.powers.directory if ask else NOBODY
    found = await directory.joined(context.actor.user, bound)
    if not found.channels:
        return NOWHERE
    links = [channel_link(channel) for channel in sorted(found.channels)[:_NAMED]]
    return md("It works in {}, where you are: type `/openvidu` there.", join(", ", links))
