"""A button's text, made from the declaration of the command that it is: as if it had been parsed.

Commands do not import one another, and an answer is made without a context: what a registry has
found in a package is known here by its name. A name or an argument that it does not have is a
fault, and so is a value that stands in the code: a test finds them.
"""

from collections.abc import Collection
from typing import Any

from ovbot.errors import FaultError
from ovbot.grammar.args import Args
from ovbot.grammar.pack import format_form, format_values

_declared: dict[str, type[Args]] = {}


def declare(name: str, args: type[Args]) -> None:
    """A command of a package; raises FaultError where the name is another's already."""
    if _declared.setdefault(name, args) is not args:
        raise FaultError(f"Two commands are called “{name}”.")


def call(name: str, /, **values: Any) -> str:
    """The canonical text of a command with these arguments."""
    return format_values(name, _args(name, values), values)


def call_form(name: str, /, **values: Any) -> str:
    """The canonical text that opens a command's form with these arguments; some may be missing."""
    return format_form(name, _args(name, values), values)


def _args(name: str, values: Collection[str]) -> type[Args]:
    args = _declared.get(name)
    if args is None:
        raise FaultError(f"No command is called “{name}”.")
    if unknown := [value for value in values if value not in args.model_fields]:
        raise FaultError(f"The command “{name}” has no argument “{unknown[0]}”.")
    return args
