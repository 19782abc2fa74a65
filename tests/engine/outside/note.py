"""``jot``: keeps a line about a session in a table that ovbot knows nothing of."""

from typing import Annotated

import msgspec
from sqlalchemy import text

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import md
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.store.database import Tx


class JotArgs(Args):
    line: Annotated[str, Arg(Kind.TEXT, "What is kept", rest=True)]


class Jotted(msgspec.Struct, frozen=True):
    """A line is kept, once for each action."""

    line: str

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        statement = text("INSERT INTO jotted (ref, line) VALUES (:ref, :line)")
        await tx.execute(statement, {"ref": ended.ref, "line": self.line})


async def resolve(args: JotArgs, _context: Context) -> str:
    return args.line


async def act(line: str, _context: Context) -> Result:
    return Result(outcome=Outcome.DONE, said=md("Kept “{}”.", line), effects=(Jotted(line),))


async def look(_attempt: AuditEntry, _context: Context) -> Result:
    return Result(outcome=Outcome.FAILED, said=md("It was not kept."))


JOT = Action(
    name="jot",
    summary="Keep a line",
    args=JotArgs,
    needs=Role.MODERATOR,
    resolve=resolve,
    target=lambda line: Target(id="line", label=line),
    act=act,
    look=look,
)
