"""Refusals that a person can answer, and endings that need no action."""

from typing import TYPE_CHECKING

from ovbot.domain.actor import Role
from ovbot.domain.grant import EVERYTHING, Scope
from ovbot.domain.markup import Markup
from ovbot.domain.reply import Button
from ovbot.errors import UserError

if TYPE_CHECKING:
    from ovbot.engine.command import Result


class Ambiguous(UserError):
    """Several things could be meant: ask which, never guess. Each button is the full command."""

    code = "ambiguous"

    def __init__(
        self,
        sentence: str,
        buttons: tuple[Button, ...],
        *,
        more: int = 0,
        meant: tuple[str, ...] = (),
    ) -> None:
        super().__init__(sentence, "Choose one of these.")
        self.buttons = buttons
        self.more = more
        self.meant = meant
        """The ids of all that could be meant, in the order of the buttons, where they have any."""


class Stuck(Ambiguous):
    """Something at OpenVidu is stuck, and in the way: the buttons are what helps."""

    code = "stuck"

    def __init__(self, said: Markup, *buttons: Button) -> None:
        super().__init__(said, buttons)
        self.next_step = ""


class Denied(UserError):
    """The person may not; says what is missing and who can give it."""

    code = "denied"

    def __init__(
        self,
        said: Markup,
        detail: str = "",
        *,
        role: Role = Role.NONE,
        scope: Scope = EVERYTHING,
        can_be_asked: bool = False,
        switched_off: bool = False,
    ) -> None:
        super().__init__(said)
        self.said = said
        self.detail = detail
        """For the audit: ``needs moderator, has viewer``."""
        self.role = role
        self.scope = scope
        """What would do: this role over this."""
        self.can_be_asked = can_be_asked
        self.switched_off = switched_off
        """Nobody may, whatever their role."""
        self.ref = ""
        """Where it stands in the audit, once it does."""


class Deferred(UserError):
    """It is not done now, and what follows from that is stored with the outcome ``result``."""

    code = "deferred"

    def __init__(self, said: Markup, result: "Result") -> None:
        super().__init__(said)
        self.result = result


class AlreadySo(UserError):
    """What was asked for is the case already: told as such, not as a failure."""

    code = "already"
