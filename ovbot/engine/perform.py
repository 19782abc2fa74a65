"""After the acknowledgement: resolve, attempt, act, record the one outcome with its notices."""

from typing import Any

import msgspec
import stamina
import structlog

from ovbot.domain.actor import OVBOT
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.binding import hearing
from ovbot.domain.markup import Markup, bold, code, md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Button, Buttons
from ovbot.engine import announced, duty, offers, say
from ovbot.engine.command import Action, Result, Target, Unbegun
from ovbot.engine.confirming import chosen
from ovbot.engine.context import Context
from ovbot.engine.entered import Performed
from ovbot.engine.entries import LONGEST_SHOWN
from ovbot.engine.policy import authorise
from ovbot.engine.questions import AlreadySo, Ambiguous, Denied
from ovbot.errors import UserError
from ovbot.grammar.args import Args
from ovbot.openvidu.errors import OpenViduError, Unknown
from ovbot.points import reach
from ovbot.store import audit, bans, bindings, cards, later, outbox, recordings
from ovbot.store.database import Tx
from ovbot.store.later import Plan

log = structlog.get_logger(__name__)


async def perform(
    action: Action[Any, Any], args: Args, intent: AuditEntry, context: Context
) -> Performed:
    """Carry out an intended action to its one outcome.

    Raises nothing but what keeps the outcome from being recorded; such an intent stays open and is
    closed by a recovery. Where another process has closed it already, taking this one for dead,
    nothing is done.
    """
    attempt = intent
    refresh = ""
    passes = True
    try:
        target = await action.resolve(args, context)
        named: Target = action.target(target)
        if named.session:
            authorise(action, context.access, named.session)
        refresh = action.refresh(target)
        if getattr(args, "dry_run", False):
            result = await _dry_run(action, target, context)
        else:
            target = action.held_to(target, context.told_of)
            attempt = await _record_attempt(intent, action.target(target), context)
            result = await _act(action, target, attempt, context)
            if result.outcome is not Outcome.DONE and not result.parts:
                buttons = offers.after_result(result, action, args, named, context)
                result = _with(buttons, result)
    except audit.AlreadyRecorded as there:
        log.warning("action.closed_elsewhere", ref=intent.ref, phase=there.entry.phase)
        return Performed()
    except Exception as error:
        passes = duty.may_pass(error)
        result = _ended_by(error, action, args, context)
        if not result.parts:
            result = _offering(result, error, action, args, attempt, context)
    if plan := await duty.plan_of(intent, context):
        result = _of_plan(result, plan, context.clock.now_ms(), passes=passes)
    await record_outcome(attempt, result, context)
    return Performed(refresh, say.outcome(result, intent.ref), is_public(result))


def _of_plan(result: Result, plan: Plan, now: int, *, passes: bool) -> Result:
    """Nobody sits before a planned command: it goes on by itself, or says that it took long."""
    failed = result.outcome in {Outcome.FAILED, Outcome.UNKNOWN} and passes
    if failed or result.left:
        return duty.goes_on(result, plan, now)
    return duty.took(result, plan, now) if result.outcome is Outcome.DONE else result


async def _act(
    action: Action[Any, Any], target: object, attempt: AuditEntry, context: Context
) -> Result:
    try:
        result = await action.act(target, context)
        reach("openvidu.answered")
        return result
    except Unknown as unknown:
        # A time-out is not a failure: look at what became of it before a word is said.
        log.warning("action.unknown", ref=attempt.ref, command=action.name, why=unknown.code)
        try:
            return _with_reason(await action.look(attempt, context), unknown)
        except OpenViduError as error:
            return not_known(unknown, error)


def _with_reason(result: Result, unknown: Unknown) -> Result:
    """It was not done: in OpenVidu's own words, where it gave any."""
    if result.outcome is not Outcome.FAILED or not unknown.message:
        return result
    said = result.said + md(" OpenVidu says: “{}”", unknown.message)
    return msgspec.structs.replace(result, said=said)


def not_known(unknown: OpenViduError, look: OpenViduError) -> Result:
    """OpenVidu did not answer, and cannot be asked either."""
    said = md(
        "{} Looking at what became of it failed too: {} Check with /openvidu show before you "
        "try again.",
        unknown.sentence,
        look.sentence,
    )
    return Result(outcome=Outcome.UNKNOWN, said=said, answer=unknown.code)


async def _record_attempt(intent: AuditEntry, target: Target, context: Context) -> AuditEntry:
    read = {"participant": target.person, "reason": target.reason} if target.reason else {}
    attempt = msgspec.structs.replace(
        intent,
        arguments=intent.arguments | {name: text[:LONGEST_SHOWN] for name, text in read.items()},
        phase=Phase.ATTEMPT,
        at=context.clock.now_ms(),
        interaction=None,
        session=target.session or intent.session,
        target=target.id,
        detail=target.label,
    )
    async with context.store.begin() as tx:
        await audit.append(tx, attempt, after=Phase.INTENT)
        reach("attempt.written")
    reach("attempt.committed")
    return attempt


async def _dry_run(action: Action[Any, Any], target: object, context: Context) -> Result:
    named: Target = action.target(target)
    if action.consequences is not None:
        would = await action.consequences(target, context)
        said = md("This is what would be done: {} Nothing was done.", would)
        return Result(outcome=Outcome.DRY_RUN, said=said, target=named)
    said = md(
        "{} would act on {} ({}){}. Nothing was done.",
        bold(action.name),
        bold(named.label or named.id),
        code(named.id),
        md(" in session {}", code(named.session)) if named.session else Markup(""),
    )
    return Result(outcome=Outcome.DRY_RUN, said=said, target=named)


def _ended_by(error: Exception, action: Action[Any, Any], args: Args, context: Context) -> Result:
    """The outcome that an error means. Our own faults are logged with their traceback."""
    said = say.sentence(error)
    if isinstance(error, Denied):
        return Result(outcome=Outcome.DENIED, said=said, detail=error.detail)
    if isinstance(error, AlreadySo):
        return Result(outcome=Outcome.ALREADY, said=said, answer=error.code)
    if isinstance(error, Ambiguous):
        shown = Markup("") if not error.more else md(" … and {} more.", error.more)
        return Result(
            outcome=Outcome.REFUSED,
            said=said + shown,
            answer=error.code,
            parts=(Buttons(tuple(chosen(each, action, args, context) for each in error.buttons)),),
        )
    if isinstance(error, UserError):
        return Result(outcome=Outcome.REFUSED, said=said, answer=error.code)
    if isinstance(error, OpenViduError):
        status = f"{error.status} " if error.status else ""
        return Result(outcome=Outcome.FAILED, said=said, answer=f"{status}{error.code}")
    log.error("action.failed", ref=context.ref, command=action.name, exc_info=error)
    return Result(outcome=Outcome.FAILED, said=said, answer="fault")


def _offering(
    result: Result,
    error: Exception,
    action: Action[Any, Any],
    args: Args,
    attempt: AuditEntry,
    context: Context,
) -> Result:
    """The result with buttons for what helps after the error."""
    if isinstance(error, Denied):
        return result
    session = attempt.session
    buttons = offers.after(error, action, args, session, context, whom=attempt.detail)
    if not buttons and isinstance(error, OpenViduError) and session:
        buttons = offers.of_step("/openvidu show", session, context)
    return _with(buttons, result)


def _with(buttons: tuple[Button, ...], result: Result) -> Result:
    return msgspec.structs.replace(result, parts=(Buttons(buttons),)) if buttons else result


async def record_outcome(
    attempt: AuditEntry, result: Result, context: Context, *, after: Phase | None = None
) -> None:
    """Write the outcome, what follows from it and every notice of it in one transaction.

    ``after``: only if the action has come this far and no further. Raises whatever keeps it from
    being written, after several tries; AlreadyRecorded (another process went on with the action)
    is not an error.
    """
    now = context.clock.now_ms()
    target = result.target or Target(attempt.session, attempt.target, attempt.detail)
    ended = msgspec.structs.replace(
        attempt,
        phase=Phase.OUTCOME,
        at=now,
        interaction=None,
        session=target.session or attempt.session,
        target=target.id or attempt.target,
        outcome=result.outcome,
        answer=result.answer,
        detail=result.detail or target.label,
    )
    async for tries in stamina.retry_context(on=_worth_another_try, attempts=5, timeout=20):
        with tries:
            try:
                await _write(ended, result, now, context, after)
                reach("outcome.committed")
            except audit.AlreadyRecorded:
                log.info("outcome.already_recorded", ref=attempt.ref)


def _worth_another_try(error: BaseException) -> bool:
    # Whoever is cancelled ends: the process stops, and the next start closes what is open.
    return isinstance(error, Exception) and not isinstance(error, audit.AlreadyRecorded)


async def _write(
    ended: AuditEntry, result: Result, now: int, context: Context, after: Phase | None
) -> None:
    team, server = ended.team, ended.server
    async with context.store.begin() as tx:
        await outbox.in_order(tx)
        await audit.append(tx, ended, after=after)
        if result.bound:
            await bindings.add(tx, result.bound)
        for pattern in result.unbound:
            await bindings.remove(tx, team, server, ended.channel, pattern)
        if result.started:
            await recordings.remember_start(
                tx,
                team=team,
                server=server,
                recording=result.started.recording,
                created_at=result.started.created_at,
                session=result.started.session,
                started_by=ended.actor if result.started.sure else OVBOT,
            )
        if result.unbegun:
            since = context.openvidu.there(result.unbegun.since)
            await _tell_unbegun(tx, result.unbegun, ended, since, now)
        await announced.settle(tx, ended, result, at=now)
        for plan in result.later:
            await later.add(tx, plan)
        if result.again is not None:
            await later.again(tx, result.again)
        for ban in result.banned:
            replaced = await bans.add(tx, ban)
            await announced.unbanned(tx, team, server, replaced, at=now, replaced=True)
        await bans.lift(tx, result.lifted, at=now, by=ended.actor)
        await announced.unbanned(tx, team, server, result.lifted, at=now)
        if result.by_ban is not None:
            await bans.carried_out(tx, result.by_ban)
        if result.card:
            await cards.open_card(tx, result.card)
        elif result.outcome is Outcome.DONE or result.aloud:
            await cards.touch(tx, server, ended.session, at_once=True)
        every = await bindings.every(tx, server)
        heard = hearing([b for b in every if b.team == team], ended.session, result.topic)
        key = _key(ended, context) if result.told_as is None else result.told_as
        if result.late and key != f"action:{ended.ref}":
            key = f"{key}:late"  # one that took long is told beside those that it stands for
        notices = _notices(ended, result, heard, key)
        if not result.card:
            notices = [await _threaded(tx, notice, ended, context.thread) for notice in notices]
        await outbox.add(tx, team, server, now, notices)
        reach("outcome.written")


async def _tell_unbegun(tx: Tx, unbegun: Unbegun, ended: AuditEntry, since: int, now: int) -> None:
    """``since``: by OpenVidu's clock, which recordings are dated by."""
    if unbegun.recording is not None:
        await recordings.advance(tx, server=ended.server, seen=unbegun.recording, at=now)
    await recordings.tell_unbegun(
        tx,
        team=ended.team,
        server=ended.server,
        session=unbegun.session,
        since=since,
        started_by=ended.actor,
        at=now,
    )


async def _threaded(tx: Tx, notice: Notice, ended: AuditEntry, pressed_in: str) -> Notice:
    """Moderation goes into the thread of the session's card, where there is one; else, like what
    only one person is told, into the thread that was pressed in."""
    thread = ""
    if notice.audience is Audience.CHANNEL:
        thread = await cards.thread(tx, ended.team, ended.server, ended.session, notice.channel)
    if not thread and notice.channel == ended.channel:
        thread = pressed_in
    return msgspec.structs.replace(notice, thread=thread) if thread else notice


def is_public(result: Result) -> bool:
    """Whether the channel hears of it; else only whoever acted."""
    return result.outcome is Outcome.DONE or result.aloud


def _key(ended: AuditEntry, context: Context) -> str:
    command = context.commands.names.get(tuple(ended.command.split()))
    return command.told_as(ended) if isinstance(command, Action) else f"action:{ended.ref}"


def _notices(ended: AuditEntry, result: Result, heard: tuple[str, ...], key: str) -> list[Notice]:
    """What is done, or said aloud, is told in the channel it was asked in and wherever it is heard;
    the rest to the actor.

    The actor's own copy names them as the person to tell directly, should ovbot not be a member
    of that channel: an action's outcome is never silent.
    """
    if not key:
        return []
    reply = say.outcome(result, ended.ref)
    if not is_public(result):
        audience = Audience.ONLY_USER
        return [
            Notice(channel=ended.channel, key=key, reply=reply, audience=audience, user=ended.actor)
        ]
    here = Notice(channel=ended.channel, key=key, reply=reply, user=ended.actor)
    others = [channel for channel in heard if channel != ended.channel]
    return [here, *(Notice(channel=channel, key=key, reply=reply) for channel in others)]
