"""How a command's arguments can be written: the notes of an Args class, read once and checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ovbot.grammar.args import Arg, Args, Kind, Opt

SESSION_KEY = "session"
# `--x` and `-x` are options; `-5`, `-` and `---` are words. `---x` is a slip of the finger and
# must not pass as a word: the option it was meant to be may be --dry-run.
_DASHED = re.compile(r"(?P<dashes>-(?=[^\W\d_])|--+(?=\w))(?P<key>[^:=\s]*)(?P<sep>[:=]?)")
_KEYED = re.compile(r"(?P<dashes>)(?P<key>[^\W\d_][\w-]*)(?P<sep>[:=])")


@dataclass(frozen=True)
class Field:
    """One argument: ``name`` in Python, ``key`` as it is typed.

    ``flag``: a bool. ``plural``: a tuple. ``nullable``: may be None. ``choices``: the only texts
    allowed, or none when the value is free. ``literals``: those of them that have a name, also
    where other texts are allowed beside them (``perm``, or a duration).
    """

    name: str
    key: str
    note: Arg | Opt
    flag: bool
    plural: bool
    nullable: bool
    required: bool
    default: object
    choices: tuple[str, ...]
    literals: tuple[str, ...]

    @property
    def positional(self) -> bool:
        """Whether it is told by its place and not by a key."""
        return isinstance(self.note, Arg)

    @property
    def hidden(self) -> bool:
        """Whether people are not told of it."""
        return isinstance(self.note, Opt) and self.note.hidden

    @property
    def told(self) -> bool:
        """Whether what a form says it will do depends on it."""
        return isinstance(self.note, Opt) and self.note.told

    @property
    def unless(self) -> str | None:
        """The option with which it may be left out."""
        return self.note.unless if isinstance(self.note, Arg) else None

    @property
    def instead(self) -> str | None:
        """The name of the option that can stand in its place."""
        return self.note.instead if isinstance(self.note, Arg) else None

    @property
    def label(self) -> str:
        """How it stands in a usage line."""
        return self.note.name or self.key if isinstance(self.note, Arg) else f"--{self.key}"

    @property
    def noun(self) -> str:
        """What to call it in words, and above it in a form."""
        return "address" if self.note.kind is Kind.URI else self.name.replace("_", " ")

    @property
    def subject(self) -> str:
        """What a sentence about it begins with."""
        return f"The {self.noun}" if self.positional else f"The option --{self.key}"

    @property
    def nothing(self) -> object:
        """What ``--no-key`` sets."""
        return False if self.flag else () if self.plural else None

    @property
    def can_be_nothing(self) -> bool:
        """Whether ``--no-key`` may be written."""
        return self.flag or self.plural or self.nullable


@dataclass(frozen=True)
class Named:
    """A word read as an option: ``field`` is None when no option has that key."""

    field: Field | None
    typed_key: str
    value: str | None
    negative: bool = False


@dataclass(frozen=True)
class Layout:
    """All fields of one Args class, and the keys they answer to."""

    fields: tuple[Field, ...]
    keys: dict[str, Field]

    @property
    def positionals(self) -> tuple[Field, ...]:
        """The fields told by their place, in order."""
        return tuple(field for field in self.fields if field.positional)

    @property
    def options(self) -> tuple[Field, ...]:
        """The fields told by a key, in order."""
        return tuple(field for field in self.fields if not field.positional)

    @property
    def shown(self) -> tuple[Field, ...]:
        """The fields that people are told of, in order."""
        return tuple(field for field in self.fields if not field.hidden)

    @property
    def session(self) -> Field | None:
        """The positional session, which can always also be given as ``--session``."""
        return next((field for field in self.positionals if _names_session(field.note)), None)

    def before_others(self, field: Field) -> bool:
        """Whether it is a positional session that may be left out before other words."""
        return field is self.session and field is not self.positionals[-1]

    def before_text(self, field: Field) -> bool:
        """Whether it is a participant whose name and a free text behind it are written as one:
        only who is there tells where the name ends."""
        order = self.positionals
        after = order[order.index(field) + 1 :] if field in order else ()
        named = field.note.kind is Kind.PARTICIPANT and len(after) == 1
        return named and isinstance(after[0].note, Arg) and after[0].note.rest

    def replaced(self, values: Mapping[str, object]) -> bool:
        """Whether an option among ``values`` lets a positional be left out."""
        others = (option for field in self.positionals for option in (field.instead, field.unless))
        return any(option in values for option in others if option)

    def named(self, text: str) -> Named | None:
        """Read an unquoted word as an option, or None when it is an ordinary word."""
        match = _DASHED.match(text)
        if match is None:
            match = _KEYED.match(text)
            if match is None or _key(match["key"]) not in self.keys:
                field = self._bare().get(text.casefold())
                return None if field is None else Named(field, text, None)
        key, typed_key = _key(match["key"]), match["dashes"] + match["key"]
        value = text[match.end() :] if match["sep"] else None
        if match["dashes"] not in {"", "--"}:
            return Named(None, typed_key, value)
        if key in self.keys:
            return Named(self.keys[key], typed_key, value)
        denied = self._deniable().get(key)
        return Named(denied, typed_key, value, negative=denied is not None)

    def spellings(self) -> tuple[str, ...]:
        """Every key that people may type, for a did-you-mean."""
        known = {**self.keys, **self._deniable()}
        return tuple(f"--{key}" for key, field in known.items() if not field.hidden)

    def _bare(self) -> dict[str, Field]:
        notes = [(field, field.note) for field in self.options]
        return {word: f for f, note in notes if isinstance(note, Opt) for word in note.bare}

    def _deniable(self) -> dict[str, Field]:
        denied = {f"no-{field.key}": field for field in self.fields if field.can_be_nothing}
        return {key: field for key, field in denied.items() if key not in self.keys}


@cache
def layout_of(args: type[Args]) -> Layout:
    """Read and check an Args class. Raises TypeError when it could not be typed unambiguously."""
    fields = tuple(_field(args, name, info) for name, info in args.model_fields.items())
    keys: dict[str, Field] = {}
    for field in fields:
        for key in _keys_of(field):
            if key in keys:
                raise TypeError(f"{args.__name__}: two arguments answer to --{key}.")
            keys[key] = field
    layout = Layout(fields, keys)
    for field in layout.positionals[:-1]:
        if isinstance(field.note, Arg) and (field.note.rest or field.note.many):
            raise TypeError(f"{args.__name__}: nothing can follow {field.name}.")
    return layout


def _field(args: type[Args], name: str, info: FieldInfo) -> Field:
    notes = [note for note in info.metadata if isinstance(note, Arg | Opt)]
    if len(notes) != 1:
        raise TypeError(f"{args.__name__}.{name} needs one Arg or Opt.")
    types = _alternatives(info.annotation)
    plural = any(get_origin(each) is tuple for each in types)
    note = notes[0]
    if isinstance(note, Arg) and (plural is not note.many or bool in types):
        raise TypeError(f"{args.__name__}.{name}: `many` and a tuple go together, and no bool.")
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    if NoneType in types and (plural or bool in types) and default is not None:
        raise TypeError(f"{args.__name__}.{name}: without a default of None, None cannot be typed.")
    return Field(
        name=name,
        key=SESSION_KEY if _names_session(note) else _key(name),
        note=note,
        flag=bool in types,
        plural=plural,
        nullable=NoneType in types,
        required=info.is_required(),
        default=default,
        choices=_choices(types),
        literals=tuple(dict.fromkeys(text for each in types for text in _choices((each,)))),
    )


def _keys_of(field: Field) -> tuple[str, ...]:
    if isinstance(field.note, Opt):
        return field.key, *(_key(alias) for alias in field.note.aliases)
    if _names_session(field.note):
        return (SESSION_KEY,)
    return (field.key,) if field.note.keyed else ()


def _names_session(note: Arg | Opt) -> bool:
    return isinstance(note, Arg) and note.kind is Kind.SESSION and not note.many


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, without their notes."""
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return tuple(each for part in get_args(annotation) for each in _alternatives(part))
    return (annotation,)


def _choices(types: tuple[Any, ...]) -> tuple[str, ...]:
    """Every text the types allow, or nothing when one of them allows any text."""
    found: list[str] = []
    for each in types:
        if get_origin(each) is Literal:
            found += (str(value) for value in get_args(each))
        elif isinstance(each, type) and issubclass(each, Enum):
            found += (str(member.value) for member in each)
        elif get_origin(each) is tuple:
            found += _choices(_alternatives(get_args(each)[0]))
        elif each is not NoneType:
            return ()
    return tuple(dict.fromkeys(found))


def _key(name: str) -> str:
    return name.strip("-").replace("_", "-").casefold()
