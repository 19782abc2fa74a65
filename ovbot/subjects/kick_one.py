"""Removing one participant: what it does, how it ended, and what became of it after a crash."""

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.ban import Ban
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.domain.reply import Button, Buttons
from ovbot.engine.calls import call_form
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.openvidu import OpenViduError, Unknown
from ovbot.openvidu.errors import ConnectionNotFound, SessionNotFound
from ovbot.openvidu.models import is_camera_id
from ovbot.openvidu.participants import public_id
from ovbot.subjects import banning, effects
from ovbot.subjects.after_look import so_now
from ovbot.subjects.bulk import Person
from ovbot.subjects.unread import unchecked


class One(msgspec.Struct, frozen=True):
    """Whom it is about, as found live. ``by_ban`` is the ban that has them removed."""

    session: str
    person: Person
    reason: str | None
    by_ban: Ban | None = None
    approver: str = ""
    """Who has approved it, where it took a second person."""

    @property
    def connection(self) -> str:
        return self.person.connection

    @property
    def name(self) -> str:
        return self.person.name


def consequences(who: One) -> Markup:
    back: object = "They can come back if your application lets them in."
    if is_camera_id(who.connection):
        back = "An operator can add it again."
    if who.person.ban:
        back = md("{} {}", banning.promise([who.person.ban]), banning.fitting(who.person))
    return md("{} is removed from session {} at once. {}", bold(who.name), code(who.session), back)


async def act(one: One, context: Context) -> Result:
    answer, checked = "204", Markup("")
    try:
        await context.openvidu.disconnect(one.session, one.connection)
    except (ConnectionNotFound, SessionNotFound) as gone:
        return _gone(one, gone, context.actor.user)
    except Unknown as lost:
        # What is looked up later from the audit alone knows no ban any more.
        if one.person.ban is None or not await _surely_gone(one, context):
            raise
        answer = f"{lost.code}, looked: gone"
    try:
        remains = await _is_there(one.session, one.connection, context)
    except OpenViduError as error:
        # A look that fails must not make a failure of what OpenVidu has accepted.
        remains, answer, checked = False, f"{answer}, not read back", unchecked(error)
    if remains:
        said = md(
            "OpenVidu accepted to remove {} from session {}, but they are still there. Look with "
            "/openvidu show and try once more.",
            bold(one.name),
            code(one.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="204, still there", helps=("show",))
    if one.by_ban is not None:
        return _carried_out(one, one.by_ban, answer)
    said = md("{} removed {} from session {}", *_of(one, context.actor.user))
    done = _done(one, said, answer)
    return msgspec.structs.replace(done, said=done.said + checked)


def _of(one: One, actor: str) -> tuple[Markup, Markup, Markup]:
    return mention(actor), bold(one.name), code(one.session)


def _done(one: One, said: Markup, answer: str) -> Result:
    """Removed, or banned after all: ``said`` goes on here."""
    reason = md(" Reason: {}", one.reason or "none given.")
    ban = one.person.ban
    back = () if is_camera_id(one.connection) else (invite_back(one.session, one.name),)
    if ban is None:
        parts = (Buttons(back),) if back else ()
        said = said + Markup(".") + reason
        return Result(outcome=Outcome.DONE, said=said, answer=answer, parts=parts)
    promised = banning.promise([ban])
    if one.person.also:
        promised = md("{} {}", promised, banning.also(one.person.also))
    banned = md(" and banned them {}. {}", banning.span(ban), promised)
    return Result(
        outcome=Outcome.DONE,
        said=said + banned + reason,
        answer=answer,
        parts=(Buttons((banning.lift_button([ban]), *back)),),
        effects=(effects.Banned(ban),),
    )


def invite_back(session: str, name: str) -> Button:
    """The form that invites somebody to the session they were removed from: whom in Slack, only
    who presses it knows."""
    return Button(f"Invite {name} back", call_form("invite", session=session))


def _gone(one: One, gone: ConnectionNotFound | SessionNotFound, actor: str) -> Result:
    """They left by themselves. A ban is of use all the same: they may come back."""
    answer = f"{gone.status} {gone.code}"
    if one.person.ban is not None:
        said = md("{} found {} gone from session {} already", *_of(one, actor))
        return _done(one, said, answer)
    said = md("{} was gone from session {} already.", bold(one.name), code(one.session))
    helps: tuple[str, ...] = ()
    if isinstance(gone, SessionNotFound):
        helps = ("list",)
        text = "Session {} had ended already, and {} has left with it. {}"
        lists = "/openvidu list shows the live ones."
        said = md(text, code(one.session), bold(one.name), lists)
    return Result(outcome=Outcome.ALREADY, said=said, answer=answer, helps=helps)


def _carried_out(one: One, ban: Ban, answer: str) -> Result:
    """Told once in a while, however often they come back (see ``notice_key``)."""
    often = ban.removals + 1
    so_far = md(" So far that was {} times.", often) if often > 1 else Markup("")
    said = md(
        "{} joined session {} and was removed: {} banned them {}.{} Reason: {}",
        bold(one.name),
        code(one.session),
        mention(ban.actor),
        banning.span(ban),
        so_far,
        ban.reason or "none given.",
    )
    parts = (Buttons((banning.lift_button([ban]),)),)
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        parts=parts,
        effects=(effects.BanCarriedOut(ban.id),),
    )


async def _surely_gone(one: One, context: Context) -> bool:
    try:
        return not await _is_there(one.session, one.connection, context)
    except OpenViduError:
        return False


async def look(attempt: AuditEntry, context: Context) -> Result:
    if await _is_there(attempt.session, attempt.target, context):
        said = md(
            "{} is still in session {}: the removal did not happen. Try again.",
            bold(attempt.detail),
            code(attempt.session),
        )
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still there")
    gone = md("{} is not in session {} any more.", bold(attempt.detail), code(attempt.session))
    if "ban" in attempt.arguments:
        gone = gone + Markup(" They were to be banned too, and were not: ban them when they join.")
    said = so_now(attempt, gone)
    return Result(outcome=Outcome.DONE, said=said, answer="looked: gone")


async def _is_there(session: str, connection: str, context: Context) -> bool:
    try:
        now = await context.openvidu.session(session)
    except SessionNotFound:  # kicking the last person ends the session
        return False
    return any(connection in {c.connection_id, public_id(c.connection_id)} for c in now.connections)
