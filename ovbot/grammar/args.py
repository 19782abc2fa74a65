"""What a command's arguments are: a pydantic model whose fields carry a note each.

The parser, the usage line, the help, the modal, the button value and the audit record all derive
from these notes, so that they cannot disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

LONGEST = 3000
"""Characters of one value: what a field of a form can hold."""
PATTERN_LONGEST = 200
"""Characters of a glob: taking one apart takes the longer the more it has."""


class Kind(StrEnum):
    """What a value names. Decides which menu a modal offers, and how the word is read."""

    SESSION = "session"
    PARTICIPANT = "participant"
    RECORDING = "recording"
    NODE = "node"
    TARGET = "target"
    """Where to broadcast to, by the name that the operator gave it."""
    STREAM = "stream"
    USER = "user"
    CHANNEL = "channel"
    SUBJECT = "subject"
    """Who is given a role: a person, a user group, or a channel for its members."""
    ROLE = "role"
    COMMAND = "command"
    PATTERN = "pattern"
    TOPIC = "topic"
    WORD = "word"
    TEXT = "text"
    COUNT = "count"
    DURATION = "duration"
    MOMENT = "moment"
    """Until when, as people say it."""
    FLAG = "flag"
    URI = "uri"
    SETTING = "setting"
    """``KEY=VALUE``; the value may be a secret and is never echoed."""


class Ready(StrEnum):
    """The ready-made texts: the settings have them."""

    REASONS = "reasons"
    MESSAGES = "messages"


@dataclass(frozen=True)
class Arg:
    """A positional argument.

    ``rest`` takes all remaining words as one text, as typed; ``many`` takes them as a tuple.
    ``name`` replaces the field's name in the usage line. ``new``: it names what is not there yet,
    so that no menu could hold it and nothing stands for it when it is left out. ``instead`` is the
    field of an option that can stand in its place: one of the two is needed, and never both.
    ``unless`` is the field of an option with which it may be left out, and needed otherwise.
    ``keyed``: it can also be written as an option, ``--reason TEXT``. ``menu`` is the help where it
    is chosen from a menu and not written. ``ready``: which of the ready-made texts a form offers.
    ``brief``: it is asked for too where a form is about one person who was chosen already.
    """

    kind: Kind
    help: str
    rest: bool = False
    many: bool = False
    name: str | None = None
    new: bool = False
    instead: str | None = None
    unless: str | None = None
    keyed: bool = False
    menu: str = ""
    ready: Ready | None = None
    brief: bool = False


@dataclass(frozen=True)
class Opt:
    """An option: field ``dry_run`` is written ``--dry-run``.

    A ``bool`` field is a flag without a value; a ``tuple`` field is written ``--to a,b``.
    ``hidden``: ovbot writes it into commands of its own; usage, help and forms do without it.
    ``told``: what a form says it will do depends on it. ``menu`` is the help where it is chosen
    from a menu and not written. ``bare``: words that stand for it without dashes, as in ``until
    friday``. ``phrases``: values of several words that need no quotes. ``offers``: what a form has
    in a menu instead of a field to write in, each with what a person reads, and what leaving it out
    is called there first. ``brief``: as for ``Arg``.
    """

    kind: Kind
    help: str
    aliases: tuple[str, ...] = ()
    hidden: bool = False
    told: bool = False
    menu: str = ""
    bare: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    offers: tuple[tuple[str, str], ...] = ()
    brief: bool = False


class Args(BaseModel):
    """Base of every command's arguments. Each field is ``Annotated[type, Arg(...) or Opt(...)]``.

    An empty text is never a value: it cannot be told from something forgotten.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_min_length=1, str_max_length=LONGEST)

    @model_validator(mode="after")
    def _lists_can_be_written(self) -> Self:
        # A modal could hand over what `--to a,b` cannot express; it would come back as another
        # list from a button, so it is refused where it enters.
        for name, item in self._listed():
            if "," in item or item != item.strip():
                option = f"--{name.replace('_', '-')}"
                raise ValueError(f"A value of {option} cannot hold a comma or end in a space.")
        return self

    @model_validator(mode="before")
    @classmethod
    def _globs_are_short(cls, given: Any) -> Any:
        # Decided here for all of them, and before a validator of their own tries one.
        for name, info in cls.model_fields.items() if isinstance(given, dict) else ():
            value = given.get(name)
            kinds = {note.kind for note in info.metadata if isinstance(note, Arg | Opt)}
            if Kind.PATTERN in kinds and isinstance(value, str) and len(value) > PATTERN_LONGEST:
                told = ValueError(f"A pattern can have at most {PATTERN_LONGEST} characters.")
                raise PydanticCustomError("value_error", "long", {"field": name, "error": told})
        return given

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        for name, info in type(self).model_fields.items():
            for other in (note.instead for note in info.metadata if isinstance(note, Arg)):
                if other is not None:
                    self._check_either(name, other)
        return self

    @model_validator(mode="after")
    def _needed_unless(self) -> Self:
        for name, info in type(self).model_fields.items():
            for other in (note.unless for note in info.metadata if isinstance(note, Arg)):
                if other and getattr(self, name) is None and getattr(self, other) is None:
                    raise PydanticCustomError(
                        "missing", "one of the two is needed", {"field": name}
                    )
        return self

    def _check_either(self, name: str, other: str) -> None:
        place, option = getattr(self, name), getattr(self, other)
        if place is None and option is None:
            raise PydanticCustomError("missing", "one of the two is needed", {"field": name})
        if place is not None and option is not None:
            told = ValueError(
                f"The option --{other} stands in the place of the {name}, which is given too: "
                "write only one of the two. Give the rest with options, such as --session."
            )
            raise PydanticCustomError("value_error", "both", {"field": other, "error": told})

    def _listed(self) -> Iterator[tuple[str, str]]:
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, tuple) and any(isinstance(note, Opt) for note in info.metadata):
                yield from ((name, item) for item in value if isinstance(item, str))
