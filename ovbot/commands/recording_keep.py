"""``recording keep``: call off a deletion that waits for its grace to be over."""

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.grant import Scope
from ovbot.domain.markup import Markup, md, mention
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.store import later
from ovbot.store.later import Plan
from ovbot.subjects import announced, plans, recording_deletion
from ovbot.subjects.recording_deletion import RecordingKeepArgs, codes


class Saved(msgspec.Struct, frozen=True):
    """The keys to be kept, by the plan they are in, and the ids that no plan is for."""

    plans: tuple[tuple[Plan, tuple[str, ...]], ...]
    unplanned: tuple[str, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for _plan, keys in self.plans for key in keys)

    @property
    def target(self) -> Target:
        sessions = {plan.session for plan, _keys in self.plans}
        over = () if len(sessions) == 1 else tuple(map(Scope, sorted(sessions)))
        session = sessions.pop() if len(sessions) == 1 else ""
        return Target(session, " ".join(self.keys), "what was to be deleted", over=over)


async def resolve(args: RecordingKeepArgs, context: Context) -> Saved:
    wanted = dict.fromkeys(args.recordings)
    found: dict[int, tuple[Plan, list[str]]] = {}
    for key, plan in (await recording_deletion.waiting(context)).items():
        if recording_deletion.id_of(key) in wanted and args.announced in {None, plan.ref}:
            authorise(KEEP, context.access, plan.session or None)
            found.setdefault(plan.id, (plan, []))[1].append(key)
    plans = tuple((plan, tuple(keys)) for plan, keys in found.values())
    planned_for = {recording_deletion.id_of(key) for _plan, keys in plans for key in keys}
    unplanned = tuple(each for each in wanted if each not in planned_for)
    if not plans:
        said = [await _became(each, context, args.announced) for each in unplanned]
        raise AlreadySo(
            md(" ".join("{}" for _ in said), *said),
            "/openvidu recording list tells.",
            helps=("recording list",),
        )
    return Saved(plans, unplanned)


async def _became(recording: str, context: Context, announced_by: str | None = None) -> Markup:
    """Why it is not to be deleted (any more), as that one action announced it where it is told."""
    async with context.store.read() as tx:
        team, server = context.actor.team, context.server
        for plan in await later.latest(tx, team, server, plans.DELETE):
            ids = {recording_deletion.id_of(key) for key in plan.about.split()}
            if recording in ids and announced_by in {None, plan.ref}:
                break
        else:
            return md("No deletion of {} is planned.", codes([recording]))
    what = md("recording {}", codes([recording]))
    return await plans.became(plan, context, what=what, done="deleted")


async def act(saved: Saved, context: Context) -> Result:
    kept: list[str] = []
    sentences: list[Markup] = []
    for plan, keys in saved.plans:
        ids = [recording_deletion.id_of(key) for key in keys]
        if await announced.keep(plan, context, instead=recording_deletion.without(plan, keys)):
            kept += ids
        else:
            sentences += [await _became(each, context) for each in ids]
    sentences += [await _became(each, context) for each in saved.unplanned]
    if kept:
        sentences.insert(0, _kept(kept, context.actor.user))
    return Result(
        outcome=Outcome.DONE if kept else Outcome.ALREADY,
        said=md(" ".join("{}" for _ in sentences), *sentences),
        answer="called off" if kept else "too late",
    )


def _kept(ids: list[str], actor: str) -> Markup:
    text = "{} called off the deletion of {}."
    return md(text, mention(actor), codes(ids))


async def look(attempt: AuditEntry, context: Context) -> Result:
    """The store tells for certain: nobody else could have been this action."""
    async with context.store.read() as tx:
        plans = await later.called_off_by(tx, attempt.ref)
    there = {key for plan in plans for key in plan.about.split()}
    kept = [recording_deletion.id_of(key) for key in attempt.target.split() if key in there]
    left = [recording_deletion.id_of(key) for key in attempt.target.split() if key not in there]
    if kept:
        said = _kept(kept, attempt.actor)
        if left:
            said = said + md(" Not called off: {}. Try again.", codes(left))
        return Result(outcome=Outcome.DONE, said=said, answer="looked: called off")
    said = Markup("Nothing was called off: the recordings will still be deleted. Try again.")
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not called off")


KEEP = Action(
    name=recording_deletion.KEEP,
    label="Keep recordings",
    summary="Call off the deletion of recordings",
    args=RecordingKeepArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda saved: saved.target,
    act=act,
    look=look,
    refresh=lambda _saved: "recording list",
)
