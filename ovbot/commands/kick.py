"""``kick``: force the disconnection of one participant, or of all whose name fits a glob.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>/connection/<CONNECTION_ID>, once for each.
"""

from collections.abc import Callable
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.engine import crowd, targets
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.crowd import Crowd
from ovbot.engine.looked import so_now
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import Session
from ovbot.openvidu.errors import ConnectionNotFound, OpenViduError, SessionNotFound
from ovbot.openvidu.models import is_camera
from ovbot.openvidu.participants import display_name, public_id


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
        str | None, Arg(Kind.TEXT, "Why; told to the channel", rest=True, keyed=True)
    ] = None
    match: Annotated[
        str | None,
        Opt(Kind.PATTERN, "Instead of one: everybody whose name fits this glob, such as spam-*"),
        Field(max_length=80),
    ] = None
    dry_run: Annotated[bool, Opt(Kind.FLAG, "Only say whom it would remove")] = False


class Person(msgspec.Struct, frozen=True):
    """Whom it is about, as found live."""

    session: str
    connection: str
    name: str
    reason: str | None


def guard(args: KickArgs) -> Guard:
    """Several at once: a form that names them. The second person's approval belongs here too."""
    if args.match is None:
        return Guard.CONFIRM
    return Guard.NONE if args.dry_run else Guard.FORM


async def resolve(args: KickArgs, context: Context) -> Person | Crowd:
    given = await targets.numbered_session(args.session, args.participant or "", context)

    def again(**change: str) -> str:
        text = format_command("kick", args.model_copy(update=change))
        return f"{text} ?" if guard(args) is Guard.FORM else text

    wanted = await targets.session_id(given, context, lambda s: again(session=s), "In")
    session = await targets.live_session(wanted, context)
    if args.match is not None:
        return crowd.find(session, args.match, args.reason, again(session=session.session_id))
    return await _person(args, session, context, again)


async def _person(
    args: KickArgs, session: Session, context: Context, again: Callable[..., str]
) -> Person:
    connection = await targets.participant(
        args.participant or "",
        session,
        context,
        lambda c: again(session=session.session_id, participant=c),
        "Kick",
    )
    name = display_name(connection)
    return Person(session.session_id, connection.connection_id, name, args.reason)


def target(who: Person | Crowd) -> Target:
    if isinstance(who, Crowd):
        return who.target
    return Target(who.session, public_id(who.connection), who.name)


async def consequences(who: Person | Crowd, _context: Context) -> Markup:
    if isinstance(who, Crowd):
        return crowd.consequences(who)
    back = "They can come back if your application lets them in."
    if is_camera(who.connection):
        back = "An operator can add it again."
    return md("{} is removed from session {} at once. {}", bold(who.name), code(who.session), back)


def held_to(who: Person | Crowd, told_of: tuple[str, ...] | None) -> Person | Crowd:
    return crowd.held_to(who, told_of) if isinstance(who, Crowd) else who


async def act(who: Person | Crowd, context: Context) -> Result:
    return await (crowd.act(who, context) if isinstance(who, Crowd) else _act(who, context))


async def _act(person: Person, context: Context) -> Result:
    try:
        await context.openvidu.disconnect(person.session, person.connection)
    except ConnectionNotFound as gone:
        said = md("{} was gone from session {} already.", bold(person.name), code(person.session))
        answer = f"{gone.status} {gone.code}"
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
    except SessionNotFound as gone:
        said = md(
            "Session {} had ended already, and {} has left with it. /openvidu list shows the live "
            "ones.",
            code(person.session),
            bold(person.name),
        )
        answer = f"{gone.status} {gone.code}"
        return Result(outcome=Outcome.ALREADY, said=said, answer=answer)
    try:
        remains, answer = await _is_there(person.session, person.connection, context), "204"
    except OpenViduError:
        # A look that fails must not make a failure of what OpenVidu has accepted.
        remains, answer = False, "204, not read back"
    if remains:
        said = md(
            "OpenVidu accepted to remove {} from session {}, but they are still there. Look with "
            "/openvidu show and try once more.",
            bold(person.name),
            code(person.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="204, still there")
    said = _removed(context.actor.user, person.name, person.session, person.reason)
    return Result(outcome=Outcome.DONE, said=said, answer=answer)


async def look(attempt: AuditEntry, context: Context) -> Result:
    if "match" in attempt.arguments:
        return await crowd.look(attempt, context)
    if await _is_there(attempt.session, attempt.target, context):
        said = md(
            "{} is still in session {}: the removal did not happen. Try again.",
            bold(attempt.detail),
            code(attempt.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still there")
    gone = md("{} is not in session {} any more.", bold(attempt.detail), code(attempt.session))
    said = so_now(attempt, gone)
    return Result(outcome=Outcome.DONE, said=said, answer="looked: gone")


async def _is_there(session: str, connection: str, context: Context) -> bool:
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:  # kicking the last person ends the session
        return False
    return any(connection in {c.connection_id, public_id(c.connection_id)} for c in now.connections)


def _removed(actor: str, name: str, session: str, reason: str | None) -> Markup:
    said = md("{} removed {} from session {}.", mention(actor), bold(name), code(session))
    return said + md(" Reason: {}", reason or "none given.")


KICK = Action(
    name="kick",
    summary="Remove a participant from a session, or several",
    args=KickArgs,
    needs=Role.MODERATOR,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
    guard=guard,
    consequences=consequences,
    tells_of=lambda who: who.ids if isinstance(who, Crowd) else (),
    held_to=held_to,
    refresh=lambda who: targets.on_session("show", who.session),
)
