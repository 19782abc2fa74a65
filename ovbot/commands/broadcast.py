"""``broadcast start``, ``broadcast stop`` and ``broadcast show``: a session, live elsewhere.

OpenVidu Pro 2.26+: POST /openvidu/api/broadcast/start and POST /openvidu/api/broadcast/stop.
"""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.reply import Button, Buttons, Facts, Heading, Note, Part, Reply
from ovbot.engine.calls import call, call_form
from ovbot.engine.command import Action, Guard, Question, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.refusals import AlreadySo
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import OpenViduError, Session
from ovbot.openvidu.errors import AlreadyBroadcast, NotBroadcast, SessionGone, SessionNotFound
from ovbot.subjects import broadcasting, targets
from ovbot.subjects.after_look import so_now
from ovbot.subjects.recording_options import ComposedArgs, PlacedArgs, check_layout
from ovbot.subjects.unread import Unread, session_or_unread


class _First(Args):
    """What is asked for first, before how the picture is made."""

    session: Annotated[str | None, Arg(Kind.SESSION, "Session to broadcast")] = None
    to: Annotated[
        str | None, Opt(Kind.TARGET, "Where to, by its name; may be left out if there is only one")
    ] = None


class StartArgs(PlacedArgs, ComposedArgs, _First):
    """In this order in forms: fields of the last base come first."""

    session: Annotated[str | None, Arg(Kind.SESSION, "Session to broadcast")] = None


class StopArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session that is broadcast")] = None


class ShowArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to look at")] = None


class Start(msgspec.Struct, frozen=True):
    """The session to broadcast, and the name of the target."""

    session: str
    to: str
    args: StartArgs


async def resolve_start(args: StartArgs, context: Context) -> Start:
    await context.openvidu.check_broadcast()

    def again(session: str) -> str:
        return format_command(broadcasting.START, args.model_copy(update={"session": session}))

    wanted = await targets.session_id(args.session, context, again, "Broadcast")
    session = await session_or_unread(wanted, context)
    if isinstance(session, Session) and session.broadcasting:
        raise AlreadySo(
            f"Session {session.session_id} is being broadcast already.",
            f"/openvidu broadcast stop {session.session_id} ends that broadcast.",
            helps=("broadcast stop",),
        )
    found = args.model_copy(update={"session": session.session_id})
    choices = {
        name: format_command(broadcasting.START, found.model_copy(update={"to": name}))
        for name in context.powers.broadcast_targets
    }
    to = broadcasting.target(args.to, context, choices)
    await check_layout(args.layout, context)
    return Start(session.session_id, to, args)


async def act_start(start: Start, context: Context) -> Result:
    address = context.powers.broadcast_targets[start.to]
    settings = msgspec.structs.replace(start.args.composed(), media_node=start.args.node)
    try:
        await context.openvidu.start_broadcast(start.session, address, settings)
    except AlreadyBroadcast as refused:
        return await _conflict(start, context, f"409 {refused.code}")
    try:
        session = await context.openvidu.session(start.session)
    except OpenViduError:
        return _started(start, context, "200, not read back")
    if session.broadcasting:
        return _started(start, context, "200")
    said = md(
        "OpenVidu accepted the broadcast of session {} to {}, but the session isn't being "
        "broadcast now. The target may have refused it.",
        code(start.session),
        bold(start.to),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer="200, not broadcasting")


def _started(start: Start, context: Context, answer: str) -> Result:
    said = md(
        "{} started broadcasting session {} to {}.",
        mention(context.actor.user),
        code(start.session),
        bold(start.to),
    )
    return Result(outcome=Outcome.DONE, said=said, answer=answer)


async def _conflict(start: Start, context: Context, answer: str) -> Result:
    """409 means two things; the session itself tells which."""
    session = await session_or_unread(start.session, context)
    id_ = code(start.session)
    if isinstance(session, Unread):
        text = "Session {} is being broadcast already, or can't be: its media may not be ROUTED. {}"
        said = md(text, id_, session.sentence)
        return Result(outcome=Outcome.REFUSED, said=said, answer=answer)
    if session.broadcasting:
        said = md("Session {} is being broadcast already.", id_)
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
    if session.media_mode == "ROUTED":
        text = "OpenVidu refused to broadcast session {}, although it isn't being broadcast now. {}"
        said = md(text, id_, "Try again.")
        return Result(outcome=Outcome.FAILED, said=said, answer=answer)
    text = "Session {} can't be broadcast: its media mode is {}, and only ROUTED sessions can."
    return Result(outcome=Outcome.REFUSED, said=md(text, id_, session.media_mode), answer=answer)


async def look_start(attempt: AuditEntry, context: Context) -> Result:
    id_ = code(attempt.session)
    try:
        session = await context.openvidu.session(attempt.session)
    except SessionNotFound:
        said = md("Session {} has ended, and any broadcast of it too.", id_)
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: no session")
    if session.broadcasting:
        said = so_now(attempt, md("Session {} is being broadcast.", id_))
        return Result(outcome=Outcome.DONE, said=said, answer="looked: broadcasting")
    said = md("Session {} isn't being broadcast. Try again.", id_)
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not broadcasting")


async def resolve_stop(args: StopArgs, context: Context) -> str:
    await context.openvidu.check_broadcast()

    def again(session: str) -> str:
        return format_command(broadcasting.STOP, StopArgs(session=session))

    wanted = await targets.session_id(args.session, context, again, "Stop broadcast")
    session = await session_or_unread(wanted, context)  # OpenVidu itself tells what it can't stop
    if isinstance(session, Session) and not session.broadcasting:
        raise AlreadySo(
            f"Session {session.session_id} isn't being broadcast.",
            f"/openvidu broadcast start {session.session_id} starts a broadcast.",
            helps=("broadcast start",),
        )
    return session.session_id


async def act_stop(session: str, context: Context) -> Result:
    try:
        await context.openvidu.stop_broadcast(session)
    except (NotBroadcast, SessionGone) as over:
        text = "Session {} isn't being broadcast any more."
        if isinstance(over, SessionGone):
            text = "Session {} has ended, and its broadcast with it."
        said, answer = md(text, code(session)), f"{over.status} {over.code}"
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
    said = md("{} stopped the broadcast of session {}.", mention(context.actor.user), code(session))
    return Result(outcome=Outcome.DONE, said=said, answer="200")


async def look_stop(attempt: AuditEntry, context: Context) -> Result:
    id_ = code(attempt.session)
    try:
        runs = (await context.openvidu.session(attempt.session)).broadcasting
    except SessionNotFound:
        runs = False
    if runs:
        said = md("Session {} is still being broadcast. Try again.", id_)
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: broadcasting")
    said = so_now(attempt, md("Session {} isn't being broadcast any more.", id_))
    return Result(outcome=Outcome.DONE, said=said, answer="looked: not broadcasting")


class View(msgspec.Struct, frozen=True):
    """How it stands with a session's broadcast, as read at ``read_at`` (ms)."""

    session: Session
    known: Markup
    """Who started it, and where to; "" where that was not done here."""
    targets: tuple[str, ...]
    role: Role
    read_at: int


async def run_show(args: ShowArgs, context: Context) -> View:
    await context.openvidu.check_broadcast()

    def again(session: str) -> str:
        return format_command("broadcast show", ShowArgs(session=session))

    wanted = await targets.session_id(args.session, context, again, "Show broadcast of")
    session = await targets.live_session(wanted, context)
    known = await broadcasting.known_of(session, context) if session.broadcasting else Markup("")
    role = context.access.on(session.session_id)
    names = tuple(context.powers.broadcast_targets)
    return View(session, known, names, role, context.clock.now_ms())


def render_show(view: View) -> Reply:
    id_ = view.session.session_id
    verb = "is" if view.session.broadcasting else "isn't"
    text = md("Session {} {} being broadcast.", code(id_), verb)
    pairs: list[tuple[str, Markup]] = [("State", Markup("not broadcasting"))]
    if view.session.broadcasting:
        known = view.known or Markup("started outside Slack, so its target isn't known here")
        pairs = [("State", md(":satellite_antenna: live {}", known))]
    if view.targets:
        pairs.append(("Targets", md("{}", ", ".join(view.targets))))
    parts: list[Part] = [Heading(f"Broadcast of session {id_}"), Facts(tuple(pairs))]
    if buttons := _controls(view):
        parts.append(Buttons(buttons))
    parts.append(Note(md("Read from OpenVidu {}", when(view.read_at, seconds=True))))
    return Reply(text, tuple(parts), again=call("broadcast show", session=id_))


def _controls(view: View) -> tuple[Button, ...]:
    id_ = view.session.session_id
    if view.session.broadcasting and view.role >= Role.MODERATOR:
        stop = call(broadcasting.STOP, session=id_)
        return (broadcasting.stop_button(id_, stop),)
    if not view.session.broadcasting and view.role >= Role.OPERATOR and view.targets:
        return (Button(f"Broadcast {id_}", call_form(broadcasting.START, session=id_)),)
    return ()


BROADCAST_START = Action(
    name=broadcasting.START,
    label="Start broadcast",
    summary="Broadcast a session live to a named target (OpenVidu Pro)",
    args=StartArgs,
    needs=Role.OPERATOR,
    pro=True,
    about=About.SESSIONS,
    resolve=resolve_start,
    target=lambda start: Target(start.session, start.session, start.to),
    act=act_start,
    look=look_start,
    guard=Guard.CONFIRM,
    refresh=lambda start: call("show", session=start.session),
)
BROADCAST_STOP = Action(
    name=broadcasting.STOP,
    label="Stop broadcast",
    summary="Stop broadcasting a session (OpenVidu Pro)",
    args=StopArgs,
    needs=Role.MODERATOR,
    pro=True,
    about=About.SESSIONS,
    resolve=resolve_stop,
    target=lambda session: Target(session, session, f"session {session}"),
    act=act_stop,
    look=look_stop,
    guard=Guard.CONFIRM,
    refresh=lambda session: call("show", session=session),
)
BROADCAST_SHOW = Question(
    name="broadcast show",
    label="Show broadcast",
    summary="Show whether a session is broadcast, and where to (OpenVidu Pro)",
    args=ShowArgs,
    needs=Role.VIEWER,
    pro=True,
    about=About.SESSIONS,
    run=run_show,
    render=render_show,
)
