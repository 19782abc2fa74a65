"""The grants of one server, kept by whom they are given to, and what is switched off: never older
than the store.

Every look compares one number with the store's: that is one row by its key. All of them are read
again only when it has changed, in whichever process that was.
"""

import asyncio
from collections.abc import Collection, Mapping

import msgspec

from ovbot.domain.disabled import Disabled
from ovbot.domain.grant import Gives, Grant
from ovbot.store import disabled, grants
from ovbot.store.database import Database


class Book(msgspec.Struct, frozen=True):
    """The grants as they were at one change. Those over by their time are still in it."""

    number: int
    by_subject: Mapping[str, tuple[Grant, ...]]
    granters: tuple[Grant, ...]
    """What makes somebody an admin of something."""
    shared: frozenset[str] = frozenset()
    """The user groups and channels that anything is given to."""
    off: tuple[Disabled, ...] = ()
    """What admins have switched off."""

    def of(self, subjects: Collection[str]) -> tuple[Grant, ...]:
        """What is given to any of the subjects."""
        if len(subjects) > len(self.by_subject):
            subjects = [subject for subject in self.by_subject if subject in subjects]
        return tuple(grant for one in subjects for grant in self.by_subject.get(one, ()))


class GrantBook:
    """Reads them again where they have changed."""

    def __init__(self, store: Database, server: str) -> None:
        self._store = store
        self._server = server
        self._books: dict[str, Book] = {}
        self._reading = asyncio.Lock()

    async def now(self, team: str, at: int) -> Book:
        """As they are now (ms); raises StoreError where that cannot be told."""
        async with self._store.read_alone() as one:
            number = await grants.number(one, team, self._server)
        book = self._books.get(team)
        if book is not None and book.number == number:
            return book
        async with self._reading:
            return await self._read(team, at)

    async def _read(self, team: str, at: int) -> Book:
        async with self._store.read() as tx:
            # The number first: what changes between the two is found at the next look.
            number = await grants.number(tx, team, self._server)
            book = self._books.get(team)
            if book is not None and book.number == number:
                return book
            held = await grants.holding(tx, team, self._server, now=at)
            off = await disabled.holding(tx, team, self._server)
        by_subject: dict[str, list[Grant]] = {}
        for grant in held:
            by_subject.setdefault(grant.subject, []).append(grant)
        book = Book(
            number,
            {subject: tuple(found) for subject, found in by_subject.items()},
            tuple(grant for grant in held if grant.gives is Gives.ADMIN),
            frozenset(grant.subject for grant in held if not grant.is_personal),
            off,
        )
        self._books[team] = book
        return book
