"""How a start of a recording ended: what OpenVidu did, and not that a recording exists.

A start that fails may leave a recording behind, ``failed``, or a session that counts as recorded
for ever, or nothing at all. (openvidu-server: RecordingService.failStartRecording.)
"""

from collections.abc import Sequence

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import Topic
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Buttons
from ovbot.engine.command import Result, Target
from ovbot.engine.context import Context
from ovbot.openvidu import OpenViduError, Recording
from ovbot.openvidu.errors import SessionNotFound
from ovbot.store import recordings as store
from ovbot.subjects import effects, recording_of, ways_out
from ovbot.subjects.after_look import so_now
from ovbot.subjects.condition import START_TAKES

COMMAND = "record start"
DID_NOT_START = "did not start"
"""What the audit says of a start that failed, and that its outcome has told of."""
CLOCKS = 5_000
"""Milliseconds that OpenVidu's clock may be behind ours."""
_PROXIES = frozenset({502, 503, 504})


class Asked(msgspec.Struct, frozen=True):
    """A start: of which session, when (ms), and who asked for it."""

    session: str
    at: int
    actor: str


def is_answered(error: OpenViduError) -> bool:
    """Whether OpenVidu itself has answered: then nothing is on its way any more."""
    return error.status is not None and error.status not in _PROXIES


def started(recording: Recording, said: Markup, answer: str, *, sure: bool = True) -> Result:
    """There is a recording, and it is the one that was asked for."""
    runs = recording.status in {"starting", "started"}
    stop = Buttons((ways_out.stop(recording.id, recording.session_id),))
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        parts=(stop,) if runs else (),
        target=Target(recording.session_id, recording.id, recording.name),
        effects=(effects.Started(recording.id, recording.created_at, recording.session_id, sure),),
    )


def failed(asked: Asked, recording: Recording | None, more: Markup, answer: str) -> Result:
    """It did not start, which the channel is told too: with this, and not once more by itself."""
    text = "The recording of session {} that {} asked for did not start.{}"
    seen = None if recording is None else recording_of.seen(recording)
    return Result(
        outcome=Outcome.FAILED,
        said=md(text, code(asked.session), mention(asked.actor), more),
        answer=answer,
        detail=DID_NOT_START,
        effects=(effects.Unbegun(asked.session, asked.at - CLOCKS, seen),),
        topic=Topic.RECORDINGS,
        aloud=True,
    )


async def broke(asked: Asked, lost: OpenViduError, context: Context) -> Result:
    """OpenVidu answered that something failed inside of it: what has become of the recording?"""
    answer = f"{lost.status} {lost.code}"
    reason = md(" OpenVidu says: “{}”", lost.message) if lost.message else Markup("")
    try:
        own = await _begun_by(asked, await recording_of.every(asked.session, context), context)
        if own is not None and own.status != "failed":
            text = "OpenVidu answered with an error, but session {} is being recorded ({}).{}"
            said = md(text, code(asked.session), code(own.id), reason)
            return started(own, said, f"{answer}, looked: {own.status}", sure=False)
        result = failed(asked, own, reason, f"{answer}, looked: {own.status if own else 'none'}")
        return await _with_the_session(result, asked, context, is_over=True)
    except OpenViduError:
        raise lost from None


async def look(attempt: AuditEntry, context: Context) -> Result:
    """What became of a start that got no answer, or whose process was killed."""
    asked = Asked(attempt.session, attempt.at, attempt.actor)
    # From the list alone: without an answer nothing else tells which recordings there may be.
    listed = await context.openvidu.recordings()
    own = await _begun_by(asked, [r for r in listed if r.session_id == asked.session], context)
    if own is None:
        nothing = failed(asked, None, Markup(""), "looked: not recording")
        return await _with_the_session(nothing, asked, context, is_over=False)
    answer = "looked: recording" if own.status == "started" else f"looked: {own.status}"
    if own.status == "failed":
        return failed(asked, own, Markup(""), answer)
    verb = "is being" if own.status == "started" else "was"
    text = "Session {} {} recorded (recording {})."
    state = md(text, code(own.session_id), verb, code(own.id))
    return started(own, so_now(attempt, state), answer, sure=False)


async def _with_the_session(
    result: Result, asked: Asked, context: Context, *, is_over: bool
) -> Result:
    """No recording of this start runs: is there another one, or does the session only count so?

    ``is_over``: OpenVidu has answered, so that this start is not on its way any more.
    """
    id_ = asked.session
    try:
        session = await context.openvidu.session(id_)
    except SessionNotFound:
        said = result.said + md(" Session {} has ended.", code(id_))
        return msgspec.structs.replace(result, said=said)
    if not session.recording:
        said = result.said + md(" Session {} is not being recorded. Try again.", code(id_))
        return msgspec.structs.replace(result, said=said)
    other = await recording_of.running(id_, context, patiently=True)
    if other is not None and await _is_of(other, asked, context):
        said = md("Session {} is being recorded (recording {}).", code(id_), code(other.id))
        return started(other, said, "looked: recording", sure=False)
    if other is not None:
        said = md("Session {} is being recorded already.", code(id_))
        return Result(outcome=Outcome.ALREADY, said=said, answer="looked: another's")
    if not is_over and context.clock.now_ms() - asked.at < START_TAKES:
        said = md(
            "Session {} is starting to be recorded, but OpenVidu does not show the recording "
            "yet. /openvidu show tells when it runs.",
            code(id_),
        )
        return Result(
            outcome=Outcome.UNKNOWN, said=said, answer="looked: starting", helps=("show",)
        )
    text = (
        " OpenVidu still counts the session as recorded, so it can't be recorded until it is "
        "closed and opened anew."
    )
    said, buttons = result.said + md(text), Buttons((ways_out.close(id_),))
    return msgspec.structs.replace(result, said=said, parts=(buttons,))


async def _begun_by(
    asked: Asked, recordings: Sequence[Recording], context: Context
) -> Recording | None:
    """The recording that the start began, running or over or failed; never another action's."""
    own = [each for each in recordings if await _is_of(each, asked, context)]
    own = [each for each in own if each.status != "starting"]
    return min(own, key=lambda recording: recording.created_at, default=None)


async def _is_of(recording: Recording, asked: Asked, context: Context) -> bool:
    others = await _of_others(context)
    if (recording.id, recording.created_at) in others:
        return False
    return recording.status == "started" or (
        context.openvidu.here(recording.created_at) >= asked.at - CLOCKS
    )


async def _of_others(context: Context) -> Sequence[tuple[str, int]]:
    async with context.store.read() as tx:
        known = await store.known(tx, context.server)
    return [(one.seen.recording, one.seen.created_at) for one in known if one.started_by]
