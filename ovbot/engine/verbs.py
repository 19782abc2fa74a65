"""Words that begin with no command."""

from collections.abc import Sequence

from ovbot.domain.reply import Reply
from ovbot.engine import say
from ovbot.engine.context import Context
from ovbot.grammar.describe import suggest
from ovbot.grammar.lexer import Token


def unheard_of(words: Sequence[Token], context: Context) -> Reply:
    """What the commands are that begin so, or which one is nearest to what was typed."""
    first = words[0].text
    begun = [c.name for c in context.commands if c.name.split()[0] == first.lower()]
    if begun:
        return say.incomplete(first, begun, context.ref)
    typed = " ".join(word.text for word in words[:2])
    names = [" ".join(verb) for verb in context.commands.names]
    nearest = suggest(typed, names) or suggest(first, names)
    typed = first if nearest is None or " " not in nearest else typed
    return say.unknown_verb(typed, nearest, context.ref)
