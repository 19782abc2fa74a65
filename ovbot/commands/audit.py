"""``audit``: who did what, newest first."""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.domain.markup import Markup, bold, channel_link, code, join, md, mention, when
from ovbot.domain.reply import Heading, Paragraph, Part, Reply
from ovbot.domain.words import counted
from ovbot.engine.command import Question
from ovbot.engine.context import Context
from ovbot.grammar.args import Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.store import audit
from ovbot.subjects import pages
from ovbot.subjects.pages import Pages


class AuditArgs(Args):
    actor: Annotated[
        str | None, Opt(Kind.USER, "Only by this person"), Field(pattern=r"^<@[UW][A-Z0-9]+>$")
    ] = None
    session: Annotated[str | None, Opt(Kind.WORD, "Only on this session")] = None
    outcome: Annotated[Outcome | None, Opt(Kind.WORD, "Only with this outcome")] = None
    limit: Annotated[int, Opt(Kind.COUNT, "How many on a page"), Field(ge=1, le=40)] = 10
    page: Annotated[int, Opt(Kind.COUNT, "Page of actions"), Field(ge=1, le=pages.MOST)] = 1


class Found(msgspec.Struct, frozen=True):
    """A part of the actions, newest first; each is its entries in the order of their phases."""

    actions: Pages[tuple[AuditEntry, ...]]
    args: AuditArgs


async def run(args: AuditArgs, context: Context) -> Found:
    async with context.store.read() as tx:
        found = await audit.latest(
            tx,
            context.actor.team,
            limit=args.limit + 1,
            skipped=(args.page - 1) * args.limit,
            actor=args.actor[2:-1] if args.actor else None,
            session=args.session,
            outcome=args.outcome,
        )
    return Found(pages.read(found, args.page, args.limit), args)


def render(found: Found) -> Reply:
    if not found.actions.shown and found.actions.number == 1:
        none = Markup("The audit has no such entry.")
        return Reply(none, (Paragraph(none),))
    text = md("Here {} of the audit, newest first.", _count(len(found.actions.shown)))
    parts: list[Part] = [Heading("Audit")]
    parts += [Paragraph(_action(entries)) for entries in found.actions.shown]
    parts += pages.controls(
        found.actions,
        "actions",
        lambda number: format_command("audit", found.args.model_copy(update={"page": number})),
    )
    return Reply(text, tuple(parts))


def _count(number: int) -> str:
    return f"{'is' if number == 1 else 'are'} {counted(number, 'action', 'actions')}"


def _action(entries: tuple[AuditEntry, ...]) -> Markup:
    first, last = entries[0], entries[-1]
    said = md(
        "{} {} {} in {}",
        when(first.at, seconds=True),
        mention(first.actor),
        bold(first.command),
        channel_link(first.channel),
    )
    if last.target:
        said = said + md(" on {}", code(last.target))
        if last.detail and last.detail != last.target:
            said = said + md(" ({})", last.detail)
    if last.session and last.session != last.target:
        said = said + md(" in session {}", code(last.session))
    if last.arguments:
        given = [
            md("{}={}", name.replace("_", "-"), code(value))
            for name, value in sorted(last.arguments.items())
        ]
        said = said + md("\nasked for: {}", join(", ", given))
    phases = join(" → ", [_phase(entry) for entry in entries])
    return said + md("\n{} · {}", phases, code(first.ref))


def _phase(entry: AuditEntry) -> Markup:
    if entry.phase is not Phase.OUTCOME or entry.outcome is None:
        return md("{}", entry.phase.value)
    answer = md(" ({})", entry.answer) if entry.answer else Markup("")
    if entry.outcome is Outcome.DENIED:
        more = md(", {}", entry.answer) if entry.answer else Markup("")
        answer = md(" ({}{})", entry.detail, more)
    return bold(entry.outcome.value) + answer


AUDIT = Question(
    name="audit",
    label="Show audit",
    summary="Show who did what",
    args=AuditArgs,
    needs=Role.ADMIN,
    auditors=True,
    run=run,
    render=render,
)
