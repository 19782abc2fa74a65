"""Somebody who is removed from a session whenever they join it."""

from enum import StrEnum

import msgspec


class By(StrEnum):
    """What tells that it is them again: connection ids are new at every join."""

    SERVER = "server"
    """What the application's server wrote into their token. Nobody can choose it for themselves."""
    NAME = "name"
    """The name that their browser gave: whoever gives another one is somebody else."""


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    """One ban of a session's id: of every session that has this id while it holds.

    ``who`` is what is compared (see ``openvidu.participants``), ``label`` what people call them.
    Only who joined after ``since`` is meant: ms by OpenVidu's clock, as ``Connection.created_at``.
    ``until`` (ms) is None for good. ``ref`` is the action that made it, ``actor`` its person;
    ``ended_by`` is the person who lifted it, or "" where it ended because ``actor`` may not any
    more. ``removals`` counts how often it was carried out.
    """

    team: str
    server: str
    session: str
    by: By
    who: str
    label: str
    since: int
    until: int | None
    actor: str
    channel: str
    reason: str
    ref: str
    created_at: int
    id: int = 0
    """Drawn by the database."""
    removals: int = 0
    ended_at: int | None = None
    ended_by: str = ""

    def holds(self, now: int) -> bool:
        """Whether it is neither lifted nor over at the moment (ms)."""
        return self.ended_at is None and (self.until is None or now < self.until)
