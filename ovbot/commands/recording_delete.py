"""``recording delete``: remove the files of one recording or of several, at once or after a grace.

OpenVidu: DELETE /openvidu/api/recordings/<RECORDING_ID>, once for each.
"""

from collections.abc import Sequence

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, join, md, mention, when
from ovbot.domain.reply import Buttons, Part
from ovbot.domain.words import counted, duration
from ovbot.engine import sentences
from ovbot.engine.command import Action, Guard, Result
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.openvidu import OpenViduError, Recording, Unknown
from ovbot.openvidu.errors import RecordingNotFound, RecordingRunning
from ovbot.store.later import State
from ovbot.subjects import effects, noticing, plans, recording_deletion, ways_out
from ovbot.subjects.after_look import so_now
from ovbot.subjects.condition import Of
from ovbot.subjects.deletion_endings import (
    TROUBLE,
    Doomed,
    Ending,
    Fate,
    held,
    stop_first,
    stops,
    told,
    unread_ones,
)
from ovbot.subjects.recording_deletion import RecordingDeleteArgs, codes, listed, noun


async def resolve(args: RecordingDeleteArgs, context: Context) -> Doomed:
    found: list[Recording] = []
    missing: list[str] = []
    unread: dict[str, OpenViduError] = {}
    conditions: dict[str, Of] = {}
    for wanted in dict.fromkeys(args.recordings):
        try:
            recording = await _find(wanted, context)
        except OpenViduError as error:
            unread[wanted] = error
            continue
        if (
            recording is None
            or not context.access.sees(recording.session_id)
            or not args.means(recording)
        ):
            missing.append(wanted)
            continue
        authorise(DELETE, context.access, recording.session_id)
        recording, stands = await noticing.of_recording(recording, context)
        conditions[recording_deletion.key(recording)] = stands
        found.append(recording)
    found, spared = await _announced(found, args, context)
    if not found and spared:
        raise AlreadySo(
            join(" ", spared),
            "/openvidu recording list tells how they are.",
            helps=("recording list",),
        )
    if not found and unread:
        raise next(iter(unread.values()))
    if not found:
        named = ", ".join(missing)
        raise AlreadySo(
            f"There is no recording {named}: deleted already, or never there.",
            "/openvidu recording list shows those that there are.",
            helps=("recording list",),
        )
    waiting = await recording_deletion.waiting(context)
    keys = {recording_deletion.key(recording) for recording in found}
    plans = {key: plan for key, plan in waiting.items() if key in keys}
    return Doomed(tuple(found), conditions, tuple(missing), unread, plans, args, tuple(spared))


async def _announced(
    found: list[Recording], args: RecordingDeleteArgs, context: Context
) -> tuple[list[Recording], list[Markup]]:
    """Those whose announced deletion still waits, and what became of the others: whoever presses
    the button of a deletion that was called off deletes nothing."""
    if args.announced is None:
        return found, []
    left: list[Recording] = []
    spared: list[Markup] = []
    for recording in found:
        key = recording_deletion.key(recording)
        of = await plans.of_key(args.announced, key, context)
        if of is not None and of.state is State.WAITING:
            left.append(recording)
        elif of is None:
            text = "{} is another recording than the one that was to be deleted."
            spared.append(md(text, code(recording.id)))
        else:
            what = md("recording {}", code(recording.id))
            spared.append(await plans.became(of, context, what=what, done="deleted"))
    return left, spared


def _grace(doomed: Doomed, context: Context) -> float:
    """Seconds until it is done."""
    return 0 if doomed.args.now else context.powers.delete_grace.total_seconds()


async def consequences(doomed: Doomed, context: Context) -> Markup:
    count = counted(len(doomed.recordings), "recording", "recordings").capitalize()
    which = listed(doomed.recordings)
    if grace := _grace(doomed, context):
        they = "it" if len(doomed.recordings) == 1 else "they"
        text = "{} will be lost for good {} after you submit this; until then {} can be kept: {}."
        said = md(text, count, duration(grace), they, which)
    else:
        said = md("{} will be lost for good, at once: {}.", count, which)
    if doomed.missing:
        said = said + md(" Not there: {}.", codes(doomed.missing))
    stuck = [
        ways_out.of_recording(r, doomed.conditions[recording_deletion.key(r)])
        for r in doomed.recordings
    ]
    return join(
        " ", [said, *unread_ones(doomed), *doomed.spared, *(each for each in stuck if each)]
    )


async def act(doomed: Doomed, context: Context) -> Result:
    # Where --now is asked for, a second person will have to agree here; a plan has waited.
    if grace := _grace(doomed, context):
        return _plan(doomed, grace, context)
    endings = [await _delete(recording, doomed, context) for recording in doomed.recordings]
    fates = {ending.fate for ending in endings}
    first = stops([ending.recording for ending in endings if ending.fate is Fate.RUNNING])
    chief = next(fate for fate in Fate if fate in fates)
    outcome = {
        Fate.DELETED: Outcome.DONE,  # one is enough: that much is done and cannot be undone
        Fate.UNKNOWN: Outcome.UNKNOWN,
        Fate.FAILED: Outcome.FAILED,
        Fate.HELD: Outcome.REFUSED,
        Fate.RUNNING: Outcome.REFUSED,
        Fate.GONE: Outcome.ALREADY,
    }[chief]
    deleted = tuple(recording_deletion.key(e.recording) for e in endings if e.fate is Fate.DELETED)
    return Result(
        outcome=outcome,
        said=told(endings, doomed, context.actor.user),
        helps=("recording list",) if Fate.GONE in fates or doomed.missing else (),
        answer=", ".join(dict.fromkeys(ending.answer for ending in endings)),
        parts=(Buttons(first),) if first else (),
        effects=(*_overtaken(endings, doomed), effects.Deleted(deleted)),
        left=(
            *(recording_deletion.key(e.recording) for e in endings if e.fate in TROUBLE),
            *doomed.left,
        ),
    )


def _overtaken(endings: list[Ending], doomed: Doomed) -> tuple[effects.Overtaken, ...]:
    """The plans for what is deleted now, each with what is left of it."""
    done = {
        recording_deletion.key(e.recording) for e in endings if e.fate in {Fate.DELETED, Fate.GONE}
    }
    plans = {plan.id: plan for key, plan in doomed.planned.items() if key in done}
    return tuple(
        effects.Overtaken(plan, recording_deletion.without(plan, done)) for plan in plans.values()
    )


def _plan(doomed: Doomed, grace: float, context: Context) -> Result:
    """Delete later what is not to be deleted already, and can be."""
    running = tuple(r for r in doomed.recordings if doomed.runs(r))
    known = tuple(r for r in doomed.recordings if recording_deletion.key(r) in doomed.planned)
    new = tuple(r for r in doomed.recordings if r not in running and r not in known)
    sentences = [_to_be(doomed, recording) for recording in known]
    if running:
        sentences.append(stop_first(running))
    if doomed.missing:
        sentences.append(md("Not there: {}.", codes(doomed.missing)))
    sentences += unread_ones(doomed)
    if not new:
        return Result(
            outcome=Outcome.REFUSED if running else Outcome.ALREADY,
            said=join(" ", sentences),
            answer="running" if running else "planned",
            parts=_buttons(known, running),
        )
    due_at = context.clock.now_ms() + round(grace * 1000)
    said = md(
        "{} will delete {} {} in {}, {}.",
        mention(context.actor.user),
        noun(len(new)),
        listed(new),
        duration(grace),
        when(due_at),
    )
    reason = md("Reason: {}", doomed.reason or "none given.")
    return Result(
        outcome=Outcome.DONE,
        said=join(" ", [said, *sentences, reason]),
        answer="planned",
        parts=_buttons(new, running, context.ref),
        effects=(effects.Scheduled(recording_deletion.plan(new, doomed.args, due_at, context)),),
    )


def _buttons(
    planned: Sequence[Recording], running: Sequence[Recording], announced: str | None = None
) -> tuple[Part, ...]:
    keep = (
        recording_deletion.buttons([recording.id for recording in planned], announced)
        if planned
        else ()
    )
    return (Buttons((*keep, *stops(running))),)


def _to_be(doomed: Doomed, recording: Recording) -> Markup:
    plan = doomed.planned[recording_deletion.key(recording)]
    text = "{} will be deleted {} already: {} asked for it."
    return md(text, code(recording.id), when(plan.due_at), mention(plan.actor))


async def _delete(recording: Recording, doomed: Doomed, context: Context) -> Ending:
    """Delete one. Nothing that happens to it keeps the others from being told of."""
    try:
        await context.openvidu.delete_recording(recording.id)
    except RecordingNotFound as gone:
        return Ending(recording, Fate.GONE, f"{gone.status} {gone.code}")
    except RecordingRunning as running:
        answer = f"{running.status} {running.code}"
        if doomed.runs(recording):
            return Ending(recording, Fate.RUNNING, answer)
        return Ending(recording, Fate.HELD, answer, held(recording, doomed))
    except Unknown as lost:
        return Ending(recording, Fate.UNKNOWN, lost.code, sentences.sentence(lost))
    except OpenViduError as error:
        status = f"{error.status} " if error.status else ""
        return Ending(recording, Fate.FAILED, f"{status}{error.code}", sentences.sentence(error))
    try:
        now = await _find(recording.id, context)
        if now is not None and now.created_at == recording.created_at:  # ids are used again
            why = md("OpenVidu accepted to delete {}, but it is there.", code(recording.id))
            return Ending(recording, Fate.FAILED, "204, still there", why)
    except OpenViduError:
        return Ending(recording, Fate.DELETED, "204, not read back")
    return Ending(recording, Fate.DELETED, "204")


async def look(attempt: AuditEntry, context: Context) -> Result:
    """All of the attempt's recordings were there; some may be no more."""
    if "now" not in attempt.arguments and context.powers.delete_grace:
        # What is planned is written with the outcome, and there is none.
        said = Markup("ovbot was stopped, and nothing will be deleted. Try again.")
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not planned")
    deleted: list[str] = []
    left: list[str] = []
    for each in attempt.target.split():
        now = await _find(each, context)
        # A later one is another one.
        there = now is not None and context.openvidu.here(now.created_at) <= attempt.at
        (left if there else deleted).append(each)
    remains = md(" Still there: {}.", codes(tuple(left))) if left else Markup("")
    if not deleted:
        said = Markup("Nothing was deleted.") + remains + Markup(" Try again.")
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still there")
    gone = md("Not there any more: {}.", codes(tuple(deleted))) + remains
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
    summary="Delete recordings for good, after a grace",
    args=RecordingDeleteArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda doomed: doomed.target,
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda _doomed: "recording list",
)
