"""One participant in a panel: the line about them, and what can be done to them."""

from collections.abc import Sequence

from ovbot.domain.markup import Markup, bold, code, join, md, when
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine.calls import call
from ovbot.openvidu import Connection, Publisher, Session
from ovbot.openvidu.participants import display_name, public_id

_SOURCES = {"CAMERA": "camera", "SCREEN": "screen", "IPCAM": "IP camera"}


def everybody(session: Session) -> int:
    """How many people are in a session, with those whose entries could not be read."""
    return session.unreadable + sum(not each.is_ip_camera for each in session.connections)


def unseen(session: Session) -> str:
    """Said where somebody isn't in a session as far as is known: they may be, unread."""
    if not session.unreadable:
        return ""
    entries = session.unreadable + len(session.connections)
    return f" ({session.unreadable} of {entries} people could not be read)"


def line(number: int | None, connection: Connection, *, ids: bool) -> Markup:
    """``3. *Ana*`` and what she does; with her connection and stream ``ids`` if asked for."""
    said = md(
        "{}{}\n{} · since {}",
        Markup("") if number is None else md("{}. ", number),
        bold(display_name(connection)),
        _doing(connection),
        when(connection.created_at),
    )
    if not ids:
        return said
    streams = [code(public_id(p.stream_id)) for p in connection.publishers]
    return said + md("\n{}", join(" ", [code(public_id(connection.connection_id)), *streams]))


def _doing(connection: Connection) -> Markup:
    moderates = Markup(" (moderator)" if connection.role == "MODERATOR" else "")
    if not connection.publishers:
        return Markup("watching") + moderates
    sources = join(", ", [source(publisher) for publisher in connection.publishers])
    return md("publishing {}{}", sources, moderates)


def tail(connection: Connection) -> str:
    """The end of a connection's id: it tells apart who has the same name."""
    return f"…{public_id(connection.connection_id)[-4:]}"


def told_apart(connection: Connection) -> str:
    """``Ana (screen, …Xy3p)``: which one of several of that name, on a button."""
    kinds = [_SOURCES.get(p.type_of_video or "", "audio") for p in connection.publishers]
    return f"{display_name(connection)} ({kinds[0] if kinds else 'watching'}, {tail(connection)})"


def called_among(connection: Connection, others: Sequence[Connection]) -> str:
    """Their name, with what tells them apart where another of these has it too."""
    name = display_name(connection)
    namesakes = sum(display_name(each) == name for each in others)
    return told_apart(connection) if namesakes > 1 else name


def source(publisher: Publisher) -> Markup:
    """What somebody publishes, and what of it is switched off."""
    kind = _SOURCES.get(publisher.type_of_video or "", "audio" if publisher.has_audio else "stream")
    off = []
    if publisher.has_audio and not publisher.audio_active:
        off.append("microphone off")
    if publisher.has_video and not publisher.video_active:
        off.append("picture off")
    return md("{} ({})", kind, ", ".join(off)) if off else md("{}", kind)


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


def unpublish(connection: Connection, session: str, name: str) -> Button:
    """End their stream, after a question that names them; ``name`` as for ``kick``."""
    return Button(
        f"Unpublish {name}",
        call("unpublish", session=session, participant=connection.connection_id),
        Style.DANGER,
        Confirm(
            title=f"Unpublish {name}?",
            text=f"What {name} sends ends in session {session}; they stay. They can turn it back "
            "on themselves.",
            yes="Unpublish",
        ),
    )
