"""``recording list`` and ``recording show``: what has been recorded.

OpenVidu: GET /openvidu/api/recordings and GET /openvidu/api/recordings/<RECORDING_ID>.
"""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.binding import matches
from ovbot.domain.markup import Markup, code, join, md, mention, title_of, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Facts,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
)
from ovbot.domain.words import counted, duration, size
from ovbot.engine.calls import call
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.grammar.values import Duration
from ovbot.openvidu import Recording
from ovbot.openvidu.errors import RecordingNotFound
from ovbot.store.later import Plan
from ovbot.subjects import noticing, pages, recording_deletion, recording_of, ways_out
from ovbot.subjects.condition import Of
from ovbot.subjects.pages import Pages
from ovbot.subjects.unread import missing

SHOWN = 20
_MODES = {
    "COMPOSED": "one file for all",
    "INDIVIDUAL": "one file for each stream",
    "COMPOSED_QUICK_START": "one file for all, quick start",
}


class RecordingListArgs(Args):
    session: Annotated[str | None, Opt(Kind.PATTERN, "Only of sessions that match this glob")] = (
        None
    )
    status: Annotated[
        Literal["starting", "started", "stopped", "ready", "failed"] | None,
        Opt(Kind.WORD, "Only with this status"),
    ] = None
    since: Annotated[
        Duration | None, Opt(Kind.DURATION, "Only those begun within this time: 12h, 7d")
    ] = None
    page: Annotated[int, Opt(Kind.COUNT, "Page of recordings"), Field(ge=1, le=pages.MOST)] = 1


class RecordingShowArgs(Args):
    recording: Annotated[
        str,
        Arg(Kind.RECORDING, "Its id, as recording list tells it"),
        Field(pattern=r"^[a-zA-Z0-9_~-]+$", max_length=250),
    ]


class Recordings(msgspec.Struct, frozen=True):
    """A part of the recordings in scope that match, newest first, with how it stands with each."""

    recordings: Pages[Recording]
    conditions: tuple[Of, ...]
    args: RecordingListArgs
    read_at: int
    planned: dict[str, Plan]
    """What is to be deleted, by key."""
    kept_by_reader: frozenset[str]
    """The sessions whose recordings the reader may keep."""
    ahead: int = 0
    """How far OpenVidu's clock is ahead of ours (ms)."""
    unreadable: int = 0
    """How many entries of the list could not be read."""
    broken: str = ""
    """Why there is no list, and these are what ovbot knows of by id."""


class View(msgspec.Struct, frozen=True):
    """One recording as it was read at ``read_at``, how it stands with it, and the reader's role
    for its session."""

    recording: Recording
    condition: Of
    role: Role
    read_at: int
    planned: Plan | None
    """Its deletion."""
    ahead: int = 0
    """How far OpenVidu's clock is ahead of ours (ms)."""


async def run(args: RecordingListArgs, context: Context) -> Recordings:
    now = context.clock.now_ms()
    begun = 0
    if args.since is not None:
        begun = context.openvidu.there(now - round(args.since.total_seconds() * 1000))
    everything, broken = await recording_of.listed(context)
    chosen = [
        recording
        for recording in everything
        if context.access.sees(recording.session_id)
        and (args.session is None or matches(args.session, recording.session_id))
        and (args.status is None or recording.status == args.status)
        and recording.created_at >= begun
    ]
    chosen.sort(key=lambda r: (-r.created_at, r.id))
    sessions = {recording.session_id for recording in chosen}
    mine = frozenset(each for each in sessions if context.access.on(each) >= Role.OPERATOR)
    part = pages.part(chosen, args.page, SHOWN)
    pairs = await noticing.of_listed(part.shown, context)
    shown = tuple(recording for recording, _condition in pairs)
    conditions = tuple(condition for _recording, condition in pairs)
    waiting = await recording_deletion.waiting(context)
    unreadable = everything.unreadable if context.access.is_admin else 0
    ours, ahead = msgspec.structs.replace(part, shown=shown), context.openvidu.ahead
    return Recordings(ours, conditions, args, now, waiting, mine, ahead, unreadable, broken)


def render(found: Recordings) -> Reply:
    checked = Note(md("Read from OpenVidu {}", when(found.read_at, seconds=True)))
    lacks = (*_broken(found), *missing(found.unreadable, found.recordings.total or 0, "recordings"))
    if not found.recordings.shown:
        return _nothing(found, lacks, checked)
    text = md("There {} {}.", *_count(found.recordings.total or 0))
    parts: list[Part] = [Heading("Recordings")]
    for recording, condition in zip(found.recordings.shown, found.conditions, strict=True):
        parts += _line(recording, condition, found)
    parts += pages.controls(
        found.recordings,
        "recordings",
        lambda number: format_command(
            "recording list", found.args.model_copy(update={"page": number})
        ),
    )
    again = format_command("recording list", found.args)
    parts.append(
        Buttons((Button("Find recordings", f"{again} ?"), Button("Refresh the list", again)))
    )
    return Reply(text, (*parts, *lacks, checked))


def _broken(found: Recordings) -> tuple[Part, ...]:
    """One damaged file is enough to break OpenVidu's list for ever."""
    if not found.broken:
        return ()
    text = (
        ":warning: OpenVidu's list of recordings can't be read: {}. These are the latest that "
        "ovbot knows of. Each recording can be shown, stopped and deleted by its id: {}"
    )
    return (Paragraph(md(text, found.broken, code("/openvidu recording show ID"))),)


def _nothing(found: Recordings, lacks: tuple[Part, ...], checked: Note) -> Reply:
    refresh = Button("Refresh the list", format_command("recording list", found.args))
    read = " among those that could be read" if lacks else ""
    if found.args == RecordingListArgs():
        none = md("There are no recordings that you may see here{}.", read)
        return Reply(none, (Paragraph(none), *lacks, Buttons((refresh,)), checked))
    none = md("There are no recordings that match and that you may see here{}.", read)
    every = Button("List all recordings", "recording list")
    return Reply(none, (Paragraph(none), *lacks, Buttons((every, refresh)), checked))


def _count(number: int) -> tuple[str, str]:
    return "is" if number == 1 else "are", counted(number, "recording", "recordings")


def _line(recording: Recording, condition: Of, found: Recordings) -> tuple[Part, ...]:
    """Over the whole width of a phone, and the buttons under it."""
    others = [md(" · id {}", code(recording.id))] if recording.id != recording.name else []
    if recording.session_id not in {recording.name, recording.id}:
        others.insert(0, md(" · session {}", code(recording.session_id)))
    text = md(
        "{} · {}\nstarted {}{}",
        title_of(recording.name),
        ways_out.state(recording, condition),
        when(recording.created_at - found.ahead),
        join("", others),
    )
    if recording.status in {"ready", "failed"} and recording.size:
        length = duration(recording.duration)
        text = text + md(" · {} · {}", length, size(recording.size))
    buttons = [ways_out.show_recording(recording.id)]
    plan = found.planned.get(recording_deletion.key(recording))
    if plan is not None:
        text = text + md("\n:wastebasket: {}", _to_be_deleted(plan))
        if recording.session_id in found.kept_by_reader:
            buttons.append(_keep(recording))
    return Paragraph(text), Buttons(tuple(buttons))


def _to_be_deleted(plan: Plan) -> Markup:
    return md("will be deleted {} ({})", when(plan.due_at), mention(plan.actor))


def _keep(recording: Recording) -> Button:
    return Button(f"Keep {recording.id}", call(recording_deletion.KEEP, recordings=(recording.id,)))


def _show(recording: Recording) -> str:
    return call("recording show", recording=recording.id)


async def run_show(args: RecordingShowArgs, context: Context) -> View:
    # One sentence for what is not there and for what is not shown: neither tells of the other.
    hidden = UserError(
        f"There is no recording “{args.recording}” that you may see here.",
        "It may have been deleted. /openvidu recording list shows those that there are.",
        code="recording.not_found",
        helps=("recording list",),
    )
    try:
        recording = await context.openvidu.recording(args.recording)
    except RecordingNotFound as missing:
        raise hidden from missing
    role = context.access.on(recording.session_id)
    if role < Role.VIEWER:
        raise hidden
    plan = (await recording_deletion.waiting(context)).get(recording_deletion.key(recording))
    recording, condition = await noticing.of_recording(recording, context)
    now, ahead = context.clock.now_ms(), context.openvidu.ahead
    return View(recording, condition, role, now, plan, ahead)


def render_show(view: View) -> Reply:
    recording = view.recording
    what = ways_out.called(recording.id, recording.name, recording.session_id)
    text = md("{}: {}.", what, ways_out.state(recording, view.condition))
    checked = Note(md("Read from OpenVidu {}", when(view.read_at, seconds=True)))
    parts: list[Part] = [Heading(f"Recording {recording.name}"), _facts(view)]
    if problem := ways_out.of_recording(recording, view.condition):
        text = md("{} {}", text, problem)
        parts.append(Paragraph(md(":warning: {}", problem)))
    return Reply(text, (*parts, _controls(view), checked))


def _facts(view: View) -> Facts:
    recording = view.recording
    done = recording.status in {"ready", "failed"}
    pairs = [
        ("State", ways_out.state(recording, view.condition)),
        ("Session", code(recording.session_id)),
        ("Started", when(recording.created_at - view.ahead)),
        ("Id", code(recording.id)),
        ("Length", md("{}", duration(recording.duration) if done else "not known yet")),
        ("Size", md("{}", size(recording.size) if done else "not known yet")),
        ("Files", md("{}", _MODES.get(recording.output_mode, recording.output_mode))),
        ("Content", md("{}", _content(recording))),
    ]
    if recording.resolution:
        rate = f", {recording.frame_rate} a second" if recording.frame_rate else ""
        pairs.append(("Picture", md("{}{}", recording.resolution, rate)))
    if recording.recording_layout:
        pairs.append(("Layout", code(recording.recording_layout)))
    if recording.recording_layout == "CUSTOM":
        pairs.append(("Custom layout", code(recording.custom_layout or "/")))
    if recording.media_node:
        pairs.append(("Media node", code(recording.media_node)))
    if view.planned is not None:
        pairs.append(("Deletion", _to_be_deleted(view.planned)))
    return Facts(tuple(pairs))


def _content(recording: Recording) -> str:
    if recording.has_audio and recording.has_video:
        return "sound and picture"
    return "sound only" if recording.has_audio else "picture only"


def _controls(view: View) -> Buttons:
    recording = view.recording
    buttons = [Button(f"Refresh {recording.name}", _show(recording))]
    running = view.condition in {Of.STARTING, Of.RUNNING}
    if running and view.role >= Role.MODERATOR:
        buttons.insert(0, ways_out.stop(recording.id, recording.session_id))
    if view.planned is not None and view.role >= Role.OPERATOR:
        buttons.insert(0, _keep(recording))
    if not running and view.role >= Role.OPERATOR:
        buttons.append(ways_out.delete(recording))
    return Buttons(tuple(buttons))


RECORDINGS = Question(
    name="recording list",
    label="List recordings",
    summary="List the recordings",
    args=RecordingListArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run,
    render=render,
    aliases=("recs", "recordings"),
)
RECORDING = Question(
    name="recording show",
    label="Show recording",
    summary="Show one recording",
    args=RecordingShowArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run_show,
    render=render_show,
)
