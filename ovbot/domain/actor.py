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


class Actor(msgspec.Struct, frozen=True):
    """A person (or ovbot itself) by Slack ids: names can be chosen, ids cannot."""

    team: str
    user: str


OVBOT = "ovbot"
"""The actor's user id when ovbot acts by itself (recovery, sweep)."""
