"""``recording list``: what has been recorded.

OpenVidu: GET /openvidu/api/recordings.
"""

from typing import Annotated, Literal

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.binding import matches
from ovbot.domain.markup import Markup, bold, code, md, when
from ovbot.domain.reply import Heading, Note, Paragraph, Part, Reply
from ovbot.domain.words import counted, duration, size
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.openvidu import Recording

SHOWN = 20
_STATES = {
    "starting": ":hourglass_flowing_sand: starting",
    "started": ":red_circle: being recorded",
    "stopped": ":hourglass_flowing_sand: stopped, being processed",
    "ready": ":white_check_mark: ready",
    "failed": ":x: failed",
}


class RecordingListArgs(Args):
    session: Annotated[str | None, Opt(Kind.PATTERN, "Only of sessions that match this glob")] = (
        None
    )
    status: Annotated[
        Literal["starting", "started", "stopped", "ready", "failed"] | None,
        Opt(Kind.WORD, "Only with this status"),
    ] = None


class Recordings(msgspec.Struct, frozen=True):
    """The recordings in scope that match, newest first."""

    recordings: tuple[Recording, ...]
    read_at: int


async def run(args: RecordingListArgs, context: Context) -> Recordings:
    chosen = [
        recording
        for recording in await context.openvidu.recordings()
        if context.access.sees(recording.session_id)
        and (args.session is None or matches(args.session, recording.session_id))
        and (args.status is None or recording.status == args.status)
    ]
    chosen.sort(key=lambda r: (-r.created_at, r.id))
    return Recordings(tuple(chosen), context.clock.now_ms())


def render(found: Recordings) -> Reply:
    checked = Note(md("Read from OpenVidu {}", when(found.read_at, seconds=True)))
    if not found.recordings:
        none = Markup("There are no recordings that match and that you may see here.")
        return Reply(none, (Paragraph(none), checked))
    text = md("There {} {}.", *_count(len(found.recordings)))
    parts: list[Part] = [Heading("Recordings")]
    parts += [_line(recording) for recording in found.recordings[:SHOWN]]
    if len(found.recordings) > SHOWN:
        more = len(found.recordings) - SHOWN
        hint = code("recording list --session 'exam-*'")
        parts.append(Note(md("… and {} more. Narrow it: {}", more, hint)))
    return Reply(text, (*parts, checked))


def _count(number: int) -> tuple[str, str]:
    return "is" if number == 1 else "are", counted(number, "recording", "recordings")


def _line(recording: Recording) -> Paragraph:
    state = Markup(_STATES.get(recording.status, ""))
    parts = md(
        "{} · {}\nsession {} · id {} · started {}",
        bold(recording.name),
        state or md("{}", recording.status),
        code(recording.session_id),
        code(recording.id),
        when(recording.created_at),
    )
    if recording.status in {"ready", "failed"} and recording.size:
        length = duration(recording.duration)
        parts = parts + md(" · {} · {}", length, size(recording.size))
    return Paragraph(parts)


RECORDINGS = Question(
    name="recording list",
    summary="List the recordings",
    args=RecordingListArgs,
    needs=Role.VIEWER,
    run=run,
    render=render,
    aliases=("recs", "recordings"),
)
