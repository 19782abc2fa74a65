"""Who asks, and what they were given: found out for each invocation anew."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ovbot.clock import Clock
from ovbot.domain.actor import Actor
from ovbot.domain.binding import Binding
from ovbot.domain.grant import Gives, Grant
from ovbot.domain.workspace import Workspace
from ovbot.engine.access import Access
from ovbot.engine.grant_book import Book, GrantBook
from ovbot.engine.invocation import Invocation
from ovbot.engine.ports import Directory
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
    clock: Clock

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
        access = Access(
            actor,
            self.admins,
            (),
            at_home=at_home,
            channel=asked.channel,
            held=_held(book, {actor.user, asked.channel}, foreign),
            granters=book.granters,
            now=self.clock.now_ms,
        )
        if foreign and not access.is_named:
            return replace(access, foreign=foreign)
        if not at_home:
            return replace(access, bindings=await self._bindings(actor.team, asked.channel))
        return access if access.is_named else await self._at_home(access, book, directory)

    async def _bindings(self, team: str, channel: str) -> tuple[Binding, ...]:
        async with self.store.read_alone() as one:
            return await bindings.in_channel(one, team, self.server, channel)

    async def _at_home(self, access: Access, book: Book, directory: Directory) -> Access:
        """Admins see everything anyway, so that of them nothing is asked."""
        async with self.store.read() as tx:
            every = await bindings.every(tx, self.server)
        bound = [b for b in every if b.team == access.actor.team and b.channel[:1] in "CG"]
        channels = {binding.channel for binding in bound}
        given = {subject for subject in book.by_subject if subject[:1] in "CG"}
        found = await directory.joined(access.actor.user, channels | given)
        return replace(
            access,
            joined=tuple(binding for binding in bound if binding.channel in found.channels),
            held=access.held + book.of(given & found.channels),
            unknown=found.unknown,
        )


def _held(book: Book, subjects: Collection[str], foreign: str) -> tuple[Grant, ...]:
    held = book.of(subjects)
    if not foreign:
        return held
    return tuple(grant for grant in held if grant.is_personal or grant.gives is Gives.NO_ACCESS)
