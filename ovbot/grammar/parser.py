"""Words to typed arguments. What cannot be read for certain is refused, never guessed."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from ovbot.grammar import refusals
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field, Layout, Named, layout_of
from ovbot.grammar.lexer import Token

A = TypeVar("A", bound=Args)
T = TypeVar("T")

_SESSION_ID = re.compile(r"ses_[A-Za-z0-9]+")
_NUMBER_OR_ID = re.compile(r"#?\d+|(?:con|ipc|str)_\S*")
_NEVER_SESSION = re.compile(r"#?\d+|(?:con|ipc|str)_.*|<@[UW][A-Z0-9]+>", re.DOTALL)


MOST_WORDS = 3
"""Of a command's name."""


@dataclass(frozen=True)
class Context:
    """What the words stand in: ``session_optional`` in a channel bound to exactly one live session,
    ``known_sessions`` the ids the channel's bindings name."""

    session_optional: bool = False
    known_sessions: frozenset[str] = frozenset()


def split_command(
    tokens: Sequence[Token], names: Mapping[tuple[str, ...], T]
) -> tuple[T, tuple[Token, ...], str] | None:
    """Find the command the words begin with: what ``names`` holds, the words left, the name typed.

    ``names`` has lower-case words, at most `MOST_WORDS`. The longest match wins, so that
    ``record start`` is not ``record`` with an argument.
    """
    for length in range(min(MOST_WORDS, len(tokens)), 0, -1):
        typed = tuple(token.text for token in tokens[:length])
        verb = tuple(word.casefold() for word in typed)
        if verb in names:
            return names[verb], tuple(tokens[length:]), " ".join(typed)
    return None


def parse(args: type[A], tokens: Sequence[Token], context: Context = Context()) -> A:
    """Read the words after a command's name. Raises GrammarError."""
    layout = layout_of(args)
    values, words = _take_options(layout, tokens)
    _place_words(layout, values, words, context)
    return of_values(args, values)


def partial(
    args: type[Args], tokens: Sequence[Token], context: Context = Context()
) -> dict[str, object]:
    """The values that the words give, unchecked and with some missing: what a form begins with."""
    layout = layout_of(args)
    values, words = _take_options(layout, tokens)
    _place_words(layout, values, words, context)
    return values


def of_values(args: type[A], values: Mapping[str, object]) -> A:
    """Check values by field name, as a form hands them over. Raises GrammarError."""
    try:
        return args.model_validate(dict(values))
    except ValidationError as error:
        raise refusals.invalid(layout_of(args), error) from None


def problems(args: type[Args], values: Mapping[str, object]) -> dict[str, GrammarError]:
    """What is wrong with values, for each field; a fault of the whole stands under ``""``."""
    try:
        args.model_validate(dict(values))
    except ValidationError as error:
        return refusals.each(layout_of(args), error)
    return {}


def may_be_session(word: str, context: Context, *, more_follow: bool) -> bool:
    """Whether a word before other arguments names the session.

    A number, a connection and a mention are what people kick, so they never do.
    """
    if _NEVER_SESSION.fullmatch(word):
        return False
    if _SESSION_ID.fullmatch(word) or word in context.known_sessions:
        return True
    return more_follow and not context.session_optional


def ends_itself(token: Token) -> bool:
    """Whether a participant is certainly this word alone: a number, an id, or in quotes."""
    return token.quoted or _NUMBER_OR_ID.fullmatch(token.text) is not None


def as_typed(words: Sequence[Token]) -> str:
    """Words as one text: as it looked, or without its quotes when they enclose all of it."""
    first, *others = words
    if first.quoted and not others:
        return first.look or first.text
    return (first.shown or first.text) + "".join(
        token.gap + (token.shown or token.text) for token in others
    )


def _take_options(
    layout: Layout, tokens: Sequence[Token]
) -> tuple[dict[str, object], deque[Token]]:
    values: dict[str, object] = {}
    words: deque[Token] = deque()
    left = deque(tokens)
    while left:
        token = left.popleft()
        if not token.quoted and token.text == "--":
            words.extend(left)
            break
        named = None if token.quoted else layout.named(token.text)
        if named is None:
            words.append(token)
            continue
        if named.field is None:
            raise refusals.unknown_option(layout, named)
        if named.field.name in values:
            raise refusals.duplicate(named.field)
        looks = layout.named(token.look) if _as_it_looks(named.field) else None
        values[named.field.name] = _option_value(named.field, looks or named, layout, left)
    return values, words


def _option_value(field: Field, named: Named, layout: Layout, left: deque[Token]) -> object:
    if named.negative or field.flag:
        if named.value is not None:
            raise refusals.takes_no_value(field, named)
        return field.nothing if named.negative else True
    value = named.value
    if value is None and left and _is_value(left[0], layout):
        value = _phrase(field, left) or _meant(field, left.popleft())
    if not value:
        raise refusals.no_value(field, named)
    if not field.plural:
        return value
    items = tuple(item.strip() for item in value.split(","))
    if not all(items):
        raise refusals.empty_item(field, value)
    return items


def _phrase(field: Field, left: deque[Token]) -> str:
    """A value of several words that the words begin with, taken out of them; or ``""``."""
    for phrase in field.note.phrases if isinstance(field.note, Opt) else ():
        words = phrase.split()
        begun = list(left)[: len(words)]
        if [token.text.casefold() for token in begun if not token.quoted] == words:
            for _ in words:
                left.popleft()
            return phrase
    return ""


def _is_value(token: Token, layout: Layout) -> bool:
    """Whether a word after ``--key`` is its value: `--reason --dry-run` has none."""
    if token.quoted or not token.text.startswith("-"):
        return True
    return token.text != "--" and layout.named(token.text) is None


def _place_words(
    layout: Layout, values: dict[str, object], words: deque[Token], context: Context
) -> None:
    for field in layout.positionals:
        if not words:
            return
        if field.name in values:
            continue
        more_follow = len(words) > 1 or layout.replaced(values)
        if layout.before_others(field) and not may_be_session(
            words[0].text, context, more_follow=more_follow
        ):
            continue
        if layout.before_text(field) and not ends_itself(words[0]):
            values[field.name] = as_typed(tuple(words))
            return
        values[field.name] = _words_of(field, words)
    if words:
        raise refusals.too_many(layout, words[0].text)


def _words_of(field: Field, words: deque[Token]) -> object:
    note = field.note
    if isinstance(note, Arg) and (note.rest or note.many):
        taken = tuple(words)
        words.clear()
        return as_typed(taken) if note.rest else tuple(token.text for token in taken)
    return _meant(field, words.popleft())


def _meant(field: Field, token: Token) -> str:
    return (token.look if _as_it_looks(field) else "") or token.text


def _as_it_looks(field: Field) -> bool:
    """Whether people read it, or are called so: a mention counts by its name and not by its id."""
    return field.note.kind in {Kind.TEXT, Kind.PARTICIPANT}
