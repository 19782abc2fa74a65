"""Every command there is, for tests that are asked of each."""

import pytest

from ovbot.engine.command import AnyCommand
from ovbot.engine.registry import Registry
from ovbot.grammar.args import Args
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import Context, parse, split_command

REGISTRY = Registry.scan("ovbot.commands")
COMMANDS = tuple(REGISTRY)

each_command = pytest.mark.parametrize("command", COMMANDS, ids=[each.name for each in COMMANDS])
"""The test runs once for each command, as ``command``."""


def fields_of(command: AnyCommand) -> tuple[Field, ...]:
    """The command's arguments, as they can be written."""
    args: type[Args] = command.args
    return layout_of(args).fields


def shown_of(command: AnyCommand) -> tuple[Field, ...]:
    """Those of them that people are told of."""
    args: type[Args] = command.args
    return layout_of(args).shown


_ANYWHERE = Context()


def read(text: str, context: Context = _ANYWHERE) -> tuple[AnyCommand, Args]:
    """The command and the arguments that a text means; raises GrammarError."""
    found = split_command(tokenize(text), REGISTRY.names)
    assert found is not None, text
    command, rest, _name = found
    return command, parse(command.args, rest, context)
