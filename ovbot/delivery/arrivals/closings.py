"""An announced closing whose session is over before its time: taken back where it was announced."""

from collections.abc import Iterable, Sequence

from ovbot.domain.binding import Binding
from ovbot.domain.markup import md, when
from ovbot.store import later, outbox
from ovbot.store.database import Tx
from ovbot.store.later import State
from ovbot.subjects import announced, plans


async def over(
    tx: Tx, bindings: Iterable[Binding], server: str, session: str, created_at: int, *, at: int
) -> None:
    """The session ended: what waits for it is taken back, what was missed cannot be done."""
    instance = plans.instance_of(session, created_at)
    waiting = await later.all_waiting(tx, server, plans.CLOSE, instance)
    missed = [
        plan
        for team in sorted({binding.team for binding in bindings})
        if (plan := await later.newest(tx, team, server, plans.CLOSE, instance)) is not None
        and plan.state is State.MISSED
    ]
    if not waiting and not missed:
        return
    await outbox.in_order(tx)
    for plan in waiting:
        says = md("Taken back {}: the session ended before.", when(at))
        await announced.call_off(tx, plan, None, says, at=at, by="")
    for plan in missed:
        await announced.missed_is_over(tx, plan, md("The session ended {}.", when(at)), at=at)


async def back(
    tx: Tx, bindings: Sequence[Binding], server: str, session: str, created_at: int, *, at: int
) -> None:
    """The session is live after all: what was taken back counts again, unless its time is past."""
    instance = plans.instance_of(session, created_at)
    for team in sorted({binding.team for binding in bindings}):
        plan = await later.newest(tx, team, server, plans.CLOSE, instance)
        if plan is None or plan.state is not State.CALLED_OFF or plan.ended_by or plan.due_at < at:
            continue
        await outbox.in_order(tx)
        says = md("The session is live after all: this holds again, for {}.", when(plan.due_at))
        await announced.resumed(tx, plan, says, at=at)
