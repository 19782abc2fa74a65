"""``show``: one session's people, numbered, with what can be done at hand."""

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
from ovbot.openvidu.participants import display_name
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


def _command(session: str) -> str:
    return format_command("show", ShowArgs(session=session))


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
            connections=[c.connection_id for c in ordered],
            at=now,
        )
    return View(session, args, context.access.on(session.session_id), now)


def render(view: View) -> Reply:
    session, people = view.session, view.session.connections
    live = "is live" if people else "is open and empty"
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
        parts.append(_controls(view))
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
    parts += [_person(first + i, c, view) for i, c in enumerate(page, start=1)]
    if len(people) > PAGE:
        last = first + len(page)
        parts.append(Note(md("People {} to {} of {}", first + 1, last, len(people))))
    return parts


def _person(number: int, connection: Connection, view: View) -> Paragraph:
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
        streams = [code(p.stream_id) for p in connection.publishers]
        ids = join(" ", [code(connection.connection_id), *streams])
        text = text + md("\n{}", ids)
    if view.args.share or view.role < Role.MODERATOR:
        return Paragraph(text)
    return Paragraph(text, _kick(name, connection, view.session))


def _kick(name: str, connection: Connection, session: Session) -> Button:
    return Button(
        f"Kick {name}",
        f"kick --session {session.session_id} {connection.connection_id}",
        Style.DANGER,
        Confirm(
            title="Remove this person?",
            text=f"{name} ({connection.connection_id}) is removed from session "
            f"{session.session_id} at once. They can come back if your application lets them in.",
            yes="Kick",
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


def _controls(view: View) -> Buttons:
    session = view.session.session_id
    buttons = []
    if view.role >= Role.MODERATOR and view.session.recording:
        confirm = Confirm(
            title="Stop the recording?",
            text=f"The recording of session {session} ends here. A new one can be started.",
            yes="Stop recording",
        )
        label = f"Stop recording {session}"
        buttons.append(Button(label, f"record stop {session}", Style.DANGER, confirm))
    elif view.role >= Role.MODERATOR and view.session.connections:
        buttons.append(
            Button(f"Record {session}", f"record start --session {session}", Style.PRIMARY)
        )
    buttons.append(Button("Refresh", format_command("show", view.args)))
    buttons += _pages(view)
    return Buttons(tuple(buttons))


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
