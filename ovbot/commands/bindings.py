"""``bind``, ``unbind`` and ``bindings``: which sessions this channel hears of.

Stored in the outcome's own transaction, so a binding and its audit entry exist together or not
at all; nothing has to be looked up after a crash.
"""

import asyncio
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import DEFAULT_TOPICS, Binding, Topic, matches
from ovbot.domain.grant import EVERYTHING, Scope
from ovbot.domain.markup import Markup, bold, code, exact, join, md, mention, when
from ovbot.domain.reply import (
    Button,
    Buttons,
    Confirm,
    Heading,
    Note,
    Paragraph,
    Part,
    Reply,
    Style,
)
from ovbot.domain.words import counted
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Question, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.openvidu import OpenViduError
from ovbot.store import backlog
from ovbot.store.deliveries import Status
from ovbot.subjects import effects

_PATIENCE = 2.0
"""Seconds for what is live now; the bindings are told without it."""
SHOWN = 20
"""Bindings with a button each: a message has fifty blocks."""
_PATTERN = Field(pattern=r"^[a-zA-Z0-9_*?\[\]!~-]+$", max_length=200)


class BindArgs(Args):
    pattern: Annotated[str, Arg(Kind.PATTERN, "Session id, or a glob such as exam-*"), _PATTERN]
    topics: Annotated[
        tuple[Topic, ...], Arg(Kind.TOPIC, "What to hear of; exactly these", many=True)
    ] = ()


class UnbindArgs(Args):
    pattern: Annotated[str, Arg(Kind.PATTERN, "What was bound, or * for everything"), _PATTERN]


class BindingsArgs(Args):
    pass


class Bound(msgspec.Struct, frozen=True):
    """The binding to be, and those of the channel that overlap with it."""

    binding: Binding
    overlaps: tuple[Binding, ...]

    @property
    def target(self) -> Target:
        """Whoever binds makes the members viewers: of no more than they may give."""
        pattern = self.binding.pattern
        return Target("", pattern, pattern, over=(_scope(pattern),))


class Here(msgspec.Struct, frozen=True):
    """The channel's bindings, and how they are: the ids of the live sessions (None: not known),
    its messages that wait, the oldest since when (ms), and those that will never arrive."""

    bindings: tuple[Binding, ...]
    live: tuple[str, ...] | None
    waiting: int
    oldest: int | None
    dead: int


class Unbound(msgspec.Struct, frozen=True):
    """The patterns to go."""

    patterns: tuple[str, ...]

    @property
    def target(self) -> Target:
        """All of them."""
        names = " ".join(self.patterns)
        return Target("", names, names, over=tuple(map(_scope, self.patterns)))


def _scope(pattern: str) -> Scope:
    return EVERYTHING if pattern == "*" else Scope(pattern)


async def resolve_bind(args: BindArgs, context: Context) -> Bound:
    chosen = tuple(topic for topic in Topic if topic in args.topics) or DEFAULT_TOPICS
    binding = Binding(
        team=context.actor.team,
        server=context.server,
        channel=context.channel,
        pattern=args.pattern,
        topics=chosen,
        created_by=context.actor.user,
        created_at=context.clock.now_ms(),
    )
    others = [b for b in context.bindings if b.pattern != args.pattern]
    return Bound(binding, tuple(b for b in others if _overlap(b.pattern, args.pattern)))


def _overlap(one: str, other: str) -> bool:
    """Whether one covers the other's text. Two globs may overlap beyond this; posts are single
    per channel all the same, so the sentence is a hint and not a guard."""
    return matches(one, other) or matches(other, one)


async def act_bind(bound: Bound, context: Context) -> Result:
    binding = bound.binding
    said = md(
        "{} bound this channel to {}. Updates posted here: {}.",
        mention(context.actor.user),
        code(binding.pattern),
        ", ".join(topic.value for topic in binding.topics),
    )
    if bound.overlaps:
        names = join(", ", [code(b.pattern) for b in bound.overlaps])
        said = said + md(" That overlaps with {}; each message still comes once.", names)
    return Result(outcome=Outcome.DONE, said=said, effects=(effects.Bound(binding),))


async def resolve_unbind(args: UnbindArgs, context: Context) -> Unbound:
    here = tuple(binding.pattern for binding in context.bindings)
    if args.pattern in here:
        return Unbound((args.pattern,))
    if args.pattern == "*" and here:
        return Unbound(here)
    if not here:
        raise UserError(
            "This channel is bound to nothing.",
            "/openvidu bind SESSION binds it.",
            code="unbound",
            helps=("bind",),
        )
    raise UserError(
        f"This channel is not bound to “{args.pattern}”.",
        f"It is bound to {', '.join(here)}; /openvidu unbind * removes all of it.",
        code="unbind.not_bound",
        helps=("unbind",),
    )


async def act_unbind(unbound: Unbound, context: Context) -> Result:
    patterns = join(", ", [code(pattern) for pattern in unbound.patterns])
    said = md("{} unbound this channel from {}.", mention(context.actor.user), patterns)
    return Result(outcome=Outcome.DONE, said=said, effects=(effects.Unbound(unbound.patterns),))


async def never_stored(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("{} was not stored. Give the command again.", bold(attempt.command))
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


async def run_bindings(_args: BindingsArgs, context: Context) -> Here:
    live = await _live(context)
    async with context.store.read() as tx:
        here = await backlog.of_channel(tx, context.actor.team, context.channel)
    waiting, dead = here[Status.PENDING], here[Status.DEAD]
    return Here(context.bindings, live, waiting.count, waiting.oldest, dead.count)


async def _live(context: Context) -> tuple[str, ...] | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return tuple(session.session_id for session in await context.openvidu.sessions())
    except (OpenViduError, TimeoutError):
        return None


def render_bindings(found: Here) -> Reply:
    here = found.bindings
    if not here:
        said = Markup(
            "This channel is bound to no session. An operator binds it with "
            "/openvidu bind SESSION, or with a glob such as /openvidu bind exam-*."
        )
        return Reply(said, (Paragraph(md("{}", said)),))
    text = md("This channel is bound to {}.", join(", ", [exact(b.pattern) for b in here]))
    parts: list[Part] = [Heading("Bindings of this channel")]
    for binding in here[:SHOWN]:
        parts += _line(binding, found.live)
    if len(here) > SHOWN:
        others = join(", ", [code(binding.pattern) for binding in here[SHOWN:][:SHOWN]])
        parts.append(Note(md("… and {} more: {}", len(here) - SHOWN, others)))
    if len(here) > 1:
        confirm = Confirm(
            "Unbind everything?", "This channel will hear of no session any more.", "Unbind"
        )
        parts.append(Buttons((Button("Unbind everything", "unbind *", Style.DANGER, confirm),)))
    return Reply(text, (*parts, Note(_health(found))))


def _health(found: Here) -> Markup:
    """Whether what there was to tell has arrived here."""
    if found.dead:
        said = counted(found.dead, "message", "messages")
        return md(
            ":warning: Not well: {} for this channel could not be delivered. {} tells why.",
            said,
            code("/openvidu outbox list --dead"),
        )
    if found.oldest is not None:
        said = counted(found.waiting, "message", "messages")
        since = when(found.oldest, seconds=True)
        return md(":hourglass_flowing_sand: {} on the way here, the oldest since {}.", said, since)
    return Markup(":white_check_mark: All messages for this channel were delivered.")


def _line(binding: Binding, live: tuple[str, ...] | None) -> tuple[Part, ...]:
    """Over the whole width of a phone, and the button under it."""
    now = Markup("")
    if live is not None:
        matching = sum(binding.matches(session) for session in live)
        now = md(" · {} now", counted(matching, "live session", "live sessions"))
    text = md(
        "{}{}\nhears of {} · bound by {} {}",
        code(binding.pattern),
        now,
        ", ".join(topic.value for topic in binding.topics),
        mention(binding.created_by),
        when(binding.created_at),
    )
    confirm = Confirm(
        "Unbind?", f"This channel will not hear of {binding.pattern} any more.", "Unbind"
    )
    label = f"Unbind {binding.pattern}"
    unbind = Button(label, call("unbind", pattern=binding.pattern), Style.DANGER, confirm)
    return Paragraph(text), Buttons((unbind,))


BIND = Action(
    name="bind",
    label="Bind this channel",
    summary="Bind this channel to a session or a glob",
    args=BindArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve_bind,
    target=lambda bound: bound.target,
    act=act_bind,
    look=never_stored,
)
UNBIND = Action(
    name="unbind",
    label="Unbind this channel",
    summary="Undo a binding of this channel",
    args=UnbindArgs,
    needs=Role.OPERATOR,
    about=About.SESSIONS,
    resolve=resolve_unbind,
    target=lambda unbound: unbound.target,
    act=act_unbind,
    look=never_stored,
    refresh=lambda _unbound: "bindings",
)
BINDINGS = Question(
    name="bindings",
    label="Show bindings",
    summary="Show what this channel is bound to",
    args=BindingsArgs,
    needs=Role.VIEWER,
    about=About.SESSIONS,
    run=run_bindings,
    render=render_bindings,
)
