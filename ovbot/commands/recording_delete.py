"""``recording delete``: remove the files of one recording or of several.

OpenVidu: DELETE /openvidu/api/recordings/<RECORDING_ID>, once for each.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, join, md, mention, visible
from ovbot.domain.reply import Button, Buttons, Confirm, Part, Style
from ovbot.domain.words import counted, duration, size
from ovbot.engine import say, targets
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.looked import so_now
from ovbot.engine.policy import authorise
from ovbot.engine.questions import AlreadySo
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu import OpenViduError, Recording, Unknown
from ovbot.openvidu.errors import RecordingNotFound, RecordingRunning

MOST = 20
"""Recordings in one command."""
DESCRIBED = 8
"""Recordings told with name, length and size; more are told by their ids."""
_NAME = 60


class RecordingDeleteArgs(Args):
    recordings: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-zA-Z0-9_~-]+$", max_length=250)], ...],
        Arg(Kind.RECORDING, "Ids, as recording list tells them", many=True, name="recording"),
        Field(min_length=1, max_length=MOST),
    ]
    reason: Annotated[str | None, Opt(Kind.TEXT, "Why; told to the channel")] = None


class Doomed(msgspec.Struct, frozen=True):
    """The recordings as they were found live, and the ids that were not."""

    recordings: tuple[Recording, ...]
    missing: tuple[str, ...]
    reason: str | None

    @property
    def target(self) -> Target:
        """All ids as one target; the session only if it is one for all."""
        sessions = {recording.session_id for recording in self.recordings}
        session = sessions.pop() if len(sessions) == 1 else ""
        ids = " ".join(recording.id for recording in self.recordings)
        names = ", ".join(recording.name for recording in self.recordings[:DESCRIBED])
        more = len(self.recordings) - DESCRIBED
        return Target(session, ids, f"{names} and {more} more" if more > 0 else names)


class Fate(StrEnum):
    """What became of one recording; the first that any of them met decides the outcome."""

    DELETED = "deleted"
    UNKNOWN = "not known"
    FAILED = "not deleted"
    RUNNING = "still being recorded"
    GONE = "gone"


class Ending(msgspec.Struct, frozen=True):
    """One recording's fate: ``answer`` for the audit, ``why`` for people."""

    recording: Recording
    fate: Fate
    answer: str
    why: Markup = Markup("")


async def resolve(args: RecordingDeleteArgs, context: Context) -> Doomed:
    found: list[Recording] = []
    missing: list[str] = []
    for wanted in dict.fromkeys(args.recordings):
        recording = await _find(wanted, context)
        if recording is None or not context.access.sees(recording.session_id):
            missing.append(wanted)
            continue
        authorise(DELETE, context.access, recording.session_id)
        found.append(recording)
    if not found:
        named = ", ".join(missing)
        raise AlreadySo(
            f"There is no recording {named}: deleted already, or never there.",
            "/openvidu recording list shows those that there are.",
        )
    return Doomed(tuple(found), tuple(missing), args.reason)


async def consequences(doomed: Doomed, _context: Context) -> Markup:
    count = counted(len(doomed.recordings), "recording", "recordings")
    said = md("{} will be lost for good: {}.", count.capitalize(), _listed(doomed.recordings))
    if doomed.missing:
        said = said + md(" Not there: {}.", _codes(doomed.missing))
    return said


async def act(doomed: Doomed, context: Context) -> Result:
    endings = [await _delete(recording, context) for recording in doomed.recordings]
    fates = {ending.fate for ending in endings}
    chief = next(fate for fate in Fate if fate in fates)
    outcome = {
        Fate.DELETED: Outcome.DONE,  # one is enough: that much is done and cannot be undone
        Fate.UNKNOWN: Outcome.UNKNOWN,
        Fate.FAILED: Outcome.FAILED,
        Fate.RUNNING: Outcome.REFUSED,
        Fate.GONE: Outcome.ALREADY,
    }[chief]
    return Result(
        outcome=outcome,
        said=_told(endings, doomed, context.actor.user),
        answer=", ".join(dict.fromkeys(ending.answer for ending in endings)),
        parts=_stops(endings),
    )


async def _delete(recording: Recording, context: Context) -> Ending:
    """Delete one. Nothing that happens to it keeps the others from being told of."""
    try:
        await context.openvidu.delete_recording(recording.id)
    except RecordingNotFound as gone:
        return Ending(recording, Fate.GONE, f"{gone.status} {gone.code}")
    except RecordingRunning as running:
        return Ending(recording, Fate.RUNNING, f"{running.status} {running.code}")
    except Unknown as lost:
        return Ending(recording, Fate.UNKNOWN, lost.code, say.sentence(lost))
    except OpenViduError as error:
        status = f"{error.status} " if error.status else ""
        return Ending(recording, Fate.FAILED, f"{status}{error.code}", say.sentence(error))
    try:
        now = await _find(recording.id, context)
        if now is not None and now.created_at == recording.created_at:  # ids are used again
            why = md("OpenVidu accepted to delete {}, but it is there.", code(recording.id))
            return Ending(recording, Fate.FAILED, "204, still there", why)
    except OpenViduError:
        return Ending(recording, Fate.DELETED, "204, not read back")
    return Ending(recording, Fate.DELETED, "204")


def _told(endings: list[Ending], doomed: Doomed, actor: str) -> Markup:
    def of(fate: Fate) -> tuple[Recording, ...]:
        return tuple(ending.recording for ending in endings if ending.fate is fate)

    sentences: list[Markup] = []
    if deleted := of(Fate.DELETED):
        sentences.append(_deleted(actor, _listed(deleted), len(deleted)))
    if running := of(Fate.RUNNING):
        names = _codes(tuple(recording.id for recording in running))
        verb = "is" if len(running) == 1 else "are"
        sentences.append(md("{} {} still being recorded: stop it first.", names, verb))
    gone = (*(recording.id for recording in of(Fate.GONE)), *doomed.missing)
    if gone:
        sentences.append(md("Not there (any more): {}.", _codes(gone)))
    sentences += [ending.why for ending in endings if ending.why]
    if deleted:
        sentences.append(md("Reason: {}", doomed.reason or "none given."))
    return join(" ", sentences)


def _deleted(actor: str, listed: Markup, number: int) -> Markup:
    return md("{} deleted {} {}.", mention(actor), _noun(number), listed)


def _noun(number: int) -> str:
    return "recording" if number == 1 else counted(number, "recording", "recordings") + ":"


def _listed(recordings: tuple[Recording, ...]) -> Markup:
    described = [_described(recording) for recording in recordings[:DESCRIBED]]
    return join(", ", described + [code(recording.id) for recording in recordings[DESCRIBED:]])


def _described(recording: Recording) -> Markup:
    facts = [code(recording.id), md("session {}", code(recording.session_id))]
    if recording.size or recording.duration:
        facts += [md("{}", size(recording.size)), md("{}", duration(recording.duration))]
    return md("{} ({})", bold(visible(recording.name, _NAME)), join(", ", facts))


def _codes(ids: tuple[str, ...]) -> Markup:
    return join(", ", [code(each) for each in ids])


def _stops(endings: list[Ending]) -> tuple[Part, ...]:
    """A button for each recording that must be stopped first."""
    buttons = []
    for ending in endings:
        if ending.fate is not Fate.RUNNING:
            continue
        recording = ending.recording
        confirm = Confirm(
            title="Stop the recording?",
            text=f"Recording {recording.id} of session {recording.session_id} ends here.",
            yes="Stop recording",
        )
        label = f"Stop recording {recording.id}"
        stop = targets.on_session("record stop", recording.id)
        buttons.append(Button(label, stop, Style.DANGER, confirm))
    return (Buttons(tuple(buttons)),) if buttons else ()


async def look(attempt: AuditEntry, context: Context) -> Result:
    """All of the attempt's recordings were there; some may be no more."""
    deleted: list[str] = []
    left: list[str] = []
    for each in attempt.target.split():
        now = await _find(each, context)
        there = now is not None and now.created_at <= attempt.at  # a later one is another one
        (left if there else deleted).append(each)
    remains = md(" Still there: {}.", _codes(tuple(left))) if left else Markup("")
    if not deleted:
        said = Markup("Nothing was deleted.") + remains + Markup(" Try again.")
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still there")
    gone = md("Not there any more: {}.", _codes(tuple(deleted))) + remains
    said = so_now(attempt, gone)
    return Result(outcome=Outcome.DONE, said=said, answer=f"looked: {len(deleted)} gone")


async def _find(recording: str, context: Context) -> Recording | None:
    try:
        return await context.openvidu.recording(recording)
    except RecordingNotFound:
        return None


DELETE = Action(
    name="recording delete",
    label="Delete recordings",
    summary="Delete recordings for good",
    args=RecordingDeleteArgs,
    needs=Role.OPERATOR,
    resolve=resolve,
    target=lambda doomed: doomed.target,
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda _doomed: "recording list",
)
