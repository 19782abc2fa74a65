"""``can``: whether somebody may use a command here, and why."""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.markup import Markup, bold, code, md, mention
from ovbot.domain.reply import Note, Paragraph, Reply
from ovbot.engine.command import AnyCommand, Question
from ovbot.engine.context import Context
from ovbot.engine.policy import authorise, demand
from ovbot.engine.reasons import because
from ovbot.engine.refusals import Denied
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.errors import GrammarError
from ovbot.grammar.lexer import Token, tokenize
from ovbot.grammar.parser import partial, split_command


class CanArgs(Args):
    who: Annotated[
        str, Arg(Kind.USER, "The person", menu="The person"), Field(pattern=r"^<@[UW][A-Z0-9]+>$")
    ]
    command: Annotated[
        str, Arg(Kind.COMMAND, "The command, and the session: kick exam-7", rest=True)
    ]


class Verdict(msgspec.Struct, frozen=True):
    """Whether ``who`` may, and what decides it."""

    who: str
    command: AnyCommand
    session: str | None
    refusal: Denied | None
    because: Markup
    in_channel: bool


async def run(args: CanArgs, context: Context) -> Verdict:
    who = args.who[2:-1]
    if who != context.actor.user and not context.access.is_auditor:
        demand(Role.ADMIN, context.access, "can, of somebody else")
    found = split_command(tokenize(args.command), context.commands.names)
    if found is None:
        raise UserError(
            f"There is no command “{args.command[:80]}”.",
            "/openvidu help lists them all.",
            code="can.unknown",
            helps=("help",),
        )
    command, rest, _typed = found
    session = _session(command, rest, context)
    access = await context.access_of(who)
    refusal = None
    try:
        authorise(command, access, session)
    except Denied as denied:
        refusal = denied
    reason = because(access, command.needs, session)
    return Verdict(who, command, session, refusal, reason, context.channel[:1] in "CG")


def _session(command: AnyCommand, rest: tuple[Token, ...], context: Context) -> str | None:
    """The session that the words name, or that would be meant without one."""
    if "session" not in command.args.model_fields:
        return None
    try:
        named = partial(command.args, rest, context.grammar).get("session")
    except GrammarError:
        named = None
    if isinstance(named, str):
        return named
    return rest[0].text if rest else context.bound_session


def render(verdict: Verdict) -> Reply:
    where = md(" for session {}", code(verdict.session)) if verdict.session else Markup("")
    who, what = mention(verdict.who), bold(verdict.command.name)
    if verdict.refusal is None:
        said = md("*Yes.* {} can use {}{}: {}.", who, what, where, verdict.because)
    elif verdict.refusal.switched_off:
        said = md("*No.* {}", verdict.refusal.said)
    else:
        needs = bold(verdict.command.needs.word)
        text = "*No.* {} can't use {}{}. It needs the role {}; {}."
        said = md(text, who, what, where, needs, verdict.because)
    place = "in this channel" if verdict.in_channel else "here"
    note = Note(md("So it would be decided now, if they asked {}.", place))
    return Reply(said, (Paragraph(said), note))


CAN = Question(
    name="can",
    label="Can they?",
    summary="Tell whether somebody may use a command, and why",
    args=CanArgs,
    needs=Role.NONE,
    run=run,
    render=render,
)
