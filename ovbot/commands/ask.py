"""``ask``: ask those who can for a role, for a while. What came of it is told directly."""

from typing import Annotated, Literal

import msgspec
from pydantic import Field

from ovbot.domain.access_request import LASTS, AccessRequest
from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.grant import Gives
from ovbot.domain.markup import bold, join, md, mention, visible, when
from ovbot.domain.reply import Button, Buttons, Confirm, Note, Paragraph, Reply, Style
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.reasons import deciders, foreigner, scope
from ovbot.engine.refusals import AlreadySo, Denied
from ovbot.errors import UserError
from ovbot.grammar.args import PATTERN_LONGEST, Arg, Args, Kind, Opt
from ovbot.store import access_requests
from ovbot.subjects import effects, granting
from ovbot.subjects.granting import OVER

Length = Literal["15m", "1h", "today"]
_LASTING: dict[str, str] = {
    "15m": "for 15 minutes",
    "1h": "for an hour",
    "today": "until the end of today (UTC)",
}
_LADDER = Literal[Gives.VIEWER, Gives.MODERATOR, Gives.OPERATOR, Gives.ADMIN]


_MOST = 3
"""Requests of one person that wait."""


class AskArgs(Args):
    role: Annotated[_LADDER, Arg(Kind.ROLE, "What you need to be")]
    reason: Annotated[str, Arg(Kind.TEXT, "Why; those who decide read it", rest=True, keyed=True)]
    over: Annotated[
        str,
        Opt(
            Kind.PATTERN,
            "The session or glob that you need it for; everything; or this channel",
            aliases=("for",),
            bare=("for",),
            phrases=("this channel",),
        ),
        Field(pattern=OVER, max_length=PATTERN_LONGEST),
    ]
    until: Annotated[Length, Opt(Kind.WORD, "How long", bare=("until",))] = "1h"


class Asking(msgspec.Struct, frozen=True):
    """The request to be, and who is asked."""

    request: AccessRequest
    deciders: tuple[str, ...]


async def resolve(args: AskArgs, context: Context) -> Asking:
    access, over = context.access, granting.scope_of(args.over, context)
    gives = Gives(args.role)
    if access.over(over) >= gives.role:
        raise AlreadySo(
            "You can do that already.", "/openvidu whoami tells why.", helps=("whoami",)
        )
    who = tuple(user for user in deciders(access, over) if user != context.actor.user)
    if not who:
        raise UserError(
            "There is nobody who could give you that.",
            "The operator of ovbot names admins in OVBOT_ADMINS.",
            code="ask.nobody",
        )
    await _check_patience(context)
    request = AccessRequest(
        ref=context.ref,
        team=context.actor.team,
        server=context.server,
        actor=context.actor.user,
        gives=gives,
        scope=over,
        until=args.until,
        reason=visible(args.reason),
        asked_at=context.clock.now_ms(),
    )
    return Asking(request, who)


async def _check_patience(context: Context) -> None:
    """Those who decide are not asked on and on, and not by people from elsewhere."""
    if context.access.foreign:
        raise Denied(foreigner(context.access), f"of workspace {context.access.foreign}")
    since, actor = context.clock.now_ms() - LASTS, context.actor
    async with context.store.read() as tx:
        open_ = await access_requests.waiting(
            tx, actor.team, context.server, actor.user, since=since
        )
    if open_ >= _MOST:
        raise UserError(
            f"{open_} of your requests wait to be decided.",
            "Wait for an answer, or talk to those you asked.",
            code="ask.enough",
        )


def target(asking: Asking) -> Target:
    request = asking.request
    return Target("", request.actor, f"{request.gives} for {granting.written_scope(request.scope)}")


async def act(asking: Asking, context: Context) -> Result:
    request = asking.request
    names = join(", ", [mention(user) for user in asking.deciders])
    said = md("Asked {}. You hear directly what they decide.", names)
    told = _question(request)
    effect = effects.Requested(request, told, asking.deciders)
    return Result(outcome=Outcome.DONE, said=said, answer="asked", effects=(effect,), notice_key="")


def _question(request: AccessRequest) -> Reply:
    what = md("{} for {}", bold(request.gives.value), scope(request.scope))
    text = ":raising_hand: {} asks to be {}, {}: “{}”"
    lasting = _LASTING[request.until]
    said = md(text, mention(request.actor), what, lasting, request.reason)
    plain = f"{request.gives} for {granting.written_scope(request.scope)}"
    give = Button(
        f"Give {request.gives}",
        call("decide", request=request.ref, answer="give"),
        Style.PRIMARY,
        Confirm("Give it?", f"They will be {plain}, {lasting}.", "Give"),
    )
    no = call("decide", request=request.ref, answer="refuse")
    sure = Confirm("Refuse it?", f"They will not be {plain}, and hear that it was you.", "Refuse")
    refuse = Button(f"Refuse {request.gives}", no, confirm=sure)
    note = md("It can be decided until {}.", when(request.asked_at + LASTS))
    return Reply(said, (Paragraph(said), Buttons((give, refuse)), Note(note)))


async def look(_attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    return Result(
        outcome=Outcome.FAILED, said=md("Nobody was asked. Try again."), answer="not stored"
    )


ASK = Action(
    name="ask",
    label="Ask for a role",
    summary="Ask those who can to give you a role for a while",
    args=AskArgs,
    needs=Role.NONE,
    about=About.SESSIONS,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
)
