"""Words that begin with no command: what is meant by them, before what is spelled alike.

Nothing that was mistyped is run. What it may have been is offered as a button, whole: who presses
it has read it.
"""

from collections.abc import Mapping, Sequence

import msgspec

from ovbot.domain.markup import visible
from ovbot.domain.reply import Button, Reply
from ovbot.engine import confirming, sentences
from ovbot.engine.command import Action, AnyCommand
from ovbot.engine.context import Context
from ovbot.engine.policy import allows
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.describe import suggest
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Layout, layout_of
from ovbot.grammar.lexer import Token, tokenize
from ovbot.grammar.parser import parse
from ovbot.grammar.values import is_unit, nearest_duration

_LONGEST = 1_500
"""Characters of a command on a button: Slack takes two thousand."""
_SECRET = {Kind.URI, Kind.SETTING}


class Meaning(msgspec.Struct, frozen=True):
    """What somebody means by a word: commands, with what belongs behind the words that follow,
    and what that does where the word promises something else."""

    commands: tuple[str, ...]
    more: str = ""
    says: str = ""


_REMOVE = Meaning(("kick",))
_SHOW = Meaning(("show",))
MEANINGS: Mapping[str, Meaning] = {
    "remove": _REMOVE,
    "boot": _REMOVE,
    "eject": _REMOVE,
    "expel": _REMOVE,
    "ban": Meaning(("kick",), "--ban 1h", "With --ban they're removed again whenever they join."),
    "mute": Meaning(
        ("unpublish",),
        says="OpenVidu can't mute anybody. This ends what they send, picture and sound; they stay, "
        "and can turn it back on themselves.",
    ),
    "who": _SHOW,
    "people": _SHOW,
    "participants": _SHOW,
    "users": _SHOW,
    "stop": Meaning(("record stop", "close")),
    "end": Meaning(("close", "record stop")),
    "sessions": Meaning(("list",)),
}
"""By meaning before spelling: what a moderator says who does not know the commands."""


def unheard_of(words: Sequence[Token], context: Context) -> Reply:
    """What the commands are that begin so, or which one is meant, or nearest to what was typed."""
    first, rest = words[0].text, words[1:]
    if meaning := MEANINGS.get(first.casefold()):
        found = [
            button
            for name in meaning.commands
            if (button := corrected(context.commands[name], rest, context, meaning.more))
        ]
        names = [f"{name} {meaning.more}".strip() for name in meaning.commands]
        return sentences.meant(first, names, meaning.says, found, context.ref)
    begun = [c.name for c in context.commands if c.name.split()[0] == first.lower()]
    if begun:
        return sentences.incomplete(first, begun, context.ref)
    typed = " ".join(word.text for word in words[:2])
    names = [" ".join(verb) for verb in context.commands.names]
    whole = suggest(typed, [name for name in names if " " in name])
    nearest = whole or suggest(first, names)
    left = words[2:] if nearest is not None and " " in nearest and whole else rest
    typed = typed if whole else first
    button = corrected(context.commands[nearest], left, context) if nearest else None
    return sentences.unknown_verb(typed, nearest, button, context.ref)


def corrected(
    command: AnyCommand, words: Sequence[Token], context: Context, more: str = ""
) -> Button | None:
    """The command with the words that were typed, as a button; its form where they do not fit, or
    hold what may be a secret; None for who may not use it."""
    if not allows(command, context.access):
        return None
    typed = " ".join([*(word.typed or word.text for word in words), *more.split()])
    text = f"{command.name} {typed}".strip()
    blank = Button(f"{command.title} …", f"{command.name} ?")
    if len(text) > _LONGEST or _may_hold_secret(command):
        return blank
    try:
        args = parse(command.args, tokenize(text)[len(command.name.split()) :], context.grammar)
    except GrammarError:
        return blank
    label = f"{command.title} {visible(typed, 40)}".strip()
    button = Button(label, text)
    if isinstance(command, Action):
        return confirming.chosen(button, command, args, context)
    return button


def mended(
    command: AnyCommand, words: Sequence[Token], error: GrammarError, context: Context
) -> Button | None:
    """The command with what was mistyped of it put right: an option, or a value."""
    if error.meant:
        return _value_mended(command, words, error, context)
    return _option_mended(command, words, error, context)


def _value_mended(
    command: AnyCommand, words: Sequence[Token], error: GrammarError, context: Context
) -> Button | None:
    right: list[Token] = []
    left = list(words)
    while left:
        word = left.pop(0)
        for wrong, meant in error.meant:
            # "5 min" are two words, of which the option has taken the first for its value.
            spelt = left and word.text == wrong and wrong.isdecimal() and is_unit(left[0].text)
            if spelt and (whole := nearest_duration(f"{wrong} {left[0].text}")):
                left.pop(0)
                word = _token(whole)
            elif word.text == wrong:
                word = _token(meant)
            elif wrong in word.text and _is_of(command, word, error.field):
                word = _token(word.text.replace(wrong, meant))
        right.append(word)
    return corrected(command, right, context)


def _is_of(command: AnyCommand, word: Token, field: str | None) -> bool:
    """Whether the word is the value of that option, key and all, or a list of such values."""
    named = None if word.quoted else _layout(command).named(word.text)
    if named is not None:
        return named.field is not None and named.field.name == field
    return "," in word.text


def _token(text: str) -> Token:
    return next(iter(tokenize(text)))


def _option_mended(
    command: AnyCommand, words: Sequence[Token], error: GrammarError, context: Context
) -> Button | None:
    if error.code != "grammar.unknown_option" or not error.offered:
        return None
    layout, meant = _layout(command), error.offered[0]
    right: list[Token] = []
    for word in words:
        named = None if word.quoted else layout.named(word.text)
        if named is not None and named.field is None and meant not in {w.text for w in right}:
            value = "" if named.value is None else f"={named.value}"
            word = next(iter(tokenize(f"{meant}{value}")), word)
        right.append(word)
    return corrected(command, right, context)


def _layout(command: AnyCommand) -> Layout:
    args: type[Args] = command.args
    return layout_of(args)


def _may_hold_secret(command: AnyCommand) -> bool:
    return any(field.note.kind in _SECRET for field in _layout(command).fields)
