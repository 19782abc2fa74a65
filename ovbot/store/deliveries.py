"""What the outbox holds: notices on their way, who has claimed them, and what a try came to."""

import hashlib
from enum import StrEnum

import msgspec

from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import from_json


class Status(StrEnum):
    """What became of a notice."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    DROPPED = "dropped"
    """Somebody decided that it need not be sent."""


class Delivery(msgspec.Struct, frozen=True):
    """One notice to deliver. ``reply`` is its stored form; ``ambiguous`` counts lost answers."""

    id: int
    team: str
    server: str
    lane: str
    key: str
    audience: str
    user: str
    reply: str
    thread: str
    created_at: int
    attempts: int
    ambiguous: int
    digest: int
    posted_channel: str = ""
    posted_ts: str = ""
    """Where its message is; of what amends another notice, where that one's is. "" for nowhere."""

    @property
    def channel(self) -> str:
        """Where it goes: a channel's id, or a person's."""
        return self.lane.partition(" ")[0]

    @property
    def delivery_id(self) -> str:
        """What the message's metadata carries: the same for every try, and for no other notice."""
        whole = "\0".join((self.team, self.lane, self.key))
        return hashlib.sha256(whole.encode()).hexdigest()[:24]

    def notice(self) -> Notice:
        """The notice; raises ValueError when a newer ovbot wrote what this one cannot read."""
        return Notice(
            channel=self.channel,
            key=self.key,
            reply=from_json(self.reply),
            audience=Audience(self.audience),
            user=self.user,
            thread=self.thread,
            digest=bool(self.digest),
        )


class Claim(msgspec.Struct, frozen=True):
    """A lane that is ours until the lease ends, with its next notices in order."""

    team: str
    lane: str
    deliveries: tuple[Delivery, ...]
    interrupted: bool = False
    """Whoever had it before did not give it back, as when it died: its message may be there."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one try came to, and when the lane may be used again (``not_before``, ms).

    ``release`` gives the lane back to whoever claims it next.
    """

    delivery: Delivery
    status: Status
    at: int
    not_before: int
    release: bool
    tries: int = 1
    ambiguous: bool = False
    reason: str = ""
    posted_channel: str = ""
    posted_ts: str = ""
    apart: bool = False
    """It was refused in a digest: from now on it goes alone."""
    lost: str = ""
    """Why the channel itself cannot be posted to, whether or not its person was told instead."""


class Listed(msgspec.Struct, frozen=True):
    """A notice as operators see it."""

    delivery: Delivery
    status: Status
    reason: str
    finished_at: int | None
