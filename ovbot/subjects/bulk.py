"""Several participants at once: who fits a glob, and what became of each when they were removed.

Whom a glob meant is decided when it is shown: a form names the people, and only they are removed
when it is submitted. Who has joined since was named to nobody, so removing them too would be a
surprise to whoever pressed, and perhaps to the room; they are told of, with a button to the form
that names them. Where they are a raid that goes on, one press more is the price.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from enum import StrEnum

import msgspec

from ovbot.domain.ban import Ban
from ovbot.domain.binding import matches
from ovbot.domain.markup import Markup, bold, join, md, visible
from ovbot.domain.names import folded
from ovbot.engine import sentences
from ovbot.engine.context import Context
from ovbot.openvidu import Connection, OpenViduError, Session, Unknown, Unreachable
from ovbot.openvidu.errors import ConnectionNotFound, SessionNotFound, Unauthorized
from ovbot.openvidu.participants import display_name

MOST = 100
"""People removed by one command: their ids fit a form's metadata, and an audit entry."""
NAMED = 15
"""People named in a sentence; more are counted."""
_NAME = 40
_TOGETHER = 4
"""Requests on their way at once: each can take OpenVidu a while, and others ask it too."""


class Person(msgspec.Struct, frozen=True):
    """Somebody in a session, by what they are called there; ``ban`` is what is made of it too,
    and ``also`` the names of others who are there and whom it fits."""

    connection: str
    name: str
    ban: Ban | None = None
    also: tuple[str, ...] = ()


class Fate(StrEnum):
    """What became of one; the first that anybody met decides the outcome."""

    REMOVED = "removed"
    UNKNOWN = "not known"
    FAILED = "not removed"
    GONE = "gone"
    UNTRIED = "not tried"


class Ending(msgspec.Struct, frozen=True):
    """One person's fate: ``answer`` for the audit, ``why`` for people."""

    person: Person
    fate: Fate
    answer: str
    why: Markup = Markup("")


def fitting(session: Session, glob: str) -> tuple[Connection, ...]:
    """Everybody whose shown name fits, as names are compared; IP cameras are nobody."""
    wanted = folded(glob)
    people = [c for c in session.connections if not c.is_ip_camera]
    return tuple(c for c in people if matches(wanted, folded(display_name(c))))


def listed(people: Sequence[Person]) -> Markup:
    """``*Ana*, *Ben* (2 times) and 37 more``: one name said once, however many bear it."""
    return listed_names([person.name for person in people])


def listed_names(all_names: Sequence[str]) -> Markup:
    """As ``listed``, of the names alone."""
    names = Counter(visible(name, _NAME) for name in all_names)
    shown = [_named(name, times) for name, times in list(names.items())[:NAMED]]
    more = len(all_names) - sum(list(names.values())[:NAMED])
    rest = md(" and {} more", more) if more else Markup("")
    return join(", ", shown) + rest


def _named(name: str, times: int) -> Markup:
    return bold(name) if times == 1 else md("{} ({} times)", bold(name), times)


async def remove(session: str, people: Sequence[Person], context: Context) -> list[Ending]:
    """Remove each, a few at a time, and look once at who is there then.

    Once OpenVidu does not answer, nobody else is begun with. Raises no OpenViduError: what happens
    to one keeps nobody from being told of the others.
    """
    turn = asyncio.Semaphore(_TOGETHER)
    silent = False

    async def one(person: Person) -> Ending:
        nonlocal silent
        async with turn:
            if silent:
                return Ending(person, Fate.UNTRIED, "not tried")
            ending, silent_now = await _remove(session, person, context)
            silent = silent or silent_now
            return ending

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(person)) for person in people]
    endings = [task.result() for task in tasks]
    try:
        there = await present(session, context)
    except OpenViduError:
        return [_not_read_back(ending) for ending in endings]
    return [_read_back(ending, there) for ending in endings]


async def _remove(session: str, person: Person, context: Context) -> tuple[Ending, bool]:
    """One person's ending, and whether OpenVidu has fallen silent."""
    try:
        await context.openvidu.disconnect(session, person.connection)
    except (ConnectionNotFound, SessionNotFound) as gone:
        return Ending(person, Fate.GONE, f"{gone.status} {gone.code}"), False
    except Unknown as lost:
        return Ending(person, Fate.UNKNOWN, lost.code, sentences.sentence(lost)), True
    except OpenViduError as error:
        status = f"{error.status} " if error.status else ""
        ending = Ending(person, Fate.FAILED, f"{status}{error.code}", sentences.sentence(error))
        return ending, isinstance(error, Unreachable | Unauthorized)
    return Ending(person, Fate.REMOVED, "204"), False


async def present(session: str, context: Context) -> Collection[str]:
    """The ids of those who are in the session now. Raises OpenViduError."""
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:  # with the last person it ends
        return frozenset()
    return frozenset(connection.connection_id for connection in now.connections)


def _read_back(ending: Ending, there: Collection[str]) -> Ending:
    person, stays = ending.person, ending.person.connection in there
    if ending.fate is Fate.UNKNOWN and not stays:
        return Ending(person, Fate.REMOVED, f"{ending.answer}, looked: gone")
    if ending.fate in {Fate.REMOVED, Fate.UNKNOWN} and stays:
        why = md("OpenVidu was asked to remove {}, but they are still there.", bold(person.name))
        return Ending(person, Fate.FAILED, f"{ending.answer}, still there", why)
    return ending


def _not_read_back(ending: Ending) -> Ending:
    if ending.fate is not Fate.REMOVED:
        return ending
    return msgspec.structs.replace(ending, answer=f"{ending.answer}, not read back")
