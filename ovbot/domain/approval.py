"""What one person has asked for and another has to approve, before it is done."""

import msgspec

LASTS = 15 * 60_000
"""Milliseconds in which it can be approved: later things are not as they were told."""


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """``command`` is the canonical text that is carried out as ``actor``, on just this ``target``.

    ``ref`` is the action that asked. ``answer`` is "" while it waits, then "yes", "no" or
    "withdraw", by ``decided_by``.
    """

    ref: str
    team: str
    server: str
    channel: str
    actor: str
    verb: str
    session: str
    target: str
    label: str
    command: str
    reason: str
    asked_at: int
    decided_at: int | None = None
    decided_by: str = ""
    answer: str = ""

    def is_over(self, now: int) -> bool:
        """Whether nobody has decided it in time."""
        return self.decided_at is None and now >= self.asked_at + LASTS
