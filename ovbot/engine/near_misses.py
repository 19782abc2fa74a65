"""A session, recording or media node that is not there, and one that is and is written nearly so.

Nothing is done to the other one: it is offered as a button, and who presses it has read its name.
"""

from collections.abc import Mapping

import msgspec

from ovbot.domain.markup import Markup, code, md
from ovbot.domain.reply import Button
from ovbot.engine import confirming, menus
from ovbot.engine.command import Action, AnyCommand, Guard
from ovbot.engine.context import Context
from ovbot.errors import OvbotError
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.describe import suggest
from ovbot.grammar.layout import Field, layout_of
from ovbot.grammar.pack import format_command
from ovbot.openvidu import errors

_MISSING: Mapping[type[errors.OpenViduError], Kind] = {
    errors.SessionNotFound: Kind.SESSION,
    errors.RecordingNotFound: Kind.RECORDING,
    errors.NodeNotFound: Kind.NODE,
}
_SECRET = {Kind.URI, Kind.SETTING}


class Near(msgspec.Struct, frozen=True):
    """What may have been meant, said and as a button."""

    said: Markup
    button: Button


async def near(error: Exception, command: AnyCommand, args: Args, context: Context) -> Near | None:
    """The same command on what is there; None where the error is another, or nothing is near."""
    kind = _missing(error)
    fields = layout_of(type(args)).fields
    if kind is None or any(field.note.kind in _SECRET for field in fields):
        return None
    for field in fields:
        value = getattr(args, field.name)
        typed = value[0] if isinstance(value, tuple) and len(value) == 1 else value
        if field.note.kind is not kind or not isinstance(typed, str):
            continue
        if meant := await _meant(typed, kind, command, context):
            changed = args.model_copy(update={field.name: _like(field, meant)})
            said = md("Did you mean {}?", code(meant))
            return Near(said, _button(command, changed, meant, context))
    return None


def _missing(error: BaseException | None) -> Kind | None:
    while error is not None:
        for missing, kind in _MISSING.items():
            if isinstance(error, missing):
                return kind
        error = error.__cause__
    return None


async def _meant(typed: str, kind: Kind, command: AnyCommand, context: Context) -> str | None:
    try:
        there = await menus.options(command.name, kind, "", None, context)
    except OvbotError:
        return None
    names = [option.value for option in there]
    meant = suggest(typed, names)
    return None if typed in names else meant


def _like(field: Field, meant: str) -> object:
    return (meant,) if field.plural else meant


def _button(command: AnyCommand, args: Args, meant: str, context: Context) -> Button:
    text = format_command(command.name, args)
    button = Button(f"{command.title.removesuffix(' session')} {meant}", text)
    if not isinstance(command, Action):
        return button
    if command.guard_of(args) is Guard.FORM:
        return msgspec.structs.replace(button, command=f"{text} ?")
    return confirming.chosen(button, command, args, context)
