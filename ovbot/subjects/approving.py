"""What takes a second person: asked for, decided by somebody else, and judged again when done.

Whoever asks is told that it waits, and the channel is shown what would happen, with a button for
whoever else may do it. What is approved enters the door as a plan of whoever asked, so that their
role is judged at that moment; the approver's is, too, and that it is about just what was approved.
"""

from typing import Annotated

import msgspec
from pydantic import Field

from ovbot.domain.approval import LASTS, Approval
from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.binding import Topic
from ovbot.domain.grant import Scope
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.domain.notice import Notice
from ovbot.domain.reply import Button, Buttons, Confirm, Note, Paragraph, Reply, Style
from ovbot.engine.calls import call
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.engine.policy import authorise
from ovbot.engine.reasons import deciders
from ovbot.engine.refusals import AlreadySo, Deferred, Denied
from ovbot.grammar.args import Kind, Opt
from ovbot.store import approvals, later, outbox
from ovbot.store.database import Tx
from ovbot.store.later import Plan
from ovbot.subjects import announced

VERB = "approved"
"""What is carried out after an approval is planned as (``store.later``)."""
Approved = Annotated[
    str | None,
    Opt(Kind.WORD, "The approval that this carries out", hidden=True),
    Field(pattern=r"^[a-z0-9]{4,20}$"),
]
"""A field type: of a command that may take a second person."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants done to whom: ``would`` goes on after "will be", in a sentence."""

    verb: str
    session: str
    target: str
    label: str
    would: Markup
    command: str
    """Its canonical text, with the approval's reference in it."""
    reason: str


async def second(wish: Wish, approval: str | None, context: Context) -> str:
    """Who has approved it. Raises Deferred where nobody was asked yet: with it, somebody is."""
    if approval is not None:
        return await _approver(wish, approval, context)
    await _not_twice(wish, context)
    asked = Approval(
        ref=context.ref,
        team=context.actor.team,
        server=context.server,
        channel=context.channel,
        actor=context.actor.user,
        verb=wish.verb,
        session=wish.session,
        target=wish.target,
        label=wish.label,
        command=wish.command,
        reason=wish.reason,
        asked_at=context.clock.now_ms(),
    )
    said = md("{} is protected: somebody else has to approve this.", bold(wish.label))
    waits = md("{} They are asked, until {}.", said, when(asked.asked_at + LASTS))
    whom = tuple(deciders(context.access, Scope(wish.session)))
    effect = Asked(asked, _question(asked, wish), whom)
    raise Deferred(
        said, Result(outcome=Outcome.REFUSED, said=waits, answer="asked", effects=(effect,))
    )


async def _not_twice(wish: Wish, context: Context) -> None:
    of = (context.actor.team, context.server, wish.verb, wish.session, wish.target)
    async with context.store.read() as tx:
        same = await approvals.waiting(tx, *of, since=context.clock.now_ms() - LASTS)
    if same is not None:
        text = "{} is protected, and {} has asked for that already: it can be approved until {}."
        until = when(same.asked_at + LASTS)
        raise AlreadySo(md(text, bold(wish.label), mention(same.actor), until))


async def _approver(wish: Wish, ref: str, context: Context) -> str:
    """Raises Denied where that approval is for something else, was used, or holds no more."""
    async with context.store.read() as tx:
        found = await approvals.get(tx, context.actor.team, context.server, ref)
        plan = None if context.plan is None else await later.get(tx, context.plan)
    about = (wish.verb, wish.session, wish.target, context.actor.user)
    if found is not None and context.clock.now_ms() >= (found.decided_at or 0) + LASTS:
        raise Denied(Markup("That was approved too long ago, so nothing was done."), "too late")
    if (
        found is None
        or found.answer != "yes"
        or (found.verb, found.session, found.target, found.actor) != about
        or plan is None
        or (plan.verb, plan.about) != (VERB, ref)
    ):
        raise Denied(Markup("That isn't what was approved, so nothing was done."), "not approved")
    try:
        command = context.commands[wish.verb]
        authorise(command, await context.access_of(found.decided_by), wish.session)
    except Denied as refusal:
        said = md("{} approved that, and may not any more.", mention(found.decided_by))
        raise Denied(said, f"approver {refusal.detail}") from refusal
    return found.decided_by


def with_approver(result: Result, label: str, approver: str) -> Result:
    """The outcome with both names: who did it stands in it anyway."""
    if not approver:
        return result
    said = md("{} Approved by {}.", result.said, mention(approver))
    detail = f"{label}, approved by {approver}"
    return msgspec.structs.replace(result, said=said, detail=result.detail or detail)


def _question(asked: Approval, wish: Wish) -> Reply:
    why = md(" Reason: {}", asked.reason) if asked.reason else Markup("")
    said = md(
        ":raised_hand: {} wants {} to be {}.{} They are protected, so somebody else who can do "
        "that has to approve it.",
        mention(asked.actor),
        bold(asked.label),
        wish.would,
        why,
    )
    follows = f"{asked.verb.capitalize()} {asked.label} in session {asked.session}, at once."
    sure = Confirm(f"Approve {asked.verb}?", follows, "Approve")
    buttons = (
        Button(
            f"Approve {asked.verb}",
            call("approve", request=asked.ref, answer="yes"),
            Style.PRIMARY,
            sure,
        ),
        Button(f"Refuse {asked.verb}", call("approve", request=asked.ref, answer="no")),
        Button(f"Withdraw {asked.verb}", call("approve", request=asked.ref, answer="withdraw")),
    )
    note = md("It can be approved until {}, by somebody else.", when(asked.asked_at + LASTS))
    return Reply(said, (Paragraph(said), Buttons(buttons), Note(note)))


class Asked(msgspec.Struct, frozen=True):
    """It waits for a second person, and everybody who moderates there is shown that.

    Where no channel hears of the session, those who can give roles there are told directly.
    """

    approval: Approval
    told: Reply
    deciders: tuple[str, ...]

    async def write(self, tx: Tx, ended: AuditEntry, context: Context) -> None:
        await approvals.add(tx, self.approval)
        ended = msgspec.structs.replace(ended, session=self.approval.session)
        heard = await context.powers.hearers.channels(tx, ended, Topic.MODERATION)
        here = [ended.channel] if ended.channel[:1] in "CG" else []
        places = list(dict.fromkeys([*here, *heard])) or [
            user for user in self.deciders if user != ended.actor
        ]
        notices = [
            Notice(
                channel=place,
                key=f"approval:{self.approval.ref}",
                reply=self.told,
                user=place if place[:1] in "UW" else "",
            )
            for place in places
        ]
        await outbox.add(tx, ended.team, ended.server, ended.at, notices)


class Answered(msgspec.Struct, frozen=True):
    """It is decided: every message of it says so, and what was approved is planned for now."""

    approval: Approval
    answer: str
    says: Markup

    async def write(self, tx: Tx, ended: AuditEntry, _context: Context) -> None:
        ref, at = self.approval.ref, ended.at
        if not await approvals.decide(tx, ref, at=at, by=ended.actor, answer=self.answer):
            raise AlreadySo("Somebody else has decided that just now.")
        if self.answer == "yes":
            await later.add(tx, _plan(self.approval, ended))
        await announced.answered(tx, ended, f"approval:{ref}", "approve", self.says)


def _plan(approval: Approval, ended: AuditEntry) -> Plan:
    """It enters the door at once, as whoever asked."""
    text = "{} {} in session {} (approved by {})"
    said = md(
        text,
        Markup(approval.verb),
        bold(approval.label),
        code(approval.session),
        mention(ended.actor),
    )
    again = approval.command.replace(f" --approved {approval.ref}", "")
    return Plan(
        ref=ended.ref,
        team=approval.team,
        server=approval.server,
        actor=approval.actor,
        channel=approval.channel,
        session=approval.session,
        verb=VERB,
        about=approval.ref,
        command=approval.command,
        said=said,
        label=f"Ask again to {approval.verb}",
        again=f"{again} ?",
        due_at=ended.at,
        created_at=ended.at,
    )
