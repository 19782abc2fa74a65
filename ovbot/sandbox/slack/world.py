"""Who and what is in the workspace right now."""

from dataclasses import dataclass, field

from ovbot.sandbox.slack.blueprint import Blueprint
from ovbot.sandbox.slack.ids import direct_channel
from ovbot.sandbox.slack.shapes import Json

CREATED = 1_700_000_000
"""When everything here was created, for fields nobody reads."""


@dataclass
class Person:
    """A user, or the bot's user."""

    id: str
    name: str
    real_name: str
    team: str
    tz: str = "Europe/Madrid"
    bot_id: str | None = None
    guest: str = ""
    deactivated: bool = False

    def as_json(self, app_id: str) -> Json:
        """The object of ``users.info``."""
        profile: Json = {"real_name": self.real_name, "display_name": self.name, "team": self.team}
        if self.bot_id is not None:
            profile |= {"bot_id": self.bot_id, "api_app_id": app_id}
        return {
            "id": self.id,
            "team_id": self.team,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deactivated,
            "is_bot": self.bot_id is not None,
            "is_app_user": False,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": bool(self.guest),
            "is_ultra_restricted": self.guest == "single",
            "tz": self.tz,
            "profile": profile,
            "updated": CREATED,
        }


@dataclass
class Channel:
    """A channel, or the direct conversation of one person with the bot (`direct_to`)."""

    id: str
    name: str
    members: list[str]
    is_private: bool = False
    is_archived: bool = False
    direct_to: str | None = None

    def as_json(self, bot: str) -> Json:
        """The object of ``conversations.info``."""
        if self.direct_to is not None:
            return {
                "id": self.id,
                "created": CREATED,
                "is_im": True,
                "is_archived": False,
                "is_org_shared": False,
                "user": self.direct_to,
                "is_open": True,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "created": CREATED,
            "is_channel": not self.is_private,
            "is_group": self.is_private,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.is_private,
            "is_archived": self.is_archived,
            "is_general": self.name == "general",
            "is_shared": False,
            "is_ext_shared": False,
            "is_member": bot in self.members,
            "num_members": len(self.members),
        }

    def short(self) -> Json:
        """The object interaction payloads carry."""
        return {"id": self.id, "name": "directmessage" if self.direct_to else self.name}


@dataclass
class UserGroup:
    """A user group; a `disabled` one keeps its users and is nobody's any more."""

    id: str
    handle: str
    name: str
    users: list[str]
    disabled: bool = False

    def as_json(self, team: str) -> Json:
        """The object of ``usergroups.list``, without its users."""
        return {
            "id": self.id,
            "team_id": team,
            "is_usergroup": True,
            "is_subteam": True,
            "name": self.name,
            "description": "",
            "handle": self.handle,
            "is_external": False,
            "date_create": CREATED,
            "date_update": CREATED,
            "date_delete": CREATED if self.disabled else 0,
            "auto_type": None,
            "prefs": {"channels": [], "groups": []},
        }


@dataclass
class World:
    """People and channels, made from a blueprint and changed by the control surface."""

    blueprint: Blueprint
    people: dict[str, Person] = field(init=False)
    channels: dict[str, Channel] = field(init=False)
    groups: dict[str, UserGroup] = field(init=False)

    def __post_init__(self) -> None:
        team, app = self.blueprint.team.id, self.blueprint.app
        self.people = {
            plan.id: Person(
                plan.id,
                plan.name,
                plan.real_name or plan.name,
                plan.team or team,
                plan.tz,
                guest=plan.guest,
                deactivated=plan.deactivated,
            )
            for plan in self.blueprint.users
        }
        humans = list(self.people)
        self.people[app.bot_user] = Person(
            app.bot_user, app.name, app.name, team, "Etc/UTC", app.bot_id
        )
        self.channels = {
            plan.id: Channel(
                plan.id,
                plan.name,
                list(plan.members) if plan.members is not None else [*humans, app.bot_user],
                plan.is_private,
                plan.is_archived,
            )
            for plan in self.blueprint.channels
        }
        self.groups = {
            plan.id: UserGroup(
                plan.id,
                plan.handle,
                plan.name or plan.handle,
                [user for user in plan.users if user in self.people],
                plan.disabled,
            )
            for plan in self.blueprint.usergroups
        }
        for human in humans:
            channel = direct_channel(human)
            self.channels[channel] = Channel(channel, "", [human, app.bot_user], direct_to=human)

    @property
    def bot(self) -> str:
        """The bot's user id."""
        return self.blueprint.app.bot_user

    @property
    def humans(self) -> list[Person]:
        """Everybody who can be acted as."""
        return [person for person in self.people.values() if person.bot_id is None]

    def human(self, user: str) -> Person | None:
        """The person with this id, unless it is the bot."""
        person = self.people.get(user)
        return person if person is not None and person.bot_id is None else None

    def channel(self, reference: str) -> Channel | None:
        """A channel by id, by ``#name`` or name; a person's id means the direct conversation."""
        if reference in self.channels:
            return self.channels[reference]
        if self.human(reference) is not None:
            return self.channels[direct_channel(reference)]
        name = reference.removeprefix("#")
        for channel in self.channels.values():
            if channel.direct_to is None and channel.name == name:
                return channel
        return None

    def seen_by_bot(self, reference: str) -> Channel | None:
        """The same, unless it is a private channel the bot is not in."""
        channel = self.channel(reference)
        if channel is None or (channel.is_private and self.bot not in channel.members):
            return None
        return channel

    def open_to(self, user: str) -> list[Channel]:
        """Channels a person has in the side bar: public ones, theirs, and the bot's direct one."""
        return [
            channel
            for channel in self.channels.values()
            if (channel.direct_to is None and not channel.is_private) or user in channel.members
        ]
