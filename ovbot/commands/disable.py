"""``disable``: switch an operation off for everybody, at once, until it is switched on again."""

from string import ascii_lowercase
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.disabled import EVERYTHING, Disabled
from ovbot.domain.grant import EVERYTHING as OVER_ALL
from ovbot.domain.markup import Markup, code, exact, join, md, mention, visible
from ovbot.domain.reply import Button, Buttons, Paragraph, Reply
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.reasons import deciders, switched_off
from ovbot.engine.refusals import AlreadySo
from ovbot.engine.switches import covered, wrong
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.subjects import effects

NAMES = r"^[A-Za-z.*?]+$"
_NAMED = 8


class DisableArgs(Args):
    what: Annotated[
        str,
        Arg(
            Kind.WORD,
            "A command such as restart, node.* or record.start; everything: ovbot only answers",
        ),
        Field(pattern=NAMES, max_length=60),
    ]
    reason: Annotated[str | None, Arg(Kind.TEXT, "Why; everybody reads it", rest=True)] = None


class Off(msgspec.Struct, frozen=True):
    """What is to be switched off, which commands that are, and who else hears of it."""

    disabled: Disabled
    commands: tuple[str, ...]
    admins: tuple[str, ...]


async def resolve(args: DisableArgs, context: Context) -> Off:
    what = args.what.lower()
    if problem := wrong(what, context.commands):
        raise UserError(
            problem.said,
            md(
                "Name a command with dots for spaces, such as {}, {} or {}.",
                *map(code, ("record.start", "node.*", EVERYTHING)),
            ),
            code="disable.unknown",
            helps=("help",),
        )
    if same := [one for one in context.access.off.every if one.what == what]:
        raise AlreadySo(md("{} is switched off: {}.", code(what), switched_off(same[0])))
    disabled = Disabled(
        what=what,
        team=context.actor.team,
        server=context.server,
        by=context.actor.user,
        reason=visible(args.reason or ""),
        ref=context.ref,
        at=context.clock.now_ms(),
    )
    commands = tuple(covered(what, context.commands))
    return Off(disabled, commands, tuple(deciders(context.access, OVER_ALL)))


async def act(off: Off, context: Context) -> Result:
    disabled, by = off.disabled, mention(context.actor.user)
    why = md(" Reason: {}", disabled.reason) if disabled.reason else Markup("")
    if disabled.what == EVERYTHING:
        said = md("{} made ovbot read-only: it only answers questions.{}", by, why)
    else:
        which = _named(off.commands) if disabled.what.strip(ascii_lowercase + ".") else Markup("")
        said = md("{} switched off {}{}.{}", by, code(disabled.what), which, why)
    back = Button(f"Enable {disabled.what}", call("enable", what=disabled.what))
    told = Reply(said, (Paragraph(said), Buttons((back,))))
    effect = effects.Disables(disabled, told, off.admins)
    return Result(outcome=Outcome.DONE, said=said, answer="off", effects=(effect,))


def _named(commands: tuple[str, ...]) -> Markup:
    named = join(", ", [exact(name) for name in commands[:_NAMED]])
    more = len(commands) - _NAMED
    return md(" ({} and {} more)", named, more) if more > 0 else md(" ({})", named)


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was switched off ({}). Give the command again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


DISABLE = Action(
    name="disable",
    label="Switch off",
    summary="Switch a command off for everybody",
    args=DisableArgs,
    needs=Role.ADMIN,
    resolve=resolve,
    target=lambda off: Target("", off.disabled.what, off.disabled.what),
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    follows=lambda args: f"Nobody can use {args.what} until an admin switches it on again.",
    refresh=lambda _off: "status",
)
