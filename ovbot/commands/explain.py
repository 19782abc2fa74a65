"""``explain``: what became of an action, and of the messages it made; or why one message waits."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.markup import Markup, bold, channel_link, code, join, md, mention, when
from ovbot.domain.reply import Heading, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Action, Question
from ovbot.engine.context import Context
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.store import audit, backlog, later
from ovbot.store.backlog import Place
from ovbot.store.deliveries import Listed, Status
from ovbot.store.later import Plan, State
from ovbot.subjects import undelivered

_SHOWN = 30


class ExplainArgs(Args):
    id: Annotated[
        str,
        Arg(Kind.WORD, "An action's reference, or a message's id in the outbox"),
        Field(pattern=r"^[a-z0-9]{1,20}$"),
    ]


class Story(msgspec.Struct, frozen=True):
    """What is known under one id. ``place`` is where a single waiting notice stands."""

    id: str
    now: int
    entries: tuple[AuditEntry, ...]
    notices: tuple[Listed, ...]
    place: Place | None
    origin: str = ""
    """The action that planned this one."""
    planned: tuple[tuple[Plan, str], ...] = ()
    """What this one planned, each with the reference under which it was done."""


async def run(args: ExplainArgs, context: Context) -> Story:
    team = context.actor.team
    async with context.store.read() as tx:
        entries = await audit.of_ref(tx, args.id)
        planned = [
            (plan, await audit.of_interaction(tx, team, plan.interaction))
            for plan in _newest(await later.planned_by(tx, args.id, limit=_SHOWN))
            if plan.team == team
        ]
        first = entries[0].interaction if entries else None
        plan_of = await later.of_interaction(tx, first) if first else None
        notices = await backlog.named(tx, team, args.id, key=_notice_key(entries, context))
        place = None
        if len(notices) == 1 and notices[0].status is Status.PENDING:
            place = await backlog.place(tx, notices[0].delivery)
    entries = tuple(entry for entry in entries if entry.team == team)
    if not entries and not notices:
        raise UserError(
            f"Nothing is known under “{args.id}”.",
            "A reference stands under every answer; /openvidu outbox list shows message ids. "
            "What was only asked leaves no trace, and sent messages are kept for thirty days.",
            code="explain.unknown",
            helps=("outbox list",),
        )
    return Story(
        args.id,
        context.clock.now_ms(),
        entries,
        notices,
        place,
        origin=plan_of.ref if plan_of else "",
        planned=tuple((plan, later_on[0].ref if later_on else "") for plan, later_on in planned),
    )


def _newest(plans: Sequence[Plan]) -> Sequence[Plan]:
    """Of what was tried several times, the last of them."""
    return list({(plan.verb, plan.about): plan for plan in plans}.values())


def _notice_key(entries: Sequence[AuditEntry], context: Context) -> str:
    """The key of the notice of an action that has ended."""
    ended = next((entry for entry in entries if entry.outcome is not None), None)
    command = context.commands.names.get(tuple(ended.command.split())) if ended else None
    return command.notice_key(ended) if ended and isinstance(command, Action) else ""


def render(story: Story) -> Reply:
    parts: list[Part] = [Heading(f"What is known of {story.id}")]
    if story.entries:
        said = _asked(story.entries[0], story.entries[-1])
        parts.append(Paragraph(said))
        if story.origin:
            parts.append(Paragraph(md("It had been planned by {}.", code(story.origin))))
        parts.append(Paragraph(join("\n", [_step(entry) for entry in story.entries])))
        if story.entries[-1].phase is not Phase.OUTCOME:
            parts.append(Paragraph(Markup("It is being carried out, or waits to be looked up.")))
        parts += [Paragraph(_planned(plan, ref)) for plan, ref in story.planned]
    else:
        (listed,) = story.notices
        said = md(
            "Message {} for {}, written {} as {}.",
            code(str(listed.delivery.id)),
            undelivered.destination(listed.delivery),
            when(listed.delivery.created_at, seconds=True),
            code(listed.delivery.key),
        )
        parts.append(Paragraph(said))
    if not story.notices:
        parts.append(Paragraph(Markup("There is no message of it in the outbox.")))
    parts += [Paragraph(_notice(listed)) for listed in story.notices[:_SHOWN]]
    if len(story.notices) > _SHOWN:
        parts.append(Paragraph(md("… and {} more.", len(story.notices) - _SHOWN)))
    if story.place is not None:
        parts.append(Paragraph(_waits_for(story.place, story.now)))
    return Reply(said, tuple(parts))


def _asked(first: AuditEntry, last: AuditEntry) -> Markup:
    said = md(
        "{} gave {} in {}",
        mention(first.actor),
        bold(first.command),
        channel_link(first.channel),
    )
    given = [
        md("{}={}", name.replace("_", "-"), code(value))
        for name, value in sorted(last.arguments.items())
    ]
    return said + (md(", asking for {}.", join(", ", given)) if given else Markup("."))


def _step(entry: AuditEntry) -> Markup:
    at = when(entry.at, seconds=True)
    match entry.phase:
        case Phase.INTENT:
            return md("{} it was allowed and recorded", at)
        case Phase.ATTEMPT:
            about = md(" about {}", code(entry.target)) if entry.target else Markup("")
            return md("{} OpenVidu was to be asked{}", at, about)
        case Phase.OUTCOME:
            outcome = entry.outcome.value if entry.outcome else "over"
            answer = entry.detail if entry.outcome is Outcome.DENIED else entry.answer
            return md("{} it ended as {}{}", at, bold(outcome), md(" ({})", answer or "-"))


def _planned(plan: Plan, done: str) -> Markup:
    said = md("It planned to {} {}: ", Markup(plan.said), when(plan.due_at, seconds=True))
    match plan.state:
        case State.WAITING:
            return said + Markup("that waits.")
        case State.CALLED_OFF:
            return said + md("that was called off by {}.", code(plan.ended_by))
        case State.MISSED:
            return said + Markup("ovbot was away then, and it was not done.")
        case State.ENTERED if done:
            return said + md("that was asked for as {}.", code(done))
        case State.ENTERED:
            return said + Markup("that was refused.")


def _notice(listed: Listed) -> Markup:
    delivery = listed.delivery
    return md(
        "Message {} for {}: {}.",
        code(str(delivery.id)),
        undelivered.destination(delivery),
        undelivered.fate(listed),
    )


def _waits_for(place: Place, now: int) -> Markup:
    if place.ahead:
        before = counted(place.ahead, "message", "messages")
        return md("It waits for {} to the same channel, to keep their order.", before)
    if place.not_before > now:
        until = when(place.not_before, seconds=True)
        return md("The channel rests until {}: Slack asked for it, or the last try failed.", until)
    if place.lease_until > now:
        return Markup("It is being delivered now.")
    return Markup("It is due now, and will be delivered as soon as a process is free.")


EXPLAIN = Question(
    name="explain",
    label="Explain",
    summary="Tell what became of an action or a message",
    args=ExplainArgs,
    needs=Role.OPERATOR,
    auditors=True,
    run=run,
    render=render,
)
