"""What can be switched off, by the names of the commands that there are."""

from collections.abc import Iterable

import msgspec

from ovbot.domain.disabled import EVERYTHING, KEPT, Disabled
from ovbot.domain.markup import Markup, code, md
from ovbot.domain.reply import Button, Buttons, Paragraph, Part, Reply
from ovbot.engine.context import Context
from ovbot.engine.registry import Registry
from ovbot.errors import FaultError
from ovbot.grammar.describe import suggest
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import split_command


def covered(what: str, commands: Registry) -> list[str]:
    """The commands that it switches off, by name."""
    off = Disabled(what=what)
    return [each.name for each in commands if off.covers(each.name, changes=each.changes)]


class Problem(msgspec.Struct, frozen=True):
    """Why something switches off nothing: a sentence with a place for each of the ``names``."""

    sentence: str
    names: tuple[str, ...]

    @property
    def said(self) -> Markup:
        """In chat, where a star would make the rest bold."""
        return md(self.sentence, *map(code, self.names))

    def __str__(self) -> str:
        return self.sentence.format(*self.names)


def wrong(what: str, commands: Registry) -> Problem | None:
    """Why it switches off nothing; None where it does."""
    if covered(what, commands):
        return None
    if what.replace(".", " ") in KEPT:
        return Problem("{} is never switched off.", (what,))
    if covered(f"{what}.*", commands):
        several = "{} is the start of several commands: {} is all of them."
        return Problem(several, (what, f"{what}.*"))
    names = [each.name.replace(" ", ".") for each in commands if each.name not in KEPT]
    if nearest := suggest(what, [*names, EVERYTHING]):
        return Problem("There is no command {}. Did you mean {}?", (what[:80], nearest))
    return Problem("There is no command {}.", (what[:80],))


def by_setting(entries: Iterable[str], commands: Registry) -> tuple[Disabled, ...]:
    """What OVBOT_DISABLE switches off; raises FaultError for what is no command."""
    problems = [str(found) for entry in entries if (found := wrong(entry, commands))]
    if problems:
        raise FaultError(
            f"ovbot cannot start: OVBOT_DISABLE is not right. {' '.join(problems)}",
            "Name commands with dots for spaces, such as restart, node.* or record.start, or "
            "everything for a bot that only answers questions.",
            code="settings",
        )
    return tuple(Disabled(what=entry) for entry in entries)


def without_switched_off(reply: Reply, context: Context) -> Reply:
    """The reply without buttons that nobody may press now."""
    if not context.access.off:
        return reply
    parts: list[Part] = []
    for part in reply.parts:
        if isinstance(part, Paragraph):
            button = None if part.button is None or _is_off(part.button, context) else part.button
            menu = tuple(each for each in part.menu if not _is_off(each, context))
            parts.append(Paragraph(part.text, button, menu))
        elif isinstance(part, Buttons):
            left = [
                tuple(button for button in some if not _is_off(button, context))
                for some in (part.buttons, part.more)
            ]
            if any(left):
                parts.append(Buttons(*left))
        else:
            parts.append(part)
    return msgspec.structs.replace(reply, parts=tuple(parts))


def _is_off(button: Button, context: Context) -> bool:
    try:
        found = split_command(tokenize(button.command), context.commands.names)
    except GrammarError:
        return False
    if found is None:
        return False
    return context.access.off.of(found[0].name, changes=found[0].changes) is not None
