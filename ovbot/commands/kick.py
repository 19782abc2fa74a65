"""``kick``: force the disconnection of one participant.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>/connection/<CONNECTION_ID>.
"""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.engine import targets
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.looked import so_now
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu.errors import ConnectionNotFound, OpenViduError, SessionNotFound
from ovbot.openvidu.participants import display_name, public_id


class KickArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session the person is in")] = None
    participant: Annotated[str, Arg(Kind.PARTICIPANT, "Number, part of the name, or id")]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why; told to the channel", rest=True)] = None
    dry_run: Annotated[bool, Opt(Kind.FLAG, "Only say whom it would remove")] = False


class Person(msgspec.Struct, frozen=True):
    """Whom it is about, as found live."""

    session: str
    connection: str
    name: str
    reason: str | None


async def resolve(args: KickArgs, context: Context) -> Person:
    given = await targets.numbered_session(args.session, args.participant, context)

    def again(**change: str) -> str:
        return format_command("kick", args.model_copy(update=change))

    wanted = await targets.session_id(given, context, lambda s: again(session=s), "In")
    session = await targets.live_session(wanted, context)
    connection = await targets.participant(
        args.participant,
        session,
        context,
        lambda c: again(session=session.session_id, participant=c),
        "Kick",
    )
    name = display_name(connection)
    return Person(session.session_id, connection.connection_id, name, args.reason)


def target(person: Person) -> Target:
    return Target(person.session, public_id(person.connection), person.name)


async def act(person: Person, context: Context) -> Result:
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
    summary="Remove a participant from a session",
    args=KickArgs,
    needs=Role.MODERATOR,
    resolve=resolve,
    target=target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=lambda person: targets.on_session("show", person.session),
)
