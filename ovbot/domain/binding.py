"""A channel bound to sessions, by id or by glob."""

from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec


class Topic(StrEnum):
    """What a bound channel hears of; a binding holds exactly the named set."""

    SESSION = "session"
    PARTICIPANTS = "participants"
    RECORDINGS = "recordings"
    MODERATION = "moderation"
    NODES = "nodes"


DEFAULT_TOPICS = (Topic.SESSION, Topic.RECORDINGS, Topic.MODERATION)
"""Without named topics: everything but the comings and goings, which can be hundreds an hour."""


class Binding(msgspec.Struct, frozen=True):
    """One channel bound to one pattern on one OpenVidu server."""

    team: str
    server: str
    channel: str
    pattern: str
    topics: tuple[Topic, ...]
    created_by: str
    created_at: int

    @property
    def is_glob(self) -> bool:
        """Whether the pattern can match more than one session."""
        return is_glob(self.pattern)

    def matches(self, session: str) -> bool:
        """Whether the binding covers the session."""
        return matches(self.pattern, session)


def is_glob(pattern: str) -> bool:
    """Session ids hold none of these characters (``[a-zA-Z0-9_-]``), so they mark a glob."""
    return any(char in pattern for char in "*?[")


def matches(pattern: str, session: str) -> bool:
    """Case-sensitive glob match, as session ids are."""
    return fnmatchcase(session, pattern)


def hearing(bindings: Iterable[Binding], session: str | None, topic: Topic) -> tuple[str, ...]:
    """The channels that hear of ``topic`` for ``session``: each once, however often it is bound.

    Nodes belong to no session, so whoever is bound with that topic hears of them; ``session`` is
    None then.
    """
    channels = {
        binding.channel: None
        for binding in bindings
        if topic in binding.topics
        and (topic is Topic.NODES or (session is not None and binding.matches(session)))
    }
    return tuple(channels)
