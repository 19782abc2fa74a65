"""What was given, taken apart once: its words, and the command that they begin with."""

from typing import Any

import msgspec

from ovbot.engine.command import Action, Question
from ovbot.engine.registry import Registry
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import Token, tokenize
from ovbot.grammar.parser import split_command

LONGEST = 12_000
"""Characters. Slack's commands have up to four thousand, and forms a few fields of three."""


class Read(msgspec.Struct, frozen=True):
    """``rest`` are the words behind the command, which is None where they begin with none.

    ``fault`` is why the words cannot be told apart; nothing of what is ``too_long`` was read.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    command: Question[Any, Any] | Action[Any, Any] | None = None
    rest: tuple[Token, ...] = ()
    fault: GrammarError | None = None
    too_long: bool = False

    @property
    def records(self) -> bool:
        """Whether it may record what must be durable before it is acknowledged.

        A question records nothing but a refusal, and tells nobody of that before it is committed.
        """
        return isinstance(self.command, Action)


NOTHING = Read("")


def read(text: str, commands: Registry) -> Read:
    """Take apart what follows ``/openvidu``."""
    if len(text) > LONGEST:
        return Read(text, too_long=True)
    try:
        tokens = tokenize(text)
        found = split_command(tokens, commands.names) if tokens else None
    except GrammarError as fault:
        return Read(text, fault=fault)
    if found is None:
        return Read(text, tokens)
    command, rest, _typed = found
    return Read(text, tokens, command, rest)
