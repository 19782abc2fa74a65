"""``show``: one session's people, numbered, with what can be done at hand.

OpenVidu: GET /openvidu/api/sessions/<SESSION_ID>.
"""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, code, join, md, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Rule,
    Style,
)
from ovbot.domain.words import counted
from ovbot.engine import targets
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, Publisher, Session
from ovbot.openvidu.participants import display_name, public_id
from ovbot.store import shown

PAGE = 10
"""People on a page: the buttons of more would not fit a phone."""


class ShowArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to show")] = None
    page: Annotated[int, Opt(Kind.COUNT, "Page of people, ten each"), Field(ge=1, le=1000)] = 1
    streams: Annotated[bool, Opt(Kind.FLAG, "Show stream and connection ids")] = False
    share: Annotated[bool, Opt(Kind.FLAG, "Post the answer to the channel")] = False


class View(msgspec.Struct, frozen=True):
    """What is rendered: the session as it was read at ``read_at``."""

    session: Session
    args: ShowArgs
    role: Role
    read_at: int


def _command(session: str, verb: str = "show") -> str:
    """A command about a session and nothing else. An id may look like an option: ``-x``."""
    return format_command(verb, ShowArgs(session=session))


async def run(args: ShowArgs, context: Context) -> View:
    wanted = await targets.session_id(args.session, context, _command, "Show")
    session = await targets.live_session(wanted, context)
    ordered = sorted(session.connections, key=lambda c: (c.created_at, c.connection_id))
    session = msgspec.structs.replace(session, connections=tuple(ordered))
    now = context.clock.now_ms()
    async with context.store.begin() as tx:
        await shown.remember(
            tx,
            team=context.actor.team,
            user=context.actor.user,
            channel=context.channel,
            server=context.server,
            session=session.session_id,
            connections=[public_id(c.connection_id) for c in ordered],
            at=now,
        )
    return View(session, args, context.access.on(session.session_id), now)


def render(view: View) -> Reply:
    session, people = view.session, view.session.connections
    live = "is live" if people else "is open"
    recording = ", and is being recorded" if session.recording else ""
    text = md(
        "Session {} {} with {}{}.",
        session.session_id,
        live,
        counted(len(people), "participant", "participants"),
        recording,
    )
    parts: list[Part] = [Heading(f"Session {session.session_id}"), _facts(view)]
    parts += _people(view)
    if not view.args.share:
        parts += _controls(view)
    parts.append(Note(md("Read from OpenVidu {}", when(view.read_at, seconds=True))))
    return Reply(text, tuple(parts))


def _facts(view: View) -> Facts:
    session = view.session
    publishing = sum(bool(c.publishers) for c in session.connections)
    recording = ":red_circle: recording" if session.recording else "not recording"
    return Facts(
        (
            ("People", md("{} ({} publishing)", len(session.connections), publishing)),
            ("Recording", Markup(recording)),
            ("Open since", when(session.created_at)),
            ("Id", code(session.session_id)),
        )
    )


def _people(view: View) -> list[Part]:
    people = view.session.connections
    if not people:
        return [Paragraph(Markup("Nobody is here. People appear as they join."))]
    first = (view.args.page - 1) * PAGE
    page = people[first : first + PAGE]
    parts: list[Part] = [Rule()]
    for number, connection in enumerate(page, start=first + 1):
        parts += _person(number, connection, view)
    if len(people) > PAGE:
        last = first + len(page)
        parts.append(Note(md("People {} to {} of {}", first + 1, last, len(people))))
    return parts


def _person(number: int, connection: Connection, view: View) -> list[Part]:
    """One line with Kick at its side; under it, for who publishes, how to end that."""
    name = display_name(connection)
    # The number may be markup only because it is ours; everything else on the line is foreign.
    text = md(
        "{}. {}\n{} · since {}",
        number,
        bold(name),
        _doing(connection),
        when(connection.created_at),
    )
    if view.args.streams:
        streams = [code(public_id(p.stream_id)) for p in connection.publishers]
        ids = join(" ", [code(public_id(connection.connection_id)), *streams])
        text = text + md("\n{}", ids)
    if view.args.share or view.role < Role.MODERATOR:
        return [Paragraph(text)]
    parts: list[Part] = [Paragraph(text, _kick(name, connection, view.session))]
    if connection.publishers and connection.kind != "IPCAM":  # a camera goes only as a whole
        parts.append(Buttons((_unpublish(name, connection, view.session),)))
    return parts


class Whom(Args):
    """The arguments of a ``kick``, for its button."""

    session: Annotated[str, Arg(Kind.SESSION, "Session")]
    participant: Annotated[str, Arg(Kind.PARTICIPANT, "Participant")]


def _kick(name: str, connection: Connection, session: Session) -> Button:
    id_ = public_id(connection.connection_id)
    camera = connection.kind == "IPCAM"
    back = "An operator" if camera else "They"
    again = "add it again" if camera else "come back if your application lets them in"
    return Button(
        f"Kick {name}",
        format_command("kick", Whom(session=session.session_id, participant=id_)),
        Style.DANGER,
        Confirm(
            title=f"Remove this {'camera' if camera else 'person'}?",
            text=f"{name} ({id_}) is removed from session {session.session_id} at "
            f"once. {back} can {again}.",
            yes="Kick",
        ),
    )


def _unpublish(name: str, connection: Connection, session: Session) -> Button:
    return Button(
        f"Unpublish {name}",
        format_command(
            "unpublish",
            Whom(session=session.session_id, participant=connection.connection_id),
        ),
        Style.DANGER,
        Confirm(
            title="End this stream?",
            text=f"The stream of {name} ends in session {session.session_id}; they stay. OpenVidu "
            "can never start it again for them, but they can publish again by themselves.",
            yes="Unpublish",
        ),
    )


def _doing(connection: Connection) -> Markup:
    role = connection.role.lower()
    if not connection.publishers:
        return md("watching ({})", role)
    sources = join(", ", [_source(publisher) for publisher in connection.publishers])
    return md("publishing {} ({})", sources, role)


def _source(publisher: Publisher) -> Markup:
    names = {"CAMERA": "camera", "SCREEN": "screen", "IPCAM": "IP camera"}
    kind = names.get(publisher.type_of_video or "", "audio" if publisher.has_audio else "stream")
    off = []
    if publisher.has_audio and not publisher.audio_active:
        off.append("microphone off")
    if publisher.has_video and not publisher.video_active:
        off.append("picture off")
    return md("{} ({})", kind, ", ".join(off)) if off else md("{}", kind)


def _controls(view: View) -> list[Part]:
    """A row of what can be done with the session, and one to the other pages."""
    session = view.session.session_id
    buttons = _recording(view)
    if view.role >= Role.MODERATOR and view.session.connections:
        buttons.append(Button(f"Signal {session}", f"{_command(session, 'signal')} ?"))
    if view.role >= Role.OPERATOR:
        buttons.append(Button(f"Close {session}", f"{_command(session, 'close')} ?", Style.DANGER))
    buttons.append(Button(f"Recordings of {session}", _command(session, "recording list")))
    buttons.append(Button("Refresh", format_command("show", view.args)))
    pages = _pages(view)
    return [Buttons(tuple(buttons)), *([Buttons(tuple(pages))] if pages else [])]


def _recording(view: View) -> list[Button]:
    """Record or stop, whichever makes sense now."""
    session = view.session.session_id
    if view.role < Role.MODERATOR:
        return []
    if view.session.recording:
        confirm = Confirm(
            title="Stop the recording?",
            text=f"The recording of session {session} ends here. A new one can be started.",
            yes="Stop recording",
        )
        label = f"Stop recording {session}"
        return [Button(label, _command(session, "record stop"), Style.DANGER, confirm)]
    if view.session.connections:
        return [Button(f"Record {session}", _command(session, "record start"), Style.PRIMARY)]
    return []


def _pages(view: View) -> list[Button]:
    last = max(1, -(-len(view.session.connections) // PAGE))

    def to(page: int, label: str) -> Button:
        args = view.args.model_copy(update={"page": page, "session": view.session.session_id})
        return Button(label, format_command("show", args))

    buttons = []
    if view.args.page > 1:
        buttons.append(to(min(view.args.page - 1, last), "Earlier people"))
    if view.args.page < last:
        buttons.append(to(view.args.page + 1, "More people"))
    return buttons


SHOW = Question(
    name="show",
    summary="Show a session's people and what can be done",
    args=ShowArgs,
    needs=Role.VIEWER,
    run=run,
    render=render,
)
