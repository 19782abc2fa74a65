"""What Slack's methods that list things answer, page by page (docs.slack.dev, "Pagination")."""

from typing import Any

import msgspec


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
