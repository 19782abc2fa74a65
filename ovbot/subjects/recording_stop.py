"""How a stop of a recording ended: finished, failed, empty, or begun and never finished.

OpenVidu answers 200 also where it made no file (``failed``), and where another stop still works
(``stopped``); where finishing breaks it answers 500 and leaves the recording stopped for ever.
"""

import asyncio

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Button, Buttons
from ovbot.domain.words import duration
from ovbot.engine.command import Result, Target
from ovbot.engine.context import Context
from ovbot.openvidu import OpenViduError, Recording, Unknown
from ovbot.openvidu.errors import RecordingNotFound, RecordingStarting
from ovbot.subjects import noticing, recording_of, ways_out
from ovbot.subjects.after_look import so_now
from ovbot.subjects.condition import START_TAKES, STOP_TAKES, Of
from ovbot.subjects.recording_start import CLOCKS, is_answered


async def stop(session: str, recording: Recording | None, context: Context) -> Result:
    """Stop it, as soon as OpenVidu lets it be stopped; None: it is still starting."""
    for left in reversed(range(recording_of.TRIES)):
        try:
            found = recording or await recording_of.running(session, context)
            if found is not None:
                return await _stop(found, context)
        except (RecordingStarting, _NotYet):
            recording = None  # its id may be another than was thought
        if left:
            await asyncio.sleep(recording_of.PAUSE)
    said = md("The recording of session {} is still starting, and can't be stopped yet.", session)
    again = Markup(" Stop it again in a moment.")
    return Result(outcome=Outcome.FAILED, said=said + again, answer="406 record_stop.starting")


class _NotYet(Exception):
    """It runs, or is about to, although OpenVidu says that there is nothing to be stopped."""


async def _stop(recording: Recording, context: Context) -> Result:
    try:
        stopped = await context.openvidu.stop_recording(recording.id)
    except RecordingNotFound as gone:
        return await _not_running(recording, gone, context)
    except Unknown as lost:
        if not is_answered(lost):
            raise
        return await _broke(recording, lost, context)
    stopped = await recording_of.settled(stopped, context)
    said = md(
        "{} stopped the recording of session {}{}.{}",
        mention(context.actor.user),
        code(stopped.session_id),
        recording_of.called(stopped),
        _length(stopped),
    )
    return _ended(stopped, said, "200", context)


def _ended(recording: Recording, said: Markup, answer: str, context: Context) -> Result:
    """What was asked for is so only if there is a recording now, or will be."""
    target = Target(recording.session_id, recording.id, recording.name)
    state, pro = recording.status, noticing.stop_takes(context.openvidu) != STOP_TAKES
    fine = recording.size and recording.duration if state == "ready" else state == "stopped" and pro
    if fine:
        return Result(outcome=Outcome.DONE, said=said, answer=answer, target=target)
    id_ = code(recording.id)
    session = code(recording.session_id)
    buttons: tuple[Button, ...] = (ways_out.delete(recording),)
    if state == "ready":
        text = "The recording of session {} has stopped. {}"
        told = md(text, session, ways_out.of_recording(recording, Of.EMPTY))
    elif state == "failed":
        text = "Recording {} of session {} failed: OpenVidu made nothing that can be played of it."
        told = md(text, id_, session)
    else:
        text = (
            "The recording of session {} was stopped, but OpenVidu has not finished it ({}). If it "
            "stays so, nothing can be recorded under this id until OpenVidu is restarted."
        )
        told, buttons = md(text, session, id_), (ways_out.close(recording.session_id),)
    return Result(
        outcome=Outcome.FAILED,
        said=told,
        answer=f"{answer}, {state}",
        target=target,
        parts=(Buttons(buttons),),
    )


async def _broke(recording: Recording, lost: Unknown, context: Context) -> Result:
    """OpenVidu answered that something failed inside of it: how far did it come?"""
    try:
        now = await context.openvidu.recording(recording.id)
    except RecordingNotFound:
        now = recording
    except OpenViduError:
        raise lost from None
    answer = f"{lost.status} {lost.code}"
    reason = md(" OpenVidu says: “{}”", lost.message) if lost.message else Markup("")
    if now.status in {"starting", "started"}:
        text = "Recording {} of session {} is still running: it could not be stopped.{} Try again."
        said = md(text, code(now.id), code(now.session_id), reason)
        return Result(outcome=Outcome.FAILED, said=said, answer=f"{answer}, {now.status}")
    done = md("The recording of session {} has stopped.", code(now.session_id)) + _length(now)
    result = _ended(await recording_of.settled(now, context), done, answer, context)
    return msgspec.structs.replace(result, said=result.said + reason)


async def _not_running(recording: Recording, gone: RecordingNotFound, context: Context) -> Result:
    """There was nothing to stop. Raises _NotYet where there soon may be.

    404 is said of a recording that does not run, 409 of a session that is not being recorded.
    """
    answer = f"{gone.status} {gone.code}"
    try:
        now, found = await noticing.of_recording(
            await context.openvidu.recording(recording.id), context
        )
    except OpenViduError:
        now, found = recording, Of.OTHER
    if found in {Of.STARTING, Of.RUNNING}:
        raise _NotYet from gone
    if problem := ways_out.of_recording(now, found):
        parts = (Buttons((ways_out.delete(now),)),)
        return Result(outcome=Outcome.REFUSED, said=problem, answer=answer, parts=parts)
    if gone.status == 409:
        said = md(
            "Session {} is not being recorded any more, so there was nothing to stop. "
            "/openvidu recording list shows what has been recorded.",
            code(recording.session_id),
        )
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer, helps=("recording list",))
    text = "Recording {} had stopped already. /openvidu recording list shows it."
    return Result(
        outcome=Outcome.ALREADY,
        said=md(text, code(recording.id)),
        answer=answer,
        helps=("recording list",),
    )


def _length(recording: Recording) -> Markup:
    if not recording.duration:
        return Markup("")
    return md(" It is {} long.", duration(recording.duration))


async def look(attempt: AuditEntry, context: Context) -> Result:
    """What became of a stop that got no answer, or whose process was killed."""
    id_ = attempt.target or await _on_its_way(attempt, context)
    if not id_:
        text = "No recording of session {} is there that could have been stopped."
        said = md(text, code(attempt.session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not there")
    try:
        recording, found = await noticing.of_recording(
            await context.openvidu.recording(id_), context
        )
    except RecordingNotFound:
        said = md("Recording {} is not there any more.", code(id_))
        return Result(outcome=Outcome.ALREADY, said=said, answer="looked: not there")
    if found in {Of.STARTING, Of.RUNNING}:
        said = md("Recording {} is still running. Try again.", code(id_))
        target = Target(recording.session_id, recording.id, recording.name)
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: started", target=target)
    if found is Of.ORPHANED:
        parts = (Buttons((ways_out.delete(recording),)),)
        said = ways_out.of_recording(recording, found)
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: orphaned", parts=parts)
    recording = await recording_of.settled(recording, context)
    state = md(
        "The recording of session {} has stopped (recording {}).{}",
        code(recording.session_id),
        code(recording.id),
        _length(recording),
    )
    answer = "looked" if recording.status == "stopped" else f"looked: {recording.status}"
    return _ended(recording, so_now(attempt, state), answer, context)


async def _on_its_way(attempt: AuditEntry, context: Context) -> str:
    """The id of the recording that was starting when its stop was asked for; "" if none was.

    OpenVidu shows no id of one that starts, and its own is its session's only if it is the first.
    """
    asked_at = attempt.at + context.openvidu.ahead
    own = await recording_of.every(attempt.session, context)
    begun = [each for each in own if abs(each.created_at - asked_at) <= START_TAKES]
    before = [each for each in begun if each.created_at <= asked_at + CLOCKS]
    found = max(before or begun, key=lambda each: each.created_at, default=None)
    return "" if found is None else found.id
