"""``approve``: let what somebody else asked for be done, or refuse it; by the buttons of the
request. Whoever asked can withdraw it."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.approval import Approval
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, md, mention, when
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo, Denied
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.store import approvals
from ovbot.subjects import approving

_VERBS = {"yes": "approved", "no": "refused", "withdraw": "withdrew"}


class ApproveArgs(Args):
    request: Annotated[
        str, Arg(Kind.WORD, "The request, by its reference"), Field(pattern=r"^[a-z0-9]{4,20}$")
    ]
    answer: Annotated[Literal["yes", "no", "withdraw"], Arg(Kind.WORD, "What you decide")] = "yes"


class Answer(msgspec.Struct, frozen=True):
    """What is decided of a request."""

    approval: Approval
    answer: str


async def resolve(args: ApproveArgs, context: Context) -> Answer:
    async with context.store.read() as tx:
        found = await approvals.get(tx, context.actor.team, context.server, args.request)
    if found is None:
        raise AlreadySo(f"There is no request {args.request} here.")
    authorise(context.commands[found.verb], context.access, found.session)
    if found.decided_at is not None:
        text = "{} {} that {}."
        by = mention(found.decided_by)
        raise AlreadySo(md(text, by, _VERBS[found.answer], when(found.decided_at)))
    if found.is_over(context.clock.now_ms()):
        raise AlreadySo("Nobody approved that in time. It can be asked for again.")
    mine = found.actor == context.actor.user
    if args.answer == "withdraw" and not mine:
        raise Denied(Markup("Only whoever asked for that can withdraw it."), "not theirs")
    if args.answer == "yes" and mine:
        said = Markup("You asked for that, so somebody else has to approve it.")
        raise Denied(said, "asked for it")
    return Answer(found, args.answer)


def target(answer: Answer) -> Target:
    found = answer.approval
    return Target(found.session, found.target, f"{found.verb} {found.label}, for {found.actor}")


async def act(answer: Answer, context: Context) -> Result:
    found, by = answer.approval, mention(context.actor.user)
    verb = _VERBS[answer.answer]
    says = md("{} {} it {}.", by, verb, when(context.clock.now_ms()))
    said = md("{} {} it: {} {}.", by, verb, bold(found.verb), bold(found.label))
    effect = approving.Answered(found, answer.answer, says)
    # The request's own message says it to everybody.
    return Result(outcome=Outcome.DONE, said=said, answer=verb, effects=(effect,), notice_key="")


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was decided ({}). Press again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


APPROVE = Action(
    name="approve",
    label="Approve",
    summary="Approve or refuse what somebody else asked for",
    args=ApproveArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    follows=lambda _args: "What was asked for is done at once, as whoever asked.",
)
