"""What a person reads about a command: its usage line, its arguments, and what they may mean."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.layout import Field, layout_of

USAGE_LIMIT = 120
_CHOICES_LIMIT = 40
_WORD_LIMIT = 40
_CLOSE_ENOUGH = 0.65  # two letters swapped in a word of three


@dataclass(frozen=True)
class ArgumentHelp:
    """One argument as help and forms show it. ``written`` is its part of the usage line."""

    name: str
    written: str
    help: str
    required: bool
    choices: tuple[str, ...]
    kind: Kind


def usage(name: str, args: type[Args]) -> str:
    """One line: ``kick [session] <participant> [reason…] [--dry-run]``, at most 120 characters."""
    layout = layout_of(args)
    fields = (*layout.positionals, *(each for each in layout.options if not each.hidden))
    line = " ".join((name, *map(_written, fields)))
    if len(line) <= USAGE_LIMIT:
        return line
    needed = [field for field in fields if field.positional or field.required]
    more = () if len(needed) == len(fields) else ("[…options]",)
    line = " ".join((name, *map(_written, needed), *more))
    return line if len(line) <= USAGE_LIMIT else f"{line[: USAGE_LIMIT - 1]}…"


def arguments(args: type[Args]) -> tuple[ArgumentHelp, ...]:
    """Every argument that people are told of, in the order of its field."""
    return tuple(
        ArgumentHelp(
            name=field.name,
            written=_written(field),
            help=field.note.help,
            required=field.required,
            choices=field.choices,
            kind=field.note.kind,
        )
        for field in layout_of(args).shown
    )


def suggest(word: str, names: Iterable[str]) -> str | None:
    """What was probably meant: the nearest name, or None when all are too far.

    A beginning of two letters or more that only one name has is near enough.
    """
    typed = word.casefold()
    known = {name.casefold(): name for name in names}
    if not typed or len(typed) > _WORD_LIMIT:
        return None
    if typed in known:
        return known[typed]
    begun = [name for name in known if name.startswith(typed)]
    if len(typed.strip("-")) >= 2 and len(begun) == 1:
        return known[begun[0]]
    nearest, nearness = None, 0.0
    # What dashes have in common says nothing about the words.
    matcher = SequenceMatcher(None, typed.lstrip("-"), "", autojunk=False)
    for name in known:
        matcher.set_seq2(name.lstrip("-"))
        least = max(_CLOSE_ENOUGH, nearness)
        # Each costs more than the one before it, and can only be less: there may be thousands.
        if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
            continue
        if (ratio := matcher.ratio()) >= _CLOSE_ENOUGH and ratio > nearness:
            nearest, nearness = name, ratio
    return None if nearest is None else known[nearest]


def _written(field: Field) -> str:
    if isinstance(field.note, Arg):
        more = "…" if field.note.rest or field.note.many else ""
        shown = f"{field.note.name or field.key}{more}"
        return f"<{shown}>" if field.required else f"[{shown}]"
    if field.flag:
        shown = f"--no-{field.key}" if field.default is True else f"--{field.key}"
    else:
        shown = f"--{field.key} {_value(field)}"
    return shown if field.required else f"[{shown}]"


def _value(field: Field) -> str:
    choices = "|".join(field.choices)
    value = choices if 0 < len(choices) <= _CHOICES_LIMIT else field.note.kind.upper()
    return f"{value},…" if field.plural else value
