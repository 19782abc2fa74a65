"""``keep``: call off a closing that was announced by ``close --warn``."""

import contextlib
from typing import Annotated

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention, when
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.openvidu import OpenViduError
from ovbot.store import later
from ovbot.store.later import Plan, State
from ovbot.subjects import announced, plans, targets


class KeepArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to keep open")] = None
    announced: Annotated[
        str | None, Opt(Kind.WORD, "The announcement that it calls off", hidden=True)
    ] = None


async def resolve(args: KeepArgs, context: Context) -> Plan:
    wanted = await targets.session_id(
        args.session, context, lambda session: call("keep", session=session), "Keep"
    )
    authorise(KEEP, context.access, wanted)
    if args.announced is not None:
        return await plans.must_wait(args.announced, plans.CLOSE, wanted, context, done="closed")
    async with context.store.read() as tx:
        team, server = context.actor.team, context.server
        plan = await later.of_session(tx, team, server, plans.CLOSE, wanted)
    if plan is None:
        said = md("No closing of session {} is announced.", code(wanted))
        raise AlreadySo(said, "/openvidu show tells how it is.", helps=("show",))
    if plan.state is not State.WAITING:
        raise AlreadySo(
            await _became(plan, context), "/openvidu show tells how it is.", helps=("show",)
        )
    return plan


async def act(plan: Plan, context: Context) -> Result:
    if not await announced.keep(plan, context):
        return Result(outcome=Outcome.ALREADY, said=await _became(plan, context))
    with contextlib.suppress(OpenViduError):  # who shows the announcement may take it away
        await plans.signal_closing(plan.session, None, "", context)
    return Result(outcome=Outcome.DONE, said=_kept(plan, context.actor.user), answer="called off")


async def _became(plan: Plan, context: Context) -> Markup:
    what = md("session {}", code(plan.session))
    return await plans.became(plan, context, what=what, done="closed")


def _kept(plan: Plan, actor: str) -> Markup:
    return md(
        "{} called off the closing of session {} that {} had announced for {}. It stays open.",
        mention(actor),
        code(plan.session),
        mention(plan.actor),
        when(plan.due_at),
    )


async def look(attempt: AuditEntry, context: Context) -> Result:
    """The store tells for certain: nobody else could have been this action."""
    async with context.store.read() as tx:
        found = await later.called_off_by(tx, attempt.ref)
    if found:
        said = _kept(found[0], attempt.actor)
        return Result(outcome=Outcome.DONE, said=said, answer="looked: called off")
    said = md("The closing of session {} was not called off. Try again.", code(attempt.session))
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not called off")


KEEP = Action(
    name="keep",
    label="Keep session",
    summary="Call off an announced closing",
    args=KeepArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda plan: Target(plan.session, plan.about, "the announced closing"),
    act=act,
    look=look,
    refresh=lambda plan: call("show", session=plan.session),
)
