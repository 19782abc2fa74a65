"""What OpenVidu's webhooks have to be like, and which of them were refused."""

import time
from dataclasses import dataclass, field

import msgspec

from ovbot.openvidu.secret import Secret


class Refusal(msgspec.Struct, frozen=True):
    """A delivery that was not taken, at ``at`` (ms), and why, in our words."""

    at: int
    why: str


@dataclass
class Refused:
    """The deliveries that this process has refused since it began."""

    count: int = 0
    last: Refusal | None = None

    def add(self, why: str) -> None:
        """One more."""
        self.count += 1
        self.last = Refusal(round(time.time() * 1000), why)


@dataclass(frozen=True)
class Webhooks:
    """What ovbot expects: ``secret`` is OVBOT_WEBHOOK_SECRET, None where webhooks are refused."""

    secret: Secret | None = None
    public_url: str | None = None
    refused: Refused = field(default_factory=Refused)
