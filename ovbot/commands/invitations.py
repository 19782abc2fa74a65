"""``invite list`` and ``invite withdraw``: tokens that were made and that nobody has used yet.

OpenVidu 2.16+: GET /openvidu/api/sessions/<SESSION_ID>/connection?pendingConnections=true and
DELETE /openvidu/api/sessions/<SESSION_ID>/connection/<CONNECTION_ID>, which voids the token.
"""

from typing import Annotated, Final

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Style,
)
from ovbot.domain.words import counted
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Question, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection
from ovbot.openvidu.errors import (
    ConnectionNotFound,
    OpenViduError,
    SessionNotFound,
)
from ovbot.openvidu.participants import public_id
from ovbot.subjects import targets
from ovbot.subjects.after_look import so_now

SHOWN: Final = 20
"""Invitations that are listed by themselves; more are counted."""
ALL: Final = "all"


class ListArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session they are for")] = None


class WithdrawArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session it is for")] = None
    invitation: Annotated[str, Arg(Kind.WORD, "Its id (con_…), or all", name="id|all")]


class Pending(msgspec.Struct, frozen=True):
    """A session's unused invitations, the newest first."""

    session: str
    invitations: tuple[Connection, ...]


async def _pending(session: str, context: Context) -> Pending:
    try:
        found = await context.openvidu.connections(session, pending=True)
    except SessionNotFound as missing:
        raise UserError(
            f"There is no live session “{session}”.",
            "It may have ended, and its invitations with it. /openvidu list shows the live ones.",
            code="session.not_found",
            helps=("list",),
        ) from missing
    unused = [each for each in found if each.status == "pending"]
    unused.sort(key=lambda each: -each.created_at)
    return Pending(session, tuple(unused))


async def run(args: ListArgs, context: Context) -> Pending:
    def again(name: str) -> str:
        return call("invite list", session=name)

    session = await targets.session_id(args.session, context, again, "Invitations to")
    authorise(LIST, context.access, session)
    return await _pending(session, context)


def render(pending: Pending) -> Reply:
    session, again = code(pending.session), call("invite list", session=pending.session)
    if not pending.invitations:
        said = md("No invitation to session {} is unused.", session)
        return Reply(said, (Paragraph(said),), again=again)
    number = len(pending.invitations)
    are = "invitation to session {} is" if number == 1 else "invitations to session {} are"
    said = md("{} " + are + " unused.", number, session)
    parts: list[Part] = [Heading("Unused invitations"), Paragraph(said)]
    shown = pending.invitations[:SHOWN]
    parts += [Paragraph(_line(each), _withdraw(pending.session, each)) for each in shown]
    if number > SHOWN:
        parts.append(Note(md("… and {} more.", number - SHOWN)))
    if number > 1:
        parts.append(Buttons((_withdraw_all(pending),)))
    return Reply(said, tuple(parts), again=again)


def _line(invitation: Connection) -> Markup:
    role = (invitation.role or "participant").lower()
    said = md("{} · as {}, made {}", code(_id(invitation)), role, when(invitation.created_at))
    return said + md("\n{}", invitation.server_data) if invitation.server_data else said


def _id(invitation: Connection) -> str:
    return public_id(invitation.connection_id)


def _withdraw(session: str, invitation: Connection) -> Button:
    role = (invitation.role or "participant").lower()
    named = _id(invitation)
    return Button(
        f"Withdraw {named}",
        format_command("invite withdraw", WithdrawArgs(session=session, invitation=named)),
        confirm=Confirm(
            title=f"Withdraw {named}?",
            text=f"Nobody can join session {session} with this {role}'s token any more.",
            yes="Withdraw",
        ),
    )


def _withdraw_all(pending: Pending) -> Button:
    number = len(pending.invitations)
    return Button(
        f"Withdraw all {number}",
        format_command("invite withdraw", WithdrawArgs(session=pending.session, invitation=ALL)),
        Style.DANGER,
        Confirm(
            title=f"Withdraw all {number}?",
            text=f"Nobody can join session {pending.session} with any of these tokens any more. "
            "Who is in the session stays.",
            yes="Withdraw all",
        ),
    )


class Withdrawal(msgspec.Struct, frozen=True):
    """Which unused invitations are withdrawn."""

    session: str
    ids: tuple[str, ...]
    every: bool


async def resolve(args: WithdrawArgs, context: Context) -> Withdrawal:
    def again(name: str) -> str:
        return format_command("invite withdraw", args.model_copy(update={"session": name}))

    wanted = await targets.session_id(args.session, context, again, "Of")
    pending = await _pending(wanted, context)
    ids = tuple(_id(each) for each in pending.invitations)
    if args.invitation.lower() == ALL:
        if not ids:
            raise AlreadySo(f"No invitation to session {wanted} is unused.", "")
        return Withdrawal(wanted, ids, True)
    if args.invitation not in ids:
        raise AlreadySo(
            f"There is no unused invitation {args.invitation} to session {wanted}: it was used, or "
            "withdrawn.",
            f"/openvidu invite list {wanted} shows the unused ones.",
            helps=("invite list",),
        )
    return Withdrawal(wanted, (args.invitation,), False)


def _target(withdrawal: Withdrawal) -> Target:
    number = counted(len(withdrawal.ids), "invitation", "invitations")
    target = ALL if withdrawal.every else withdrawal.ids[0]
    return Target(withdrawal.session, target, number)


class Done(msgspec.Struct):
    """What has become of the invitations so far: how many were withdrawn, used, or gone."""

    withdrawn: int = 0
    used: int = 0
    gone: str = ""
    """OpenVidu's answer about one that was not there any more."""


async def act(withdrawal: Withdrawal, context: Context) -> Result:
    """Each by itself; whoever has just joined with one stays."""
    so_far = Done()
    for each in withdrawal.ids:
        try:
            await _withdraw_one(withdrawal.session, each, so_far, context)
        except SessionNotFound as ended:
            if so_far.withdrawn:
                break
            said = md(
                "Session {} had ended already, and its invitations with it.",
                code(withdrawal.session),
            )
            return Result(outcome=Outcome.ALREADY, said=said, answer=f"{ended.status} {ended.code}")
        except OpenViduError as error:
            if not so_far.withdrawn:
                raise
            return _cut_short(withdrawal, so_far, error, context)
    return _done(withdrawal, so_far, context)


async def _withdraw_one(session: str, invitation: str, so_far: Done, context: Context) -> None:
    try:
        found = await context.openvidu.connection(session, invitation)
        if found.status != "pending":  # withdrawing it would put somebody out
            so_far.used += 1
            return
        await context.openvidu.withdraw(session, invitation)
    except ConnectionNotFound as gone:
        so_far.gone = f"{gone.status} {gone.code}"
    else:
        so_far.withdrawn += 1


def _done(withdrawal: Withdrawal, so_far: Done, context: Context) -> Result:
    session = code(withdrawal.session)
    if so_far.withdrawn:
        number = counted(so_far.withdrawn, "unused invitation", "unused invitations")
        said = md("{} withdrew {} to session {}.", mention(context.actor.user), number, session)
        if so_far.used:
            left = "was used just now and is" if so_far.used == 1 else "were used just now and are"
            said = said + md(" {} {} left alone.", so_far.used, left)
        return Result(outcome=Outcome.DONE, said=said, answer="204", detail=number)
    if so_far.used:
        said = md(
            "Somebody joined session {} with it just now, so nothing was withdrawn. /openvidu show "
            "lists who is there.",
            session,
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="used", helps=("show",))
    said = md("The invitation to session {} was used or withdrawn already.", session)
    return Result(outcome=Outcome.ALREADY, said=said, answer=so_far.gone)


def _cut_short(
    withdrawal: Withdrawal, so_far: Done, error: OpenViduError, context: Context
) -> Result:
    said = md(
        "{} withdrew {} of {} to session {}; then OpenVidu failed, and the others can still be "
        "used. {} Withdraw them again: /openvidu invite list shows them.",
        mention(context.actor.user),
        so_far.withdrawn,
        counted(len(withdrawal.ids), "unused invitation", "unused invitations"),
        code(withdrawal.session),
        error.sentence,
    )
    return Result(
        outcome=Outcome.FAILED,
        said=said,
        answer=f"{error.status or ''} {error.code}",
        helps=("invite list",),
    )


async def look(attempt: AuditEntry, context: Context) -> Result:
    try:
        pending = await _pending(attempt.session, context)
    except UserError:
        pending = Pending(attempt.session, ())
    ids = [_id(each) for each in pending.invitations]
    left = len(ids) if attempt.target == ALL else int(attempt.target in ids)
    session = code(attempt.session)
    if left:
        number = counted(left, "invitation", "invitations")
        said = md("Session {} still has {} that can be used. Try again.", session, number)
        return Result(outcome=Outcome.FAILED, said=said, answer=f"looked: {left} left")
    said = so_now(attempt, md("No such invitation to session {} can be used any more.", session))
    return Result(outcome=Outcome.DONE, said=said, answer="looked: none left")


LIST = Question(
    name="invite list",
    label="Unused invitations",
    summary="List invitations to a session that nobody has used yet",
    args=ListArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    run=run,
    render=render,
)
WITHDRAW = Action(
    name="invite withdraw",
    label="Withdraw invitation",
    summary="Make an unused invitation useless, or all of a session's",
    args=WithdrawArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=_target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=lambda withdrawal: call("invite list", session=withdrawal.session),
)
