"""What the engine and delivery need of chat, without knowing Slack."""

from collections.abc import Collection
from enum import StrEnum
from typing import Protocol

import msgspec

from ovbot.domain.notice import Notice
from ovbot.domain.reply import Reply
from ovbot.errors import OtherSideError


class Posted(msgspec.Struct, frozen=True):
    """Where a message ended up: the channel the platform answered with, and its timestamp id.

    ``tells``: how many notices a message that was looked for is; None where it does not say.
    """

    channel: str
    ts: str
    tells: int | None = None


class Unsupported(msgspec.Struct, frozen=True):
    """Messages cannot be looked for here."""


class FailureKind(StrEnum):
    """What a failed send means for the next try."""

    WAIT = "wait"
    """Rate limited: nothing was posted; try again after ``retry_after`` seconds."""
    RETRY = "retry"
    """The platform is unwell, nothing was posted: try again with growing pauses."""
    AMBIGUOUS = "ambiguous"
    """The request left and the answer was lost: it may or may not have been posted."""
    UNREACHABLE = "unreachable"
    """This channel cannot be posted to (not a member, archived, gone): tell the person instead."""
    GONE = "gone"
    """The message to be changed is not there any more: post it anew."""
    DEAD = "dead"
    """This message will never be taken, wherever it goes."""
    NOBODY = "nobody"
    """Nobody can be posted to now: the token or the organisation is refused. Nothing was posted."""


class ChatFailure(OtherSideError):
    """A message was not delivered. ``reason`` is the platform's own error string.

    ``answered``: something did answer, so the network is there; where it could not be understood,
    asking again makes sense.
    """

    code = "chat"

    def __init__(
        self,
        kind: FailureKind,
        reason: str,
        retry_after: float = 0.0,
        *,
        answered: bool = False,
    ) -> None:
        super().__init__(f"The message was not delivered: {reason}.")
        self.kind = kind
        self.reason = reason
        self.retry_after = retry_after
        self.answered = answered


class Chat(Protocol):
    """Posts notices. Implemented by slack/gateway."""

    async def post(self, notice: Notice, delivery_id: str) -> Posted:
        """Post one notice; raises ChatFailure. ``delivery_id`` goes into the message's metadata."""
        ...

    async def update(self, posted: Posted, reply: Reply) -> Posted:
        """Replace a message; raises ChatFailure (GONE when it is not there any more)."""
        ...

    async def tell(self, notice: Notice, delivery_id: str) -> Posted:
        """Tell ``notice.user`` by direct message instead; raises ChatFailure."""
        ...

    async def find(
        self, notice: Notice, delivery_id: str, since_ms: int
    ) -> Posted | Unsupported | None:
        """Look for the message of an earlier try, not older than ``since_ms``; None: not posted.

        Raises ChatFailure, never AMBIGUOUS: looking changes nothing.
        """
        ...


class Lacking(msgspec.Struct, frozen=True):
    """A right that ovbot can do without: its ``scope``, and what it ``gives``, in words."""

    scope: str
    gives: str


class Joined(msgspec.Struct, frozen=True):
    """Which of the channels that were asked for a person is in; of how many it is not known."""

    channels: frozenset[str]
    unknown: int = 0


class Directory(Protocol):
    """Knows who is in which channel. Implemented by slack/directory."""

    @property
    def lacking(self) -> tuple[Lacking, ...]:
        """What it, or Chat, was not granted."""
        ...

    async def joined(self, user: str, channels: Collection[str]) -> Joined:
        """Those of the channels that the person is in. Raises nothing: what is not known is not
        claimed, and it takes two seconds at most."""
        ...


class Within(msgspec.Struct, frozen=True):
    """Which of the user groups and channels that were asked for a person belongs to.

    ``stale``: those of which that has not been told for too long, or never, so that what only they
    give does not count. ``outsider``: why the person is no full member of the workspace ("guest");
    None where Slack has not told whether they are one.
    """

    subjects: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()
    outsider: str | None = None


class Roster(Protocol):
    """Keeps in memory who belongs to what was given a role. Implemented by slack/roster.

    It asks by itself, in the background: nobody waits for it.
    """

    def within(self, user: str, subjects: Collection[str]) -> Within:
        """What is known now."""
        ...

    def cannot(self, subject: str) -> str:
        """The scope that is missing for telling who belongs to this; "" where none is."""
        ...


class NoRoster:
    """Knows nobody."""

    def within(self, user: str, subjects: Collection[str]) -> Within:
        """Nothing."""
        return Within(stale=frozenset(subjects))

    def cannot(self, subject: str) -> str:
        """Any."""
        return "users:read"


NO_ROSTER: Roster = NoRoster()


class Nowhere:
    """A directory of nobody."""

    lacking: tuple[Lacking, ...] = ()

    async def joined(self, user: str, channels: Collection[str]) -> Joined:
        """None of them."""
        return Joined(frozenset())


NOBODY: Directory = Nowhere()
