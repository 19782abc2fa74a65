"""``record start`` and ``record stop``.

OpenVidu: POST /openvidu/api/recordings/start and POST /openvidu/api/recordings/stop/<RECORDING_ID>.
"""

import asyncio
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.words import duration
from ovbot.engine import targets
from ovbot.engine.command import Action, Guard, Result, Started, Target
from ovbot.engine.context import Context
from ovbot.engine.looked import so_now
from ovbot.engine.questions import AlreadySo
from ovbot.engine.recording_options import Layout, Mode, layout_of, output_mode
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Recording
from ovbot.openvidu.errors import (
    AlreadyRecording,
    RecordingNotFound,
    RecordingStarting,
    SessionNotFound,
)
from ovbot.store import recordings as store

_STARTING_TRIES = 10
_STARTING_PAUSE = 1.5
"""A recording that is still starting cannot be stopped; OpenVidu starts one within 15 seconds."""
_CLOCKS = 5_000
"""Milliseconds that OpenVidu's clock may be behind ours."""


class StartArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to record")] = None
    name: Annotated[
        str | None,
        Opt(Kind.WORD, "Name of the file: letters, digits, - and _"),
        Field(pattern=r"^[a-zA-Z0-9_-]+$", max_length=200),
    ] = None
    mode: Mode = None
    audio_only: Annotated[bool, Opt(Kind.FLAG, "Without picture")] = False
    video_only: Annotated[bool, Opt(Kind.FLAG, "Without sound")] = False
    layout: Layout = None
    size: Annotated[
        str | None,
        Opt(Kind.WORD, "Picture, such as 1280x720; each side 100 to 1999"),
        Field(pattern=r"^[1-9][0-9]{2,3}x[1-9][0-9]{2,3}$"),
    ] = None


class StopArgs(Args):
    session: Annotated[
        str | None, Arg(Kind.SESSION, "Session that is recorded, or the recording's id")
    ] = None


class Start(msgspec.Struct, frozen=True):
    """The session to record, found live."""

    session: str
    args: StartArgs


async def resolve_start(args: StartArgs, context: Context) -> Start:
    if args.audio_only and args.video_only:
        raise UserError(
            "A recording without sound and without picture would be empty.",
            "Leave out --audio-only or --video-only.",
            code="record.nothing",
        )

    def again(session: str) -> str:
        return format_command("record start", args.model_copy(update={"session": session}))

    wanted = await targets.session_id(args.session, context, again, "Record")
    session = await targets.live_session(wanted, context)
    if session.recording:
        raise AlreadySo(
            f"Session {session.session_id} is being recorded already.",
            f"/openvidu record stop {session.session_id} ends that recording.",
        )
    return Start(session.session_id, args)


async def act_start(start: Start, context: Context) -> Result:
    args = start.args
    layout, custom = layout_of(args.layout)
    try:
        recording = await context.openvidu.start_recording(
            start.session,
            name=args.name,
            output_mode=output_mode(args.mode),
            has_audio=False if args.video_only else None,
            has_video=False if args.audio_only else None,
            resolution=args.size,
            layout=layout,
            custom_layout=custom,
        )
    except AlreadyRecording as refused:
        return await _conflict(start, context, f"409 {refused.code}")
    said = md(
        "{} started recording session {} (recording {}).",
        mention(context.actor.user),
        code(recording.session_id),
        code(recording.id),
    )
    return _started(recording, said, "200")


async def _conflict(start: Start, context: Context, answer: str) -> Result:
    """409 means two things; the session itself tells which."""
    session = await targets.live_session(start.session, context)
    if session.recording:
        said = md("Session {} is being recorded already.", code(start.session))
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
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


def _started(recording: Recording, said: Markup, answer: str, *, sure: bool = True) -> Result:
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        target=Target(recording.session_id, recording.id, recording.name),
        started=Started(recording.id, recording.created_at, recording.session_id, sure),
    )


async def look_start(attempt: AuditEntry, context: Context) -> Result:
    own = await _begun_by(attempt, context)
    if own:
        runs = own.status == "started"
        verb = "is being" if runs else "was"
        state = md(
            "Session {} {} recorded (recording {}).", code(own.session_id), verb, code(own.id)
        )
        answer = "looked: recording" if runs else f"looked: {own.status}"
        return _started(own, so_now(attempt, state), answer, sure=False)
    try:
        session = await context.openvidu.session(attempt.session)
    except SessionNotFound:
        said = md("Session {} has ended, and was not recorded.", code(attempt.session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: no session")
    if session.recording and await _running(attempt.session, context):
        said = md("Session {} is being recorded already.", code(attempt.session))
        return Result(outcome=Outcome.ALREADY, said=said, answer="looked: another's")
    if session.recording:
        said = md(
            "Session {} is starting to be recorded, but OpenVidu does not show the recording "
            "yet. /openvidu show tells when it runs.",
            code(attempt.session),
        )
        return Result(outcome=Outcome.UNKNOWN, said=said, answer="looked: starting")
    said = md("Session {} is not being recorded. Try again.", code(attempt.session))
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not recording")


async def _begun_by(attempt: AuditEntry, context: Context) -> Recording | None:
    """The recording that the attempt began, running or over; never one of another action."""
    async with context.store.read() as tx:
        known = await store.known(tx, context.server)
    others = {(one.seen.recording, one.seen.created_at) for one in known if one.started_by}
    own = [
        recording
        for recording in await context.openvidu.recordings()
        if recording.session_id == attempt.session
        and (recording.id, recording.created_at) not in others
        and (recording.status == "started" or recording.created_at >= attempt.at - _CLOCKS)
        and recording.status != "starting"
    ]
    return min(own, key=lambda recording: recording.created_at, default=None)


async def _running(session: str, context: Context) -> Recording | None:
    recordings = await context.openvidu.recordings()
    running = [r for r in recordings if r.session_id == session and r.status == "started"]
    return max(running, key=lambda r: r.created_at, default=None)


async def resolve_stop(args: StopArgs, context: Context) -> Recording:
    def again(name: str) -> str:
        return format_command("record stop", StopArgs(session=name))

    wanted = await targets.session_id(args.session, context, again, "Stop")
    running = await _running(wanted, context)
    if running:
        return running
    try:
        recording = await context.openvidu.recording(wanted)
    except RecordingNotFound as missing:
        raise AlreadySo(
            f"Nothing is being recorded in “{wanted}”.",
            "/openvidu recording list shows what has been recorded.",
        ) from missing
    if recording.status not in {"started", "starting"}:
        raise AlreadySo(
            f"Recording {recording.id} has stopped already (it is {recording.status}).",
            "/openvidu recording list shows it.",
        )
    return recording


async def act_stop(recording: Recording, context: Context) -> Result:
    for tries in range(1, _STARTING_TRIES + 1):
        try:
            stopped = await context.openvidu.stop_recording(recording.id)
        except RecordingStarting:
            if tries == _STARTING_TRIES:
                raise
            await asyncio.sleep(_STARTING_PAUSE)
        except RecordingNotFound as gone:
            said = _not_running(recording, gone.status)
            answer = f"{gone.status} {gone.code}"
            return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
        else:
            said = md(
                "{} stopped the recording of session {} (recording {}).{}",
                mention(context.actor.user),
                code(stopped.session_id),
                code(stopped.id),
                _length(stopped),
            )
            return _stopped(stopped, said, "200")
    raise AssertionError("the loop ends by return or raise")


def _not_running(recording: Recording, status: int | None) -> Markup:
    """409 is said of a session that is not being recorded, 404 of a recording that does not run."""
    if status == 409:
        return md(
            "Session {} is not being recorded any more, so there was nothing to stop. "
            "/openvidu recording list shows what has been recorded.",
            code(recording.session_id),
        )
    return md(
        "Recording {} had stopped already. /openvidu recording list shows it.", code(recording.id)
    )


def _stopped(recording: Recording, said: Markup, answer: str) -> Result:
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        target=Target(recording.session_id, recording.id, recording.name),
    )


def _length(recording: Recording) -> Markup:
    if not recording.duration:
        return Markup("")
    return md(" It is {} long.", duration(recording.duration))


async def look_stop(attempt: AuditEntry, context: Context) -> Result:
    try:
        recording = await context.openvidu.recording(attempt.target)
    except RecordingNotFound:
        said = md("Recording {} is not there any more.", code(attempt.target))
        return Result(outcome=Outcome.ALREADY, said=said, answer="looked: not there")
    if recording.status in {"started", "starting"}:
        said = md("Recording {} is still running. Try again.", code(attempt.target))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: started")
    state = md(
        "The recording of session {} has stopped (recording {}).{}",
        code(recording.session_id),
        code(recording.id),
        _length(recording),
    )
    return _stopped(recording, so_now(attempt, state), f"looked: {recording.status}")


START = Action(
    name="record start",
    label="Start recording",
    summary="Start recording a session",
    args=StartArgs,
    needs=Role.MODERATOR,
    resolve=resolve_start,
    target=lambda start: Target(start.session, start.session, f"session {start.session}"),
    act=act_start,
    look=look_start,
    refresh=lambda start: targets.on_session("show", start.session),
    aliases=("rec start", "rec"),
)
STOP = Action(
    name="record stop",
    label="Stop recording",
    summary="Stop recording a session",
    args=StopArgs,
    needs=Role.MODERATOR,
    resolve=resolve_stop,
    target=lambda recording: Target(recording.session_id, recording.id, recording.name),
    act=act_stop,
    look=look_stop,
    guard=Guard.CONFIRM,
    refresh=lambda recording: targets.on_session("show", recording.session_id),
    aliases=("rec stop",),
)
