"""``outbox list``, ``outbox retry`` and ``outbox drop``: messages that have not arrived yet.

What is told of a notice is where it goes and why it is not there, and its text only where everybody
in the channel was to read it.
"""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, code, md, mention, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Heading,
    Paragraph,
    Part,
    Reply,
    Style,
    from_json,
)
from ovbot.domain.words import counted
from ovbot.engine.command import Action, Guard, Question, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo
from ovbot.errors import UserError
from ovbot.failpoints import reach
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.store import backlog, outbox
from ovbot.store.deliveries import Listed, Status
from ovbot.subjects import pages, undelivered
from ovbot.subjects.pages import Pages

MOST = 200
"""Notices in one command."""
_TEXT = 150
_NAME = Field(pattern=r"^[a-z0-9]{1,20}$")


class OutboxListArgs(Args):
    dead: Annotated[bool, Opt(Kind.FLAG, "Those that will not be tried again")] = False
    limit: Annotated[int, Opt(Kind.COUNT, "How many on a page"), Field(ge=1, le=40)] = 10
    page: Annotated[int, Opt(Kind.COUNT, "Page of messages"), Field(ge=1, le=pages.MOST)] = 1


class OutboxRetryArgs(Args):
    notice: Annotated[
        str, Arg(Kind.WORD, "Its id, an action's reference, or all", name="id"), _NAME
    ]


class OutboxDropArgs(Args):
    notice: Annotated[str, Arg(Kind.WORD, "Its id, or an action's reference", name="id"), _NAME]


class Backlog(msgspec.Struct, frozen=True):
    """A part of the notices of one kind, the oldest first."""

    status: Status
    listed: Pages[Listed]
    args: OutboxListArgs


class Chosen(msgspec.Struct, frozen=True):
    """The notices that a command is about."""

    ids: tuple[int, ...]

    @property
    def target(self) -> Target:
        """Their ids, as the audit names them."""
        return Target("", " ".join(map(str, self.ids)), _notices(len(self.ids)))


async def run_list(args: OutboxListArgs, context: Context) -> Backlog:
    status, team = Status.DEAD if args.dead else Status.PENDING, context.actor.team
    async with context.store.read() as tx:
        total, skipped = await backlog.total(tx, team, status), (args.page - 1) * args.limit
        found = await outbox.listed(tx, team, status, limit=args.limit + 1, skipped=skipped)
        return Backlog(status, pages.read(found, args.page, args.limit, total), args)


def render_list(found: Backlog) -> Reply:
    dead = found.status is Status.DEAD
    state = "dead" if dead else "waiting"
    total = found.listed.total or 0
    if not total:
        none = md("No notice is {}.", state)
        other = Button("List dead messages", "outbox list --dead")
        if dead:
            other = Button("List waiting messages", "outbox list")
        return Reply(none, (Paragraph(none), Buttons((other,))))
    verb = "is" if total == 1 else "are"
    said = md("{} {} {}, the oldest first.", _notices(total).capitalize(), verb, state)
    parts: list[Part] = [Heading("Outbox"), Paragraph(said)]
    parts += [_line(listed) for listed in found.listed.shown]
    parts += pages.controls(
        found.listed,
        "messages",
        lambda number: format_command(
            "outbox list", found.args.model_copy(update={"page": number})
        ),
    )
    if dead:
        confirm = Confirm("Send all again?", "What still cannot be sent is dead again.", "Send")
        parts.append(Buttons((Button("Retry all", "outbox retry all", Style.DEFAULT, confirm),)))
    return Reply(said, tuple(parts))


def _line(listed: Listed) -> Paragraph:
    delivery = listed.delivery
    text = md(
        "{} for {}, written {}\n{} · {}",
        code(str(delivery.id)),
        undelivered.destination(delivery),
        when(delivery.created_at, seconds=True),
        undelivered.fate(listed),
        code(delivery.key),
    )
    if shown := _text(listed):
        text = text + md("\n> {}", shown)
    if listed.status is Status.DEAD:
        return Paragraph(text, Button(f"Retry {delivery.id}", f"outbox retry {delivery.id}"))
    confirm = Confirm("Drop it?", f"Notice {delivery.id} will never be sent.", "Drop")
    return Paragraph(
        text, Button(f"Drop {delivery.id}", f"outbox drop {delivery.id}", Style.DANGER, confirm)
    )


def _text(listed: Listed) -> Markup:
    if listed.delivery.audience != "channel":
        return Markup("")
    try:
        said = from_json(listed.delivery.reply).text
    except ValueError:
        return Markup("")
    return said if len(said) <= _TEXT else Markup("")


async def _named(name: str, context: Context) -> tuple[Listed, ...]:
    async with context.store.read() as tx:
        found = await backlog.named(tx, context.actor.team, name)
    if not found:
        raise UserError(
            f"The outbox has no notice “{name}”.",
            "/openvidu outbox list shows what waits, with --dead what is given up.",
            code="outbox.unknown",
            helps=("outbox list",),
        )
    return found[:MOST]


async def resolve_retry(args: OutboxRetryArgs, context: Context) -> Chosen:
    if args.notice == "all":
        async with context.store.read() as tx:
            found = await outbox.listed(tx, context.actor.team, Status.DEAD, limit=MOST)
        if not found:
            raise AlreadySo("No notice is dead.", "There is nothing to send again.")
    else:
        found = await _named(args.notice, context)
    dead = tuple(one.delivery.id for one in found if one.status is Status.DEAD)
    if not dead:
        states = ", ".join(sorted({one.status.value for one in found}))
        raise AlreadySo(
            f"Only dead notices are sent again; “{args.notice}” is {states}.",
            "What is pending is tried by itself.",
        )
    return Chosen(dead)


async def act_retry(chosen: Chosen, context: Context) -> Result:
    async with context.store.begin() as tx:
        done = await backlog.retry(tx, context.actor.team, chosen.ids)
        reach("retry.written")
    reach("retry.committed")
    said = md("{} had {} sent again.", mention(context.actor.user), _notices(done))
    return Result(outcome=Outcome.DONE, said=said)


async def look_retry(attempt: AuditEntry, context: Context) -> Result:
    """The change is one transaction: all of them are pending or sent by now, or none."""
    return await _look(attempt, context, Status.DEAD, still=True)


async def resolve_drop(args: OutboxDropArgs, context: Context) -> Chosen:
    found = await _named(args.notice, context)
    open_ = tuple(one.delivery.id for one in found if one.status in {Status.DEAD, Status.PENDING})
    if not open_:
        states = ", ".join(sorted({one.status.value for one in found}))
        raise AlreadySo(f"“{args.notice}” is {states} already.", "There is nothing to drop.")
    return Chosen(open_)


async def act_drop(chosen: Chosen, context: Context) -> Result:
    user, now = context.actor.user, context.clock.now_ms()
    async with context.store.begin() as tx:
        done = await backlog.drop(
            tx, context.actor.team, chosen.ids, reason=f"dropped by {user}", at=now
        )
        reach("drop.written")
    reach("drop.committed")
    if not done:
        return Result(
            outcome=Outcome.FAILED,
            said=Markup("It was sent in this very moment, so it cannot be dropped any more."),
            answer="sent",
        )
    said = md("{} dropped {}: not to be sent.", mention(user), _notices(done))
    return Result(outcome=Outcome.DONE, said=said)


async def look_drop(attempt: AuditEntry, context: Context) -> Result:
    """The change is one transaction: all of them are dropped, or none."""
    return await _look(attempt, context, Status.DROPPED, still=False)


async def _look(attempt: AuditEntry, context: Context, status: Status, *, still: bool) -> Result:
    ids = attempt.target.split()
    async with context.store.read() as tx:
        found = [one for id_ in ids for one in await backlog.named(tx, attempt.team, id_)]
    meets = [one.status is status for one in found]
    happened = not all(meets) if still else any(meets)
    if happened:
        said = md("{} was carried out for {}.", code(attempt.command), _notices(len(ids)))
        return Result(outcome=Outcome.DONE, said=said)
    said = md("{} was not carried out. Give the command again.", code(attempt.command))
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


def _notices(number: int) -> str:
    return counted(number, "notice", "notices")


OUTBOX_LIST = Question(
    name="outbox list",
    label="List messages",
    summary="Show messages that have not arrived",
    args=OutboxListArgs,
    needs=Role.OPERATOR,
    run=run_list,
    render=render_list,
)
OUTBOX_RETRY = Action(
    name="outbox retry",
    label="Retry messages",
    summary="Send dead messages again",
    args=OutboxRetryArgs,
    needs=Role.OPERATOR,
    resolve=resolve_retry,
    target=lambda chosen: chosen.target,
    act=act_retry,
    look=look_retry,
    refresh=lambda _chosen: "outbox list --dead",
)
OUTBOX_DROP = Action(
    name="outbox drop",
    label="Drop message",
    summary="Never send a message",
    args=OutboxDropArgs,
    needs=Role.OPERATOR,
    guard=Guard.CONFIRM,
    resolve=resolve_drop,
    target=lambda chosen: chosen.target,
    act=act_drop,
    look=look_drop,
    refresh=lambda _chosen: "outbox list",
)
