"""Who asks, from where, and what they may."""

from enum import IntEnum

import msgspec


class Role(IntEnum):
    """Each role includes the ones below it (design of the grammar: viewer, moderator, …)."""

    NONE = 0
    VIEWER = 1
    MODERATOR = 2
    OPERATOR = 3
    ADMIN = 4

    @property
    def word(self) -> str:
        """The role's name in a sentence."""
        return self.name.lower()


class Origin(msgspec.Struct, frozen=True):
    """What a payload says of where its sender comes from. The door judges it, and nobody else.

    ``teams`` are all workspaces that it names for them, in whatever field, ``enterprise`` is the
    organisation, and ``org_wide`` whether it was made for an installation in all of that.
    """

    teams: frozenset[str] = frozenset()
    enterprise: str = ""
    org_wide: bool = False


class Actor(msgspec.Struct, frozen=True):
    """A person (or ovbot itself) by Slack ids: names can be chosen, ids cannot.

    ``team`` is the workspace that rows about them are kept under. ``origin`` is what came with a
    payload; None where ovbot acts for them out of its own records.
    """

    team: str
    user: str
    origin: Origin | None = None


OVBOT = "ovbot"
"""The actor's user id when ovbot acts by itself (recovery, sweep)."""
