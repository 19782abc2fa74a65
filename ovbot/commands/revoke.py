"""``revoke``: end what was given to a person, a user group or a channel's members."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.grant import Gives, Grant
from ovbot.domain.markup import Markup, join, md, mention, visible, when
from ovbot.domain.reply import Button, Paragraph, Reply
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, demand_over
from ovbot.engine.reasons import given, subject
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.grammar.args import PATTERN_LONGEST, Arg, Args, Kind, Opt
from ovbot.grammar.pack import format_command
from ovbot.store import grants
from ovbot.subjects import effects, granting
from ovbot.subjects.granting import OVER, SUBJECT

_CHOICES = 8


class RevokeArgs(Args):
    who: Annotated[
        str | None,
        Arg(Kind.SUBJECT, "Whose role it is", instead="id", menu="Whose role it is"),
        Field(pattern=SUBJECT),
    ] = None
    role: Annotated[Gives | None, Arg(Kind.ROLE, "Only this one")] = None
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why", rest=True, keyed=True)] = None
    over: Annotated[
        str | None,
        Opt(
            Kind.PATTERN,
            "Only what is for this: a glob, everything, or this channel",
            aliases=("for",),
            bare=("for",),
            phrases=("this channel",),
        ),
        Field(pattern=OVER, max_length=PATTERN_LONGEST),
    ] = None
    all: Annotated[bool, Opt(Kind.FLAG, "All that they were given")] = False
    id: Annotated[
        str | None, Opt(Kind.WORD, "One by its number, #12"), Field(pattern=r"^#\d{1,18}$")
    ] = None


class Ending(msgspec.Struct, frozen=True):
    """The grants to be ended, all of one subject."""

    grants: tuple[Grant, ...]
    reason: str

    @property
    def target(self) -> Target:
        """Whoever takes back needs to be an admin of all of it."""
        first, over = self.grants[0], {grant.scope: None for grant in self.grants}
        label = ", ".join(
            f"{grant.gives.value} for {granting.written_scope(grant.scope)}"
            for grant in self.grants
        )
        return Target("", first.subject, label[:200], over=tuple(over))


async def resolve(args: RevokeArgs, context: Context) -> Ending:
    held = await granting.held(context)
    found = await _by_id(int(args.id[1:]), context) if args.id else _of(args, held, context)
    for grant in found:
        demand_over(Role.ADMIN, context.access, "revoke", grant.scope)
    if len(found) > 1 and not args.all:
        raise _which(found, args)
    ids = {grant.id for grant in found}
    if any(grant.gives is Gives.ADMIN for grant in found):
        granting.must_leave_an_admin([each for each in held if each.id not in ids], context)
    return Ending(found, visible(args.reason or ""))


async def _by_id(number: int, context: Context) -> tuple[Grant, ...]:
    async with context.store.read() as tx:
        found = await grants.get(tx, context.actor.team, context.server, number)
    if found is None:
        raise AlreadySo(
            f"There is no grant #{number} here.", "/openvidu grants lists them.", helps=("grants",)
        )
    if not found.holds(context.clock.now_ms()):
        raise AlreadySo(_over(found), "/openvidu grants lists what holds now.", helps=("grants",))
    return (found,)


def _over(grant: Grant) -> Markup:
    what = (subject(grant.subject), given(grant))
    if grant.ended_at is None:
        return md("{}: {} is over.", *what)
    return md("{}: {} was ended by {} {}.", *what, mention(grant.ended_by), when(grant.ended_at))


def _of(args: RevokeArgs, held: Sequence[Grant], context: Context) -> tuple[Grant, ...]:
    who = granting.id_of(args.who or "")
    over = None if args.over is None else granting.scope_of(args.over, context)
    found = tuple(
        grant
        for grant in held
        if grant.subject == who and args.role in {None, grant.gives} and over in {None, grant.scope}
    )
    if not found:
        said = md("Nothing like that was given to {}.", subject(who))
        if who in context.access.admins:
            said = md("{} {} is named in OVBOT_ADMINS.", said, mention(who))
        raise AlreadySo(said, "/openvidu grants lists who has what.", helps=("grants",))
    return found


def _which(found: Sequence[Grant], args: RevokeArgs) -> Ambiguous:
    def label(grant: Grant) -> str:
        return f"{grant.gives.value} for {granting.written_scope(grant.scope)}"

    buttons = [granting.remove_button(each, f"Remove {label(each)}") for each in found[:_CHOICES]]
    everything = format_command("revoke", args.model_copy(update={"all": True}))
    buttons.append(Button(f"Remove all {len(found)}", everything))
    question = Ambiguous(
        f"They were given {len(found)} things.", tuple(buttons), more=max(0, len(found) - _CHOICES)
    )
    question.next_step = "Choose what to remove."
    return question


async def act(ending: Ending, context: Context) -> Result:
    who = subject(ending.grants[0].subject)
    what = join(", ", [given(grant) for grant in ending.grants])
    why = md(" Reason: {}", ending.reason) if ending.reason else Markup("")
    said = md("{} removed this from {}: {}.{}", mention(context.actor.user), who, what, why)
    told = Reply(said, (Paragraph(said),))
    effect = effects.TakenBack(ending.grants, told)
    return Result(outcome=Outcome.DONE, said=said, answer="ended", effects=(effect,))


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was removed ({}). Give the command again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


REVOKE = Action(
    name="revoke",
    label="Remove a role",
    summary="End what somebody was given",
    args=RevokeArgs,
    needs=Role.ADMIN,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda ending: ending.target,
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    refresh=lambda _ending: "grants",
)
