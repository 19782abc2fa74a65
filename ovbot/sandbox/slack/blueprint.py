"""What a workspace is made of: its team, people, channels, app, commands and scopes.

Without a file it is always the same, so that scripts and tests can rely on it. A YAML file
replaces whole parts::

    team: {id: T01SANDBOX, name: Sandbox, domain: sandbox}
    organisation: {id: E01, name: Org, org_wide: true, teams: [T02OTHER]}
    app: {id: A0OVBOT, bot_user: U0OVBOT, bot_id: B0OVBOT, name: ovbot}
    users: [{id: U01ANA, name: ana, real_name: Ana}, {id: U0OUT, name: out, team: T9PARTNER}]
    channels: [{id: C01GENERAL, name: general, members: [U01ANA, U0OVBOT]}]
    usergroups: [{id: S01TEACHERS, handle: teachers, name: Teachers, users: [U02BEN]}]
    commands: [{command: /openvidu, description: …, usage_hint: …, should_escape: true}]
    scopes: [commands, chat:write]
    events: [app_home_opened]
    rate_limits: true
"""

from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ovbot.sandbox.slack.errors import ConfigError

_ID = r"^[A-Z][A-Z0-9]+$"


class _Plan(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class TeamPlan(_Plan):
    """The team."""

    id: str = Field("T01SANDBOX", pattern=_ID)
    name: str = "Sandbox"
    domain: str = "sandbox"


class OrganisationPlan(_Plan):
    """What the team belongs to. `org_wide`: the app is installed in all its workspaces, which are
    the team itself and `teams`."""

    id: str = Field(pattern=r"^E[A-Z0-9]+$")
    name: str = "Organisation"
    org_wide: bool = False
    teams: list[str] = []


class AppPlan(_Plan):
    """The app under test, and its bot user."""

    id: str = Field("A0OVBOT", pattern=_ID)
    name: str = "ovbot"
    bot_user: str = Field("U0OVBOT", pattern=_ID)
    bot_id: str = Field("B0OVBOT", pattern=_ID)


class UserPlan(_Plan):
    """A person who can be acted as. With a `team` they are of another workspace, and here by
    channels that are shared. `guest` and `deactivated` are what users.list says of them."""

    id: str = Field(pattern=_ID)
    name: str = Field(min_length=1)
    real_name: str = ""
    team: str | None = Field(None, pattern=_ID)
    tz: str = "Europe/Madrid"
    guest: Literal["", "single", "multi"] = ""
    deactivated: bool = False


class GroupPlan(_Plan):
    """A user group of the workspace."""

    id: str = Field(pattern=r"^S[A-Z0-9]+$")
    handle: str = Field(min_length=1)
    name: str = ""
    users: list[str] = []
    disabled: bool = False


class ChannelPlan(_Plan):
    """A channel; without `members`, everybody and the bot are in it."""

    id: str = Field(pattern=_ID)
    name: str = Field(min_length=1)
    members: list[str] | None = None
    is_private: bool = False
    is_archived: bool = False


class CommandPlan(_Plan):
    """A slash command as the app's manifest declares it."""

    command: str = Field(pattern=r"^/\S+$", max_length=32)
    description: str = ""
    usage_hint: str = ""
    should_escape: bool = True


class Blueprint(_Plan):
    """A whole workspace, as described."""

    team: TeamPlan = TeamPlan()
    organisation: OrganisationPlan | None = None
    app: AppPlan = AppPlan()
    users: list[UserPlan] = [
        UserPlan(id="U01ANA", name="ana", real_name="Ana"),
        UserPlan(id="U02BEN", name="ben", real_name="Ben"),
        UserPlan(id="U03CLEO", name="cleo", real_name="Cleo"),
    ]
    channels: list[ChannelPlan] = [
        ChannelPlan(id="C01GENERAL", name="general"),
        ChannelPlan(id="C02MODERATION", name="moderation"),
    ]
    usergroups: list[GroupPlan] = [
        GroupPlan(id="S01TEACHERS", handle="teachers", name="Teachers", users=["U02BEN"]),
    ]
    commands: list[CommandPlan] = [
        CommandPlan(
            command="/openvidu",
            description="Watch and moderate OpenVidu sessions",
            usage_hint="list | show | help",
        )
    ]
    scopes: list[str] = [
        "commands",
        "chat:write",
        "im:write",
        "channels:read",
        "groups:read",
        "im:read",
        "users:read",
        "usergroups:read",
        "channels:history",
        "groups:history",
        "im:history",
    ]
    events: list[str] = [
        "app_home_opened",
        "app_uninstalled",
        "tokens_revoked",
        "channel_archive",
        "member_left_channel",
    ]
    rate_limits: bool = True

    @property
    def org_wide(self) -> bool:
        """Whether the app is installed in the whole organisation."""
        return self.organisation is not None and self.organisation.org_wide

    @property
    def installed_in(self) -> str:
        """The id of what the app is installed in."""
        organisation = self.organisation
        return organisation.id if organisation and organisation.org_wide else self.team.id

    def team_of(self, user: str) -> str:
        """The workspace that a person is of."""
        plan = next((plan for plan in self.users if plan.id == user), None)
        return (plan.team if plan else None) or self.team.id

    def is_foreign(self, user: str) -> bool:
        """Whether a person is of a workspace that the app is not installed in."""
        organisation = self.organisation
        own = {self.team.id, *(organisation.teams if organisation and self.org_wide else ())}
        return self.team_of(user) not in own

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        ids = [self.app.bot_user, *(user.id for user in self.users)]
        for kind, found in (("user", ids), ("channel", [channel.id for channel in self.channels])):
            twice = sorted({one for one in found if found.count(one) > 1})
            if twice:
                raise ValueError(f"{kind} ids must be unique: {', '.join(twice)}")
        for channel in self.channels:
            strangers = sorted(set(channel.members or ()) - set(ids))
            if strangers:
                raise ValueError(f"{channel.id} has unknown members: {', '.join(strangers)}")
        for group in self.usergroups if "usergroups" in self.model_fields_set else ():
            if strangers := sorted(set(group.users) - set(ids)):
                raise ValueError(f"{group.id} has unknown users: {', '.join(strangers)}")
        return self


def load_blueprint(path: Path | None) -> Blueprint:
    """The fixed workspace, or what the file at `path` makes of it.

    Raises ConfigError for a file that is not there, is no YAML, or says something unknown.
    """
    if path is None:
        return Blueprint()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise ConfigError(f"cannot read {path}: {problem}") from problem
    try:
        return Blueprint.model_validate({} if content is None else content)
    except ValidationError as problem:
        told = "; ".join(_sentence(error["loc"], error["msg"]) for error in problem.errors())
        raise ConfigError(f"{path}: {told}") from problem


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    return ": ".join([*([".".join(map(str, where))] if where else []), message])
