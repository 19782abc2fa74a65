"""A command as a form: derived from its arguments, so that typing and filling in cannot disagree.

Pure. What a form hands over becomes the command's canonical text, and that text goes through the
one door like anything typed.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ovbot.domain.binding import Binding
from ovbot.domain.markup import Markup, md
from ovbot.engine.command import Action, AnyCommand
from ovbot.engine.menus import SEARCHED
from ovbot.grammar.args import Arg, Args, Kind, Opt, Ready
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import of_values, problems
from ovbot.grammar.values import written

_ERROR = 150
"""Characters under a field: more are cut off on a phone."""
NAMED = 5
"""Bindings that a hint names; more are counted."""


class FormField(msgspec.Struct, frozen=True, kw_only=True):
    """One argument to fill in. ``values`` is what stands there at first, as texts.

    ``flag``: ticked or not. ``plural``: several values, one on each line where there is no menu.
    ``multiline``: room for more than a few words. ``searched``: chosen from what is there.
    ``told``: the form's text depends on it, so ovbot hears when another one is chosen.
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
    searched: bool = False
    told: bool = False
    values: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    """What a person reads for each of ``values``; these themselves where there are none."""
    ready: tuple[str, ...] = ()
    """Texts of which one can be chosen instead of writing one."""
    offers: tuple[tuple[str, str], ...] = ()
    """What can be chosen, each with what a person reads; "" is to leave it out."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A command to fill in. ``text`` says what it does and, once it is read, to whom.

    ``considered``: what it will do to whom is read from OpenVidu, and told when it is known.
    ``confirmed_ids``: the ids of those whom its text is about, where the action holds to them.
    ``again`` is the command that opens it anew, where what it will do could not be found out.
    ``kept`` are the arguments that no field shows, by name: what the form was opened for.
    ``brief``: it is about one person who was chosen already; ``submit`` is what its button says.
    """

    command: str
    title: str
    text: Markup
    fields: tuple[FormField, ...]
    considered: bool = False
    confirmed_ids: tuple[str, ...] | None = None
    again: str = ""
    kept: tuple[tuple[str, tuple[str, ...]], ...] = ()
    brief: bool = False
    submit: str = ""


def form_of(
    command: AnyCommand,
    values: Mapping[str, object],
    *,
    bound: Sequence[Binding] | None = None,
    ready: Mapping[Ready, tuple[str, ...]] | None = None,
    brief: bool = False,
) -> Form:
    """The form of a command, with ``values`` (by field name) filled in.

    ``ready``: the texts that can be chosen. ``brief``: without what was chosen already.

    ``bound`` is what the channel is bound to, where it is asked for in one: the session that is
    meant by default then stands in its field, and where there is none it has to be chosen.
    """
    args: type[Args] = command.args
    layout = layout_of(args)
    shown = [field for field in layout.shown if not brief or field.note.brief]
    fields = [_field(field, values, ready or {}) for field in shown]
    if isinstance(command, Action) and command.consequences is not None:
        fields = [
            msgspec.structs.replace(made, told=made.searched or field.told)
            for made, field in zip(fields, shown, strict=True)
        ]
    if bound is not None and (session := layout.session) in shown and not _is_new(session):
        place = shown.index(session)
        fields[place] = _session(fields[place], bound)
    short = command.brief if brief and isinstance(command, Action) else None
    return Form(
        command=command.name,
        title=short.title if short else command.title,
        text=md("{}.", command.summary),
        fields=tuple(fields),
        considered=isinstance(command, Action) and command.consequences is not None,
        kept=tuple(
            (field.name, made.values)
            for field in layout.fields
            if field not in shown and (made := _field(field, values, {})).values
        ),
        brief=brief,
        submit=short.submit if short else "",
    )


def _session(field: FormField, bound: Sequence[Binding]) -> FormField:
    if not bound:
        return msgspec.structs.replace(field, required=True)
    patterns = ", ".join(binding.pattern for binding in bound[:NAMED])
    if len(bound) > NAMED:
        patterns = f"{patterns} and {len(bound) - NAMED} more"
    if len(bound) > 1 or bound[0].is_glob:
        said = f"{field.help}. Empty: the only live one of those that this channel is bound to"
        return msgspec.structs.replace(field, help=f"{said} ({patterns})")
    said = f"{field.help}. Empty: {patterns}, which this channel is bound to"
    return msgspec.structs.replace(field, help=said, values=field.values or (patterns,))


def _is_new(field: Field) -> bool:
    return isinstance(field.note, Arg) and field.note.new


def _field(
    field: Field, values: Mapping[str, object], ready: Mapping[Ready, tuple[str, ...]]
) -> FormField:
    value = values.get(field.name, field.default)
    searched = field.note.kind in SEARCHED and not _is_new(field)
    people = field.note.kind in {Kind.USER, Kind.SUBJECT}
    offers = field.note.offers if isinstance(field.note, Opt) else ()
    texts = (
        ready.get(field.note.ready, ()) if isinstance(field.note, Arg) and field.note.ready else ()
    )
    chosen = field.note.menu if searched or people or offers else ""
    many = value if isinstance(value, tuple | list) else () if value is None else (value,)
    return FormField(
        name=field.name,
        label=field.noun.capitalize(),
        help=chosen or field.note.help,
        kind=field.note.kind,
        required=field.required,
        choices=field.choices,
        flag=field.flag,
        plural=field.plural,
        multiline=field.plural or (isinstance(field.note, Arg) and field.note.rest),
        searched=searched,
        ready=texts,
        offers=offers,
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
    values = values_of(args, filled)
    wrong = problems(args, values)
    first = next((field.name for field in layout_of(args).fields), "")
    if wrong:
        raise FormProblems({name or first: _sentence(error) for name, error in wrong.items()})
    try:
        return format_command(command.name, of_values(args, values))
    except GrammarError as error:
        raise FormProblems({first: _sentence(error)}) from error


def values_of(args: type[Args], filled: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """What was filled in, by field name, unchecked."""
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
    said = f"{error.sentence} {error.next_step}".strip()
    return said if len(said) <= _ERROR else f"{said[: _ERROR - 1]}…"
