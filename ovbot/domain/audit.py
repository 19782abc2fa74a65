"""The audit: append-only entries, at most one of each phase for a reference id."""

from enum import StrEnum

import msgspec


class Phase(StrEnum):
    """How far an action had come when the entry was written."""

    INTENT = "intent"
    """Asked and allowed; nothing has been done yet."""
    ATTEMPT = "attempt"
    """The target is known and OpenVidu is about to be asked."""
    OUTCOME = "outcome"
    """It is over; ``outcome`` says how."""


class Outcome(StrEnum):
    """How an action ended. There is exactly one for each intent."""

    DONE = "done"
    """What was asked for is so. Found by a look (``answer`` says "looked"), who did it is open."""
    ALREADY = "already"
    REFUSED = "refused"
    DENIED = "denied"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DRY_RUN = "dry-run"


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry. Holds no token, secret or credential: arguments are masked before they come."""

    ref: str
    phase: Phase
    at: int
    team: str
    server: str
    actor: str
    channel: str
    command: str
    session: str = ""
    target: str = ""
    arguments: dict[str, str] = {}
    interaction: str | None = None
    """Slack's id of the click or command (intents only): what makes a second delivery find it."""
    outcome: Outcome | None = None
    answer: str = ""
    """What OpenVidu answered, such as ``204`` or ``404 kick.gone``."""
    detail: str = ""
    process: str = ""
    """Which ovbot process carries it out; "" when that is not known."""
