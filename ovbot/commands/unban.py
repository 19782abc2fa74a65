"""``unban``: lift a ban, or all that one ``kick --match --ban`` made.

Stored in the outcome's own transaction, so a lifted ban and its audit entry exist together or not
at all; nothing has to be looked up after a crash. The session need not be live: a ban is of its id.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.ban import Ban
from ovbot.domain.markup import Markup, code, md, mention, visible, when
from ovbot.domain.names import closest
from ovbot.engine.calls import call
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About, authorise
from ovbot.engine.refusals import AlreadySo, Ambiguous
from ovbot.errors import UserError
from ovbot.grammar.args import Arg, Args, Kind, Opt
from ovbot.store import bans
from ovbot.subjects import banning, effects, targets
from ovbot.subjects.banning import lift_button
from ovbot.subjects.bulk import listed_names
from ovbot.subjects.names import CHOICES

NAMED = 5


class UnbanArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session they are banned from")] = None
    name: Annotated[
        str | None, Arg(Kind.TEXT, "Who is banned, by their name", rest=True, instead="id")
    ] = None
    id: Annotated[
        str | None,
        Opt(Kind.WORD, "Instead of a name: one ban (#12), or the reference of what made several"),
        Field(pattern=r"^(#\d{1,18}|[a-z0-9]{4,20})$"),
    ] = None


class Lifting(msgspec.Struct, frozen=True):
    """The bans to be lifted, of one session."""

    bans: tuple[Ban, ...]

    @property
    def session(self) -> str:
        return self.bans[0].session

    @property
    def target(self) -> Target:
        """All numbers as one target."""
        labels = ", ".join(ban.label for ban in self.bans[:NAMED])
        more = len(self.bans) - NAMED
        label = f"{labels} and {more} more" if more > 0 else labels
        return Target(self.session, " ".join(f"#{ban.id}" for ban in self.bans), label)


async def resolve(args: UnbanArgs, context: Context) -> Lifting:
    if args.session is not None:
        authorise(UNBAN, context.access, targets.checked_id(args.session))
    if args.id is not None:
        return Lifting(await _by_id(args.id, args.session, context))
    return Lifting(await _by_name(args.name or "", args.session, context))


async def _by_id(id_: str, session: str | None, context: Context) -> tuple[Ban, ...]:
    async with context.store.read() as tx:
        one = await bans.get(tx, int(id_[1:])) if id_.startswith("#") else None
        found = (one,) if one else await bans.of_ref(tx, id_)
    mine = [ban for ban in found if _is_in_reach(ban, session, context)]
    if not mine:
        raise UserError(
            f"There is no ban {id_} here.",
            "/openvidu show lists who is banned from a session.",
            code="unban.unknown",
            helps=("show",),
        )
    holding = tuple(ban for ban in mine if ban.holds(context.clock.now_ms()))
    if not holding:
        raise AlreadySo(
            _over(mine[0]), "/openvidu show lists who is banned from a session.", helps=("show",)
        )
    return holding


def _over(ban: Ban) -> Markup:
    """How a ban ended that holds no more."""
    whom = (ban.label, code(ban.session))
    if ban.ended_at is None:
        return md("The ban of {} from session {} ended at {}.", *whom, when(ban.until or 0))
    if not ban.ended_by:
        text = "The ban of {} from session {} ended at {}: whoever made it may not any more."
        return md(text, *whom, when(ban.ended_at))
    text = "The ban of {} from session {} was lifted or replaced already, by {} at {}."
    return md(text, *whom, mention(ban.ended_by), when(ban.ended_at))


async def _by_name(name: str, session: str | None, context: Context) -> tuple[Ban, ...]:
    async with context.store.read() as tx:
        now, server = context.clock.now_ms(), context.server
        held = await bans.holding(tx, server, now=now, team=context.actor.team, session=session)
    there = [ban for ban in held if _is_in_reach(ban, session, context)]
    found = closest(name, there, lambda ban: ban.label)
    if len(found) == 1:
        return tuple(found)
    if found:
        shown = found[:CHOICES]
        raise Ambiguous(
            f"“{visible(name, 80)}” could be {len(found)} bans.",
            tuple(lift_button([ban], _told_apart(ban)) for ban in shown),
            more=len(found) - len(shown),
        )
    where = md(" from session {}", code(session)) if session else Markup("")
    banned = md(" Banned are {}.", listed_names([ban.label for ban in there]))
    raise AlreadySo(
        md("“{}” is not banned{}.{}", visible(name, 80), where, banned if there else Markup("")),
        "/openvidu show lists who is banned from a session.",
        helps=("show",),
    )


def _told_apart(ban: Ban) -> str:
    return f"Lift ban of {ban.label} from {ban.session} (#{ban.id})"


def _is_in_reach(ban: Ban, session: str | None, context: Context) -> bool:
    if (ban.team, ban.server) != (context.actor.team, context.server):
        return False
    return session == ban.session if session else context.access.on(ban.session) >= UNBAN.needs


async def act(lifting: Lifting, context: Context) -> Result:
    said = _lifted(lifting.bans, context.actor.user)
    numbers = tuple(ban.id for ban in lifting.bans)
    return Result(
        outcome=Outcome.DONE, said=said, answer="lifted", effects=(effects.Lifted(numbers),)
    )


def _lifted(lifted: Sequence[Ban], actor: str) -> Markup:
    names = listed_names([ban.label for ban in lifted])
    text = "{} lifted the {} of {} from session {} ({}). They can join again."
    one = len(lifted) == 1
    span = banning.span(lifted[0])
    return md(text, mention(actor), "ban" if one else "bans", names, code(lifted[0].session), span)


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """What is lifted is written with the outcome, and there is none."""
    said = md(
        "The ban of {} from session {} was not lifted. Try again.",
        attempt.detail,
        code(attempt.session),
    )
    return Result(outcome=Outcome.FAILED, said=said, answer="looked: not lifted")


UNBAN = Action(
    name="unban",
    label="Lift ban",
    summary="Lift a ban from a session",
    args=UnbanArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda lifting: lifting.target,
    act=act,
    look=look,
    refresh=lambda lifting: call("show", session=lifting.session),
)
