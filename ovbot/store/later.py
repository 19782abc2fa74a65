"""Commands that are carried out later: planned by an action, due at a moment.

A row becomes ``entered`` in the transaction of the intent of its command (engine/pipeline), and
leaves ``waiting`` in no other way than by one conditional update: whoever comes second finds that
nothing is left to do.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeGuard

import msgspec
from sqlalchemy import ColumnElement, RowMapping, delete, func, literal_column, select, update

from ovbot.store.database import Tx, wake_after_commit
from ovbot.store.tables import later as table

WAKE = "later"
"""The topic that is woken when something was planned."""


class State(StrEnum):
    """What became of a planned command."""

    WAITING = "waiting"
    ENTERED = "entered"
    """It went through the door: the audit has its intent, or the refusal."""
    CALLED_OFF = "called off"
    MISSED = "missed"
    """ovbot was away when it was due; that was told, and nothing was done."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One command to be carried out at ``due_at`` (ms), as ``actor`` in ``channel``.

    ``ref`` is the action that planned it. ``verb`` and ``about`` tell what is planned for what
    (``close``, a session's id): of the same there is only one that waits, the newest. ``command``
    is its canonical text. ``said`` (mrkdwn) goes on after "wanted to"; ``label`` and ``again`` are
    the button that does it now, where ovbot was away at the time. ``ended_by`` is the action that
    called it off. ``tries`` counts how often it was tried before and met trouble; it is planned
    anew each time, and ``since`` (ms; 0 at first) is when it was due first.
    """

    ref: str
    team: str
    server: str
    actor: str
    channel: str
    session: str = ""
    verb: str
    about: str
    command: str
    said: str
    label: str
    again: str
    due_at: int
    created_at: int
    id: int = 0
    """Drawn by the database."""
    state: State = State.WAITING
    ended_at: int | None = None
    ended_by: str = ""
    tries: int = 0
    since: int = 0

    @property
    def begun(self) -> int:
        """When it was to be done (ms), however often it was put off since."""
        return self.since or self.due_at

    @property
    def interaction(self) -> str:
        """What the intent of its command has for Slack's id of a click: it enters once."""
        return f"later:{self.id}"


_WAITING: ColumnElement[bool] = table.c.state == literal_column("'waiting'")
# A literal, not a parameter: only so is the partial index used.


async def add(tx: Tx, plan: Plan) -> None:
    """Plan it, instead of whatever was planned for the same."""
    await tx.execute(
        update(table)
        .where(
            _WAITING,
            table.c.team == plan.team,
            table.c.server == plan.server,
            table.c.verb == plan.verb,
            table.c.about == plan.about,
        )
        .values(state=State.CALLED_OFF.value, ended_at=plan.created_at, ended_by=plan.ref)
    )
    row = msgspec.structs.asdict(plan) | {"state": plan.state.value}
    del row["id"]
    await tx.execute(table.insert().values(row))
    wake_after_commit(tx, WAKE)


async def again(tx: Tx, plan: Plan) -> None:
    """Plan anew what met trouble, unless something newer was planned for the same meanwhile."""
    newest_of = await newest(tx, plan.team, plan.server, plan.verb, plan.about)
    if newest_of is None or newest_of.id <= plan.id:
        await add(tx, plan)


async def call_off(tx: Tx, number: int, *, at: int, by: str) -> bool:
    """It is not to be done; False when it waits no more: ``get`` tells why."""
    return await _leave(tx, number, State.CALLED_OFF, at=at, by=by)


async def enter(tx: Tx, number: int, *, at: int) -> bool:
    """It enters the door in this transaction; False when it waits no more."""
    return await _leave(tx, number, State.ENTERED, at=at)


async def miss(tx: Tx, number: int, *, at: int) -> bool:
    """It was found too late; False when it waits no more."""
    return await _leave(tx, number, State.MISSED, at=at)


async def _leave(tx: Tx, number: int, state: State, *, at: int, by: str = "") -> bool:
    left = await tx.execute(
        update(table)
        .where(table.c.id == number, _WAITING)
        .values(state=state.value, ended_at=at, ended_by=by)
    )
    return left.rowcount > 0


async def due(tx: Tx, team: str, server: str, *, now: int, limit: int) -> tuple[Plan, ...]:
    """What is to be done now, oldest first."""
    rows = await tx.execute(
        select(table)
        .where(
            _WAITING,
            table.c.team == team,
            table.c.server == server,
            table.c.due_at <= now,
        )
        .order_by(table.c.due_at, table.c.id)
        .limit(limit)
    )
    return tuple(_plan(row) for row in rows.mappings())


async def next_due(tx: Tx, team: str, server: str) -> int | None:
    """When the next one is due (ms); None: nothing waits."""
    found = await tx.scalar(
        select(func.min(table.c.due_at)).where(
            _WAITING, table.c.team == team, table.c.server == server
        )
    )
    return None if found is None else int(found)


async def waiting(tx: Tx, team: str, server: str, verb: str) -> tuple[Plan, ...]:
    """What waits of one verb, in the order in which it is due."""
    rows = await tx.execute(
        select(table)
        .where(_WAITING, table.c.team == team, table.c.server == server, table.c.verb == verb)
        .order_by(table.c.due_at, table.c.id)
    )
    return tuple(_plan(row) for row in rows.mappings())


async def latest(
    tx: Tx, team: str, server: str, verb: str, *, limit: int = 200
) -> tuple[Plan, ...]:
    """The newest plans of one verb, whatever became of them, the newest first."""
    rows = await tx.execute(
        select(table)
        .where(table.c.team == team, table.c.server == server, table.c.verb == verb)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    return tuple(_plan(row) for row in rows.mappings())


async def newest(tx: Tx, team: str, server: str, verb: str, about: str) -> Plan | None:
    """The newest plan for the same, whatever became of it."""
    return await _newest(tx, team, server, verb, table.c.about == about)


async def of_session(tx: Tx, team: str, server: str, verb: str, session: str) -> Plan | None:
    """The newest plan of one verb for a session of this id, whatever became of it."""
    return await _newest(tx, team, server, verb, table.c.session == session)


async def _newest(
    tx: Tx, team: str, server: str, verb: str, wanted: ColumnElement[bool]
) -> Plan | None:
    rows = await tx.execute(
        select(table)
        .where(table.c.team == team, table.c.server == server, table.c.verb == verb, wanted)
        .order_by(table.c.id.desc())
        .limit(1)
    )
    row = rows.mappings().first()
    return None if row is None else _plan(row)


async def get(tx: Tx, number: int) -> Plan | None:
    """One plan as it is now; None when it was pruned."""
    rows = await tx.execute(select(table).where(table.c.id == number))
    row = rows.mappings().first()
    return None if row is None else _plan(row)


def is_planned(interaction: str | None) -> TypeGuard[str]:
    """Whether it is that of a planned command, and not of a click or a typed one."""
    return interaction is not None and interaction.startswith("later:")


async def of_interaction(tx: Tx, interaction: str) -> Plan | None:
    """The plan whose command has this interaction; None for a click or a typed command."""
    kind, _, number = interaction.partition(":")
    return await get(tx, int(number)) if kind == "later" and number.isdecimal() else None


async def planned_by(tx: Tx, ref: str, *, limit: int) -> tuple[Plan, ...]:
    """What an action has planned last, whatever became of it, the newest at the end."""
    rows = await tx.execute(
        select(table).where(table.c.ref == ref).order_by(table.c.id.desc()).limit(limit)
    )
    return tuple(_plan(row) for row in rows.mappings())[::-1]


async def all_waiting(tx: Tx, server: str, verb: str, about: str) -> tuple[Plan, ...]:
    """Every workspace's plan of one verb for the same that waits."""
    rows = await tx.execute(
        select(table)
        .where(_WAITING, table.c.server == server, table.c.verb == verb, table.c.about == about)
        .order_by(table.c.id)
    )
    return tuple(_plan(row) for row in rows.mappings())


async def resume(tx: Tx, number: int) -> bool:
    """What was called off waits again; False when it was not."""
    resumed = await tx.execute(
        update(table)
        .where(table.c.id == number, table.c.state == State.CALLED_OFF.value)
        .values(state=State.WAITING.value, ended_at=None, ended_by="")
    )
    wake_after_commit(tx, WAKE)
    return resumed.rowcount > 0


async def called_off_by(tx: Tx, ref: str) -> Sequence[Plan]:
    """The plans that an action has called off."""
    rows = await tx.execute(
        select(table)
        .where(table.c.ended_by == ref, table.c.state == State.CALLED_OFF.value)
        .order_by(table.c.id)
    )
    return [_plan(row) for row in rows.mappings()]


async def prune(tx: Tx, *, before: int, limit: int) -> int:
    """Remove what ended before the moment (ms), oldest first; how many rows that were."""
    old = (
        select(table.c.id)
        .where(table.c.state != State.WAITING.value, table.c.ended_at < before)
        .order_by(table.c.id)
        .limit(limit)
    )
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


def _plan(row: RowMapping) -> Plan:
    found = {name: row[name] for name in Plan.__struct_fields__}
    return Plan(**found | {"state": State(row["state"])})
