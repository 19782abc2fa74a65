"""One participant in a panel: the line about them, and what can be done to them."""

from collections.abc import Iterator, Sequence

from ovbot.domain.markup import Markup, bold, code, join, md, when
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine.calls import call, call_form
from ovbot.openvidu import Connection, Publisher, Session
from ovbot.openvidu.participants import display_name, public_id

_SOURCES = {"CAMERA": "camera", "SCREEN": "screen", "IPCAM": "IP camera"}
_SIGNS = {
    "CAMERA": ":movie_camera:",
    "SCREEN": ":desktop_computer:",
    "IPCAM": ":satellite:",
    "CUSTOM": ":movie_camera:",
}
_MINUTE = 60_000
_STREAMS = 2
"""As many of one person are ended each for itself: more would be too long for a menu."""
CLEAR = 12 * 3600 * 1000
"""Milliseconds after which a time of day alone could be yesterday's."""


def everybody(session: Session) -> int:
    """How many people are in a session, with those whose entries could not be read."""
    return session.unreadable + sum(not each.is_ip_camera for each in session.connections)


def unseen(session: Session) -> str:
    """Said where somebody isn't in a session as far as is known: they may be, unread."""
    if not session.unreadable:
        return ""
    entries = session.unreadable + len(session.connections)
    return f" ({session.unreadable} of {entries} people could not be read)"


def line(
    number: int | None,
    connection: Connection,
    *,
    ids: bool,
    now: int | None = None,
    others: Sequence[Connection] = (),
) -> Markup:
    """``3. *Ana*``, and below it what she does; with her connection and stream ``ids`` if asked.

    ``now``: it is read just then, so what is hours ago needs no day. ``others``: who is there; to
    the second where one of them has her name and came in the same minute.
    """
    said = md(
        "{}{}{}\n{}",
        Markup("") if number is None else md("{}. ", number),
        bold(display_name(connection)),
        Markup(" · :shield: moderator" if connection.role == "MODERATOR" else ""),
        doing(connection, now=now, others=others),
    )
    if not ids:
        return said
    streams = [code(public_id(p.stream_id)) for p in connection.publishers]
    return said + md("\n{}", join(" ", [code(public_id(connection.connection_id)), *streams]))


def doing(
    connection: Connection, *, now: int | None = None, others: Sequence[Connection] = ()
) -> Markup:
    """What somebody sends, a sign and a word each, and since when they are there."""
    joined = connection.created_at
    seconds = any(
        each.connection_id != connection.connection_id
        and each.created_at // _MINUTE == joined // _MINUTE
        and display_name(each) == display_name(connection)
        for each in others
    )
    since = when(joined, seconds=seconds, day=now is None or now - joined > CLEAR)
    sent = [_marked(publisher) for publisher in connection.publishers]
    return md("{} · since {}", join(", ", sent) or Markup(":eyes: watching"), since)


def _marked(publisher: Publisher) -> Markup:
    sign = _SIGNS.get(publisher.type_of_video or "", ":microphone:")
    muted = ":mute: " if publisher.has_audio and not publisher.audio_active else ""
    return md("{} {}{}", Markup(sign), Markup(muted), source(publisher))


def tail(connection: Connection) -> str:
    """The end of a connection's id: it tells apart who has the same name."""
    return f"…{public_id(connection.connection_id)[-4:]}"


def told_apart(connection: Connection) -> str:
    """``Ana (screen, …Xy3p)``: which one of several of that name, on a button."""
    kinds = [kind(publisher) for publisher in connection.publishers]
    return f"{display_name(connection)} ({kinds[0] if kinds else 'watching'}, {tail(connection)})"


def called_among(connection: Connection, others: Sequence[Connection]) -> str:
    """Their name, with what tells them apart where another of these has it too."""
    name = display_name(connection)
    namesakes = sum(display_name(each) == name for each in others)
    return told_apart(connection) if namesakes > 1 else name


def kind(publisher: Publisher) -> str:
    """What somebody publishes, in a word for a button."""
    return _SOURCES.get(publisher.type_of_video or "", "audio")


def source(publisher: Publisher) -> Markup:
    """What somebody publishes, and what of it is switched off."""
    sent = _SOURCES.get(publisher.type_of_video or "", "audio" if publisher.has_audio else "stream")
    off = []
    if publisher.has_audio and not publisher.audio_active:
        off.append("microphone off")
    if publisher.has_video and not publisher.video_active:
        off.append("picture off")
    return md("{} ({})", sent, ", ".join(off)) if off else md("{}", sent)


def kick(connection: Connection, session: str, name: str) -> Button:
    """Remove them, after a question that names them; ``name`` is what tells them from others."""
    id_ = public_id(connection.connection_id)
    camera = connection.is_ip_camera
    back = "An operator" if camera else "They"
    again = "add it again" if camera else "come back if your application lets them in"
    return Button(
        f"Kick {name}",
        call("kick", session=session, participant=id_),
        Style.DANGER,
        Confirm(
            title=f"Kick {name}?",
            text=f"{name} is removed from session {session} at once. {back} can {again}.",
            yes="Kick",
        ),
    )


def menu(connection: Connection, session: str, name: str) -> tuple[Button, ...]:
    """What can be done to somebody. Each opens a form that says so first, or only shows; ``name``
    is what tells them from others."""
    id_ = public_id(connection.connection_id)
    offered = [Button(f"Kick {name}…", call_form("kick", session=session, participant=id_))]
    if not connection.is_ip_camera:  # it goes only as a whole, and hears nothing
        offered += _endings(connection, session, name)
        to = call_form("signal", session=session, to=(id_,))
        offered.append(Button(f"Message {name}…", to))
    about = call("show", session=session, person=id_)
    return (*offered, Button(f"Details of {name}", about))


def _endings(connection: Connection, session: str, name: str) -> Iterator[Button]:
    """One for each stream, as far as a menu holds them."""
    streams = connection.publishers
    id_ = public_id(connection.connection_id)
    named: list[tuple[str, str | None]] = [(name, None)] if streams else []
    if len(streams) == _STREAMS:
        named = [(f"{kind(each)} of {name}", each.stream_id) for each in streams]
    for whose, stream in named:
        ended = call_form("unpublish", session=session, participant=id_, stream=stream)
        yield Button(f"Unpublish {whose}…", ended)
