"""What is sent to the bot, and what came back."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ovbot.sandbox.slack.shapes import Json

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True)
class Envelope:
    """One payload for the bot.

    `accepts_payload` says that the acknowledgement may carry an answer; `attempt` and `reason`
    are set on the retries of an event.
    """

    kind: Kind
    payload: Json
    accepts_payload: bool = False
    attempt: int = 0
    reason: str = ""

    @property
    def summary(self) -> str:
        """One line for the inspector."""
        payload = self.payload
        if self.kind == "slash_commands":
            return f"{payload['command']} {payload['text']}".strip()
        if self.kind == "events_api":
            return str(payload["event"]["type"])
        actions = payload.get("actions") or [payload]
        return f"{payload['type']} {actions[0].get('action_id', '')}".strip()


@dataclass(frozen=True)
class Receipt:
    """Whether the bot acknowledged in time, and with what.

    `reason` is empty on success, else one of the platform's retry reasons: ``http_timeout``,
    ``http_error``, ``connection_failed``. `status` is the HTTP status, 200 for a socket's
    acknowledgement, None when there was none.
    """

    acknowledged: bool
    ms: float
    status: int | None = None
    body: Any = None
    reason: str = ""
    no_retry: bool = False

    def as_json(self) -> Json:
        """What the control surface answers."""
        body: Json = {
            "ok": True,
            "acknowledged": self.acknowledged,
            "status": self.status,
            "ms": round(self.ms, 1),
        }
        if self.reason:
            body["reason"] = self.reason
        return body


class Delivery(Protocol):
    """A way to the bot."""

    async def deliver(self, envelope: Envelope) -> Receipt:
        """Send once and wait for the acknowledgement, no longer than the platform would."""
        ...

    async def start(self) -> None:
        """Get ready to deliver."""
        ...

    async def stop(self) -> None:
        """Close every connection."""
        ...
