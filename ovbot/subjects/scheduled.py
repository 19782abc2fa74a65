"""What was planned goes on until it is done: trouble that may pass only puts it off.

Nobody sits before a planned command to give it again. So where OpenVidu could not be asked, or did
not do it, the same is planned anew in the transaction of that outcome: after a moment at first, and
never more than a minute later. It ends when it is done, when it is called off, and when there is
nothing left to be done.
"""

from msgspec.structs import replace

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, md
from ovbot.domain.words import duration
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.engine.outcomes import Effect
from ovbot.store import audit, cards, later
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State
from ovbot.subjects import announced, recording_deletion
from ovbot.subjects.effects import Scheduled, ScheduledAgain

_PAUSES = (250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000)
_LONGEST = 60_000
LONG = 3_000
"""Milliseconds after which people hear that it takes long: a shorter trouble is over before they
have read of it."""
_ONCE = 600_000
"""Milliseconds in which the trouble of what one action has planned is told once."""


class Scheduler:
    """Commands that were planned (see ``ovbot.engine.outcomes.Planned``)."""

    async def enter(self, tx: Tx, plan: int, intent: AuditEntry) -> bool:
        """It waits no more, and the cards of its session show that."""
        entered = await later.enter(tx, plan, at=intent.at)
        await cards.touch(tx, intent.server, intent.session)
        return entered

    async def goes_on(
        self, result: Result, intent: AuditEntry, context: Context, *, passes: bool
    ) -> Result:
        """Nobody sits before a planned command: it goes on by itself, or says that it took long."""
        if not later.is_planned(intent.interaction):
            return result
        async with context.store.read() as tx:
            plan = await later.of_interaction(tx, intent.interaction)
        if plan is None:
            return result
        now = context.clock.now_ms()
        failed = result.outcome in {Outcome.FAILED, Outcome.UNKNOWN} and passes
        if failed or result.left:
            return _goes_on(result, plan, now)
        return _took(result, plan, now) if result.outcome is Outcome.DONE else result

    async def once_more(self, intent: AuditEntry, context: Context) -> tuple[Effect, ...]:
        """The same plan again, if this was one and no newer one stands in its place.

        Nobody sits before a planned command to give it again, and it cannot happen twice: it was
        found not to be done, and whoever still had it in hand would find its intent closed.
        """
        if not later.is_planned(intent.interaction):
            return ()
        async with context.store.read() as tx:
            plan = await later.of_interaction(tx, intent.interaction)
            if plan is None:
                return ()
            newest = await later.newest(tx, plan.team, plan.server, plan.verb, plan.about)
        if newest is None or newest.id != plan.id:
            return ()
        return (Scheduled(replace(plan, id=0, state=State.WAITING, ended_at=None)),)

    async def settle(self, tx: Tx, ended: AuditEntry, result: Result) -> None:
        """Its announcement says how it ended; not where it is tried again."""
        if ended.command not in announced.OFFERS:
            return
        if any(isinstance(effect, ScheduledAgain) for effect in result.effects):
            return
        entries = await audit.of_ref(tx, ended.ref)
        asked = next((entry.interaction for entry in entries if entry.interaction), None)
        if not later.is_planned(asked):
            return
        if plan := await later.of_interaction(tx, asked):
            await announced.carried_out(tx, plan, result, ended.at)


def _goes_on(result: Result, plan: Plan, now: int) -> Result:
    """The result, with the same planned anew, and told at most once."""
    tries = plan.tries + 1
    pause = _PAUSES[plan.tries] if plan.tries < len(_PAUSES) else _LONGEST
    again = replace(
        plan, tries=tries, since=plan.begun, due_at=now + pause, state=State.WAITING, ended_at=None
    )
    if result.left:
        done = set(plan.about.split()) - set(result.left)
        again = replace(recording_deletion.without(again, done) or again, id=plan.id)
    if result.outcome is Outcome.DONE:
        said = result.said + Markup(" ovbot keeps trying what is left.")
        return replace(result, said=said, effects=(*result.effects, ScheduledAgain(again)))
    said = md("ovbot could not {} yet and keeps trying. {}", Markup(plan.said), result.said)
    key = f"trouble:{plan.ref}:{plan.begun // _ONCE}" if now - plan.begun > LONG else ""
    effects = (*result.effects, ScheduledAgain(again))
    return replace(result, said=said, effects=effects, notice_key=key, parts=())


def _took(result: Result, plan: Plan, now: int) -> Result:
    """The result of what is done at last, which tells how long that took if it took long."""
    late = now - plan.begun
    if late <= LONG:
        return result
    said = md("{} It took {} until OpenVidu did it.", result.said, duration(late / 1000))
    return replace(result, said=said, late=True)
