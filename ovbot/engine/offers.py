"""The buttons of a next step: what a sentence tells people to type, they can press.

Made from an error's own next step, so that words and buttons cannot disagree. Only the name of a
command is read out of it; the rest of a button comes from what is known. What would change
something opens its form.
"""

import re
from collections.abc import Iterator

from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine import targets
from ovbot.engine.command import Action, AnyCommand, Guard
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.layout import layout_of
from ovbot.grammar.pack import format_command

MOST = 3
_NAMED = re.compile(r"/openvidu ([a-z]+)(?: ([a-z]+))?")
_SECRET = {Kind.URI, Kind.SETTING}


def of_step(next_step: str, session: str, context: Context) -> tuple[Button, ...]:
    """A button for each command that the next step names and this person may use."""
    named = dict.fromkeys(_commands(next_step, context))
    role = context.access.on(session) if session else context.access.here
    return tuple(_button(command, session) for command in named if role >= command.needs)[:MOST]


def again(command: AnyCommand, args: Args) -> tuple[Button, ...]:
    """The same once more, where nothing was done; not where a button would hold a secret."""
    if any(field.note.kind in _SECRET for field in layout_of(type(args)).fields):
        return ()
    text, label = format_command(command.name, args), f"Try {command.name} again"
    guard = command.guard if isinstance(command, Action) else Guard.NONE
    if guard is Guard.FORM:
        return (Button(label, f"{text} ?"),)
    if guard is Guard.NONE:
        return (Button(label, text),)
    asked = Confirm(title=f"{label}?", text=f"This is done: {text}", yes=command.title)
    return (Button(label, text, Style.DANGER, asked),)


def _commands(text: str, context: Context) -> Iterator[AnyCommand]:
    names = context.commands.names
    for one, other in _NAMED.findall(text):
        found = names.get((one, other)) or names.get((one,))
        if found is not None:
            yield found


def _button(command: AnyCommand, session: str) -> Button:
    args: type[Args] = command.args
    layout = layout_of(args)
    about = session if "session" in layout.keys else ""
    text = targets.on_session(command.name, about) if about else command.name
    asks = isinstance(command, Action) or any(field.required for field in layout.fields)
    label = f"{command.title.removesuffix(' session')} {about}" if about else command.title
    return Button(label, f"{text} ?" if asks else text)
