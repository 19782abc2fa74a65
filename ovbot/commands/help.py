"""``help``: what this person may do here; the rest is named with the role it needs."""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, code, exact, join, md
from ovbot.domain.reply import Button, Buttons, Heading, Note, Paragraph, Part, Reply
from ovbot.engine.access import Access
from ovbot.engine.command import AnyCommand, Question
from ovbot.engine.context import Context
from ovbot.engine.policy import About, allows
from ovbot.engine.reasons import switched_off, who_can_grant, who_switches_on
from ovbot.engine.where_it_works import where_it_works
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.describe import arguments, suggest, usage

_WHO = {
    Role.NONE: "Everybody",
    Role.VIEWER: "To look, from viewer on",
    Role.MODERATOR: "To moderate, from moderator on",
    Role.OPERATOR: "To operate, from operator on",
    Role.ADMIN: "For admins",
}


class HelpArgs(Args):
    command: Annotated[str | None, Arg(Kind.COMMAND, "Command to explain", rest=True)] = None


class Help(msgspec.Struct, frozen=True):
    """What to explain, to whom."""

    commands: tuple[AnyCommand, ...]
    one: AnyCommand | None
    access: Access
    elsewhere: Markup = Markup("")
    """Where it works, for who can do nothing here."""


async def run(args: HelpArgs, context: Context) -> Help:
    one = None
    if args.command:
        names = context.commands.names
        words = tuple(args.command.lower().split())
        under = [command for name, command in names.items() if name[: len(words)] == words]
        one = names.get(words)
        if one is None and not under:
            nearest = suggest(args.command, [" ".join(name) for name in names])
            hint = f"Did you mean {nearest}? " if nearest else ""
            raise UserError(
                f"There is no command “{args.command[:80]}”.",
                f"{hint}/openvidu help lists them all.",
                code="help.unknown",
                helps=("help",),
            )
        if one is None:
            unique = {command.name: command for command in under}
            return Help(tuple(unique.values()), None, context.access)
    elsewhere = Markup("") if one is not None else await where_it_works(context)
    return Help(tuple(context.commands), one, context.access, elsewhere)


def render(help_: Help) -> Reply:
    if help_.one is not None:
        return _explain(help_.one, help_.access)
    text = Markup("These are the commands of /openvidu that you may use here.")
    may = [c for c in help_.commands if allows(c, help_.access)]
    off = [c for c in help_.commands if help_.access.off.of(c.name, changes=c.changes)]
    locked = [c for c in help_.commands if c not in may and c not in off]
    parts: list[Part] = [Heading("What you can do here")]
    if help_.elsewhere:
        parts.append(Paragraph(help_.elsewhere))
    for role in reversed(Role) if help_.access.here < Role.ADMIN else Role:
        mine = [command for command in may if command.needs is role]
        if mine:
            parts.append(Paragraph(md("*{}*\n{}", _WHO[role], _lines(mine))))
    if off:
        names = join(", ", [exact(c.name) for c in off])
        parts.append(Note(md(":no_entry: Switched off: {}.", names)))
    if locked:
        roles = [role for role in Role if any(c.needs is role for c in locked)]
        named = [
            md("{} ({})", join(", ", [exact(c.name) for c in locked if c.needs is role]), role.word)
            for role in roles
        ]
        text_ = ":lock: Needs another role: {}. {}"
        parts.append(Note(md(text_, join("; ", named), who_can_grant(help_.access))))
    parts.append(
        Note(
            md(
                "{} explains one, {} opens its form. The buttons of {} do the commonest.",
                code("/openvidu help kick"),
                code("/openvidu kick ?"),
                code("/openvidu show"),
            )
        )
    )
    buttons = [Button("Who am I", "whoami")]
    if help_.access.most >= Role.VIEWER:
        buttons.insert(0, Button("List sessions", "list"))
    return Reply(text, (*parts, Buttons(tuple(buttons))))


def _lines(commands: list[AnyCommand]) -> Markup:
    return join("\n", [md("{}  {}", code(c.name), c.summary) for c in commands])


def _explain(command: AnyCommand, access: Access) -> Reply:
    text = md("{}: {}.", bold(command.name), command.summary)
    lines = [
        md("{}  {}{}", code(a.written), a.help, _choices(a.choices))
        for a in arguments(command.args)
    ]
    parts: list[Part] = [
        Paragraph(text),
        Paragraph(md("Usage: {}", code(f"/openvidu {usage(command.name, command.args)}"))),
    ]
    if lines:
        parts.append(Paragraph(join("\n", lines)))
    if command.aliases:
        parts.append(Note(md("Also: {}", ", ".join(command.aliases))))
    has = access.most if command.about is About.SESSIONS else access.here
    role = md("Needs the role {}; yours here is {}.", command.needs.word, has.word)
    if off := access.off.of(command.name, changes=command.changes):
        role = md("Switched off: {}. {}", switched_off(off), who_switches_on(off, access))
    elif not allows(command, access):
        role = md("{} {}", role, who_can_grant(access))
    else:
        parts.append(Buttons((Button(f"Form: {command.title}", f"{command.name} ?"),)))
    return Reply(text, (*parts, Note(role)))


def _choices(choices: tuple[str, ...]) -> Markup:
    return md(" ({})", ", ".join(choices)) if choices else Markup("")


HELP = Question(
    name="help",
    summary="Explain the commands",
    args=HelpArgs,
    needs=Role.NONE,
    run=run,
    render=render,
)
