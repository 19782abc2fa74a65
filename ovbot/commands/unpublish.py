"""``unpublish``: end one stream of a participant, who stays in the session.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>/stream/<STREAM_ID>.
"""

from collections.abc import Callable
from typing import Annotated, TypeAlias

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, visible
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Brief, Guard, Result, Target
from ovbot.engine.confirming import place
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.grammar.args import Arg, Args, Kind, Opt, Ready
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, OpenViduError, Publisher, Session
from ovbot.openvidu.errors import CameraStream, SessionNotFound, StreamGone
from ovbot.openvidu.participants import display_name, public_id
from ovbot.subjects import approving, names, targets, whereabouts
from ovbot.subjects.after_look import so_now
from ovbot.subjects.approving import Approved, Wish
from ovbot.subjects.unread import NotRead, Unread, session_or_unread, unchecked

_Again: TypeAlias = Callable[..., str]
"""The same command with some arguments changed."""
_KINDS = {"CAMERA": "camera", "SCREEN": "screen", "IPCAM": "IP camera", "CUSTOM": "video"}


class UnpublishArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session the person is in")] = None
    participant: Annotated[
        str, Arg(Kind.PARTICIPANT, "Number, part of the name, or id", menu="Whose stream is to end")
    ]
    reason: Annotated[
        str | None,
        Arg(Kind.TEXT, "Why; told to the channel", rest=True, ready=Ready.REASONS, brief=True),
    ] = None
    stream: Annotated[
        str | None,
        Opt(Kind.STREAM, "Only this one: camera, screen, or its id (str_…)"),
        Field(pattern=r"^(camera|screen|str_.+)$", max_length=512),
    ] = None
    approved: Approved = None
    unread: Annotated[bool, Opt(Kind.FLAG, "Although nobody can be looked up", hidden=True)] = False


class Stream(msgspec.Struct, frozen=True):
    """Which stream of whom, as found live."""

    session: str
    id: str
    label: str
    """What it is of whom: ``screen of Ana``."""
    owner: Connection | None
    """None where the session could not be read."""
    reason: str | None
    approver: str = ""
    """Who has approved it, where it took a second person."""

    @property
    def person(self) -> str:
        return self.id if self.owner is None else display_name(self.owner)


class OnlyAsAWhole(Ambiguous):
    """An IP camera's stream cannot be ended alone; a button offers to remove the camera."""

    def __init__(self, session: str, camera: Connection, *, answer: str) -> None:
        name = display_name(camera)
        super().__init__(
            f"{name} is an IP camera: OpenVidu cannot end its stream alone, so it goes on in "
            f"session {session}.",
            (_kick(session, camera),),
        )
        self.next_step = "Removing the camera from the session ends it."
        self.code = answer


def _kick(session: str, camera: Connection) -> Button:
    name = display_name(camera)
    whom = public_id(camera.connection_id)
    return Button(
        f"Kick {name}",
        call("kick", session=session, participant=whom),
        Style.DANGER,
        Confirm(
            title=f"Kick {name}?",
            text=f"{name} is removed from session {session} at once. An operator can add it again.",
            yes="Kick",
        ),
    )


async def resolve(args: UnpublishArgs, context: Context) -> Stream:
    given = await targets.numbered_session(args.session, args.participant, context)

    def again(**change: str | None) -> str:
        return format_command("unpublish", args.model_copy(update=change))

    wanted = await whereabouts.session_id(
        given,
        args.participant,
        context,
        lambda s: again(session=s),
        "In",
        alone=args.reason is not None,
    )
    session = await session_or_unread(wanted, context)
    if isinstance(session, Unread):
        if context.powers.protected:
            raise session.error
        return _unread(args, session, again)
    if args.reason is None:
        read = names.whom(args.participant, session, again, "Unpublish")
        args = args.model_copy(update={"participant": read.name, "reason": read.reason})
    connection = await targets.participant(
        args.participant,
        _narrowed(session, args),
        context,
        lambda c: again(session=session.session_id, participant=c),
        "Unpublish",
    )
    if connection.is_ip_camera:
        raise OnlyAsAWhole(session.session_id, connection, answer="unpublish.camera")
    publisher = _publisher(connection, session.session_id, args.stream, again)
    stream = Stream(
        session.session_id,
        publisher.stream_id,
        f"{_kind(publisher)} of {display_name(connection)}",
        connection,
        args.reason,
    )
    if not context.powers.protected.protects(connection):
        return stream
    whole = {
        "session": stream.session,
        "participant": connection.connection_id,
        "stream": stream.id,
        "reason": args.reason,
        "approved": context.ref,
    }
    wish = Wish(
        verb="unpublish",
        session=stream.session,
        target=stream.id,
        label=display_name(connection),
        would=md("unpublished in session {} ({})", code(stream.session), stream.label),
        command=format_command("unpublish", args.model_copy(update=whole)),
        reason=visible(args.reason or ""),
    )
    approver = await approving.second(wish, args.approved, context)
    return msgspec.structs.replace(stream, approver=approver)


async def consequences(stream: Stream, _context: Context) -> Markup:
    return md(
        "The {} ends in session {}. They stay, and can turn it back on themselves.",
        bold(stream.label),
        code(stream.session),
    )


def _unread(args: UnpublishArgs, unread: Unread, again: _Again) -> Stream:
    """A stream's id is all that OpenVidu needs; who publishes it only the session tells."""
    if args.stream is None or not args.stream.startswith("str_"):
        raise unread.error
    shown = public_id(args.stream)
    if not args.unread:
        change = {"session": unread.session_id, "unread": True}
        confirm = Confirm(
            title="End the stream unseen?",
            text=f"{unread.sentence} {shown} ends if it is published there.",
            yes="Unpublish",
        )
        button = Button(f"Unpublish {shown}", again(**change), Style.DANGER, confirm)
        raise NotRead(unread, "No stream was ended yet.", button, verb="unpublish")
    return Stream(unread.session_id, args.stream, f"stream {shown}", None, args.reason)


def _narrowed(session: Session, args: UnpublishArgs) -> Session:
    """Who shares a screen is two connections of one name: ``--stream`` tells which is meant."""
    if args.stream is None or args.participant.isdecimal():
        return session
    named = names.by_name(args.participant, session.connections)
    fitting = tuple(c for c in named if any(_fits(p, args.stream) for p in c.publishers))
    return msgspec.structs.replace(session, connections=fitting) if fitting else session


def _publisher(
    connection: Connection, session: str, wanted: str | None, again: _Again
) -> Publisher:
    """The stream meant: told as such when there is none, asked about when there are several."""
    fitting = [p for p in connection.publishers if wanted is None or _fits(p, wanted)]
    name = display_name(connection)
    if not connection.publishers:
        raise AlreadySo(
            f"{name} publishes nothing in session {session}.",
            "/openvidu show lists who publishes what.",
            helps=("show",),
        )
    if not fitting:
        what = "such stream" if wanted is None or wanted.startswith("str_") else wanted
        others = " and ".join(_kind(publisher) for publisher in connection.publishers)
        raise AlreadySo(
            f"{name} publishes no {what} in session {session}, only {others}.",
            "Leave out --stream to end that.",
        )
    if len(fitting) > 1:
        connection_id = connection.connection_id
        buttons = tuple(
            Button(
                f"Unpublish {_kind(p)} of {name}",
                again(session=session, participant=connection_id, stream=p.stream_id),
            )
            for p in fitting
        )
        raise Ambiguous(f"{name} publishes {len(fitting)} streams in {session}.", buttons)
    return fitting[0]


def _fits(publisher: Publisher, wanted: str) -> bool:
    return wanted in (publisher.stream_id, _KINDS.get(publisher.type_of_video or ""))


def _kind(publisher: Publisher) -> str:
    return _KINDS.get(publisher.type_of_video or "", "video" if publisher.has_video else "audio")


async def act(stream: Stream, context: Context) -> Result:
    answer, checked = "204", Markup("")
    try:
        await context.openvidu.unpublish(stream.session, stream.id)
    except SessionNotFound as gone:
        said = md(
            "Session {} had ended already, and the {} with it. /openvidu list shows the live ones.",
            code(stream.session),
            bold(stream.label),
        )
        return Result(
            outcome=Outcome.ALREADY, said=said, answer=f"{gone.status} {gone.code}", helps=("list",)
        )
    except StreamGone as gone:
        said = md(
            "The {} had ended in session {} already.", bold(stream.label), code(stream.session)
        )
        return Result(outcome=Outcome.ALREADY, said=said, answer=f"{gone.status} {gone.code}")
    except CameraStream as refused:
        answer = f"{refused.status} {refused.code}"
        if stream.owner is None:
            raise
        raise OnlyAsAWhole(stream.session, stream.owner, answer=answer) from refused
    try:
        if await _is_published(stream.session, stream.id, context):
            return _goes_on(stream)
    except OpenViduError as error:
        answer, checked = "204, not read back", unchecked(error)
    said = _unpublished(context.actor.user, stream.label, stream.session, stream.reason)
    done = Result(outcome=Outcome.DONE, said=said + checked, answer=answer)
    return approving.with_approver(done, stream.label, stream.approver)


def _goes_on(stream: Stream) -> Result:
    said = md(
        "OpenVidu accepted to end the {} in session {}, but it goes on. Look with /openvidu show "
        "and try once more.",
        bold(stream.label),
        code(stream.session),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer="204, still published", helps=("show",))


async def look(attempt: AuditEntry, context: Context) -> Result:
    if await _is_published(attempt.session, attempt.target, context):
        said = md(
            "The {} goes on in session {}: it was not ended. Try again.",
            bold(attempt.detail),
            code(attempt.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still published")
    over = md("The {} has ended in session {}.", bold(attempt.detail), code(attempt.session))
    return Result(outcome=Outcome.DONE, said=so_now(attempt, over), answer="looked: gone")


async def _is_published(session: str, stream: str, context: Context) -> bool:
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:
        return False
    return any(p.stream_id == stream for c in now.connections for p in c.publishers)


def _unpublished(actor: str, label: str, session: str, reason: str | None) -> Markup:
    said = md("{} ended the {} in session {}.", mention(actor), bold(label), code(session))
    return said + md(
        " Reason: {}\nThey are still in the session, and can turn it back on themselves.",
        reason or "none given.",
    )


UNPUBLISH = Action(
    name="unpublish",
    summary="End a participant's stream, without removing them",
    args=UnpublishArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda stream: Target(
        stream.session, stream.id, stream.label, stream.person, stream.reason or ""
    ),
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    brief=Brief("Unpublish", "Unpublish", "Ends what {} sends in session {}."),
    consequences=consequences,
    follows=lambda args: (
        f"Their stream ends in {place(args)}; they stay. They can turn it back on themselves."
    ),
    refresh=lambda stream: call("show", session=stream.session),
)
