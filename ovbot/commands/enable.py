"""``enable``: switch on again what an admin has switched off."""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.disabled import EVERYTHING
from ovbot.domain.grant import EVERYTHING as OVER_ALL
from ovbot.domain.markup import code, md, mention
from ovbot.domain.reply import Button, Paragraph, Reply
from ovbot.engine.command import Action, Guard, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.reasons import deciders
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.pack import format_command
from ovbot.subjects import effects


class EnableArgs(Args):
    what: Annotated[
        str,
        Arg(Kind.WORD, "What was switched off, as status shows it: restart, node.*, everything"),
        Field(pattern=r"^[A-Za-z.*?]+$", max_length=60),
    ]


class On(msgspec.Struct, frozen=True):
    """What is to work again, and who else hears of it."""

    what: str
    admins: tuple[str, ...]


async def resolve(args: EnableArgs, context: Context) -> On:
    what, every = args.what.lower(), context.access.off.every
    same = [one for one in every if one.what == what]
    if any(one.by for one in same):
        return On(what, tuple(deciders(context.access, OVER_ALL)))
    if same:
        raise UserError(
            md("{} is switched off by the setting OVBOT_DISABLE.", code(what)),
            "Whoever runs ovbot can take it out of that.",
            code="enable.setting",
        )
    name = what.replace(".", " ")
    covering = [one for one in every if one.covers(name, changes=True)]
    if not covering:
        said = md("{} isn't switched off.", code(what))
        raise AlreadySo(said, "/openvidu status shows what is.", helps=("status",))
    buttons = tuple(
        Button(f"Enable {one.what}", format_command("enable", EnableArgs(what=one.what)))
        for one in covering
        if one.by
    )
    if not buttons:
        raise UserError(
            md("{} is switched off by the setting OVBOT_DISABLE.", code(covering[0].what)),
            "Whoever runs ovbot can take it out of that.",
            code="enable.setting",
        )
    raise Ambiguous(f"{what} is switched off with others.", buttons)


async def act(on: On, context: Context) -> Result:
    by = mention(context.actor.user)
    said = md("{} switched {} on again.", by, code(on.what))
    if on.what == EVERYTHING:
        said = md("{} ended the read-only mode: ovbot works again.", by)
    effect = effects.Enables(on.what, Reply(said, (Paragraph(said),)), on.admins)
    return Result(outcome=Outcome.DONE, said=said, answer="on", effects=(effect,))


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome nothing was stored: both are one transaction."""
    said = md("Nothing was switched on ({}). Give the command again.", attempt.detail)
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


ENABLE = Action(
    name="enable",
    label="Switch on",
    summary="Switch on again what was switched off",
    args=EnableArgs,
    needs=Role.ADMIN,
    resolve=resolve,
    target=lambda on: Target("", on.what, on.what),
    act=act,
    look=look,
    guard=Guard.CONFIRM,
    follows=lambda args: f"Whoever has the role for {args.what} can use it again.",
    refresh=lambda _on: "status",
)
