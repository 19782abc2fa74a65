"""What can be done with the session of a panel, and how to get to its other people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ovbot.domain.actor import Role
from ovbot.domain.reply import Button, Buttons, Confirm, Part, Style
from ovbot.engine.calls import call, call_form
from ovbot.grammar.pack import format_command
from ovbot.subjects import broadcasting, ways_out
from ovbot.subjects.condition import Recorded

if TYPE_CHECKING:
    from ovbot.subjects.panel import View

RECORDS = frozenset({Recorded.YES, Recorded.UNTOLD, Recorded.STARTING})
"""There is a recording that can be stopped, or will be in a moment."""


def controls(view: View) -> Buttons:
    """What can be done with the session: the common at hand, the rest behind three dots."""
    session = view.session.session_id
    buttons = _record(view)
    if view.acts and view.session.broadcasting:
        stop = call(broadcasting.STOP, session=session)
        buttons.append(broadcasting.stop_button(session, stop))
    more = [Button(f"Recordings of {session}", call("recording list", session=session))]
    if view.acts and view.session.connections:
        buttons.append(Button(f"Signal {session}", call_form("signal", session=session)))
    if view.acts:
        more.append(Button(f"Invite to {session}", call_form("invite", session=session)))
        more.append(Button(f"Post a card of {session}", call("card", session=session)))
    if view.closes is not None and (view.card or view.role >= Role.OPERATOR):
        buttons.append(Button(f"Keep {session} open", call("keep", session=session)))
    if view.role >= Role.OPERATOR or (view.card and view.condition.is_stuck):
        buttons.append(ways_out.close(session))
    if view.role >= Role.OPERATOR:
        if view.broadcasts and view.session.connections and not view.session.broadcasting:
            more.append(
                Button(f"Broadcast {session}", call_form(broadcasting.START, session=session))
            )
        more.append(Button(f"Add an IP camera to {session}", call_form("camera", session=session)))
    buttons.append(Button(f"Refresh {session}", question(view, view.page)))
    return Buttons(tuple(buttons), tuple(more))


def _record(view: View) -> list[Button]:
    """Record or stop, whichever makes sense now."""
    session = view.session.session_id
    if not view.acts:
        return []
    if view.condition.recorded in RECORDS:
        confirm = Confirm(
            title="Stop the recording?",
            text=f"The recording of session {session} ends here. A new one can be started.",
            yes="Stop recording",
        )
        label = f"Stop recording {session}"
        return [Button(label, call("record stop", session=session), Style.DANGER, confirm)]
    if view.session.connections and view.condition.recorded is Recorded.NO:
        return [Button(f"Record {session}", call("record start", session=session), Style.PRIMARY)]
    return []


def paging(view: View) -> list[Part]:
    """To the other pages, and to fewer people."""
    session = view.session.session_id
    buttons = []
    if view.page > 1:
        buttons.append(Button("Earlier people", question(view, view.page - 1)))
    if view.page < view.pages:
        buttons.append(Button("More people", question(view, view.page + 1)))
    if len(view.session.connections) > view.size or view.args.find:
        find = type(view.args)(session=session, find=view.args.find)
        buttons.append(Button("Find people", f"{format_command('show', find)} ?"))
    if view.args.find:
        buttons.append(Button("All people", call("show", session=session)))
    return [Buttons(tuple(buttons))] if buttons and not view.args.share else []


def question(view: View, page: int) -> str:
    change = {"page": page, "session": view.session.session_id, "share": False}
    return format_command("show", view.args.model_copy(update=change))
