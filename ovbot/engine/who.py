"""Who asks, and what they were given: found out for each invocation anew."""

from dataclasses import dataclass, replace

from ovbot.clock import Clock
from ovbot.domain.actor import Actor
from ovbot.domain.binding import Binding
from ovbot.domain.disabled import Disabled, SwitchedOff
from ovbot.domain.grant import Gives, Grant
from ovbot.domain.workspace import Workspace
from ovbot.engine.access import Access
from ovbot.engine.grant_book import Book, GrantBook
from ovbot.engine.invocation import Invocation
from ovbot.engine.ports import Directory, Roster, Within
from ovbot.store import bindings
from ovbot.store.database import Database


@dataclass(frozen=True)
class Who:
    """What it takes to tell what somebody may do."""

    workspace: Workspace
    store: Database
    server: str
    admins: tuple[str, ...]
    book: GrantBook
    roster: Roster
    clock: Clock
    off: tuple[Disabled, ...] = ()
    """What is switched off by the setting."""

    async def access(self, asked: Invocation, directory: Directory) -> Access:
        """What they were given, and the bindings of the channel; in App Home, those of every
        channel that the person is in.

        In App Home, and in the forms that are opened from it, a person's own id stands for the
        channel. Who comes from another workspace has what is given to their own id, and nothing by
        being in a channel.
        """
        actor = Actor(self.workspace.team, asked.actor.user)
        at_home = asked.channel == actor.user
        foreign = self.workspace.foreign(asked.actor.origin)
        book = await self.book.now(actor.team, self.clock.now_ms())
        within = self.roster.within(actor.user, book.shared)
        access = Access(
            actor,
            self.admins,
            (),
            at_home=at_home,
            channel=asked.channel,
            foreign=foreign,
            outsider=within.outsider or "",
            held=_held(book, actor.user, asked.channel, within, foreign=foreign),
            stale=within.stale | (within.subjects if within.outsider is None else frozenset()),
            granters=book.granters,
            off=SwitchedOff((*self.off, *book.off)),
            now=self.clock.now_ms,
        )
        if access.is_named:
            access = replace(access, foreign="", outsider="", stale=frozenset())
        if access.foreign or access.outsider:
            return access
        if not at_home:
            return replace(access, bindings=await self._bindings(actor.team, asked.channel))
        return access if access.is_named else await self._at_home(access, directory)

    async def _bindings(self, team: str, channel: str) -> tuple[Binding, ...]:
        async with self.store.read_alone() as one:
            return await bindings.in_channel(one, team, self.server, channel)

    async def _at_home(self, access: Access, directory: Directory) -> Access:
        """Admins see everything anyway, so that of them nothing is asked."""
        async with self.store.read() as tx:
            every = await bindings.every(tx, self.server)
        bound = [b for b in every if b.team == access.actor.team and b.channel[:1] in "CG"]
        found = await directory.joined(access.actor.user, {binding.channel for binding in bound})
        joined = tuple(binding for binding in bound if binding.channel in found.channels)
        return replace(access, joined=joined, unknown=found.unknown)


def _held(
    book: Book, user: str, channel: str, within: Within, *, foreign: str
) -> tuple[Grant, ...]:
    """What is given to the person, and to what they belong to.

    Being able to speak in a channel is to belong to it. To a full member alone is given what is
    given to many; what takes away does so to everybody, and also where it is not known whether
    they still belong to that.
    """
    personal = book.of({user})
    belongs = within.subjects | ({channel} & book.shared)
    shared = book.of(belongs)
    if foreign or within.outsider != "":
        shared = tuple(grant for grant in shared if grant.gives is Gives.NO_ACCESS)
    doubtful = book.of(within.stale - belongs)
    return (*personal, *shared, *(g for g in doubtful if g.gives is Gives.NO_ACCESS))
