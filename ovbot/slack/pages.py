"""What Slack's methods that list things answer, page by page (docs.slack.dev, "Pagination")."""

from collections.abc import Callable
from typing import Any

import msgspec

from ovbot.domain.actor import Origin


class Metadata(msgspec.Struct, frozen=True):
    event_payload: dict[str, Any] = {}


class Message(msgspec.Struct, frozen=True):
    ts: str
    metadata: Metadata | None = None


class Next(msgspec.Struct, frozen=True):
    next_cursor: str = ""


class Paged(msgspec.Struct, frozen=True, kw_only=True):
    response_metadata: Next | None = None

    @property
    def cursor(self) -> str:
        """Where the next page begins; "" behind the last."""
        return self.response_metadata.next_cursor if self.response_metadata else ""


class Page(Paged, frozen=True, kw_only=True):
    """Of conversations.history and conversations.replies."""

    messages: tuple[Message, ...]


class Members(Paged, frozen=True, kw_only=True):
    """Of conversations.members."""

    members: tuple[str, ...]


class Team(msgspec.Struct, frozen=True):
    id: str


class Teams(Paged, frozen=True, kw_only=True):
    """Of auth.teams.list."""

    teams: tuple[Team, ...]


class Person(msgspec.Struct, frozen=True):
    """Of users.list, as far as it tells who is a full member."""

    id: str
    team_id: str = ""
    deleted: bool = False
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False

    def outsider(self, foreign: Callable[[Origin], str]) -> str:
        """Why they are no full member, in a word; "" for who is one."""
        if self.deleted:
            return "deactivated user"
        if self.is_bot:
            return "bot"
        if self.is_restricted or self.is_ultra_restricted:
            return "guest"
        named = frozenset({self.team_id} if self.team_id else ())
        return "member of another workspace" if self.is_stranger or foreign(Origin(named)) else ""


class People(Paged, frozen=True, kw_only=True):
    """Of users.list."""

    members: tuple[Person, ...]


class Group(msgspec.Struct, frozen=True):
    id: str
    date_delete: int = 0
    users: tuple[str, ...] = ()


class Groups(msgspec.Struct, frozen=True):
    """Of usergroups.list."""

    usergroups: tuple[Group, ...]
