"""The buttons of a next step: what a sentence tells people to type, they can press.

Which commands it names stands beside the sentence (``helps``) and is never read out of it: names
and reasons that other people chose may be in there. What would change something opens its form.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ovbot.domain.audit import Outcome
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine import confirming
from ovbot.engine.command import Action, AnyCommand, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import allows
from ovbot.errors import OvbotError
from ovbot.grammar.args import Args, Kind
from ovbot.grammar.layout import layout_of
from ovbot.grammar.pack import format_command, format_form, format_values
from ovbot.openvidu import errors
from ovbot.openvidu.errors import BadRequest, OpenViduError

MOST = 3
_SECRET = {Kind.URI, Kind.SETTING}
_HELPS: Mapping[type[OpenViduError], str] = {
    errors.SessionNotFound: "list",
    errors.NobodyConnected: "show",
    errors.RecordingNotFound: "recording list",
    errors.RecordingDisabled: "config",
    errors.NodeNotFound: "node list",
    errors.NotOnThisCluster: "node list",
}
"""Where the same once more would be answered in the same way: what to look at instead."""


def offered(names: Sequence[str], session: str, context: Context) -> tuple[Button, ...]:
    """A button for each of the commands that this person may use."""
    session = session or context.bound_session or ""
    commands = [context.commands[name] for name in dict.fromkeys(names)]
    may = [each for each in commands if allows(each, context.access, session or None)]
    return tuple(_button(each, session) for each in may)[:MOST]


def after(
    error: Exception,
    command: AnyCommand,
    args: Args,
    session: str,
    context: Context,
    *,
    whom: str = "",
) -> tuple[Button, ...]:
    """What helps after an error: what its next step names, what its kind suggests, another try.

    The last where nothing was done; with other words where OpenVidu refused these. ``whom`` is
    whom or what it was about, by name, as far as that was found out.
    """
    named = offered(error.helps, session, context) if isinstance(error, OvbotError) else ()
    if not isinstance(error, OpenViduError):
        return named
    for kind, help_ in _HELPS.items():
        if isinstance(error, kind):
            return named or offered((help_,), session, context)
    if isinstance(error, BadRequest):
        return (*named, *_corrected(command, args, session))
    if error.effect == "none":
        return (*named, *again(command, args, session, whom=whom))
    return named


def after_result(
    result: Result, action: Action[Any, Any], args: Args, about: Target, context: Context
) -> tuple[Button, ...]:
    """What helps where the outcome is not what was asked for."""
    session = about.session
    buttons = offered(result.helps, session, context)
    if result.outcome is Outcome.FAILED:
        return (*buttons, *again(action, args, session, whom=about.label))
    if not buttons and session:
        return offered(("show",), session, context)
    if not buttons and result.outcome is Outcome.REFUSED:
        return _corrected(action, args, session)
    return buttons


def again(
    command: AnyCommand, args: Args, session: str = "", *, whom: str = ""
) -> tuple[Button, ...]:
    """The same once more, where nothing was done; a blank form where it would hold a secret."""
    if _is_secret(args):
        return (_button(command, session),)
    text, label = format_command(command.name, args), f"Try {command.name} again"
    guard = command.guard_of(args) if isinstance(command, Action) else Guard.NONE
    if guard is Guard.FORM:
        return (Button(label, f"{text} ?"),)
    if guard is Guard.NONE:
        return (Button(label, text),)
    asked = Confirm(f"{label}: {whom}?", _follows(command, args, text), command.title)
    if not whom:
        asked = Confirm(f"{label}?", f"This is done: {text}", command.title)
    return (Button(label, text, Style.DANGER, asked),)


def _follows(command: AnyCommand, args: Args, text: str) -> str:
    if isinstance(command, Action) and command.follows is not None:
        return confirming.follows(command, args)
    return f"This is done: {text}"


def _corrected(command: AnyCommand, args: Args, session: str) -> tuple[Button, ...]:
    """The form with what was given, to be given otherwise."""
    if _is_secret(args):
        return (_button(command, session),)
    return (Button(f"Correct {command.name}", f"{format_command(command.name, args)} ?"),)


def _is_secret(args: Args) -> bool:
    return any(field.note.kind in _SECRET for field in layout_of(type(args)).fields)


def _button(command: AnyCommand, session: str) -> Button:
    args: type[Args] = command.args
    layout = layout_of(args)
    about = session if "session" in layout.keys else ""
    given = {"session": about} if about else {}
    asks = isinstance(command, Action) or any(field.required for field in layout.fields)
    label = f"{command.title.removesuffix(' session')} {about}" if about else command.title
    if asks:
        return Button(label, format_form(command.name, args, given))
    return Button(label, format_values(command.name, args, given))
