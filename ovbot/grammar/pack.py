"""Typed arguments to canonical text: what a person could type to ask for exactly this.

It reads back as equal arguments whatever the channel is bound to, so it can be kept in an audit
record or shown as "the same by hand". It is in Slack's wire form: ``& < >`` are entities where
they would otherwise be read as one of Slack's own forms.
"""

import re
from collections.abc import Mapping

from ovbot.grammar.args import Arg, Args
from ovbot.grammar.layout import Field, Layout, layout_of
from ovbot.grammar.lexer import QUOTES, Token, tokenize
from ovbot.grammar.parser import Context, as_typed, ends_itself, may_be_session, of_values, problems
from ovbot.grammar.values import written

_MENTION = re.compile(r"<(?:@[UW]|#[CGD]|!subteam\^S)[A-Z0-9]+>")
# `<` could join with a later `>`, a quote could open a group that a later word closes.
_RISKY = re.compile(f"<|^[{''.join(QUOTES)}]|[:=][{''.join(QUOTES)}]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def format_command(name: str, args: Args) -> str:
    """The command as canonical text; what has its default value, or none yet, is left out.

    Raises GrammarError for a text that is too long to be typed.
    """
    layout = layout_of(type(args))
    said = _said(layout, args)
    parts = [name]
    for field in layout.fields:
        parts += _by_key(layout, args, field, said)
    words: list[str] = []
    for field in said:
        texts = _by_place(field, getattr(args, field.name))
        if layout.before_text(field) and field is not said[-1]:
            texts = [_ended(text) for text in texts]
        words += texts
    if any(_reads_as_option(layout, token) for word in words for token in tokenize(word)):
        parts.append("--")
    return " ".join((*parts, *words))


def format_values(name: str, args: type[Args], values: Mapping[str, object]) -> str:
    """The canonical text of a command with these values, as if they had been parsed.

    Servers have ids that nobody may type here. Such a one stands as it is, and whoever gives the
    command is told of it: no answer may fail for what it offers. Raises GrammarError for a value
    that is missing, and for a text that is too long to be typed.
    """
    if values.keys() & problems(args, values).keys():
        return format_command(name, args.model_construct(None, **dict(values)))
    return format_command(name, of_values(args, values))


def format_form(name: str, args: type[Args], values: Mapping[str, object]) -> str:
    """The canonical text that opens a command's form with these values; some may be missing, and
    what the command does not take is told in the form."""
    return f"{format_command(name, args.model_construct(None, **dict(values)))} ?"


def _said(layout: Layout, args: Args) -> list[Field]:
    """The positionals that get words: those with another value than the default, and all that
    stand before one."""
    said: list[Field] = []
    for field in reversed(layout.positionals):
        value = getattr(args, field.name, None)
        if field is layout.session or value is None or value == ():
            continue
        if said or field.required or value != field.default:
            said.insert(0, field)
    return said


def _by_key(layout: Layout, args: Args, field: Field, said: list[Field]) -> list[str]:
    """The part of one field that is not told by its place."""
    if field in said or not hasattr(args, field.name):
        return []
    value = getattr(args, field.name)
    if field.positional:
        if value is not None and field is layout.session:
            return [f"--{field.key}", _option_value(value)]
        return [f"--no-{field.key}"] if _must_be_denied(layout, args, field, said) else []
    if value == field.default and not field.required:
        return []
    if field.flag and value is True:
        return [f"--{field.key}"]
    if value is None or value == field.nothing:
        return [f"--no-{field.key}"]
    return [f"--{field.key}", _option_value(value)]


def _must_be_denied(layout: Layout, args: Args, field: Field, said: list[Field]) -> bool:
    """Whether a positional without a value would get one if nothing were said of it."""
    value = getattr(args, field.name)
    if value is not None and value != ():
        return False
    if value != field.default or field.required:
        return True
    order = layout.positionals
    later = [each for each in said if order.index(each) > order.index(field)]
    if not later or field is not layout.session:
        return bool(later)
    first = _texts(getattr(args, later[0].name))[0]
    # Some channel may know any word as a session.
    return may_be_session(first, Context(), more_follow=True)


def _by_place(field: Field, value: object) -> list[str]:
    texts = _texts(value)
    if isinstance(field.note, Arg) and field.note.rest and _stays(texts[0]):
        return texts
    return [_word(text) for text in texts]


def _texts(value: object) -> list[str]:
    return [written(item) for item in value] if isinstance(value, tuple) else [written(value)]


def _stays(text: str) -> bool:
    """Whether the rest of a command can be written just so, without quotes around it."""
    tokens = tokenize(text)
    # A lone question mark at the end would ask for the form.
    asks = len(tokens) > 0 and tokens[-1].text == "?" and not tokens[-1].quoted
    return len(tokens) > 0 and as_typed(tokens) == text and not asks


def _option_value(value: object) -> str:
    text = written(value)
    # In quotes it is a value even where an option could stand.
    return _in_quotes(text) if text.startswith("-") else _word(text)


def _word(text: str) -> str:
    """One word, in quotes only where it needs them."""
    if _MENTION.fullmatch(text):
        return text
    tokens = tokenize(text)
    plain = len(tokens) == 1 and tokens[0].text == tokens[0].typed == text
    return text if plain and not _RISKY.search(text) else _in_quotes(text)


def _ended(word: str) -> str:
    """A name, written so that it is certain where it ends."""
    (token,) = tokenize(word)
    return word if ends_itself(token) else _in_quotes(token.text)


def _in_quotes(text: str) -> str:
    return f'"{text.translate(_ENTITIES)}"'


def _reads_as_option(layout: Layout, token: Token) -> bool:
    if token.quoted:
        return False
    return token.text == "--" or layout.named(token.text) is not None
