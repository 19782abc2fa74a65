"""Somebody asks for a role that they were refused for: for a while, and until it is decided."""

import msgspec

from ovbot.domain.grant import Gives, Scope

LASTS = 4 * 3_600_000
"""Milliseconds in which a request can be decided: later it is not what they need any more."""


class AccessRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for what, over what, how long and why. ``ref`` is the action that asked.

    ``decided_by`` is who decided it, ``given`` whether they gave it.
    """

    ref: str
    team: str
    server: str
    actor: str
    gives: Gives
    scope: Scope
    until: str
    reason: str
    asked_at: int
    decided_at: int | None = None
    decided_by: str = ""
    given: bool = False

    def is_over(self, now: int) -> bool:
        """Whether nobody has decided it in time."""
        return self.decided_at is None and now >= self.asked_at + LASTS
