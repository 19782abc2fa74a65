"""``grant``: give a role, or take access away; to a person, a user group or a channel's members.

Stored in the outcome's own transaction, so a grant and its audit entry exist together or not at
all; nothing has to be looked up after a crash.
"""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.grant import Gives, Grant
from ovbot.domain.markup import Markup, md, mention, visible
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, demand_over
from ovbot.engine.reasons import given, subject
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import PATTERN_LONGEST, Arg, Args, Kind, Opt
from ovbot.subjects import effects, granting
from ovbot.subjects.granting import OVER, SUBJECT, Deadline


class GrantArgs(Args):
    who: Annotated[
        str,
        Arg(Kind.SUBJECT, "A person, @group, or #channel for its members", menu="Who gets it"),
        Field(pattern=SUBJECT),
    ]
    role: Annotated[Gives, Arg(Kind.ROLE, "What they may do; no-access takes everything away")]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why", rest=True, keyed=True)] = None
    over: Annotated[
        str,
        Opt(
            Kind.PATTERN,
            "Sessions by id or glob such as exam-*; everything; or this channel",
            aliases=("for",),
            bare=("for",),
            phrases=("this channel",),
        ),
        Field(pattern=OVER, max_length=PATTERN_LONGEST),
    ]
    until: Annotated[
        Deadline | None,
        Opt(
            Kind.MOMENT,
            "2h, 3d, today, friday, 18:00 or 2026-12-24 (UTC); empty: for good",
            bare=("until",),
        ),
    ] = None


class Wanted(msgspec.Struct, frozen=True):
    """The grant to be, and who is asked."""

    grant: Grant

    @property
    def target(self) -> Target:
        """Whoever gives needs to be an admin of all that they give."""
        grant = self.grant
        label = f"{grant.gives.value} for {granting.written_scope(grant.scope)}"
        return Target("", grant.subject, label, over=(grant.scope,))


async def resolve(args: GrantArgs, context: Context) -> Wanted:
    now = context.clock.now_ms()
    who = granting.id_of(args.who)
    grant = Grant(
        team=context.actor.team,
        server=context.server,
        subject=who,
        gives=args.role,
        scope=granting.scope_of(args.over, context),
        until=None if args.until is None else granting.deadline(args.until, now),
        granted_by=context.actor.user,
        reason=visible(args.reason or ""),
        ref=context.ref,
        created_at=now,
    )
    demand_over(Role.ADMIN, context.access, "grant", grant.scope)
    _check_sense(grant, context)
    granting.check_end(grant, context)
    held = await granting.held(context)
    if any(_is_same(each, grant) for each in held):
        said = md("{} already has {}.", subject(who), given(grant))
        raise AlreadySo(said, "/openvidu grants lists who has what.", helps=("grants",))
    replaced = [each for each in held if not _is_replaced(each, grant)]
    granting.must_leave_an_admin([*replaced, grant], context)
    return Wanted(grant)


def _check_sense(grant: Grant, context: Context) -> None:
    if grant.gives is Gives.AUDITOR and not grant.scope.is_everything:
        raise UserError(
            "The audit is one for everything, so an auditor can't be for less.",
            "Give it for everything, or another role.",
            code="grant.auditor",
        )
    if not grant.is_personal and (scope := context.powers.roster.cannot(grant.subject)):
        raise UserError(
            f"ovbot can't find out who belongs to that: the Slack scope {scope} is missing.",
            "Grant it to the app, or give the role to people one by one.",
            code="grant.scope",
        )
    if grant.subject in context.access.admins and grant.gives is Gives.NO_ACCESS:
        raise UserError(
            md(
                "{} is named in OVBOT_ADMINS, so access can't be taken away.",
                mention(grant.subject),
            ),
            "Take the name out of that setting.",
            code="grant.named_admin",
        )
    if grant.until is not None and grant.until <= grant.created_at:
        raise UserError("That time is over already.", "Name a later one.", code="grant.over")


def _is_replaced(each: Grant, by: Grant) -> bool:
    return (each.subject, each.gives, each.scope) == (by.subject, by.gives, by.scope)


def _is_same(each: Grant, grant: Grant) -> bool:
    return _is_replaced(each, grant) and each.until == grant.until


async def act(wanted: Wanted, context: Context) -> Result:
    grant = wanted.grant
    who, what = subject(grant.subject), given(grant)
    why = md(" Reason: {}", grant.reason) if grant.reason else Markup("")
    said = md("{} gave {} {}.{}", mention(grant.granted_by), who, what, why)
    if grant.gives is Gives.NO_ACCESS:
        said = md("{} took access from {}: {}.{}", mention(grant.granted_by), who, what, why)
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer="given",
        effects=(effects.Given(grant, granting.told(grant, said)),),
    )


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was given ({}). Give the command again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


GRANT = Action(
    name="grant",
    label="Give a role",
    summary="Give a role, or take all access away",
    args=GrantArgs,
    needs=Role.ADMIN,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda wanted: wanted.target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=lambda _wanted: "grants",
)
