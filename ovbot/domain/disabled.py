"""Operations that are switched off for everybody: by a setting, or by an admin at once."""

from fnmatch import fnmatchcase

import msgspec

EVERYTHING = "everything"
"""Whatever changes something: ovbot only answers questions then."""
KEPT = frozenset(
    {"audit", "can", "disable", "enable", "explain", "grants", "help", "status", "whoami"}
)
"""What tells how things are, and what puts them right again, is never switched off."""


class Disabled(msgspec.Struct, frozen=True, kw_only=True):
    """``what`` is a command's name with dots for spaces, a glob of such names, or EVERYTHING.

    ``by`` is "" where the setting says so. ``ref`` is the action that did it, ``at`` in ms.
    """

    what: str
    team: str = ""
    server: str = ""
    by: str = ""
    reason: str = ""
    ref: str = ""
    at: int = 0

    def covers(self, name: str, *, changes: bool) -> bool:
        """Whether a command is switched off by it; ``changes`` something, or only asks."""
        if name in KEPT:
            return False
        if self.what == EVERYTHING:
            return changes
        return fnmatchcase(name.replace(" ", "."), self.what)


class SwitchedOff(msgspec.Struct, frozen=True):
    """All that is switched off at one moment."""

    every: tuple[Disabled, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.every)

    def of(self, name: str, *, changes: bool) -> Disabled | None:
        """What switches a command off; the setting before what can be ended in Slack."""
        found = (one for one in self.every if one.covers(name, changes=changes))
        return next(found, None)

    @property
    def is_read_only(self) -> bool:
        return any(one.what == EVERYTHING for one in self.every)


NOTHING = SwitchedOff()
