"""Who ovbot is in Slack, asked once at start."""

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """The workspace and the bot user, by Slack ids."""

    team: str
    bot_user: str
    bot_id: str
    enterprise: str | None = None
    scopes: frozenset[str] | None = None
    """What the token may do; None where Slack did not say."""
