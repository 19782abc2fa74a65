"""What is stuck, in words, and what helps: the same wherever it is told of.

What helps is what was seen to help on real servers. A session that counts as recorded is free when
it is closed; a recording that a crash left running can be deleted; one that was stopped and never
finished only when OpenVidu has been restarted.
"""

import re

from ovbot.domain.markup import Markup, bold, code, md, when
from ovbot.domain.reply import Button, Buttons, Confirm, Style
from ovbot.engine.calls import call, call_form
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Recording
from ovbot.subjects import plans, recording_deletion
from ovbot.subjects.condition import Condition, Of, Recorded

_STATES = {
    Of.STARTING: ":hourglass_flowing_sand: starting",
    Of.RUNNING: ":red_circle: being recorded",
    Of.FINISHING: ":hourglass_flowing_sand: stopped, being processed",
    Of.READY: ":white_check_mark: ready",
    Of.FAILED: ":x: failed",
    Of.EMPTY: ":warning: ready, but empty",
    Of.UNFINISHED: ":warning: stuck: stopped, never finished",
    Of.ORPHANED: ":warning: stuck: left running by a crash",
}
_RECORDED = {
    Recorded.NO: "",
    Recorded.YES: ":red_circle: recording",
    Recorded.UNTOLD: ":red_circle: recording",
    Recorded.STARTING: ":hourglass_flowing_sand: a recording is starting",
    Recorded.STOPPING: ":hourglass_flowing_sand: a recording is being finished",
    Recorded.NOTHING: ":warning: stuck: counts as recorded, but nothing records",
    Recorded.UNFINISHED: ":warning: stuck: its recording was stopped and never finished",
}


def state(recording: Recording, found: Of) -> Markup:
    """How far a recording is, in a few words."""
    words = _STATES.get(found)
    return Markup(words) if words else md("{}", recording.status or "?")


def states(condition: Condition) -> tuple[Markup, ...]:
    """What is to be said of a session beside its people, each in a few words."""
    said = [Markup(_RECORDED[condition.recorded])] if condition.recorded is not Recorded.NO else []
    if condition.deserted:
        said.append(Markup(":warning: stuck: nobody is in it, and it doesn't end"))
    return tuple(said)


def of_session(session: str, condition: Condition) -> Markup:
    """What is wrong with a session, since when, and what helps; "" where nothing is."""
    since = md(" (noticed {})", when(condition.since)) if condition.since else Markup("")
    if condition.recorded is Recorded.NOTHING:
        return md(
            "OpenVidu counts session {} as recorded, but nothing is recording it{}. It can't be "
            "recorded until it is closed and opened anew.",
            code(session),
            since,
        )
    if condition.recorded is Recorded.UNFINISHED and condition.recording is not None:
        return md(
            "Recording {} of session {} was stopped, but OpenVidu never finished it{}. Nothing can "
            "be recorded under this session's id until OpenVidu is restarted, and the recording "
            "can be deleted then. To record before, close it and use a session of another id.",
            code(condition.recording.id),
            code(session),
            since,
        )
    if condition.deserted:
        return md(
            "Nobody is in session {}, and it doesn't end by itself. Close it if it isn't needed.",
            code(session),
        )
    return Markup("")


def of_recording(recording: Recording, found: Of) -> Markup:
    """What is wrong with a recording, and what helps; "" where nothing is."""
    id_ = code(recording.id)
    if found is Of.ORPHANED:
        return md(
            "Recording {} doesn't run any more: its session is gone, most likely since OpenVidu "
            "crashed or was restarted. It stays like this for ever, and can only be deleted.",
            id_,
        )
    if found is Of.UNFINISHED:
        return md(
            "Recording {} was stopped, but OpenVidu never finished it. It can be deleted when "
            "OpenVidu has been restarted; before, OpenVidu refuses.",
            id_,
        )
    if found is Of.EMPTY:
        what = "no bytes" if not recording.size else "no length"
        return md("OpenVidu calls recording {} ready, but it has {}: it may not play.", id_, what)
    return Markup("")


def called(recording: str, name: str, session: str) -> Markup:
    """``The recording *lecture* of session `demo` ``: each of its names once, as most recordings
    are called like their session."""
    who = Markup("The recording")
    if name and name not in {recording, session}:
        who = md("{} {}", who, bold(name))
        if recording != session:
            who = md("{} ({})", who, code(recording))
    elif recording != session:
        who = md("{} {}", who, code(recording))
    return md("{} of session {}", who, code(session))


def stop(recording: str, session: str) -> Button:
    """Ends the recording, after a question."""
    confirm = Confirm(
        title="Stop the recording?",
        text=f"Recording {recording} of session {session} ends here. A new one can be started.",
        yes="Stop recording",
    )
    label = f"Stop recording {recording}"
    return Button(label, call("record stop", session=recording), Style.DANGER, confirm)


def show_recording(recording: str) -> Button:
    """Everything about the recording, and what can be done with it."""
    return Button(f"Show recording {recording}", call("recording show", recording=recording))


def with_recording(recording: str, created_at: int, name: str) -> tuple[Buttons, ...]:
    """What can be done with a recording that has ended; nothing where its id is none that could be
    asked for."""
    if not re.fullmatch(r"[a-zA-Z0-9_~-]{1,250}", recording):
        return ()
    delete_it = delete_by_id(recording, created_at, name or recording)
    return (Buttons((show_recording(recording), delete_it)),)


def close(session: str) -> Button:
    """The form that closes the session."""
    return Button(f"Close {session}", call_form("close", session=session), Style.DANGER)


def delete(recording: Recording) -> Button:
    """The form that deletes the recording, and tells what is lost."""
    return delete_by_id(recording.id, recording.created_at, recording.name)


def delete_by_id(recording: str, created_at: int, name: str) -> Button:
    """The same of one that was not read just now; never another one that has got its id since."""
    args = recording_deletion.RecordingDeleteArgs(
        recordings=(recording,), only=(recording_deletion.key_of(recording, created_at),)
    )
    return Button(f"Delete {name}", f"{format_command(plans.DELETE, args)} ?", Style.DANGER)
