"""A command as a form: derived from its arguments, so that typing and filling in cannot disagree.

Pure. What a form hands over becomes the command's canonical text, and that text goes through the
one door like anything typed.
"""

from collections.abc import Iterator, Mapping

import msgspec

from ovbot.domain.markup import Markup, md
from ovbot.engine.command import Action, AnyCommand
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values, problems
from ovbot.grammar.values import written


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One argument to fill in. ``values`` is what stands there at first, as texts.

    ``flag``: ticked or not. ``plural``: several values, one on each line where there is no menu.
    ``multiline``: room for more than a few words.
    """

    name: str
    label: str
    help: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    flag: bool = False
    plural: bool = False
    multiline: bool = False
    values: tuple[str, ...] = ()


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A command to fill in. ``text`` says what it does and, once it is read, to whom.

    ``problem`` is why the form is shown instead of an answer, if it was typed and incomplete.
    """

    command: str
    text: Markup
    fields: tuple[FormField, ...]
    danger: bool
    problem: str = ""


def form_of(command: AnyCommand, values: Mapping[str, object], problem: str = "") -> Form:
    """The form of a command, with ``values`` (by field name) filled in."""
    args: type[Args] = command.args
    fields = layout_of(args).fields
    return Form(
        command=command.name,
        text=md("{}.", command.summary),
        fields=tuple(_field(field, values) for field in fields),
        danger=isinstance(command, Action),
        problem=problem,
    )


def _field(field: Field, values: Mapping[str, object]) -> FormField:
    value = values.get(field.name, field.default)
    many = value if isinstance(value, tuple | list) else () if value is None else (value,)
    return FormField(
        name=field.name,
        label=field.name.replace("_", " ").capitalize(),
        help=field.note.help,
        kind=field.note.kind,
        required=field.required,
        choices=field.choices,
        flag=field.flag,
        plural=field.plural,
        multiline=field.plural or (isinstance(field.note, Arg) and field.note.rest),
        values=("yes",) * bool(value) if field.flag else tuple(written(item) for item in many),
    )


class FormProblems(Exception):
    """What is wrong with what was filled in: a sentence for each field name."""

    def __init__(self, sentences: dict[str, str]) -> None:
        super().__init__(", ".join(sentences))
        self.sentences = sentences


def command_text(command: AnyCommand, filled: Mapping[str, tuple[str, ...]]) -> str:
    """The canonical text of what was filled in; raises FormProblems."""
    args: type[Args] = command.args
    values = _values(args, filled)
    wrong = problems(args, values)
    first = next((field.name for field in layout_of(args).fields), "")
    if wrong:
        raise FormProblems({name or first: _sentence(error) for name, error in wrong.items()})
    try:
        return format_command(command.name, of_values(args, values))
    except GrammarError as error:
        raise FormProblems({first: _sentence(error)}) from error


def _values(args: type[Args], filled: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for field in layout_of(args).fields:
        given = tuple(text.strip() for text in filled.get(field.name, ()) if text.strip())
        if field.flag:
            if field.name in filled:
                values[field.name] = bool(given)
        elif field.plural and given:
            values[field.name] = tuple(_items(field, given))
        elif given:
            values[field.name] = given[0]
    return values


def _items(field: Field, given: tuple[str, ...]) -> Iterator[str]:
    """Each value: one on a line; those of an option may also be parted as they are typed."""
    for line in (line for text in given for line in text.splitlines()):
        for item in [line] if field.positional else line.split(","):
            if item.strip():
                yield item.strip()


def _sentence(error: GrammarError) -> str:
    return f"{error.sentence} {error.next_step}".strip()[:150]
