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
from ovbot.engine import deletion
from ovbot.engine.command import Result
from ovbot.engine.context import Context
from ovbot.openvidu.errors import SessionBusy, Unauthorized, Unexpected, Unknown, Unreachable
from ovbot.store import later
from ovbot.store.failures import StoreError
from ovbot.store.later import Plan, State

_PAUSES = (250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000)
_LONGEST = 60_000
LONG = 3_000
"""Milliseconds after which people hear that it takes long: a shorter trouble is over before they
have read of it."""
_ONCE = 600_000
"""Milliseconds in which the trouble of what one action has planned is told once."""
_PASSING = (Unreachable, Unknown, Unexpected, Unauthorized, SessionBusy, StoreError)


def may_pass(error: Exception) -> bool:
    """Whether the same command may go well in a while, as it is."""
    return isinstance(error, _PASSING)


async def plan_of(intent: AuditEntry, context: Context) -> Plan | None:
    """The plan that brought this to the door; None for what a person gives now."""
    if intent.interaction is None:
        return None
    async with context.store.read() as tx:
        return await later.of_interaction(tx, intent.interaction)


def goes_on(result: Result, plan: Plan, now: int) -> Result:
    """The result, with the same planned anew, and told at most once."""
    tries = plan.tries + 1
    pause = _PAUSES[plan.tries] if plan.tries < len(_PAUSES) else _LONGEST
    again = replace(
        plan, tries=tries, since=plan.begun, due_at=now + pause, state=State.WAITING, ended_at=None
    )
    if result.left:
        done = set(plan.about.split()) - set(result.left)
        again = replace(deletion.without(again, done) or again, id=plan.id)
    if result.outcome is Outcome.DONE:
        said = result.said + Markup(" ovbot keeps trying what is left.")
        return replace(result, said=said, again=again)
    said = md("ovbot could not {} yet and keeps trying. {}", Markup(plan.said), result.said)
    told_as = f"trouble:{plan.ref}:{plan.begun // _ONCE}" if now - plan.begun > LONG else ""
    return replace(result, said=said, again=again, told_as=told_as, parts=())


def took(result: Result, plan: Plan, now: int) -> Result:
    """The result of what is done at last, which tells how long that took if it took long."""
    late = now - plan.begun
    if late <= LONG:
        return result
    said = md("{} It took {} until OpenVidu did it.", result.said, duration(late / 1000))
    return replace(result, said=said, late=True)
