"""``card``: one message in the channel that follows a session."""

from typing import Annotated

import msgspec

from ovbot.domain.actor import Role
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import code, md, mention
from ovbot.engine.command import Action, Result, Target
from ovbot.engine.context import Context
from ovbot.engine.policy import About
from ovbot.grammar.args import Arg, Args, Kind
from ovbot.grammar.pack import format_command
from ovbot.store.cards import Card
from ovbot.subjects import effects, targets
from ovbot.subjects.unread import session_or_unread


class CardArgs(Args):
    session: Annotated[str | None, Arg(Kind.SESSION, "Session to follow")] = None


class Followed(msgspec.Struct, frozen=True):
    """The session to follow: found live, or not to be read just now."""

    session: str


async def resolve(args: CardArgs, context: Context) -> Followed:
    def again(session: str) -> str:
        return format_command("card", CardArgs(session=session))

    wanted = await targets.session_id(args.session, context, again, "Follow")
    session = await session_or_unread(wanted, context)  # shown when it can be read
    return Followed(session.session_id)


async def act(followed: Followed, context: Context) -> Result:
    """The card is stored with the outcome, and delivery posts it. One message follows a session in
    a channel: that of a card before says so no more."""
    said = md(
        "{} asked for a live card of session {}. Joins, leaves and moderation go to its thread.",
        mention(context.actor.user),
        code(followed.session),
    )
    card = Card(
        team=context.actor.team,
        server=context.server,
        session=followed.session,
        channel=context.channel,
        created_by=context.actor.user,
        created_at=context.clock.now_ms(),
    )
    return Result(outcome=Outcome.DONE, said=said, effects=(effects.Followed(card),))


async def look(attempt: AuditEntry, _context: Context) -> Result:
    """Without an outcome no card was stored: both are one transaction."""
    said = md("The card for session {} was not posted. Try again.", code(attempt.session))
    return Result(outcome=Outcome.FAILED, said=said, answer="not stored")


CARD = Action(
    name="card",
    label="Post card",
    summary="Post a live card of a session into this channel",
    args=CardArgs,
    needs=Role.MODERATOR,
    about=About.SESSIONS,
    resolve=resolve,
    target=lambda followed: Target(followed.session, followed.session, followed.session),
    act=act,
    look=look,
)
