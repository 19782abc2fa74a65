"""``record start`` and ``record stop``.

OpenVidu: POST /openvidu/api/recordings/start and POST /openvidu/api/recordings/stop/<RECORDING_ID>.
"""

import contextlib
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.engine import sentences
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.confirming import place
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.refusals import AlreadySo, Stuck
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import OpenViduError, Recording, Session, Unknown
from ovbot.openvidu.errors import AlreadyRecording, RecordingNotFound
from ovbot.subjects import (
    noticing,
    recording_of,
    recording_start,
    recording_stop,
    targets,
    ways_out,
)
from ovbot.subjects.condition import Of, Recorded
from ovbot.subjects.recording_options import (
    Mode,
    PlacedArgs,
    RecordingArgs,
    check_layout,
    check_sense,
)
from ovbot.subjects.recording_start import Asked
from ovbot.subjects.unread import Unread, session_or_unread


class _First(Args):
    """What is asked for first, before how the picture is made."""

    session: Annotated[str | None, Arg(Kind.SESSION, "Session to record")] = None
    name: Annotated[
        str | None,
        Opt(Kind.WORD, "Name of the file: letters, digits, - and _"),
        Field(pattern=r"^[a-zA-Z0-9_-]+$", max_length=200),
    ] = None
    mode: Mode = None


class StartArgs(PlacedArgs, RecordingArgs, _First):
    """In this order in forms: fields of the last base come first."""


class StopArgs(Args):
    session: Annotated[
        str | None, Arg(Kind.SESSION, "Session that is recorded, or the recording's id")
    ] = None


class Start(msgspec.Struct, frozen=True):
    """The session to record: found live, or not to be read just now."""

    session: str
    args: StartArgs


async def resolve_start(args: StartArgs, context: Context) -> Start:
    check_sense(args, None, placed=True)

    def again(session: str) -> str:
        return format_command("record start", args.model_copy(update={"session": session}))

    wanted = await targets.session_id(args.session, context, again, "Record")
    session = await session_or_unread(wanted, context)  # OpenVidu itself refuses what cannot be
    if isinstance(session, Session) and session.recording:
        raise await _in_the_way(session, context)
    if isinstance(session, Session):
        check_sense(args, session.default_output_mode, placed=True)
    await check_layout(args.layout, context)
    return Start(session.session_id, args)


async def _in_the_way(session: Session, context: Context) -> UserError:
    """Why a session that counts as recorded cannot be recorded now."""
    found = await noticing.of_session(
        session, context.openvidu, context.store, context.server, context.clock.now_ms()
    )
    id_ = session.session_id
    if found.recorded.is_stuck:
        return Stuck(ways_out.of_session(id_, found), ways_out.close(id_))
    if found.recorded is Recorded.STARTING:
        return AlreadySo(
            f"A recording of session {id_} is starting already.",
            f"/openvidu show {id_} tells.",
            helps=("show",),
        )
    if found.recorded is Recorded.STOPPING:
        return AlreadySo(
            f"The last recording of session {id_} is still being finished.",
            "Try again in a moment.",
        )
    return AlreadySo(
        f"Session {id_} is being recorded already.",
        f"/openvidu record stop {id_} ends that recording.",
        helps=("record stop",),
    )


async def act_start(start: Start, context: Context) -> Result:
    settings = msgspec.structs.replace(
        start.args.settings(start.args.name), media_node=start.args.node
    )
    try:
        recording = await context.openvidu.start_recording(start.session, settings)
    except AlreadyRecording as refused:
        return await _conflict(start, context, f"409 {refused.code}")
    except Unknown as lost:
        if not recording_start.is_answered(lost):
            raise
        asked = Asked(start.session, context.asked_at, context.actor.user)
        return await recording_start.broke(asked, lost, context)
    if recording.status == "failed":
        asked = Asked(start.session, context.asked_at, context.actor.user)
        return recording_start.failed(asked, recording, Markup(""), "200, failed")
    who, where = mention(context.actor.user), code(recording.session_id)
    said = md("{} started recording session {}{}.", who, where, recording_of.called(recording))
    return recording_start.started(recording, said, "200")


async def _conflict(start: Start, context: Context, answer: str) -> Result:
    """409 means two things; the session itself tells which."""
    session = await session_or_unread(start.session, context)
    if isinstance(session, Unread):
        text = "Session {} is being recorded already, or can't be: its media may not be ROUTED. {}"
        said = md(text, code(start.session), session.sentence)
        return Result(outcome=Outcome.REFUSED, said=said, answer=answer)
    if session.recording:
        problem = await _in_the_way(session, context)
        if isinstance(problem, Stuck):
            raise problem
        return Result(outcome=Outcome.ALREADY, said=sentences.sentence(problem), answer=answer)
    if session.media_mode == "ROUTED":
        said = md(
            "OpenVidu refused to record session {}, as if it were being recorded, which it is not "
            "now. Try again.",
            code(start.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer=answer)
    said = md(
        "Session {} cannot be recorded: its media mode is {}, and only ROUTED sessions can.",
        code(start.session),
        session.media_mode,
    )
    return Result(outcome=Outcome.REFUSED, said=said, answer=answer)


async def look_start(attempt: AuditEntry, context: Context) -> Result:
    return await recording_start.look(attempt, context)


class Stopping(msgspec.Struct, frozen=True):
    """The recording to stop, found live; None while it is starting, when nothing shows it yet."""

    session: str
    recording: Recording | None

    @property
    def target(self) -> Target:
        if self.recording is None:
            return Target(self.session, label=f"session {self.session}")
        return Target(self.recording.session_id, self.recording.id, self.recording.name)


async def resolve_stop(args: StopArgs, context: Context) -> Stopping:
    def again(name: str) -> str:
        return format_command("record stop", StopArgs(session=name))

    wanted = await targets.session_id(args.session, context, again, "Stop")
    if running := await recording_of.running(wanted, context):
        return Stopping(wanted, running)
    session = await _live(wanted, context)
    if session is not None and await _is_starting(session, context):
        return Stopping(wanted, None)
    recording = await _named(wanted, session, context)
    recording, found = await noticing.of_recording(recording, context)
    if found in {Of.STARTING, Of.RUNNING}:
        return Stopping(recording.session_id, recording)
    if said := ways_out.of_recording(recording, found):
        raise Stuck(said, ways_out.delete(recording))
    raise AlreadySo(
        f"Recording {recording.id} has stopped already (it is {recording.status}).",
        "/openvidu recording list shows it.",
        helps=("recording list",),
    )


async def _live(wanted: str, context: Context) -> Session | None:
    try:
        return await context.openvidu.session(wanted)
    except OpenViduError:
        return None


async def _named(wanted: str, session: Session | None, context: Context) -> Recording:
    """The last recording of the session, where it is live; else the one with that id, which may
    be of a session that is over. Raises AlreadySo where there is none.
    """
    recording = None
    if session is not None:
        recording = await recording_of.latest(session, context)
    else:
        with contextlib.suppress(RecordingNotFound):
            recording = await context.openvidu.recording(wanted)
    if recording is None:
        raise AlreadySo(
            f"Nothing is being recorded in “{wanted}”.",
            "/openvidu recording list shows what has been recorded.",
            helps=("recording list",),
        )
    return recording


async def _is_starting(session: Session, context: Context) -> bool:
    """Whether it counts as recorded and shows no recording yet.

    Raises Stuck, or AlreadySo, where it counts so for another reason.
    """
    if not session.recording:
        return False
    wanted = session.session_id
    found = await noticing.of_session(
        session, context.openvidu, context.store, context.server, context.clock.now_ms()
    )
    if found.recorded.is_stuck:
        raise Stuck(ways_out.of_session(wanted, found), ways_out.close(wanted))
    if found.recorded is Recorded.STOPPING:
        raise AlreadySo(
            f"The recording of session {wanted} has been stopped, and is being finished.",
            "/openvidu recording list shows it.",
            helps=("recording list",),
        )
    return True


async def act_stop(stopping: Stopping, context: Context) -> Result:
    return await recording_stop.stop(stopping.session, stopping.recording, context)


async def look_stop(attempt: AuditEntry, context: Context) -> Result:
    return await recording_stop.look(attempt, context)


START = Action(
    name=recording_start.COMMAND,
    label="Start recording",
    summary="Start recording a session",
    args=StartArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve_start,
    target=lambda start: Target(start.session, start.session, f"session {start.session}"),
    act=act_start,
    look=look_start,
    refresh=lambda start: call("show", session=start.session),
    aliases=("rec start", "rec"),
)
STOP = Action(
    name="record stop",
    label="Stop recording",
    summary="Stop recording a session",
    args=StopArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve_stop,
    target=lambda stopping: stopping.target,
    act=act_stop,
    look=look_stop,
    guard=Guard.CONFIRM,
    follows=lambda args: (
        f"The recording of {place(args)} ends here, and is kept. A new one can be started."
    ),
    refresh=lambda stopping: call("show", session=stopping.session),
    aliases=("rec stop",),
)
