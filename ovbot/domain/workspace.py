"""Where ovbot is installed, and who belongs there."""

import msgspec

from ovbot.domain.actor import Origin


class Workspace(msgspec.Struct, frozen=True):
    """One workspace of Slack's, or with ``org_wide`` those of a whole organisation.

    ``team`` is the id under which rows are kept. ``teams`` are the organisation's workspaces that
    the app may work in, and ``enterprise`` is the organisation's id, which stands for it where a
    payload names no workspace.
    """

    team: str
    enterprise: str = ""
    org_wide: bool = False
    teams: frozenset[str] = frozenset()

    def foreign(self, origin: Origin | None) -> str:
        """The id of the other workspace that somebody comes from, or ``""`` for one of ours.

        Slack Connect's payloads name now the app's workspace, now the person's, and which stands
        where differs from kind to kind (slackapi/java-slack-sdk 1041, slackapi/bolt-js 1614): so
        one that is not ours is enough, and none at all is not ours either. No origin: it is ovbot
        itself that acts for somebody who was let in before.
        """
        if origin is None:
            return ""
        ours = {self.team, *self.teams}
        named = [one for one in origin.teams if one != self.enterprise or one in ours]
        if others := [one for one in named if one not in ours]:
            return others[0]
        if named or (self.org_wide and origin.org_wide and origin.enterprise == self.enterprise):
            return ""
        return origin.enterprise or "unknown"
