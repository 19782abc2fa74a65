"""``promote`` and ``demote``: change what somebody may do in their session, while they are in it.

OpenVidu Pro 2.16+: PATCH /openvidu/api/sessions/<SESSION_ID>/connection/<CONNECTION_ID>.
"""

from dataclasses import replace
from typing import Annotated, Final, Literal

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import bold, code, md, mention
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.confirming import place
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Connection, OpenViduError
from ovbot.openvidu import models as openvidu
from ovbot.openvidu.errors import ConnectionNotFound, SessionNotFound
from ovbot.openvidu.participants import display_name, public_id
from ovbot.subjects import targets, whereabouts
from ovbot.subjects.after_look import so_now

_RANKS: Final[tuple[openvidu.Role, ...]] = ("SUBSCRIBER", "PUBLISHER", "MODERATOR")
_BY_WORD: Final[dict[str, openvidu.Role]] = {rank.lower(): rank for rank in _RANKS}
_CAN: Final = {
    "SUBSCRIBER": "watch, and no longer publish",
    "PUBLISHER": "publish a camera or a screen",
    "MODERATOR": "publish, and remove others from the session",
}

_Session = Annotated[str | None, Arg(Kind.SESSION, "Session the person is in")]
_Whom = Annotated[
    str,
    Arg(Kind.PARTICIPANT, "Number, part of the name, or id", rest=True, menu="Whose role changes"),
]
_Recorded = Annotated[
    Literal["on", "off"] | None,
    Opt(Kind.WORD, "Whether their stream is in individual recordings from now on"),
]


class PromoteArgs(Args):
    session: _Session = None
    participant: _Whom
    to: Annotated[
        Literal["publisher", "moderator"] | None,
        Opt(Kind.WORD, "Their new role; one step up if left out"),
    ] = None
    record: _Recorded = None


class DemoteArgs(Args):
    session: _Session = None
    participant: _Whom
    to: Annotated[
        Literal["subscriber", "publisher"] | None,
        Opt(Kind.WORD, "Their new role; one step down if left out"),
    ] = None
    record: _Recorded = None


class Change(msgspec.Struct, frozen=True):
    """Whose role becomes which, as found live."""

    session: str
    connection: str
    name: str
    role: openvidu.Role
    recorded: bool | None
    """None: as it is."""


async def _resolve(
    name: str, step: int, args: PromoteArgs | DemoteArgs, context: Context
) -> Change:
    given = await targets.numbered_session(args.session, args.participant, context)

    def again(**change: str) -> str:
        return format_command(name, args.model_copy(update=change))

    wanted = await whereabouts.session_id(
        given, args.participant, context, lambda s: again(session=s), "In", alone=True
    )
    session = await targets.live_session(wanted, context)
    who = await targets.participant(
        args.participant,
        session,
        context,
        lambda c: again(session=session.session_id, participant=c),
        name.capitalize(),
    )
    role = _role(name, step, args.to, who, session.session_id)
    if role == who.role and args.record is None:
        raise AlreadySo(
            f"{display_name(who)} is a {role.lower()} in session {session.session_id} already.",
            "/openvidu show lists who is there.",
            helps=("show",),
        )
    if role == "MODERATOR":
        # A moderator of the session can do in it what an operator does from here.
        stricter = replace(PROMOTE, name="promote --to moderator", needs=Role.OPERATOR)
        authorise(stricter, context.access, session.session_id)
    recorded = None if args.record is None else args.record == "on"
    whom = public_id(who.connection_id)
    return Change(session.session_id, whom, display_name(who), role, recorded)


def _role(name: str, step: int, wanted: str | None, who: Connection, session: str) -> openvidu.Role:
    """The role that is meant: never one in the other direction."""
    if who.is_ip_camera:
        raise UserError(
            f"{display_name(who)} is an IP camera: it publishes, and has no other role.",
            "/openvidu kick removes it.",
            code=f"{name}.camera",
            helps=("kick",),
        )
    if who.role not in _RANKS:
        if wanted is None:
            raise UserError(
                f"OpenVidu does not say which role {display_name(who)} has in session {session}.",
                "Name the new one with --to.",
                code=f"{name}.no_role",
            )
        return _BY_WORD[wanted]
    now = _RANKS.index(who.role)
    becomes = now + step if wanted is None else _RANKS.index(_BY_WORD[wanted])
    if not 0 <= becomes < len(_RANKS):
        raise AlreadySo(
            f"{display_name(who)} is a {who.role.lower()} in session {session}, and there is "
            f"nothing {'above' if step > 0 else 'below'} that.",
            "/openvidu show lists who is there.",
            helps=("show",),
        )
    if (becomes - now) * step < 0:
        other = "demote" if step > 0 else "promote"
        raise UserError(
            f"{display_name(who)} is a {who.role.lower()} in session {session}, so that would "
            f"{other} them.",
            f"Use /openvidu {other} if that is what you mean.",
            code=f"{name}.direction",
        )
    return _RANKS[becomes]


async def act(change: Change, context: Context) -> Result:
    try:
        await context.openvidu.modify_connection(
            change.session, change.connection, role=change.role, record=change.recorded
        )
    except (ConnectionNotFound, SessionNotFound) as gone:
        said = md(
            "{} has left session {}, so nothing was changed.",
            bold(change.name),
            code(change.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer=f"{gone.status} {gone.code}")
    try:
        now = await _role_now(change.session, change.connection, context)
    except OpenViduError:
        return _done(change, context, "200, not read back")
    if now == change.role:
        return _done(change, context, "200")
    if now is None:
        said = md(
            "{} has left session {}, so nothing was changed.",
            bold(change.name),
            code(change.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="200, gone")
    said = md(
        "OpenVidu accepted to make {} a {} in session {}, but they are a {} still. Look with "
        "/openvidu show and try once more.",
        bold(change.name),
        change.role.lower(),
        code(change.session),
        now.lower() or "person without a role",
    )
    return Result(outcome=Outcome.FAILED, said=said, answer=f"200, still {now}", helps=("show",))


async def _role_now(session: str, connection: str, context: Context) -> str | None:
    """Somebody's role; None when they are not there any more."""
    try:
        found = await context.openvidu.session(session)
    except SessionNotFound:
        return None
    roles = {public_id(each.connection_id): each.role for each in found.connections}
    return roles.get(connection)


def _gone(name: str, session: str, answer: str) -> Result:
    said = md("{} has left session {}, so nothing was changed.", bold(name), code(session))
    return Result(outcome=Outcome.FAILED, said=said, answer=answer)


def _done(change: Change, context: Context, answer: str) -> Result:
    said = md(
        "{} made {} a {} in session {}: they can {} now.",
        mention(context.actor.user),
        bold(change.name),
        bold(change.role.lower()),
        code(change.session),
        _CAN[change.role],
    )
    if change.recorded is not None:
        recorded = "is" if change.recorded else "is not"
        said = said + md(" Their stream {} in individual recordings from now on.", recorded)
    return Result(outcome=Outcome.DONE, said=said, answer=answer)


def _target(change: Change) -> Target:
    return Target(change.session, change.connection, f"{change.role.lower()}: {change.name}")


async def look(attempt: AuditEntry, context: Context) -> Result:
    role, _, name = attempt.detail.partition(": ")
    now = await _role_now(attempt.session, attempt.target, context)
    if now is None:
        said = md(
            "{} has left session {}, so nothing was changed.", bold(name), code(attempt.session)
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: gone")
    if now.lower() != role:
        said = md(
            "{} is a {} in session {}, and was not made a {}. Try again.",
            bold(name),
            now.lower() or "person without a role",
            code(attempt.session),
            role,
        )
        return Result(outcome=Outcome.FAILED, said=said, answer=f"looked: {now}")
    said = so_now(attempt, md("{} is a {} in session {}.", bold(name), role, code(attempt.session)))
    return Result(outcome=Outcome.DONE, said=said, answer=f"looked: {now}")


async def resolve_promote(args: PromoteArgs, context: Context) -> Change:
    return await _resolve("promote", 1, args, context)


async def resolve_demote(args: DemoteArgs, context: Context) -> Change:
    return await _resolve("demote", -1, args, context)


def _step(args: PromoteArgs | DemoteArgs) -> str:
    up = isinstance(args, PromoteArgs)
    return f"as {args.to}" if args.to else f"one step {'up' if up else 'down'}"


def _refresh(change: Change) -> str:
    return call("show", session=change.session)


PROMOTE = Action(
    name="promote",
    summary="Let a participant do more in their session",
    follows=lambda args: f"From now on they can do more in {place(args)}: {_step(args)}.",
    args=PromoteArgs,
    needs=Role.MODERATOR,
    pro=True,
    about=About.SESSIONS,
    resolve=resolve_promote,
    target=_target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=_refresh,
)
DEMOTE = Action(
    name="demote",
    summary="Let a participant do less in their session",
    follows=lambda args: f"From now on they can do less in {place(args)}: {_step(args)}.",
    args=DemoteArgs,
    needs=Role.MODERATOR,
    pro=True,
    about=About.SESSIONS,
    resolve=resolve_demote,
    target=_target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=_refresh,
)
