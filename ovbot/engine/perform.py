"""After the acknowledgement: resolve, attempt, act, record the one outcome with its notices."""

from dataclasses import replace
from typing import Any

import msgspec
import stamina
import structlog

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.markup import Markup, bold, code, md
from ovbot.domain.notice import Audience, Notice
from ovbot.domain.reply import Button, Buttons
from ovbot.engine import near_misses, next_steps, sentences
from ovbot.engine.admission import Performed
from ovbot.engine.command import Action, Confirmed, Result, Target
from ovbot.engine.confirming import chosen
from ovbot.engine.context import Context
from ovbot.engine.entries import LONGEST_SHOWN
from ovbot.engine.policy import authorise_target
from ovbot.engine.refusals import AlreadySo, Ambiguous, Deferred, Denied
from ovbot.errors import UserError
from ovbot.failpoints import reach
from ovbot.grammar.args import Args
from ovbot.openvidu.errors import (
    OpenViduError,
    SessionBusy,
    Unauthorized,
    Unexpected,
    Unknown,
    Unreachable,
)
from ovbot.store import audit, outbox
from ovbot.store.database import Tx
from ovbot.store.failures import StoreError

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
        context = await _as_of_now(context)
        target = await action.resolve(args, context)
        named: Target = action.target(target)
        # Looking may have taken long: what was taken away meanwhile counts, too.
        context = await _as_of_now(context)
        authorise_target(action, context.access, named)
        refresh = action.refresh(target)
        if getattr(args, "dry_run", False):
            result = await _dry_run(action, target, context)
        else:
            if isinstance(target, Confirmed):
                target = target.restrict_to(context.confirmed_ids)
            attempt = await _record_attempt(intent, action.target(target), context)
            result = await _act(action, target, attempt, context)
            if result.outcome is not Outcome.DONE and not result.parts:
                buttons = next_steps.after_result(result, action, args, named, context)
                result = _with(buttons, result)
    except audit.AlreadyRecorded as there:
        log.warning("action.closed_elsewhere", ref=intent.ref, phase=there.entry.phase)
        return Performed()
    except Exception as error:
        passes = may_pass(error)
        result = _ended_by(error, action, args, context)
        if not result.parts:
            result = await _offering(result, error, action, args, attempt, context)
    result = await context.powers.planned.goes_on(result, intent, context, passes=passes)
    result = await record_outcome(attempt, result, context)
    return Performed(refresh, sentences.outcome(result, intent.ref), is_public(result))


async def _as_of_now(context: Context) -> Context:
    """The same with what the person may now, as the store has it, and not as it was when they
    asked."""
    return replace(context, access=await context.access_of(context.actor.user))


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
    return Result(outcome=Outcome.UNKNOWN, said=said, answer=unknown.code, helps=("show",))


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


_PASSING = (Unreachable, Unknown, Unexpected, Unauthorized, SessionBusy, StoreError)


def may_pass(error: Exception) -> bool:
    """Whether the same command may go well in a while, as it is."""
    return isinstance(error, _PASSING)


def _ended_by(error: Exception, action: Action[Any, Any], args: Args, context: Context) -> Result:
    """The outcome that an error means. Our own faults are logged with their traceback."""
    said = sentences.sentence(error)
    if isinstance(error, Deferred):
        return error.result
    if isinstance(error, Denied):
        offered = sentences.ask_for(error)
        parts = (Buttons(offered),) if offered else ()
        return Result(outcome=Outcome.DENIED, said=said, detail=error.detail, parts=parts)
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


async def _offering(
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
    buttons = next_steps.after(error, action, args, session, context, whom=attempt.detail)
    if not buttons and isinstance(error, OpenViduError) and session:
        buttons = next_steps.offered(("show",), session, context)
    if meant := await near_misses.near(error, action, args, context):
        result = msgspec.structs.replace(result, said=md("{} {}", result.said, meant.said))
        buttons = (meant.button, *buttons)
    return _with(buttons, result)


def _with(buttons: tuple[Button, ...], result: Result) -> Result:
    return msgspec.structs.replace(result, parts=(Buttons(buttons),)) if buttons else result


async def record_outcome(
    attempt: AuditEntry, result: Result, context: Context, *, after: Phase | None = None
) -> Result:
    """Write the outcome, what follows from it and every notice of it in one transaction.

    ``after``: only if the action has come this far and no further. Raises whatever keeps it from
    being written, after several tries; AlreadyRecorded (another process went on with the action)
    is not an error. Returns the result as it stands in the audit: where somebody was faster, an
    effect finds that out in the transaction itself, and nothing of it is stored.
    """
    now = context.clock.now_ms()
    async for tries in stamina.retry_context(on=_worth_another_try, attempts=5, timeout=20):
        with tries:
            try:
                result = await _settle(attempt, result, now, context, after)
                reach("outcome.committed")
            except audit.AlreadyRecorded:
                log.info("outcome.already_recorded", ref=attempt.ref)
    return result


async def _settle(
    attempt: AuditEntry, result: Result, now: int, context: Context, after: Phase | None
) -> Result:
    try:
        await _write(_ended(attempt, result, now), result, now, context, after)
    except UserError as overtaken:
        result = _overtaken(overtaken)
        await _write(_ended(attempt, result, now), result, now, context, after)
    return result


def _ended(attempt: AuditEntry, result: Result, now: int) -> AuditEntry:
    target = result.target or Target(attempt.session, attempt.target, attempt.detail)
    return msgspec.structs.replace(
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


def _overtaken(error: UserError) -> Result:
    outcome = Outcome.ALREADY if isinstance(error, AlreadySo) else Outcome.REFUSED
    return Result(outcome=outcome, said=sentences.sentence(error), answer=error.code)


def _worth_another_try(error: BaseException) -> bool:
    # Whoever is cancelled ends: the process stops, and the next start closes what is open.
    return isinstance(error, Exception) and not isinstance(error, audit.AlreadyRecorded)


async def _write(
    ended: AuditEntry, result: Result, now: int, context: Context, after: Phase | None
) -> None:
    hearers = context.powers.hearers
    async with context.store.begin() as tx:
        await outbox.in_order(tx)
        await audit.append(tx, ended, after=after)
        await context.powers.planned.settle(tx, ended, result)
        if is_public(result):
            await hearers.changed(tx, ended)
        for effect in result.effects:
            await effect.write(tx, ended, context)
        key = _key(ended, context) if result.notice_key is None else result.notice_key
        if result.late and key != f"action:{ended.ref}":
            key = f"{key}:late"  # one that took long is told beside those that it stands for
        heard = await hearers.channels(tx, ended, result.topic)
        notices = [
            await _threaded(tx, notice, ended, context)
            for notice in _notices(ended, result, heard, key)
        ]
        await outbox.add(tx, ended.team, ended.server, now, notices)
        reach("outcome.written")


async def _threaded(tx: Tx, notice: Notice, ended: AuditEntry, context: Context) -> Notice:
    """Moderation goes into the thread of the session's card, where there is one; else, like what
    only one person is told, into the thread that was pressed in."""
    thread = ""
    if notice.audience is Audience.CHANNEL:
        thread = await context.powers.hearers.thread(tx, ended, notice.channel)
    if not thread and notice.channel == ended.channel:
        thread = context.thread
    return msgspec.structs.replace(notice, thread=thread) if thread else notice


def is_public(result: Result) -> bool:
    """Whether the channel hears of it; else only whoever acted."""
    return result.outcome is Outcome.DONE or result.aloud


def _key(ended: AuditEntry, context: Context) -> str:
    command = context.commands.names.get(tuple(ended.command.split()))
    return command.notice_key(ended) if isinstance(command, Action) else f"action:{ended.ref}"


def _notices(ended: AuditEntry, result: Result, heard: tuple[str, ...], key: str) -> list[Notice]:
    """What is done, or said aloud, is told in the channel it was asked in and wherever it is heard;
    the rest to the actor.

    The actor's own copy names them as the person to tell directly, should ovbot not be a member
    of that channel: an action's outcome is never silent.
    """
    if not key:
        return []
    reply = sentences.outcome(result, ended.ref)
    if not is_public(result):
        audience = Audience.ONLY_USER
        return [
            Notice(channel=ended.channel, key=key, reply=reply, audience=audience, user=ended.actor)
        ]
    here = Notice(channel=ended.channel, key=key, reply=reply, user=ended.actor)
    others = [channel for channel in heard if channel != ended.channel]
    return [here, *(Notice(channel=channel, key=key, reply=reply) for channel in others)]
