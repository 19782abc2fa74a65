"""What can be done with the session of a panel, and how to get to its other people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import bold, exact, md, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Style,
)
from ovbot.engine.calls import call, call_form
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection
from ovbot.openvidu.participants import display_name
from ovbot.subjects import broadcasting, details, people, ways_out
from ovbot.subjects.condition import Recorded

if TYPE_CHECKING:
    from ovbot.subjects.panel import View

RECORDS = frozenset({Recorded.YES, Recorded.UNTOLD, Recorded.STARTING})
"""There is a recording that can be stopped, or will be in a moment."""


def controls(view: View) -> Buttons:
    """What can be done with the session: the common at hand, the rest behind three dots. The panel
    says already which it is, so the buttons show the verb alone."""
    session = view.session.session_id
    buttons, more = _at_hand(view), _seldom(view)
    if view.condition.is_stuck and (view.card or view.role >= Role.OPERATOR):
        buttons.append(ways_out.close(session))  # what helps is at hand
    elif view.role >= Role.OPERATOR:
        more.insert(0, ways_out.close(session))
    return Buttons(_one_danger(buttons), tuple(more))


def _at_hand(view: View) -> list[Button]:
    session = view.session.session_id
    buttons = _record(view)
    if view.acts and view.session.broadcasting:
        stop = call(broadcasting.STOP, session=session)
        buttons.append(broadcasting.stop_button(session, stop))
    if view.acts and view.session.connections:
        signal = call_form("signal", session=session)
        buttons.append(Button(f"Message all in {session}", signal, short="Message all"))
    if view.closes is not None and (view.card or view.role >= Role.OPERATOR):
        buttons.append(Button(f"Keep {session} open", call("keep", session=session)))
    return buttons


def _seldom(view: View) -> list[Button]:
    session = view.session.session_id
    more = [Button(f"Recordings of {session}", call("recording list", session=session))]
    if view.acts:
        more.append(Button(f"Invite to {session}", call_form("invite", session=session)))
        more.append(Button(f"Post a card of {session}", call("card", session=session)))
    if view.role >= Role.OPERATOR:
        more.append(Button(f"Add an IP camera to {session}", call_form("camera", session=session)))
        if view.broadcasts and view.session.connections and not view.session.broadcasting:
            more.append(
                Button(f"Broadcast {session}", call_form(broadcasting.START, session=session))
            )
    return more


def _one_danger(buttons: Sequence[Button]) -> tuple[Button, ...]:
    """Red is the first that is: where all of them are, none is seen."""
    red = next((each for each in buttons if each.style is Style.DANGER), None)
    return tuple(
        each
        if each is red or each.style is not Style.DANGER
        else msgspec.structs.replace(each, style=Style.DEFAULT)
        for each in buttons
    )


def of_person(view: View, person: Connection) -> Reply:
    """Everything about one person, and what can be done to them."""
    session, name = view.session, display_name(person)
    text = md("{} is in session {}.", bold(name), exact(session.session_id))
    now, there = view.read_at, session.connections
    does = people.doing(person, now=now, others=there)
    more = details.of_person(person, view.whose, view.ahead, personal=view.acts)
    parts: list[Part] = [Heading(name), Paragraph(md("{}\n{}", does, more))]
    if view.args.share:
        return Reply(text, (*parts, read_at(view)))
    back = call("show", session=session.session_id)
    deeds = people.menu(person, session.session_id, name)[:-1] if view.acts else ()
    buttons = (*deeds, Button(f"Show {session.session_id}", back))
    # What is done from here leads back to everybody: this one may have gone.
    return Reply(text, (*parts, Buttons(buttons), read_at(view)), again=back)


def read_at(view: View) -> Part:
    """When it was read, and once more beside it: the end is what is on the screen."""
    said = md("Read from OpenVidu {}", when(view.read_at, seconds=True))
    if view.args.share:
        return Note(said)
    session = view.session.session_id
    again = Button(f"Refresh {session}", question(view, view.page), short="Refresh")
    return Paragraph(said, again)


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
        stop = call("record stop", session=session)
        return [Button(label, stop, Style.DANGER, confirm, short="Stop recording")]
    if view.session.connections and view.condition.recorded is Recorded.NO:
        start = call("record start", session=session)
        return [Button(f"Record {session}", start, Style.PRIMARY, short="Record")]
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
