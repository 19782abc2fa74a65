"""``kick``: force the disconnection of one participant, or of all whose name fits a glob, and ban
them from coming back.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>/connection/<CONNECTION_ID>, once for each.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry
from ovbot.domain.ban import Ban
from ovbot.domain.markup import Markup, bold, code, md, visible
from ovbot.domain.reply import Button, Confirm, Style
from ovbot.domain.words import duration
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Brief, Guard, Result, Target
from ovbot.engine.confirming import place
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt, Ready
from ovbot.grammar.pack import format_command
from ovbot.grammar.values import Duration
from ovbot.openvidu import Connection, Session
from ovbot.openvidu.models import is_camera_id
from ovbot.openvidu.participants import display_name, public_id
from ovbot.store import bans
from ovbot.subjects import approving, banning, kick_many, kick_one, names, targets, whereabouts
from ovbot.subjects.approving import Approved, Wish
from ovbot.subjects.bulk import Person
from ovbot.subjects.kick_many import Crowd
from ovbot.subjects.kick_one import One
from ovbot.subjects.unread import NotRead, Unread, connection_id, may_be_there, session_or_unread


class KickArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session the person is in")] = None
    participant: Annotated[
        str | None,
        Arg(
            Kind.PARTICIPANT,
            "Number, part of the name, or id",
            instead="match",
            menu="Who is to be removed",
        ),
    ] = None
    reason: Annotated[
        str | None,
        Arg(
            Kind.TEXT,
            "Why; told to the channel",
            rest=True,
            keyed=True,
            ready=Ready.REASONS,
            brief=True,
        ),
    ] = None
    match: Annotated[
        str | None,
        Opt(
            Kind.PATTERN,
            "Instead of one: everybody whose name fits this glob, such as spam-*",
            told=True,
        ),
        Field(max_length=80),
    ] = None
    ban: Annotated[
        Duration | Literal["perm"] | None,
        Opt(
            Kind.DURATION,
            "Remove them again whenever they join: 1h, 7d, or perm",
            told=True,
            menu="Whether they are removed again whenever they join",
            offers=banning.OFFERS,
            brief=True,
        ),
    ] = None
    dry_run: Annotated[bool, Opt(Kind.FLAG, "Only say whom it would remove")] = False
    by_ban: Annotated[
        int | None, Opt(Kind.COUNT, "The ban that this carries out", hidden=True), Field(ge=1)
    ] = None
    approved: Approved = None
    unread: Annotated[bool, Opt(Kind.FLAG, "Although nobody can be looked up", hidden=True)] = False

    @field_validator("ban")
    @classmethod
    def _lasts(cls, ban: timedelta | Literal["perm"] | None) -> timedelta | Literal["perm"] | None:
        if isinstance(ban, timedelta) and ban < banning.LEAST:
            raise ValueError("a minute or more")
        return ban


def guard(args: KickArgs) -> Guard:
    """Several at once: a form that names them. The second person's approval belongs here too."""
    if args.match is None:
        return Guard.CONFIRM
    return Guard.NONE if args.dry_run else Guard.FORM


async def resolve(args: KickArgs, context: Context) -> One | Crowd:
    given = await targets.numbered_session(args.session, args.participant or "", context)

    def again(**change: str | None) -> str:
        text = format_command("kick", args.model_copy(update=change))
        return f"{text} ?" if guard(args) is Guard.FORM else text

    wanted = await whereabouts.session_id(
        given,
        args.participant or "",
        context,
        lambda s: again(session=s),
        "In",
        alone=args.reason is not None,
    )
    session = await session_or_unread(wanted, context)
    if isinstance(session, Unread):
        return await _unread(args, session, context, again)
    if args.participant is not None and args.reason is None:
        read = names.whom(args.participant, session, again, "Kick")
        args = args.model_copy(update={"participant": read.name, "reason": read.reason})

    if args.ban is None and may_be_there(args.participant or "", session):
        return await _by_id(args, args.participant or "", session.session_id, context)
    ban = banning.maker(session, args.ban, args.reason, context) if args.ban else None
    if args.match is not None:
        asked = again(session=session.session_id)
        identity = context.openvidu.identity
        spared = context.powers.protected
        return kick_many.find(session, args.match, args.reason, asked, ban, identity, spared)
    connection = await _who(args, session, context, again)
    person = banning.whom(connection, session, ban, context.openvidu.identity)
    if context.powers.protected.protects(connection):
        return await _protected(args, person, session.session_id, context)
    if ban and person.ban is None:
        raise _cannot_ban(person, session.session_id)
    by_ban = None
    if args.by_ban is not None:
        by_ban = await _ban(args.by_ban, session.session_id, context)
        _still_meant(by_ban, connection, session.session_id, context)
    return One(session.session_id, person, args.reason, by_ban)


async def _protected(args: KickArgs, person: Person, session: str, context: Context) -> One:
    """They are removed where somebody else approves it, and by no ban."""
    if args.by_ban is not None or args.ban is not None:
        raise UserError(
            md("{} is protected, so a ban doesn't remove them. They stay.", bold(person.name)),
            "Kick them without --ban: somebody else has to approve it.",
            code="kick.ban_protected",
        )
    if args.dry_run:
        said = md("{} is protected: somebody else has to approve it.", bold(person.name))
        raise UserError(said, "Nobody was asked.", code="kick.protected")
    whole = {"session": session, "participant": person.connection, "reason": args.reason}
    wish = Wish(
        verb="kick",
        session=session,
        target=public_id(person.connection),
        label=person.name,
        would=md("removed from session {}", code(session)),
        command=format_command("kick", args.model_copy(update={**whole, "approved": context.ref})),
        reason=visible(args.reason or ""),
    )
    approver = await approving.second(wish, args.approved, context)
    return One(session, person, args.reason, approver=approver)


def _cannot_ban(person: Person, session: str) -> UserError:
    if is_camera_id(person.connection):
        return UserError(
            f"{person.name} is an IP camera, which only an operator can add: there is no ban "
            f"against it. It is still in session {session}.",
            "Leave --ban out.",
            code="kick.ban_camera",
        )
    return UserError(
        f"{person.name} gave no name, and the application's server names nobody, so nothing would "
        f"tell that it is them again. They are still in session {session}.",
        "Leave --ban out.",
        code="kick.ban_unknown",
    )


async def _unread(
    args: KickArgs, unread: Unread, context: Context, again: Callable[..., str]
) -> One:
    """Whoever is meant by id: OpenVidu knows them by it, though it does not show them now."""
    _must_be_nobody_protected(context)
    if args.match is not None or args.ban is not None or args.participant is None:
        # A name, and what a ban knows somebody by, are only told by the session.
        raise unread.error
    id_ = await connection_id(args.participant, unread, context)
    if args.by_ban is None and not args.unread:
        change = {"session": unread.session_id, "participant": id_, "unread": True}
        confirm = Confirm(
            title="Remove them unseen?",
            text=f"{unread.sentence} {public_id(id_)} is removed if it is there.",
            yes="Kick",
        )
        button = Button(f"Kick {public_id(id_)}", again(**change), Style.DANGER, confirm)
        raise NotRead(unread, "Nobody was removed yet.", button, verb="kick")
    return await _by_id(args, id_, unread.session_id, context)


def _must_be_nobody_protected(context: Context) -> None:
    """Whoever cannot be looked at may be protected."""
    if context.powers.protected:
        raise UserError(
            "OpenVidu doesn't tell now who that is, and some people here are protected. Nobody was "
            "removed.",
            "Try again in a moment.",
            code="kick.protected_unread",
        )


async def _by_id(args: KickArgs, id_: str, session: str, context: Context) -> One:
    if not is_camera_id(id_):
        _must_be_nobody_protected(context)
    by_ban = None
    if args.by_ban is not None:
        by_ban = await _ban(args.by_ban, session, context)
        _still_holds(by_ban, by_ban.label, context)
    name = by_ban.label if by_ban else public_id(id_)
    return One(session, Person(id_, name), args.reason, by_ban)


async def _ban(number: int, session: str, context: Context) -> Ban:
    """The ban that is to be carried out: the actor's own."""
    async with context.store.read() as tx:
        ban = await bans.get(tx, number)
    asked = (context.actor.team, context.server, session, context.actor.user)
    if ban is None or (ban.team, ban.server, ban.session, ban.actor) != asked:
        raise UserError("There is no such ban of yours; nobody was removed.", code="kick.no_ban")
    return ban


def _still_meant(ban: Ban, connection: Connection, session: str, context: Context) -> None:
    """Raises AlreadySo where it does not hold any more, or means somebody else."""
    marks = banning.marks(connection, context.openvidu.identity)
    name = display_name(connection)
    if not banning.meant([ban], session, marks, connection.created_at):
        raise _not_banned(name, session)
    _still_holds(ban, name, context)


def _still_holds(ban: Ban, name: str, context: Context) -> None:
    if not ban.holds(context.clock.now_ms()):
        raise _not_banned(name, ban.session)


def _not_banned(name: str, session: str) -> AlreadySo:
    return AlreadySo(
        f"{name} is not banned from session {session} any more, and stays.",
        "/openvidu show lists who is there.",
        helps=("show",),
    )


async def _who(
    args: KickArgs, session: Session, context: Context, again: Callable[..., str]
) -> Connection:
    return await targets.participant(
        args.participant or "",
        session,
        context,
        lambda c: again(session=session.session_id, participant=c),
        "Kick",
    )


def follows(args: KickArgs) -> str:
    """What a button asks before it removes one."""
    said = f"They're removed from {place(args)} at once"
    if args.ban is None:
        return f"{said}. They can come back if your application lets them in."
    until = "for good" if isinstance(args.ban, str) else f"for {duration(args.ban.total_seconds())}"
    return f"{said}, and again whenever they join, {until}."


def target(who: One | Crowd) -> Target:
    if isinstance(who, Crowd):
        return who.target
    id_ = public_id(who.connection)
    return Target(who.session, id_, who.name, person=who.name, reason=who.reason or "")


async def consequences(who: One | Crowd, _context: Context) -> Markup:
    if isinstance(who, Crowd):
        return kick_many.consequences(who)
    return kick_one.consequences(who)


async def act(who: One | Crowd, context: Context) -> Result:
    if isinstance(who, Crowd):
        return await kick_many.act(who, context)
    result = await kick_one.act(who, context)
    return approving.with_approver(result, who.name, who.approver)


def notice_key(ended: AuditEntry) -> str:
    """Somebody banned may come back fifty times in a minute: the channel hears of it once."""
    ban = ended.arguments.get("by_ban")
    if ban is None:
        return f"action:{ended.ref}"
    return f"ban:{ban}:{ended.outcome}:{ended.at // banning.AGAIN}"


async def look(attempt: AuditEntry, context: Context) -> Result:
    if "match" in attempt.arguments:
        return await kick_many.look(attempt, context)
    return await kick_one.look(attempt, context)


KICK = Action(
    name="kick",
    summary="Remove a participant from a session, or several",
    args=KickArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
    guard=guard,
    brief=Brief("Kick", "Kick", "Removes {} from session {}."),
    follows=follows,
    consequences=consequences,
    notice_key=notice_key,
    refresh=lambda who: call("show", session=who.session),
)
