"""What was typed cannot be read. Nothing has been done, and nothing was guessed."""

import re

from ovbot.domain.markup import visible
from ovbot.errors import UserError

ECHO_LIMIT = 80
_CREDENTIALS = re.compile(r"//[^/\s]*@")


class GrammarError(UserError):
    """A refusal of typed text.

    ``sentence`` and ``next_step`` are plain text that may echo what was typed: the caller escapes.
    ``field`` is the argument at fault, where there is one; ``offered`` holds what could be meant;
    ``meant`` each value that was mistyped, with the one that it probably stands for.
    """

    code = "grammar"

    def __init__(
        self,
        sentence: str,
        next_step: str = "",
        *,
        code: str | None = None,
        field: str | None = None,
        offered: tuple[str, ...] = (),
        meant: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(sentence, next_step, code=code)
        self.field = field
        self.offered = offered
        self.meant = meant


def echo(typed: str) -> str:
    """What was typed, in quotes, on one line, at most 80 characters, without URI credentials."""
    return f"“{visible(_CREDENTIALS.sub('//…@', typed), ECHO_LIMIT)}”"
