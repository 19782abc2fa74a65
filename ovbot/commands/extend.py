"""``extend``: put an announced closing off, and tell the people in the session."""

import contextlib
from datetime import timedelta
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention, when
from ovbot.domain.words import duration
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import authorise
from ovbot.engine.reading import read
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.grammar.parser import partial
from ovbot.grammar.values import Duration
from ovbot.openvidu import OpenViduError
from ovbot.store import later
from ovbot.store.later import Plan, State
from ovbot.subjects import announced, plans, targets

LONGEST = timedelta(hours=24)
"""From now on: nobody remembers what was announced for later than that."""


class ExtendArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session that goes on for longer")] = None
    by: Annotated[
        Duration,
        Arg(Kind.DURATION, "How much later it is to be closed: 10m, 1h"),
        Field(ge=timedelta(minutes=1), le=LONGEST),
    ]
    announced: Annotated[
        str | None, Opt(Kind.WORD, "The announcement that it puts off", hidden=True)
    ] = None


class Extending(msgspec.Struct, frozen=True):
    """The closing that is announced, and the same at its new time."""

    plan: Plan
    then: Plan
    by: timedelta


def _again(args: ExtendArgs, session: str) -> str:
    return format_command("extend", args.model_copy(update={"session": session}))


async def resolve(args: ExtendArgs, context: Context) -> Extending:
    wanted = await targets.session_id(
        args.session, context, lambda session: _again(args, session), "Extend"
    )
    authorise(EXTEND, context.access, wanted)
    if args.announced is not None:
        plan = await plans.must_wait(args.announced, plans.CLOSE, wanted, context, done="closed")
    else:
        plan = await _announced(wanted, context)
    due_at = plan.due_at + round(args.by.total_seconds() * 1000)
    if due_at - context.clock.now_ms() > LONGEST.total_seconds() * 1000:
        raise UserError(
            "A closing can be announced for at most 24 hours from now.",
            "Put it off by less, or call it off with /openvidu keep.",
            code="extend.too_long",
            helps=("keep",),
        )
    then = msgspec.structs.replace(
        plan, id=0, due_at=due_at, since=0, tries=0, created_at=context.clock.now_ms()
    )
    return Extending(plan, then, args.by)


async def _announced(session: str, context: Context) -> Plan:
    async with context.store.read() as tx:
        team, server = context.actor.team, context.server
        plan = await later.of_session(tx, team, server, plans.CLOSE, session)
    if plan is None:
        said = md("No closing of session {} is announced.", code(session))
        raise AlreadySo(said, "/openvidu close announces one with --warn.", helps=("close",))
    if plan.state is not State.WAITING:
        said = await _became(plan, context)
        raise AlreadySo(said, "/openvidu show tells how it is.", helps=("show",))
    return plan


async def act(extending: Extending, context: Context) -> Result:
    plan, then = extending.plan, extending.then
    says = _put_off(then, context.actor.user)
    if not await announced.keep(plan, context, instead=then, says=says):
        return Result(outcome=Outcome.ALREADY, said=await _became(plan, context))
    with contextlib.suppress(OpenViduError):  # who shows the announcement may go on without
        await plans.signal_closing(then.session, then.due_at, _reason(plan, context), context)
    return Result(
        outcome=Outcome.DONE,
        said=_extended(then, context.actor.user, extending.by),
        answer="put off",
    )


def _reason(plan: Plan, context: Context) -> str:
    given = read(plan.command, context.commands)
    found = partial(given.command.args, given.rest) if given.command else {}
    return str(found.get("reason") or "")


def _put_off(then: Plan, actor: str) -> Markup:
    return md("Put off by {}: it will be closed {}.", mention(actor), when(then.due_at))


def _extended(then: Plan, actor: str, by: timedelta | None) -> Markup:
    how = md(" by {}", duration(by.total_seconds())) if by else Markup("")
    text = "{} put off the closing of session {}{}. It will be closed {}."
    return md(text, mention(actor), code(then.session), how, when(then.due_at))


async def _became(plan: Plan, context: Context) -> Markup:
    what = md("session {}", code(plan.session))
    return await plans.became(plan, context, what=what, done="closed")


async def look(attempt: AuditEntry, context: Context) -> Result:
    """The store tells for certain: nobody else could have been this action."""
    async with context.store.read() as tx:
        before = await later.called_off_by(tx, attempt.ref)
        planned = await later.planned_by(tx, before[0].ref, limit=1) if before else ()
    if planned:
        said = _extended(planned[-1], attempt.actor, None)
        return Result(outcome=Outcome.DONE, said=said, answer="looked: put off")
    said = md("The closing of session {} was not put off. Try again.", code(attempt.session))
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not put off")


EXTEND = Action(
    name="extend",
    aliases=("snooze",),
    label="Extend session",
    summary="Put an announced closing off",
    args=ExtendArgs,
    needs=Role.OPERATOR,
    resolve=resolve,
    target=lambda extending: Target(
        extending.plan.session, extending.plan.about, "the announced closing"
    ),
    act=act,
    look=look,
    refresh=lambda extending: call("show", session=extending.plan.session),
)
