"""What is said after a look at what became of an attempt: what is so now, and nobody did it.

Between the attempt and the look others may have done the same, and OpenVidu does not tell who.
"""

from ovbot.domain.audit import AuditEntry
from ovbot.domain.markup import Markup, md, mention


def so_now(attempt: AuditEntry, state: Markup) -> Markup:
    """What was asked for is so: ``state`` is one sentence that says it."""
    said = md(
        "{} {} had asked for it; whether that did it, or somebody else, is not known.",
        state,
        mention(attempt.actor),
    )
    reason = attempt.arguments.get("reason")
    return said + md(" Reason: {}", reason) if reason else said
