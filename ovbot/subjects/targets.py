"""From what people write to what exactly is meant, by OpenVidu's live truth. Never guesses."""

import re
from collections.abc import Callable, Sequence

import msgspec

from ovbot.domain.emoji import drawn
from ovbot.domain.markup import visible
from ovbot.domain.names import closest, folded
from ovbot.domain.reply import Button
from ovbot.domain.words import counted
from ovbot.engine import list_numbers
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.errors import SessionNotFound
from ovbot.openvidu.participants import NAME_LIMIT, display_name, public_id
from ovbot.openvidu.participants import visible as shown_name
from ovbot.subjects import people

CHOICES = 10
"""How many possibilities are offered as buttons; more are counted in words."""


async def session_id(
    given: str | None, context: Context, command_for: Callable[[str], str], label: str
) -> str:
    """The session meant: the one given, or the only live one that this channel is bound to.

    ``command_for`` makes the full command for a session, ``label`` its button's verb ("Show").
    """
    if given:
        return checked_id(given)
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
        return only
    live = [
        session.session_id
        for session in await context.openvidu.sessions()
        if any(binding.matches(session.session_id) for binding in context.bindings)
    ]
    if len(live) == 1:
        return live[0]
    if not live:
        patterns = ", ".join(sorted(binding.pattern for binding in context.bindings))
        raise UserError(
            f"No session is live now that this channel is bound to ({patterns}).",
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
            f"There is no live session “{visible(session, 80)}”.",
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
    return _one(by_name(text, session.connections), text, session, command_for, label)


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


class Read(msgspec.Struct, frozen=True):
    """A name, and the reason behind it. Not ``sure``: words are left behind what is only a part of
    a name, or that name goes on as somebody else's does, so another may have been meant."""

    name: str
    reason: str | None = None
    sure: bool = True


_MARK = re.compile(r"(?:for|because)\s+|[:–—-]\s*", re.IGNORECASE)
"""What a reason can begin with, so that it is one."""
_MARKED = re.compile(r"(.+?)(?::\s+|\s+:\s*|\s+(?:for|because)\s+)(.*)", re.IGNORECASE)


def read_name(text: str, connections: Sequence[Connection]) -> Read:
    """Where a name ends and a reason begins, in what was typed without quotes.

    ``kick ana maria too loud`` means Ana Maria where she is there. ``kick maria lopez`` does not
    mean Maria Weber, whom ``kick maria: spam`` and ``kick maria for spam`` do.
    """
    words = text.split()
    names = {folded(display_name(c)) for c in connections}
    for count in range(min(len(words), NAME_LIMIT), 0, -1):
        typed, rest = " ".join(words[:count]), " ".join(words[count:])
        name = typed.removesuffix(":")
        if not names & {folded(each) for each in (typed, name, name.removeprefix("@"))}:
            continue
        marked = name != typed or _MARK.match(rest)
        goes_on = rest and not marked and by_name(text, connections)
        return Read(name, _MARK.sub("", rest, count=1) if marked else rest or None, not goes_on)
    if len(words) < 2 or by_name(text, connections):
        return Read(text)
    if marked := _MARKED.fullmatch(text):
        return Read(marked[1].strip(), marked[2].strip() or None)
    return Read(words[0], " ".join(words[1:]), sure=False)


def whom(text: str, session: Session, again: Callable[..., str], label: str) -> Read:
    """The name and the reason in what was typed. Raises Ambiguous, which offers those who may have
    been meant, where the reason may be the rest of another name.

    ``again`` makes the full command with other arguments.
    """
    found = read_name(text, session.connections)
    if found.sure:
        return found
    meant = _perhaps(text, found, session.connections)
    if not meant:
        return Read(text)
    alike = [connection for connection, _reason in meant]
    buttons = tuple(
        Button(
            f"{label} {people.called_among(each, alike)}",
            again(
                session=session.session_id,
                participant=public_id(each.connection_id),
                reason=reason,
            ),
        )
        for each, reason in meant[:CHOICES]
    )
    called = " or ".join(dict.fromkeys(display_name(each) for each in alike[:CHOICES]))
    question = Ambiguous(
        f"Nobody in session {session.session_id} is called “{visible(text, 80)}”, so nothing was "
        f"done. Did you mean {called}?",
        buttons,
        more=len(alike) - len(buttons),
    )
    question.next_step = "Choose who is meant, or write the whole name."
    raise question


def _perhaps(
    text: str, read: Read, connections: Sequence[Connection]
) -> list[tuple[Connection, str | None]]:
    """Whom as many of the words as possible fit, with the others as reason; and who is called by
    the first of them."""
    words = text.split()
    found: dict[str, tuple[Connection, str | None]] = {}
    for count in range(len(words), 0, -1):
        alike = by_name(" ".join(words[:count]), connections)
        for each in alike:
            found[each.connection_id] = each, " ".join(words[count:]) or None
        if alike:
            break
    for each in by_name(read.name, connections):
        if folded(display_name(each)) == folded(read.name):
            found.setdefault(each.connection_id, (each, read.reason))
    return list(found.values())


def by_name(text: str, connections: Sequence[Connection]) -> list[Connection]:
    """Who is called so, or else alike, or else has it in their name."""
    typed = shown_name(drawn(text))
    found = closest(typed, connections, display_name)
    # Of a mention people know the name, and its @ only from Slack.
    return found or closest(typed.removeprefix("@"), connections, display_name)


def _one(
    found: list[Connection],
    text: str,
    session: Session,
    command_for: Callable[[str], str],
    label: str,
) -> Connection:
    typed = visible(text, 80)
    if not found:
        raise UserError(
            f"Nobody in session {session.session_id} is called “{typed}”{people.unseen(session)}.",
            "/openvidu show lists who is there; a number, a part of the name or the id will do. "
            f"If “{typed}” is a session, write it as --session {typed}.",
            code="participant.not_found",
            helps=("show",),
        )
    if len(found) > 1:
        buttons = tuple(
            Button(
                f"{label} {people.called_among(c, found)}",
                command_for(public_id(c.connection_id)),
            )
            for c in found[:CHOICES]
        )
        raise Ambiguous(
            f"“{typed}” could be {len(found)} people in session {session.session_id}.",
            buttons,
            more=len(found) - len(buttons),
        )
    return found[0]
