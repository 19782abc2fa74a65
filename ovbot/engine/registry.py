"""Finds every command by scanning a package, and refuses a broken one loudly.

A module of the package exports its commands by assigning `Question` or `Action` values at module
level; nothing has to be listed anywhere else.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping

from ovbot.engine import calls
from ovbot.engine.command import Action, AnyCommand, Question
from ovbot.errors import FaultError
from ovbot.grammar.args import Args
from ovbot.grammar.parser import MOST_WORDS

TITLE = 24
"""Characters of a modal's title and of its buttons."""


class Registry:
    """All commands by name and alias. Names are tuples of words: ``("record", "start")``."""

    def __init__(self, commands: list[AnyCommand]) -> None:
        self._by_name: dict[tuple[str, ...], AnyCommand] = {}
        self._commands = sorted(commands, key=lambda command: command.name)
        for command in self._commands:
            _check(command)
            for name in (command.name, *command.aliases):
                words = tuple(name.split())
                if words in self._by_name:
                    raise FaultError(f"Two commands are called “{name}”.")
                self._by_name[words] = command

    @classmethod
    def scan(cls, package: str) -> "Registry":
        """Import every module of ``package`` and collect the commands assigned in it; buttons can
        be made of them from then on."""
        root = importlib.import_module(package)
        found: dict[str, AnyCommand] = {}
        for info in pkgutil.iter_modules(root.__path__, f"{package}."):
            module = importlib.import_module(info.name)
            for value in vars(module).values():
                if isinstance(value, Question | Action):
                    found[value.name] = value
        for command in found.values():
            calls.declare(command.name, command.args)
        return cls(list(found.values()))

    @property
    def names(self) -> Mapping[tuple[str, ...], AnyCommand]:
        """Every way to call a command, for the grammar."""
        return self._by_name

    def __iter__(self) -> Iterator[AnyCommand]:
        return iter(self._commands)

    def __getitem__(self, name: str) -> AnyCommand:
        return self._by_name[tuple(name.split())]


def _check(command: AnyCommand) -> None:
    name = command.name
    if name != name.lower() or not name.replace(" ", "").isalpha():
        raise FaultError(f"The command name “{name}” must be lower-case words.")
    if any(len(each.split()) > MOST_WORDS for each in (name, *command.aliases)):
        raise FaultError(f"The command “{name}” has a name of more than {MOST_WORDS} words.")
    if not command.summary or command.summary.endswith("."):
        raise FaultError(f"The command “{name}” needs a summary without a full stop.")
    if len(command.title) > TITLE:
        raise FaultError(f"The label of “{name}” must fit a form's button: {TITLE} characters.")
    if not (isinstance(command.args, type) and issubclass(command.args, Args)):
        raise FaultError(f"The arguments of “{name}” must be an Args model.")
