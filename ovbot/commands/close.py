"""``close``: disconnect everybody from a session and end it, at once or after a warning.

OpenVidu: DELETE /openvidu/api/sessions/<SESSION_ID>; the warning is a POST /openvidu/api/signal.
"""

from datetime import timedelta
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention, when
from ovbot.domain.reply import Button, Buttons, Style
from ovbot.domain.words import counted, duration
from ovbot.engine import sentences
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.grammar.values import Duration
from ovbot.openvidu import OpenViduError, Session
from ovbot.openvidu.errors import NobodyConnected, SessionBusy, SessionGone, SessionNotFound
from ovbot.store.later import Plan
from ovbot.subjects import announced, effects, plans, targets
from ovbot.subjects.after_look import so_now
from ovbot.subjects.condition import is_empty
from ovbot.subjects.people import everybody
from ovbot.subjects.unread import Unread, session_or_unread, unchecked


class CloseArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to close")] = None
    reason: Annotated[str | None, Opt(Kind.TEXT, "Why; told to the channel")] = None
    warn: Annotated[
        Duration | None,
        Opt(Kind.DURATION, "Time between telling people and closing: 5m, 1h", told=True),
        Field(ge=timedelta(seconds=30), le=timedelta(hours=24)),
    ] = None
    only: Annotated[
        str | None, Opt(Kind.WORD, "The very session: its id and when it began", hidden=True)
    ] = None
    announced: Annotated[
        str | None, Opt(Kind.WORD, "The announcement that it does at once", hidden=True)
    ] = None


class Closing(msgspec.Struct, frozen=True):
    """The session as it was found live, or could not be read, and why it goes."""

    session: Session | Unread
    args: CloseArgs
    planned: Plan | None
    """The closing that is announced already."""

    @property
    def reason(self) -> str | None:
        return self.args.reason

    @property
    def id(self) -> str:
        return self.session.session_id

    @property
    def instance(self) -> str:
        """What tells it from a later session of the same id; "" where it could not be read."""
        return "" if isinstance(self.session, Unread) else plans.instance(self.session)

    @property
    def label(self) -> str:
        """What closing it costs, for the audit: ``three people, being recorded``."""
        return _UNREAD if isinstance(self.session, Unread) else _costs(self.session)


_UNREAD = "who was in it could not be read"


def _costs(session: Session) -> str:
    return f"{_people(session)}{', being recorded' if session.recording else ''}"


def _people(session: Session) -> str:
    cameras = sum(c.is_ip_camera for c in session.connections)
    people = counted(everybody(session), "person", "people")
    return f"{people} and {counted(cameras, 'IP camera', 'IP cameras')}" if cameras else people


def _form(args: CloseArgs, session: str, **changed: object) -> str:
    return f"{format_command('close', args.model_copy(update={'session': session, **changed}))} ?"


async def resolve(args: CloseArgs, context: Context) -> Closing:
    wanted = await targets.session_id(args.session, context, lambda s: _form(args, s), "Close")
    if args.announced is not None:
        authorise(CLOSE, context.access, wanted)
        await plans.must_wait(args.announced, plans.CLOSE, wanted, context, done="closed")
    session = await _find(wanted, context)
    if isinstance(session, Unread):
        if args.only is not None or args.warn is not None:
            # A closing that waits must mean just this session, and nothing tells which it is.
            raise session.error
        return Closing(session, args, None)
    if args.only is not None and args.only != plans.instance(session):
        raise AlreadySo(
            f"The session {wanted} that was to be closed has ended. Another one of that id is live "
            "now, and was left alone.",
            "/openvidu show tells who is in it.",
            helps=("show",),
        )
    async with context.store.read() as tx:
        earlier = await plans.closing(tx, context.actor.team, context.server, session)
    return Closing(session, args, earlier)


async def _find(session: str, context: Context) -> Session | Unread:
    try:
        return await session_or_unread(session, context)
    except UserError as missing:
        raise AlreadySo(
            f"Session {session} is closed already, or never existed.",
            "/openvidu list shows the live ones.",
            helps=("list",),
        ) from missing


async def consequences(closing: Closing, context: Context) -> Markup:
    session = closing.session
    if isinstance(session, Unread):
        text = "{} It can be closed all the same: whoever is in it is disconnected at once."
        return md(text, session.sentence)
    if closing.args.warn is not None:
        return _later(closing, session, closing.args.warn, context)
    recording = Markup(" Its recording stops and is kept." if session.recording else "")
    instead = Markup(" With a time under *Warn* they are told first, and it is closed then.")
    if is_empty(session):
        return md("Session {} is closed; nobody is connected to it.{}", code(closing.id), recording)
    return md(
        "Session {} is closed: {} will be disconnected at once.{}{}",
        code(closing.id),
        _people(session),
        recording,
        instead,
    )


def _later(closing: Closing, session: Session, warn: timedelta, context: Context) -> Markup:
    at = when(context.clock.now_ms() + _ms(warn))
    said = md(
        "Session {} is closed {} after you submit this, {}. Its people ({} now) are told "
        "by a signal at once, and disconnected then.",
        code(closing.id),
        duration(warn.total_seconds()),
        at,
        _people(session),
    )
    if session.recording:
        said = said + Markup(" Its recording stops then and is kept.")
    return said + _instead(closing)


def _instead(closing: Closing) -> Markup:
    if closing.planned is None:
        return Markup("")
    earlier = closing.planned
    text = " This replaces the closing that {} announced for {}."
    return md(text, mention(earlier.actor), when(earlier.due_at))


def _ms(warn: timedelta) -> int:
    return round(warn.total_seconds() * 1000)


async def act(closing: Closing, context: Context) -> Result:
    if closing.args.warn is not None:
        return await _announce(closing, closing.args.warn, context)
    answer, checked = "204", Markup("")
    try:
        await context.openvidu.close_session(closing.id)
    except SessionGone as gone:
        said = md(
            "Session {} was closed already. /openvidu list shows the live ones.", code(closing.id)
        )
        return Result(
            outcome=Outcome.ALREADY, said=said, answer=f"{gone.status} {gone.code}", helps=("list",)
        )
    except SessionBusy as busy:
        said = md("{} {}", busy.sentence, busy.next_step)
        return _not_closed(closing, said, f"{busy.status} {busy.code}")
    try:
        if await _open_still(closing.id, closing.instance, context):
            said = md("OpenVidu accepted to close session {}, but it is open.", code(closing.id))
            return _not_closed(closing, said, "204, still open")
    except OpenViduError as error:
        answer, checked = "204, not read back", unchecked(error)
    said = _closed(context.actor.user, closing.id, closing.label, closing.reason)
    done = (effects.Overtaken(closing.planned),) if closing.planned else ()
    return Result(outcome=Outcome.DONE, said=said + checked, answer=answer, effects=done)


async def _announce(closing: Closing, warn: timedelta, context: Context) -> Result:
    """Tell the people in the session now, and plan the closing."""
    due_at = context.clock.now_ms() + _ms(warn)
    answer, heard = "200", md("The people in it were told by a signal.")
    try:
        await plans.signal_closing(closing.id, due_at, closing.reason or "", context)
    except NobodyConnected as nobody:
        answer, heard = f"{nobody.status} {nobody.code}", md("Nobody is in it who could be told.")
    except SessionNotFound as gone:
        said = md("Session {} was closed already.", code(closing.id))
        return Result(
            outcome=Outcome.ALREADY, said=said, answer=f"{gone.status} {gone.code}", helps=("list",)
        )
    except OpenViduError as error:
        answer = f"{error.status} {error.code}" if error.status else error.code
        heard = md("The people in it could not be told: {}", sentences.sentence(error))
    said = md(
        "{} will close session {} ({}) in {}, {}. {}{} Reason: {}",
        mention(context.actor.user),
        code(closing.id),
        closing.label,
        duration(warn.total_seconds()),
        when(due_at),
        heard,
        _instead(closing),
        closing.reason or "none given.",
    )
    plan = _plan(closing, due_at, context)
    return Result(
        outcome=Outcome.DONE,
        said=said,
        answer=answer,
        parts=(Buttons(announced.offered(plan)),),
        effects=(effects.Scheduled(plan),),
    )


def _plan(closing: Closing, due_at: int, context: Context) -> Plan:
    change = {"session": closing.id, "warn": None, "only": closing.instance, "announced": None}
    at_once = {"warn": None, "only": closing.instance, "announced": None}
    return Plan(
        ref=context.ref,
        team=context.actor.team,
        server=context.server,
        actor=context.actor.user,
        channel=context.channel,
        session=closing.id,
        verb=plans.CLOSE,
        about=closing.instance,
        command=format_command("close", closing.args.model_copy(update=change)),
        said=md("close session {}", code(closing.id)),
        label=f"Close {closing.id} now",
        again=_form(closing.args, closing.id, **at_once),
        due_at=due_at,
        created_at=context.clock.now_ms(),
    )


def _not_closed(closing: Closing, said: Markup, answer: str) -> Result:
    again = _form(CloseArgs(reason=closing.reason), closing.id)
    button = Button(f"Close {closing.id}", again, Style.DANGER)
    parts = (Buttons((button,)),)
    return Result(outcome=Outcome.FAILED, said=said, answer=answer, parts=parts)


async def look(attempt: AuditEntry, context: Context) -> Result:
    if "warn" in attempt.arguments:
        # What is planned is written with the outcome, and there is none.
        said = md(
            "ovbot was stopped while it announced the closing of session {}, so it will not be "
            "closed by itself. Its people may have been told that it will. Announce it again.",
            code(attempt.session),
        )
        announce = Button(f"Close {attempt.session}", _form(CloseArgs(), attempt.session))
        parts = (Buttons((announce,)),)
        return Result(outcome=Outcome.FAILED, said=said, answer="looked: not planned", parts=parts)
    if there := await _open_still(attempt.session, attempt.target, context):
        return _half_closed(there, attempt)
    closed = md("Session {} ({}) is closed.", code(attempt.session), attempt.detail)
    return Result(outcome=Outcome.DONE, said=so_now(attempt, closed), answer="looked: gone")


def _half_closed(there: Session, attempt: AuditEntry) -> Result:
    """OpenVidu may have failed half-way, with everybody or some of them disconnected."""
    before, now = attempt.detail, _costs(there)
    emptied = is_empty(there) and before != now and before != _UNREAD
    said = md("Session {} is open: it was not closed. Try again.", code(attempt.session))
    if emptied:
        text = (
            "Session {} is still there, but nobody is in it any more (before: {}): OpenVidu "
            "disconnected everybody and then failed to end it. Close it once more."
        )
        said = md(text, code(attempt.session), before)
    elif before != now:
        text = "Session {} is still open, with {} in it now (before: {}). Close it once more."
        said = md(text, code(attempt.session), _people(there), before)
    again = Button(f"Close {attempt.session}", _form(CloseArgs(), attempt.session), Style.DANGER)
    return Result(
        outcome=Outcome.FAILED,
        said=said,
        answer="looked: emptied, still open" if emptied else "looked: still open",
        parts=(Buttons((again,)),),
        aloud=emptied,
    )


async def _open_still(session: str, instance: str, context: Context) -> Session | None:
    """The same session: an application may have created another one of its id at once.

    Where it could not be read before, ``instance`` is "" and any session of the id is taken for it.
    """
    try:
        there = await context.openvidu.session(session)
    except SessionNotFound:
        return None
    return there if instance in {"", plans.instance(there)} else None


def _closed(actor: str, session: str, label: str, reason: str | None) -> Markup:
    said = md("{} closed session {} ({}).", mention(actor), code(session), label)
    return said + md(" Reason: {}", reason or "none given.")


CLOSE = Action(
    name="close",
    label="Close session",
    summary="Close a session and disconnect everybody",
    args=CloseArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda closing: Target(closing.id, closing.instance, closing.label),
    act=act,
    look=look,
    guard=Guard.FORM,
    consequences=consequences,
    refresh=lambda c: "list" if c.args.warn is None else call("show", session=c.id),
)
