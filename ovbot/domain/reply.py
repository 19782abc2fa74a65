"""What ovbot says, before it is Block Kit: a sentence and a few kinds of parts.

Commands build replies; `slack/present` turns them into blocks within Slack's limits. A reply can
be stored (the outbox keeps it as JSON) and read back by a later version.
"""

from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from ovbot.domain.markup import Markup


class Style(StrEnum):
    """A button's weight. At most one primary in a group; danger asks before it acts."""

    DEFAULT = "default"
    PRIMARY = "primary"
    DANGER = "danger"


class Confirm(msgspec.Struct, frozen=True):
    """The question asked before a button acts; it names the object. Plain text throughout."""

    title: str
    text: str
    yes: str
    no: str = "Cancel"


class Button(msgspec.Struct, frozen=True):
    """A command already parsed: ``command`` is its canonical text, and never an authority.

    ``short`` is what is shown where the message says already whom or what it is about; ``label`` is
    then what a screen reader says.
    """

    label: str
    command: str
    style: Style = Style.DEFAULT
    confirm: Confirm | None = None
    short: str = ""


class Heading(msgspec.Struct, frozen=True, tag="heading"):
    """A title; plain text."""

    text: str


class Paragraph(msgspec.Struct, frozen=True, tag="paragraph"):
    """A paragraph or a list item, with at most one button at its side, or a ``menu`` of what can be
    done about it: commands that ask by themselves, each in a form or not at all."""

    text: Markup
    button: Button | None = None
    menu: tuple[Button, ...] = ()


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """Short label and value pairs, shown in two columns."""

    pairs: tuple[tuple[str, Markup], ...]


class Buttons(msgspec.Struct, frozen=True, tag="buttons"):
    """A row of buttons; ``more`` is behind three dots, for what is pressed seldom and asks not."""

    buttons: tuple[Button, ...]
    more: tuple[Button, ...] = ()


class Note(msgspec.Struct, frozen=True, tag="note"):
    """Small print: times, reference ids, hints."""

    text: Markup


class Rule(msgspec.Struct, frozen=True, tag="rule"):
    """A line between groups."""


Part = Heading | Paragraph | Facts | Buttons | Note | Rule


class Reply(msgspec.Struct, frozen=True):
    """One message. ``text`` is a full sentence: what notifications and screen readers get.

    ``again`` is the question that it answers, as canonical text: what a panel shows anew, page and
    filter and all, when something was done from it.
    """

    text: Markup
    parts: tuple[Part, ...] = ()
    again: str = ""


_T = TypeVar("_T")


def to_json(reply: Reply) -> str:
    """The stored form of a reply."""
    return msgspec.json.encode(reply, enc_hook=str).decode()


def from_json(text: str) -> Reply:
    """Read a stored reply; raises msgspec.ValidationError when it is none."""
    return msgspec.json.decode(text, type=Reply, dec_hook=_decode)


def _decode(kind: type[_T], value: Any) -> Any:
    if kind is Markup:
        return Markup(value)
    raise NotImplementedError(kind)
