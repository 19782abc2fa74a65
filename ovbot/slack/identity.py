"""Who ovbot is in Slack, asked once at start."""

import msgspec

from ovbot.domain.workspace import Workspace


class Identity(msgspec.Struct, frozen=True):
    """The workspace and the bot user, by Slack ids."""

    team: str
    bot_user: str
    bot_id: str
    enterprise: str | None = None
    org_wide: bool = False
    """Whether ovbot is installed in a whole organisation; ``team`` is that one's id then."""
    teams: frozenset[str] = frozenset()
    """The organisation's workspaces, where it is."""
    scopes: frozenset[str] | None = None
    """What the token may do; None where Slack did not say."""

    @property
    def workspace(self) -> Workspace:
        """Where ovbot is at home, for the door."""
        return Workspace(self.team, self.enterprise or "", self.org_wide, self.teams)
