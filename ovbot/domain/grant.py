"""What somebody was given: a role, or the loss of all, for whom, over what and until when."""

import functools
import operator
from collections.abc import Callable
from enum import StrEnum

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.binding import is_glob, matches

_SPECIAL = "*?["


class Gives(StrEnum):
    """What a grant gives. The first four are the ladder, each with the ones before it."""

    VIEWER = "viewer"
    MODERATOR = "moderator"
    OPERATOR = "operator"
    ADMIN = "admin"
    AUDITOR = "auditor"
    """Stands beside the ladder: reads who did what and who may what, and nothing else."""
    NO_ACCESS = "no-access"
    """Takes every role away, whoever else gives one."""

    @property
    def role(self) -> Role:
        """The step of the ladder; NONE for what is none."""
        return Role[self.name] if self.name in Role.__members__ else Role.NONE


STEPS = {gives: gives.role for gives in Gives}
"""The step of the ladder of each."""


class Scope(msgspec.Struct, frozen=True):
    """What a role is for: all sessions and the server, or less.

    ``sessions`` is a glob that their ids have to fit. ``channel``: only what is asked for there, on
    the sessions that it is bound to.
    """

    sessions: str = ""
    channel: str = ""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is left out."""
        return not self.sessions and not self.channel


EVERYTHING = Scope()


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """One grant on one OpenVidu server. It is never changed, only ended.

    ``subject`` is a Slack id: a person's (U, W), a user group's (S), or a channel's (C, G), which
    stands for its members. ``until`` (ms) is None for good. ``ref`` is the action that made it.
    """

    team: str
    server: str
    subject: str
    gives: Gives
    scope: Scope = EVERYTHING
    until: int | None = None
    granted_by: str
    reason: str = ""
    ref: str
    created_at: int
    id: int = 0
    """Drawn by the database."""
    ended_at: int | None = None
    ended_by: str = ""

    def holds(self, now: int) -> bool:
        """Whether it is neither ended nor over at the moment (ms)."""
        return self.ended_at is None and (self.until is None or now < self.until)

    @property
    def is_personal(self) -> bool:
        """Whether it is given to one person by their own id."""
        return self.subject[:1] in "UW"


@functools.lru_cache(4096)
def fitter(glob: str) -> Callable[[str], bool]:
    """What tells whether a session's id fits a glob; of most of them only the beginning counts."""
    prefix = glob[:-1]
    if glob.endswith("*") and not is_glob(prefix):
        return operator.methodcaller("startswith", prefix)
    return functools.partial(matches, glob)


def glob_covers(glob: str, other: str) -> bool:
    """Whether every session that fits ``other``, an id or a glob, certainly fits ``glob`` too."""
    if glob in {other, "*"} or (not is_glob(other) and matches(glob, other)):
        return True
    prefix = glob[:-1]
    return glob.endswith("*") and not is_glob(prefix) and other.startswith(prefix)


def may_overlap(one: str, other: str) -> bool:
    """Whether some session could fit both globs, as far as their beginnings tell."""
    mine, theirs = _beginning(one), _beginning(other)
    return mine.startswith(theirs) or theirs.startswith(mine)


def _beginning(glob: str) -> str:
    ends = [place for place, char in enumerate(glob) if char in _SPECIAL]
    return glob[: ends[0]] if ends else glob
