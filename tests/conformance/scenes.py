"""A scene: a command, given so that OpenVidu is asked what it is asked for it.

A command's scenes stand in its own test, as ``SCENES``, or in `statuses`; a test finds the commands
that have none.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from ovbot.engine.command import AnyCommand
from ovbot.grammar.args import Args
from ovbot.grammar.layout import layout_of
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values
from ovbot.sandbox.openvidu.config import ProfileName
from tests import commands
from tests.conformance.values import shortest
from tests.desk import Desk

SESSION, PERSON, NODE = "demo", "Tom", "{node}"


@dataclass(frozen=True)
class Scene:
    """``text`` is what is asked, ``{node}`` and ``{person}`` put in; ``about`` is what the answer
    to a documented failure has to name; ``asks`` are the client's operations, in any order."""

    command: str
    text: str
    asks: frozenset[str]
    about: str = ""
    pro: bool = False
    profile: ProfileName = "seed"
    name: str = ""
    prepare: Callable[[Desk], Awaitable[None]] | None = None

    @property
    def id(self) -> str:
        return self.name or self.command


def scene(command: str, text: str, *asks: str, **more: object) -> Scene:
    return Scene(command, text, frozenset(asks), **more)  # type: ignore[arg-type]


def of_tests() -> Iterator[Scene]:
    """The scenes that stand in the tests of commands."""
    for module in pkgutil.iter_modules(commands.__path__, f"{commands.__name__}."):
        yield from getattr(importlib.import_module(module.name), "SCENES", ())


def shortest_scene(command: AnyCommand) -> Scene:
    """The command as short as can be, on the session that is there where it takes one."""
    args: type[Args] = command.args
    values = shortest(command)
    if (session := layout_of(args).session) is not None:
        values[session.name] = SESSION
    return scene(command.name, format_command(command.name, of_values(args, values)))
