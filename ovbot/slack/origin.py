"""Who sent a payload, and every workspace that it names for them.

Sources: docs.slack.dev, "Slack Connect" and "Org-ready apps"; the fields differ from kind to kind,
so all of them are taken along. What they mean is judged in the door (``domain.workspace``).
"""

import msgspec

from ovbot.domain.actor import Actor, Origin

Flag = bool | str | None
"""Slash commands are form-encoded, so that there it is ``"true"``."""


class Team(msgspec.Struct, frozen=True):
    """A workspace or an organisation."""

    id: str | None = None


class User(msgspec.Struct, frozen=True):
    """A person. ``team_id`` is where they come from."""

    id: str
    team_id: str | None = None


class ViewOrigin(msgspec.Struct, frozen=True):
    """What a modal or Home tab says of it: whose it is, and which installation of ovbot made it."""

    team_id: str | None = None
    app_installed_team_id: str | None = None


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What block_actions, view_submission and block_suggestion say of their sender.

    ``team`` is null for an installation in a whole organisation.
    """

    user: User
    team: Team | None = None
    enterprise: Team | None = None
    is_enterprise_install: Flag = None

    def sender(self, view: ViewOrigin | None = None) -> Actor:
        """The person, with all that is said of where they come from."""
        return sender(
            self.user.id,
            self.team.id if self.team else None,
            self.user.team_id,
            *((view.team_id, view.app_installed_team_id) if view else ()),
            enterprise=self.enterprise.id if self.enterprise else None,
            org_wide=self.is_enterprise_install,
        )


def sender(
    user: str, *teams: str | None, enterprise: str | None = None, org_wide: Flag = None
) -> Actor:
    """A person by their id and by all workspaces that are named for them."""
    named = [team for team in teams if team]
    origin = Origin(frozenset(named), enterprise or "", org_wide in {True, "true"})
    return Actor(named[0] if named else "", user, origin)
