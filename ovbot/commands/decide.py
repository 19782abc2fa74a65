"""``decide``: give what somebody asked for, or refuse it; by the buttons of the request."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.access_request import AccessRequest
from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.grant import Grant
from ovbot.domain.markup import Markup, bold, md, mention, visible, when
from ovbot.domain.reply import Paragraph, Reply
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, demand_over
from ovbot.engine.reasons import given, scope
from ovbot.engine.refusals import AlreadySo, Denied
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.store import access_requests
from ovbot.subjects import effects, granting


class DecideArgs(Args):
    request: Annotated[
        str, Arg(Kind.WORD, "The request, by its reference"), Field(pattern=r"^[a-z0-9]{4,20}$")
    ]
    answer: Annotated[Literal["give", "refuse"], Arg(Kind.WORD, "What you decide")]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why; told to them", rest=True, keyed=True)] = None


class Decision(msgspec.Struct, frozen=True):
    """What is decided of a request."""

    request: AccessRequest
    grant: Grant | None
    reason: str

    @property
    def target(self) -> Target:
        """Whoever decides needs to be an admin of all that was asked for."""
        request = self.request
        label = f"{request.gives} for {granting.written_scope(request.scope)}"
        return Target("", request.actor, label, over=(request.scope,))


async def resolve(args: DecideArgs, context: Context) -> Decision:
    async with context.store.read() as tx:
        found = await access_requests.get(tx, context.actor.team, context.server, args.request)
    if found is None:
        raise AlreadySo(f"There is no request {args.request} here.")
    demand_over(Role.ADMIN, context.access, "decide", found.scope)
    now = context.clock.now_ms()
    if found.decided_at is not None:
        verb = "given" if found.given else "refused"
        text = "That was {} already, by {} {}."
        raise AlreadySo(md(text, verb, mention(found.decided_by), when(found.decided_at)))
    if found.is_over(now):
        raise AlreadySo(Markup("Nobody decided that in time. They can ask again."))
    if args.answer == "give" and found.actor == context.actor.user:
        said = Markup("You asked for that, so somebody else decides it.")
        raise Denied(said, "asked for it", role=Role.ADMIN, scope=found.scope)
    if args.answer == "refuse":
        return Decision(found, None, visible(args.reason or ""))
    grant = Grant(
        team=found.team,
        server=found.server,
        subject=found.actor,
        gives=found.gives,
        scope=found.scope,
        until=granting.deadline(found.until, now),
        granted_by=context.actor.user,
        reason=found.reason,
        ref=context.ref,
        created_at=now,
    )
    granting.check_end(grant, context)
    return Decision(found, grant, visible(args.reason or ""))


async def act(decision: Decision, context: Context) -> Result:
    request, by = decision.request, mention(context.actor.user)
    why = md(" Reason: {}", decision.reason) if decision.reason else Markup("")
    if decision.grant is not None:
        said = md("{} gave {} {}.{}", by, mention(request.actor), given(decision.grant), why)
        told = granting.told(decision.grant, said)
    else:
        what = md("{} for {}", bold(request.gives.value), scope(request.scope))
        said = md("{} refused {} {}.{}", by, mention(request.actor), what, why)
        told = Reply(said, (Paragraph(said),))
    now, verb = when(context.clock.now_ms()), "refused" if decision.grant is None else "gave"
    says = md("{} {} it {}.{}", by, verb, now, why)
    effect = effects.Decided(request, decision.grant, told, says)
    answer = "refused" if decision.grant is None else "given"
    return Result(outcome=Outcome.DONE, said=said, answer=answer, effects=(effect,))


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was decided ({}). Press again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


DECIDE = Action(
    name="decide",
    label="Decide a request",
    summary="Give or refuse a role that somebody asked for",
    args=DecideArgs,
    needs=Role.ADMIN,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda decision: decision.target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
)
