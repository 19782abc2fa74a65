"""From what people write to what exactly is meant, by OpenVidu's live truth. Never guesses."""

import re
from collections.abc import Callable

from ovbot.domain.markup import exact, join, md, visible
from ovbot.domain.reply import Button
from ovbot.domain.words import counted
from ovbot.engine import list_numbers
from ovbot.engine.context import Context
from ovbot.engine.policy import must_see
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.participants import public_id
from ovbot.subjects import names, people
from ovbot.subjects.names import CHOICES


async def session_id(
    given: str | None, context: Context, command_for: Callable[[str], str], label: str
) -> str:
    """The session meant: the one given, or the only live one that this channel is bound to.

    ``command_for`` makes the full command for a session, ``label`` its button's verb ("Show").
    """
    if given:
        return _seen(checked_id(given), context)
    if not context.bindings:
        raise UserError(
            "This channel is bound to no session, so say which one.",
            "Write its id (see /openvidu list), or bind this channel: /openvidu bind SESSION.",
            code="session.missing",
            helps=(
                "list",
                "bind",
            ),
        )
    if only := context.bound_session:
        return _seen(only, context)
    live = [
        session.session_id
        for session in await context.openvidu.sessions()
        if session.is_addressable
        and any(binding.matches(session.session_id) for binding in context.bindings)
        and context.access.sees(session.session_id)
    ]
    if len(live) == 1:
        return live[0]
    if not live:
        patterns = [exact(binding.pattern) for binding in context.bindings]
        raise UserError(
            md(
                "No session is live now that this channel is bound to ({}).",
                join(", ", sorted(patterns)),
            ),
            "Wait for one to start, or name a session: /openvidu list shows them.",
            code="session.none_live",
            helps=("list",),
        )
    live.sort()
    buttons = tuple(Button(f"{label} {name}", command_for(name)) for name in live[:CHOICES])
    raise Ambiguous(
        f"This channel is bound to {counted(len(live), 'live session', 'live sessions')}.",
        buttons,
        more=len(live) - len(buttons),
        meant=tuple(live),
    )


def _seen(session: str, context: Context) -> str:
    """Nothing is told of a session that is not shown to the person."""
    must_see(context.access, session)
    return session


def checked_id(text: str) -> str:
    """``text`` if it can be an id at all: what cannot is refused here and never sent.

    OpenVidu: ``customSessionId`` is ``[a-zA-Z0-9_-]+``; recordings add ``~1`` to a session's id.
    """
    if not re.fullmatch(r"[a-zA-Z0-9_~-]+", text):
        raise UserError(
            f"There is no live session “{visible(text, 80)}”: an id has letters, digits, - and _.",
            "/openvidu list shows the live ones.",
            code="session.bad_id",
            helps=("list",),
        )
    return text


async def live_session(session: str, context: Context) -> Session:
    """Read the session anew; a missing one becomes a sentence that names it."""
    try:
        return await context.openvidu.session(session)
    except SessionNotFound as missing:
        raise UserError(
            md("There is no live session “{}”.", exact(visible(session, 80))),
            "It may have ended. /openvidu list shows the live ones.",
            code="session.not_found",
            helps=("list",),
        ) from missing


async def numbered_session(given: str | None, participant: str, context: Context) -> str | None:
    """A number speaks of the last list this person saw, and so of its session.

    Returns ``given``, or the list's session when only a number was written outside its channel.
    """
    if given or context.bindings or not participant.isdecimal():
        return given
    last = await list_numbers.last_list(context)
    return last.session if last else None


async def participant(
    text: str, session: Session, context: Context, command_for: Callable[[str], str], label: str
) -> Connection:
    """The one participant meant by a number, a connection id or a part of a name."""
    if text.isdecimal():
        return await _by_number(int(text), session, context)
    by_id = [
        c for c in session.connections if text in {c.connection_id, public_id(c.connection_id)}
    ]
    if by_id:
        return by_id[0]
    if text.startswith(("con_", "ipc_")):
        raise AlreadySo(
            f"{visible(text, 80)} is not in session {session.session_id} any more.",
            "/openvidu show lists who is there now.",
            helps=("show",),
        )
    return _one(names.by_name(text, session.connections), text, session, command_for, label)


async def _by_number(number: int, session: Session, context: Context) -> Connection:
    last = await list_numbers.last_list(context)
    if last is None or last.session != session.session_id:
        seen = f" (the last list you saw was of {last.session})" if last else ""
        raise UserError(
            f"Number {number} means nothing yet: you have not seen a list of "
            f"{session.session_id}{seen}.",
            f"Run /openvidu show {session.session_id} first, or write a name.",
            code="participant.no_list",
            helps=("show",),
        )
    if not 1 <= number <= len(last.connections):
        raise UserError(
            f"The last list you saw has {len(last.connections)} people; there is no number "
            f"{number}.",
            "/openvidu show lists them anew.",
            code="participant.no_number",
            helps=("show",),
        )
    wanted = last.connections[number - 1]
    for connection in session.connections:
        if public_id(connection.connection_id) == wanted:
            return connection
    raise AlreadySo(
        f"Number {number} of the list you saw has left session {session.session_id} already.",
        "/openvidu show lists who is there now.",
        helps=("show",),
    )


def _one(
    found: list[Connection],
    text: str,
    session: Session,
    command_for: Callable[[str], str],
    label: str,
) -> Connection:
    typed = visible(text, 80)
    near = [] if found else names.nearly(text, session.connections)
    if near and all(reason is None for _each, reason in near):
        alike = [each for each, _reason in near]
        question = Ambiguous(
            md(
                "Nobody in session {} is called “{}”. Did you mean {}?",
                exact(session.session_id),
                typed,
                people.called_among(alike[0], alike[:1]),
            ),
            _buttons(alike, command_for, label),
            more=max(0, len(alike) - CHOICES),
        )
        question.code = "participant.not_found"
        raise question
    if not found:
        raise UserError(
            md(
                "Nobody in session {} is called “{}”{}.",
                exact(session.session_id),
                typed,
                people.unseen(session),
            ),
            "/openvidu show lists who is there; a number, a part of the name or the id will do. "
            f"If “{typed}” is a session, write it as --session {typed}.",
            code="participant.not_found",
            helps=("show",),
        )
    if len(found) > 1:
        buttons = _buttons(found, command_for, label)
        raise Ambiguous(
            md(
                "“{}” could be {} people in session {}.",
                typed,
                len(found),
                exact(session.session_id),
            ),
            buttons,
            more=len(found) - len(buttons),
        )
    return found[0]


def _buttons(
    found: list[Connection], command_for: Callable[[str], str], label: str
) -> tuple[Button, ...]:
    return tuple(
        Button(
            f"{label} {people.called_among(each, found)}",
            command_for(public_id(each.connection_id)),
        )
        for each in found[:CHOICES]
    )
