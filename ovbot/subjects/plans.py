"""What is planned for a session or a recording, and what became of it."""

from collections.abc import Sequence

import msgspec

from ovbot.domain.audit import AuditEntry, Outcome
from ovbot.domain.markup import Markup, bold, code, md, mention, when
from ovbot.engine.context import Context
from ovbot.engine.refusals import AlreadySo
from ovbot.openvidu import Session
from ovbot.store import audit, later
from ovbot.store.database import Tx
from ovbot.store.later import Plan, State

CLOSING = "ovbot:closing"
"""The type of the signal that warns the people in a session. Its data is JSON: ``closesAt`` (ms
since the epoch; null when it was called off) and ``reason``."""
CLOSE = "close"
DELETE = "recording delete"
_MOST = 200
"""Plans of one action: a deletion is planned anew for each recording that is kept of it."""


def instance(session: Session) -> str:
    """What tells a session from a later one of the same id; OpenVidu's own uniqueSessionId."""
    return instance_of(session.session_id, session.created_at)


def instance_of(session: str, created_at: int) -> str:
    """The same, by the session's id and when it began (ms, by OpenVidu's clock)."""
    return f"{session}_{created_at}"


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


async def of_announcement(ref: str, verb: str, context: Context) -> Plan | None:
    """What an action has planned, as it is now; None where nobody here knows of it (any more)."""
    async with context.store.read() as tx:
        found = await later.planned_by(tx, ref, limit=1)
    here = (context.actor.team, context.server, verb)
    return next((p for p in found if (p.team, p.server, p.verb) == here), None)


async def of_key(ref: str, key: str, context: Context) -> Plan | None:
    """The plan of an action for just this recording, as it is now; None where there is none."""
    async with context.store.read() as tx:
        found = await later.planned_by(tx, ref, limit=_MOST)
    here = (context.actor.team, context.server, DELETE)
    mine = [p for p in found if (p.team, p.server, p.verb) == here and key in p.about.split()]
    return mine[-1] if mine else None


async def must_wait(ref: str, verb: str, session: str, context: Context, *, done: str) -> Plan:
    """The plan of an announcement; raises AlreadySo, with what became of it, where it waits no
    more: a button of its message then means nothing else that may be planned by now."""
    plan = await of_announcement(ref, verb, context)
    next_step = "/openvidu show tells how it is."
    if plan is None or plan.session != session:
        raise AlreadySo(
            "What this button was for is over, and nothing was changed.", next_step, helps=("show",)
        )
    if plan.state is not State.WAITING:
        what = md("session {}", code(session))
        raise AlreadySo(
            await became(plan, context, what=what, done=done), next_step, helps=("show",)
        )
    return plan


async def became(plan: Plan, context: Context, *, what: Markup, done: str) -> Markup:
    """Why a plan waits no more: ``what`` (session `demo`) ``done`` (closed)."""
    async with context.store.read() as tx:
        plan = await later.get(tx, plan.id) or plan
        entries = await audit.of_interaction(tx, plan.team, plan.interaction)
        enders = await audit.of_ref(tx, plan.ended_by) if plan.ended_by else ()
    ended = next((entry for entry in entries if entry.outcome), None)
    if plan.state is State.CALLED_OFF:
        return _called_off(plan, enders, what=what, done=done)
    if plan.state is State.MISSED:
        text = "What {} had planned for {} was not done: ovbot was away at that time."
        return md(text, *_who(plan, what))
    if ended is None:
        return md("Too late: {} is being {} now.", what, done)
    if ended.outcome is Outcome.DONE:
        return md("Too late: {} was {} {}.", what, done, when(ended.at))
    text = "Too late: {} was to be {} {}, and that ended as {}."
    return md(text, what, done, when(plan.due_at), bold(str(ended.outcome)))


def _called_off(plan: Plan, enders: Sequence[AuditEntry], *, what: Markup, done: str) -> Markup:
    """Called off, taken back, replaced, or done before its time: by what the action was."""
    at = when(plan.ended_at or plan.due_at)
    if not plan.ended_by:
        text = "What {} had planned for {} was taken back {}: there was nothing left to be {}."
        return md(text, *_who(plan, what), at, done)
    by = enders[0] if enders else None
    if by is not None and by.command == plan.verb and by.arguments.keys() & {"warn"}:
        text = "What {} had planned for {} was replaced {} by what {} announced then."
        return md(text, *_who(plan, what), at, mention(by.actor))
    if by is not None and by.command == "extend":
        return md("The closing of {} was put off already, {}.", what, at)
    if by is not None and by.command == plan.verb:
        return md("Too late: {} was {} {} by {}.", what, done, at, mention(by.actor))
    return md("What {} had planned for {} was called off already, {}.", *_who(plan, what), at)


def _who(plan: Plan, what: Markup) -> tuple[Markup, Markup]:
    return mention(plan.actor), what
