"""Trigger ids: the right, given by an interaction, to open a modal."""

from dataclasses import dataclass, field

from ovbot.sandbox.slack.errors import ApiError
from ovbot.sandbox.slack.ids import opaque
from ovbot.sandbox.slack.shapes import Clock

SECONDS = 3.0
"""How long one is good for ("Modals", section on trigger_id)."""


@dataclass
class Trigger:
    """Whose interaction it was, and when; good once."""

    user: str
    issued: float
    view: str | None = None
    exchanged: bool = False


@dataclass
class Triggers:
    """All triggers given out."""

    team: str
    clock: Clock
    _issued: dict[str, Trigger] = field(default_factory=dict)

    def issue(self, user: str, view: str | None = None) -> str:
        """A fresh one; `view` is the modal the interaction happened in."""
        number = len(self._issued) + 1
        name = f"{int(self.clock())}{number:04d}.{self.team[1:]}.{opaque('', 24).lower()}"
        self._issued[name] = Trigger(user, self.clock(), view)
        return name

    def exchange(self, name: str) -> Trigger:
        """Use one up.

        Raises ApiError ``invalid_trigger_id``, ``exchanged_trigger_id`` or
        ``expired_trigger_id`` (errors of ``views.open``).
        """
        trigger = self._issued.get(name)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.exchanged:
            raise ApiError("exchanged_trigger_id")
        if self.clock() - trigger.issued > SECONDS:
            raise ApiError("expired_trigger_id")
        trigger.exchanged = True
        return trigger
