"""What is planned for a session or a recording, and what became of it."""

import msgspec

from ovbot.domain.audit import Outcome
from ovbot.domain.markup import Markup, bold, md, mention, when
from ovbot.engine.context import Context
from ovbot.openvidu import Session
from ovbot.points import reach
from ovbot.store import audit, later
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State

CLOSING = "ovbot:closing"
"""The type of the signal that warns the people in a session. Its data is JSON: ``closesAt`` (ms
since the epoch; null when it was called off) and ``reason``."""
CLOSE = "close"
DELETE = "recording delete"


def instance(session: Session) -> str:
    """What tells a session from a later one of the same id; OpenVidu's own uniqueSessionId."""
    return f"{session.session_id}_{session.created_at}"


async def closing(tx: Tx, team: str, server: str, session: Session) -> Plan | None:
    """The announced closing of just this session."""
    plan = await later.newest(tx, team, server, CLOSE, instance(session))
    return plan if plan is not None and plan.state is State.WAITING else None


async def signal_closing(
    session: str, closes_at: int | None, reason: str, context: Context
) -> None:
    """Tell the clients of a session when it will be closed (ms); raises as ``signal`` does."""
    data = msgspec.json.encode({"closesAt": closes_at, "reason": reason}).decode()
    await context.openvidu.signal(session, data, type=CLOSING)


async def call_off(plan: Plan, context: Context, *, instead: Plan | None = None) -> bool:
    """Call it off, for what is planned ``instead``; False when it waits no more."""
    now = context.clock.now_ms()
    async with context.store.begin() as tx:
        if not await later.call_off(tx, plan.id, at=now, by=context.ref):
            return False
        if instead is not None:
            await later.add(tx, instead)
        reach("calloff.written")
    reach("calloff.committed")
    return True


async def became(plan: Plan, context: Context, *, what: Markup, done: str) -> Markup:
    """Why a plan waits no more: ``what`` (session `demo`) ``done`` (closed)."""
    async with context.store.read() as tx:
        plan = await later.get(tx, plan.id) or plan
        entries = await audit.of_interaction(tx, plan.team, plan.interaction)
    ended = next((entry for entry in entries if entry.outcome), None)
    if plan.state is State.CALLED_OFF:
        at = when(plan.ended_at or plan.due_at)
        return md("What {} had planned for {} was called off already, {}.", *_who(plan, what), at)
    if plan.state is State.MISSED:
        text = "What {} had planned for {} was not done: ovbot was away at that time."
        return md(text, *_who(plan, what))
    if ended is None:
        return md("Too late: {} is being {} now.", what, done)
    if ended.outcome is Outcome.DONE:
        return md("Too late: {} was {} {}.", what, done, when(ended.at))
    text = "Too late: {} was to be {} {}, and that ended as {}."
    return md(text, what, done, when(plan.due_at), bold(str(ended.outcome)))


def _who(plan: Plan, what: Markup) -> tuple[Markup, Markup]:
    return mention(plan.actor), what
