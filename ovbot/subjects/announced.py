"""What was announced to channels and is over: its buttons go, and the message says what became
of it.

A button that is pressed all the same names its announcement (``--announced``), so that it means
what it stood for and nothing that was planned since.
"""

import functools
from collections.abc import Callable, Iterable

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, md, mention, when
from ovbot.domain.notice import Notice, key_of
from ovbot.domain.reply import Button, Buttons, Note, Paragraph, Part, Reply, Style
from ovbot.engine import sentences
from ovbot.engine.calls import call
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.failpoints import reach
from ovbot.store import amending, audit, bans, later, outbox
from ovbot.store.database import Tx
from ovbot.store.later import Plan
from ovbot.subjects import banning, plans, recording_deletion

OFFERS = {
    plans.CLOSE: ("close", "keep", "extend"),
    plans.DELETE: (plans.DELETE, recording_deletion.KEEP),
}
"""The commands whose buttons an announcement has, by what it announces."""

_STARTS = 50
"""Actions on a session, the latest, among which the start of a recording is looked for."""
LATER = "10m"
"""By how much the button of an announced closing puts it off."""


def without(reply: Reply, is_over: Callable[[Button], bool], says: Markup) -> Reply:
    """The reply without the buttons that are over, and what holds instead; itself if it has none.

    A button beside a paragraph goes as well; the paragraph stays.
    """
    parts: list[Part] = []
    fallen = False
    for part in reply.parts:
        left: Part | None = part
        if isinstance(part, Buttons):
            left = Buttons(
                tuple(button for button in part.buttons if not is_over(button)),
                tuple(button for button in part.more if not is_over(button)),
            )
        elif isinstance(part, Paragraph):
            button = part.button if part.button and not is_over(part.button) else None
            menu = tuple(one for one in part.menu if not is_over(one))
            left = Paragraph(part.text, button, menu)
        if left != part:
            if not fallen:
                parts.append(Paragraph(says))
            fallen = True
        if left is not None and left != Buttons(()):
            parts.append(left)
    if not fallen:
        return reply
    return msgspec.structs.replace(
        reply, text=md("{} {}", reply.text, says), parts=tuple(_notes_last(parts))
    )


def _notes_last(parts: list[Part]) -> list[Part]:
    return [p for p in parts if not isinstance(p, Note)] + [p for p in parts if isinstance(p, Note)]


def _is_of(verb: str) -> Callable[[Button], bool]:
    names = OFFERS[verb]
    return lambda button: any(
        button.command == name or button.command.startswith(f"{name} ") for name in names
    )


def offered(plan: Plan) -> tuple[Button, ...]:
    """What its announcement offers while it waits: to call it off, and to do it at once."""
    if plan.verb == plans.DELETE:
        ids = [recording_deletion.id_of(key) for key in plan.about.split()]
        return recording_deletion.buttons(ids, plan.ref)
    its = {"session": plan.session, "announced": plan.ref}
    return (
        Button(f"Keep {plan.session} open", call("keep", **its)),
        Button(f"Extend {plan.session} by 10 min", call("extend", **its, by=LATER)),
        Button(plan.label, _as_announced(plan), Style.DANGER),
    )


def _as_announced(plan: Plan) -> str:
    """Its command, in which everything is told by a key: one more can come at the end."""
    return f"{plan.again.removesuffix(' ?')} --announced {plan.ref} ?"


async def keep(
    plan: Plan, context: Context, *, instead: Plan | None = None, says: Markup | None = None
) -> bool:
    """Call it off, for what is planned ``instead``; False when it waits no more. Its announcement
    ``says`` so."""
    now, user = context.clock.now_ms(), context.actor.user
    if says is None:
        how = "Called off" if instead is None else "Partly called off"
        says = md("{} {} by {}.", how, when(now), mention(user))
    async with context.store.begin() as tx:
        await outbox.in_order(tx)
        if not await call_off(tx, plan, instead, says, at=now, by=context.ref):
            return False
        reach("calloff.written")
    reach("calloff.committed")
    return True


async def call_off(
    tx: Tx, plan: Plan, instead: Plan | None, says: Markup, *, at: int, by: str
) -> bool:
    """The plan is not to be carried out any more, but for what is planned ``instead``.

    False where it waits no more. The transaction must be ``outbox.in_order``; ``by`` is the action
    that does it, "" where nobody does: what it was for is over.
    """
    if not await later.call_off(tx, plan.id, at=at, by=by):
        return False
    if instead is not None:
        await later.add(tx, instead)
    await over(tx, plan, says, instead=instead, cause=f"{by or 'over'}:{plan.id}", at=at)
    return True


async def over(
    tx: Tx, plan: Plan, says: Markup, *, cause: str, at: int, instead: Plan | None = None
) -> None:
    """Change the messages that announced a plan; those of it that go on keep their buttons."""
    if plan.verb not in OFFERS:
        return
    left = offered(instead) if instead is not None else ()

    def change(reply: Reply) -> Reply:
        changed = without(reply, _is_of(plan.verb), says)
        if changed is reply or not left:
            return changed
        notes = [part for part in changed.parts if isinstance(part, Note)]
        others = [part for part in changed.parts if not isinstance(part, Note)]
        return msgspec.structs.replace(changed, parts=(*others, Buttons(left), *notes))

    await _amend(tx, plan, f"action:{plan.ref}", change, cause=cause, at=at)


async def missed_is_over(tx: Tx, plan: Plan, says: Markup, *, at: int) -> None:
    """What was not done at its time cannot be done any more."""

    def change(reply: Reply) -> Reply:
        return without(reply, _is_of(plan.verb), says)

    await _amend(tx, plan, plan.interaction, change, cause=f"over:{plan.id}", at=at)


async def resumed(tx: Tx, plan: Plan, says: Markup, *, at: int) -> None:
    """It was taken back wrongly: it waits again, and its message offers what it did."""
    if not await later.resume(tx, plan.id):
        return

    def change(reply: Reply) -> Reply:
        text = md("{} {}", reply.text, says)
        parts = (*reply.parts, Paragraph(says), Buttons(offered(plan)))
        return msgspec.structs.replace(reply, text=text, parts=parts)

    await _amend(tx, plan, f"action:{plan.ref}", change, cause=f"resumed:{plan.id}:{at}", at=at)


async def _amend(
    tx: Tx, plan: Plan, key: str, change: amending.Change, *, cause: str, at: int
) -> None:
    notices: list[Notice] = await amending.changes(tx, plan.team, key, change, cause=cause)
    await outbox.add(tx, plan.team, plan.server, at, notices)


async def recorded(tx: Tx, team: str, server: str, session: str, id_: str, *, at: int) -> None:
    """A recording is over: what was told of its start offers to stop it no more."""
    actions = await audit.latest(tx, team, limit=_STARTS, session=session)
    refs = [
        entries[0].ref
        for entries in actions
        if entries[-1].command == "record start" and entries[-1].target == id_
    ]
    says = md("It ended {}.", when(at))
    for ref in refs[:1]:
        change = functools.partial(without, is_over=_stops, says=says)
        notices = await amending.changes(tx, team, f"action:{ref}", change, cause=f"ended:{ref}")
        await outbox.add(tx, team, server, at, notices)


def _stops(button: Button) -> bool:
    return button.command.split()[:2] == ["record", "stop"]


async def deleted(tx: Tx, ended: AuditEntry, key: str) -> None:
    """What was told of a recording offers nothing more to be done with it."""
    at = ended.at
    says = md("{} deleted it {}.", mention(ended.actor), when(at))
    change = functools.partial(without, is_over=_needs_it, says=says)
    id_, _, created_at = key.rpartition("_")
    for kind in ("stuck", "recording"):
        told = key_of(kind, ended.server, id_, created_at)
        notices = await amending.changes(tx, ended.team, told, change, cause=f"gone:{ended.ref}")
        await outbox.add(tx, ended.team, ended.server, at, notices)


async def answered(tx: Tx, ended: AuditEntry, key: str, by: str, says: Markup) -> None:
    """Whoever was asked, under the notices' ``key``, reads what became of that; the buttons of the
    command ``by`` which it is answered go."""

    def change(reply: Reply) -> Reply:
        return without(reply, lambda button: button.command.split()[:1] == [by], says)

    notices = await amending.changes(tx, ended.team, key, change, cause=f"answered:{key}")
    await outbox.add(tx, ended.team, ended.server, ended.at, notices)


def _needs_it(button: Button) -> bool:
    """Whether a button is for a recording that is there."""
    return _is_of(plans.DELETE)(button) or button.command.startswith("recording show ")


async def carried_out(tx: Tx, plan: Plan, result: Result, at: int) -> None:
    """Its time came, and it is over."""
    says = sentences.how_it_ended(result)
    if result.outcome is Outcome.DONE:
        says = md("Done {}.", when(at))
    elif result.outcome is Outcome.ALREADY:
        says = md("Taken back {}: {}", when(at), result.said)
    await over(tx, plan, says, cause=f"done:{plan.id}", at=at)


async def unbanned(
    tx: Tx, team: str, server: str, numbers: Iterable[int], *, at: int, replaced: bool = False
) -> None:
    """Bans are over: nothing offers to lift them any more. After they were ended."""
    found = [ban for number in numbers if (ban := await bans.get(tx, number)) is not None]
    for ref in dict.fromkeys(ban.ref for ban in found):
        mine = [ban for ban in found if ban.ref == ref]
        every = await bans.of_ref(tx, ref)
        gone = {f"#{ban.id}" for ban in every if not ban.holds(at)}
        if len(gone) == len(every):
            gone.add(ref)
        says = md("The ban ended {}.", when(mine[0].ended_at or mine[0].until or at))
        if by := mine[0].ended_by:
            how = "replaced" if replaced else "lifted"
            says = md("{} {} the ban {}.", mention(by), how, when(at))
        keys = [f"action:{ref}", *(f"{banning.VERB}:{ban.id}:" for ban in mine)]
        for key in keys:
            change = functools.partial(without, is_over=_lifts(gone), says=says)
            cause = f"lift:{ref}:{at}"
            notices = await amending.changes(tx, team, key, change, cause=cause)
            await outbox.add(tx, team, server, at, notices)


def _lifts(which: set[str]) -> Callable[[Button], bool]:
    def lifts(button: Button) -> bool:
        words = button.command.split()
        return words[:1] == ["unban"] and bool(which.intersection(words))

    return lifts
