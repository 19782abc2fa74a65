"""``close``: disconnect everybody from a session and end it.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>.
"""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention
from ovbot.domain.reply import Button, Buttons, Style
from ovbot.domain.words import counted
from ovbot.engine import targets
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.looked import so_now
from ovbot.engine.questions import AlreadySo
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.openvidu import OpenViduError, Session
from ovbot.openvidu.errors import SessionBusy, SessionGone, SessionNotFound


class CloseArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to close")] = None
    reason: Annotated[str | None, Opt(Kind.TEXT, "Why; told to the channel")] = None


class Closing(msgspec.Struct, frozen=True):
    """The session as it was found live, and why it goes."""

    session: Session
    reason: str | None

    @property
    def id(self) -> str:
        return self.session.session_id

    @property
    def label(self) -> str:
        """What closing it costs, for the audit: ``three people, being recorded``."""
        recording = ", being recorded" if self.session.recording else ""
        return f"{_people(self.session)}{recording}"


def _people(session: Session) -> str:
    cameras = sum(connection.kind == "IPCAM" for connection in session.connections)
    people = counted(len(session.connections) - cameras, "person", "people")
    return f"{people} and {counted(cameras, 'IP camera', 'IP cameras')}" if cameras else people


def _instance(session: Session) -> str:
    """What tells a session from a later one of the same id; OpenVidu's own uniqueSessionId."""
    return f"{session.session_id}_{session.created_at}"


def _form(args: CloseArgs, session: str) -> str:
    return f"{format_command('close', args.model_copy(update={'session': session}))} ?"


async def resolve(args: CloseArgs, context: Context) -> Closing:
    wanted = await targets.session_id(args.session, context, lambda s: _form(args, s), "Close")
    try:
        session = await context.openvidu.session(wanted)
    except SessionNotFound as missing:
        raise AlreadySo(
            f"Session {wanted} is closed already, or never existed.",
            "/openvidu list shows the live ones.",
        ) from missing
    return Closing(session, args.reason)


async def consequences(closing: Closing, _context: Context) -> Markup:
    session = closing.session
    recording = Markup(" Its recording stops and is kept." if session.recording else "")
    if not session.connections:
        return md("Session {} is closed; nobody is connected to it.{}", code(closing.id), recording)
    return md(
        "Session {} is closed: {} will be disconnected at once.{}",
        code(closing.id),
        _people(session),
        recording,
    )


async def act(closing: Closing, context: Context) -> Result:
    answer = "204"
    try:
        await context.openvidu.close_session(closing.id)
    except SessionGone as gone:
        said = md("Session {} was closed already.", code(closing.id))
        return Result(outcome=Outcome.ALREADY, said=said, answer=f"{gone.status} {gone.code}")
    except SessionBusy as busy:
        said = md("{} {}", busy.sentence, busy.next_step)
        return _not_closed(closing, said, f"{busy.status} {busy.code}")
    try:
        if await _is_open(closing.id, _instance(closing.session), context):
            said = md("OpenVidu accepted to close session {}, but it is open.", code(closing.id))
            return _not_closed(closing, said, "204, still open")
    except OpenViduError:
        answer = "204, not read back"
    said = _closed(context.actor.user, closing.id, closing.label, closing.reason)
    return Result(outcome=Outcome.DONE, said=said, answer=answer)


def _not_closed(closing: Closing, said: Markup, answer: str) -> Result:
    again = _form(CloseArgs(reason=closing.reason), closing.id)
    button = Button(f"Close {closing.id}", again, Style.DANGER)
    parts = (Buttons((button,)),)
    return Result(outcome=Outcome.FAILED, said=said, answer=answer, parts=parts)


async def look(attempt: AuditEntry, context: Context) -> Result:
    if await _is_open(attempt.session, attempt.target, context):
        said = md("Session {} is open: it was not closed. Try again.", code(attempt.session))
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: still open")
    closed = md("Session {} ({}) is closed.", code(attempt.session), attempt.detail)
    return Result(outcome=Outcome.DONE, said=so_now(attempt, closed), answer="looked: gone")


async def _is_open(session: str, instance: str, context: Context) -> bool:
    """Whether it is still the same session: an application may have created it anew at once."""
    try:
        return _instance(await context.openvidu.session(session)) == instance
    except SessionNotFound:
        return False


def _closed(actor: str, session: str, label: str, reason: str | None) -> Markup:
    said = md("{} closed session {} ({}).", mention(actor), code(session), label)
    return said + md(" Reason: {}", reason or "none given.")


CLOSE = Action(
    name="close",
    label="Close session",
    summary="Close a session and disconnect everybody",
    args=CloseArgs,
    needs=Role.OPERATOR,
    resolve=resolve,
    target=lambda closing: Target(closing.id, _instance(closing.session), closing.label),
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda _closing: "list",
)
