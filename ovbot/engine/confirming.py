"""The question before a button acts: to whom, where, and what follows, in plain text."""

from typing import Any

import msgspec

from ovbot.domain.reply import Button, Confirm
from ovbot.engine.command import Action, Guard
from ovbot.engine.context import Context
from ovbot.grammar.args import Args
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import tokenize
from ovbot.grammar.parser import parse, split_command


def chosen(button: Button, action: Action[Any, Any], args: Args, context: Context) -> Button:
    """One of several that could be meant: what would ask in a panel asks here too.

    Its label names who or what it is for. It isn't red: a row of red buttons warns of nothing.
    """
    if action.guard_of(args) is not Guard.CONFIRM or button.confirm is not None:
        return button
    given = _given(button, context) or args
    title = button.label if button.label.startswith(action.title) else f"{action.title}:"
    title = title if title == button.label else f"{title} {button.label}"
    confirm = Confirm(f"{title}?", follows(action, given), action.title)
    return msgspec.structs.replace(button, confirm=confirm)


def follows(action: Action[Any, Any], args: Args) -> str:
    """What will happen, and where."""
    if action.follows is not None:
        return action.follows(args)
    return f"{action.summary}."


def place(args: Args) -> str:
    """``session demo``, for the end of a sentence; of one that is not named, what it is."""
    session = getattr(args, "session", None)
    return f"session {session}" if session else "this channel's session"


def _given(button: Button, context: Context) -> Args | None:
    try:
        found = split_command(tokenize(button.command), context.commands.names)
        if found is None:
            return None
        given: Args = parse(found[0].args, found[1], context.grammar)
    except GrammarError:
        return None
    return given
