"""response_url: the right to answer an interaction, five times in thirty minutes.

From the platform's documentation, "Handling user interaction", section on message responses.
"""

from dataclasses import dataclass, field

from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.shapes import Clock

USES = 5
SECONDS = 30 * 60


@dataclass
class Grant:
    """To whom and where one may answer; `source` is the ``ts`` of the message acted on."""

    user: str
    channel: str
    issued: float
    source: str | None = None
    uses: int = 0


@dataclass
class ResponseUrls:
    """All addresses given out."""

    team: str
    clock: Clock
    _grants: dict[str, Grant] = field(default_factory=dict)

    def issue(self, user: str, channel: str, source: str | None = None) -> str:
        """A fresh address, as a path below the workspace's base."""
        path = f"/response/{self.team}/{opaque('', 12)}/{opaque('', 24)}"
        self._grants[path] = Grant(user, channel, self.clock(), source)
        return path

    def redeem(self, path: str) -> Grant:
        """Use one once. Raises ApiError, 404: ``expired_url``, ``used_url``, ``no_service``."""
        grant = self._grants.get(path)
        if grant is None:
            raise ApiError("no_service", status=404)
        if self.clock() - grant.issued > SECONDS:
            raise ApiError("expired_url", status=404)
        if grant.uses >= USES:
            raise ApiError("used_url", status=404)
        grant.uses += 1
        return grant
