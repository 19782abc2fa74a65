"""The audit. Entries are added and read; nothing here changes or removes one, but for refusals.

Anybody can cause those, as often as they like: what is much of the same is counted in one of them,
and they are removed by age.
"""

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)

from ovbot.domain.audit import AuditEntry, Outcome, Phase
from ovbot.store.autocommit import Autocommit, rows
from ovbot.store.database import Tx
from ovbot.store.tables import audit as table
from ovbot.store.upsert import adding

_DENIED: ColumnElement[bool] = table.c.outcome == literal_column("'denied'")
# A literal, not a parameter: only so is the partial index used.


class AlreadyRecorded(Exception):
    """The same interaction, or the same phase of the same action, is there; ``entry`` is it."""

    def __init__(self, entry: AuditEntry) -> None:
        super().__init__(f"{entry.ref} already has this {entry.phase}")
        self.entry = entry


async def append(tx: Tx, entry: AuditEntry, *, after: Phase | None = None) -> None:
    """Add an entry; raises AlreadyRecorded and adds nothing when it is there already.

    ``after``: only if this is how far the action has come, else AlreadyRecorded with the entry
    that is further. Between processes: of two that continue one action, the second is refused.
    """
    if after is not None:
        await _nothing_after(tx, entry.ref, after)
    if not await add(tx, entry):
        raise AlreadyRecorded(await there_instead(tx, entry))


async def add(tx: Autocommit, entry: AuditEntry) -> bool:
    """Add an entry; False, and nothing added, when it is there already."""
    (added,) = await add_all(tx, [entry])
    return added


async def add_all(tx: Autocommit, entries: Sequence[AuditEntry]) -> list[bool]:
    """Add entries of different actions, in one statement; of each, whether it was not there yet."""
    added = await rows(tx, adding(tx, table, "ref"), [_row(entry) for entry in entries])
    new = {ref for (ref,) in added}
    return [entry.ref in new for entry in entries]


async def refuse(tx: Tx, denial: AuditEntry, *, since: int, most: int) -> str:
    """Add a refusal; its reference. Where somebody was refused that command ``most`` times since
    the moment (ms), it is counted in the newest of these instead, whose reference it is then."""
    found = await tx.execute(
        select(table.c.id, table.c.ref, table.c.answer)
        .where(
            _DENIED,
            table.c.at >= since,
            table.c.team == denial.team,
            table.c.actor == denial.actor,
            table.c.command == denial.command,
        )
        .order_by(table.c.id.desc())
        .limit(most)
    )
    rows = found.all()
    if len(rows) < most:
        await append(tx, denial)
        return denial.ref
    id_, ref, answer = rows[0]
    counted = int(str(answer).split()[0]) if answer else 0
    await tx.execute(
        update(table).where(table.c.id == id_).values(answer=f"{counted + 1} times more")
    )
    return str(ref)


async def prune_refusals(tx: Tx, *, before: int, limit: int) -> int:
    """Remove refusals of before the moment (ms), oldest first; how many rows that were."""
    old = select(table.c.id).where(_DENIED, table.c.at < before).order_by(table.c.at).limit(limit)
    return (await tx.execute(delete(table).where(table.c.id.in_(old)))).rowcount


async def there_instead(tx: Tx, entry: AuditEntry) -> AuditEntry:
    """What an entry that could not be added collided with: entries are never removed."""
    same = and_(table.c.ref == entry.ref, table.c.phase == entry.phase.value)
    if entry.phase is Phase.INTENT and entry.interaction is not None:
        same |= and_(
            table.c.team == entry.team,
            table.c.interaction == entry.interaction,
            table.c.phase == Phase.INTENT.value,
        )
    found = await tx.execute(select(table).where(same).order_by(table.c.id))
    return _entry(found.mappings().one())


async def _nothing_after(tx: Tx, ref: str, phase: Phase) -> None:
    # The intent's row is the lock: whoever continues the action holds it until the commit.
    await tx.execute(
        select(table.c.id)
        .where(table.c.ref == ref, table.c.phase == Phase.INTENT.value)
        .with_for_update()
    )
    found = await tx.execute(select(table).where(table.c.ref == ref).order_by(table.c.id.desc()))
    latest = found.mappings().first()
    if latest is not None and latest["phase"] != phase.value:
        raise AlreadyRecorded(_entry(latest))


async def of_ref(tx: Tx, ref: str) -> tuple[AuditEntry, ...]:
    """Everything recorded of one action, oldest first; empty when the id is unknown."""
    found = await tx.execute(select(table).where(table.c.ref == ref).order_by(table.c.id))
    return tuple(_entry(row) for row in found.mappings())


async def of_interaction(tx: Tx, team: str, interaction: str) -> tuple[AuditEntry, ...]:
    """Everything recorded of the action that an interaction began, oldest first."""
    ref = await tx.scalar(
        select(table.c.ref).where(
            table.c.team == team,
            table.c.interaction == interaction,
            table.c.phase == Phase.INTENT.value,
        )
    )
    return () if ref is None else await of_ref(tx, ref)


async def open_intents(tx: Tx, team: str, server: str) -> tuple[tuple[AuditEntry, ...], ...]:
    """The actions that were begun and have no outcome, oldest first, each with its entries."""
    other = table.alias()
    ended = exists().where(other.c.ref == table.c.ref, other.c.phase == Phase.OUTCOME.value)
    refs = await tx.scalars(
        select(table.c.ref)
        .where(
            table.c.team == team,
            table.c.server == server,
            table.c.phase == Phase.INTENT.value,
            ~ended,
        )
        .order_by(table.c.id)
    )
    return await _actions(tx, refs.all())


async def attempts(
    tx: Tx, server: str, command: str, session: str, *, after: int, before: int
) -> tuple[tuple[AuditEntry, ...], ...]:
    """The actions of one command on a session that were attempted between these times (ms), the
    newest first, each with its entries."""
    refs = await tx.scalars(
        select(table.c.ref)
        .where(
            table.c.server == server,
            table.c.command == command,
            table.c.session == session,
            table.c.phase == Phase.ATTEMPT.value,
            table.c.at.between(after, before),
        )
        .order_by(table.c.id.desc())
    )
    return await _actions(tx, refs.all())


async def latest(
    tx: Tx,
    team: str,
    *,
    limit: int = 10,
    skipped: int = 0,
    actor: str | None = None,
    session: str | None = None,
    outcome: Outcome | None = None,
) -> tuple[tuple[AuditEntry, ...], ...]:
    """The newest actions first, each with all its entries; at most ``limit`` actions,
    after the ``skipped`` newest.

    An action is found by ``session`` or ``outcome`` when any of its entries has it.
    """
    earlier = table.alias()
    wanted: list[ColumnElement[bool]] = [
        table.c.team == team,
        ~exists().where(earlier.c.ref == table.c.ref, earlier.c.id < table.c.id),
    ]
    if actor is not None:
        wanted.append(table.c.actor == actor)
    if session is not None:
        wanted.append(_any_entry("session", session))
    if outcome is not None:
        wanted.append(_any_entry("outcome", outcome.value))
    refs = await tx.scalars(
        select(table.c.ref).where(*wanted).order_by(table.c.id.desc()).limit(limit).offset(skipped)
    )
    return await _actions(tx, refs.all())


async def done_by(tx: Tx, team: str, server: str, actor: str, since: int) -> dict[str, int]:
    """When somebody last acted on each session since the moment (ms); "" is what has none."""
    found = await tx.execute(
        select(table.c.session, func.max(table.c.at))
        .where(
            table.c.team == team,
            table.c.server == server,
            table.c.actor == actor,
            table.c.phase == Phase.ATTEMPT.value,
            table.c.at >= since,
        )
        .group_by(table.c.session)
    )
    return {str(session): int(at) for session, at in found}


def _any_entry(column: str, value: str) -> ColumnElement[bool]:
    other = table.alias()
    return exists().where(other.c.ref == table.c.ref, other.c[column] == value)


async def _actions(tx: Tx, refs: Iterable[str]) -> tuple[tuple[AuditEntry, ...], ...]:
    found: dict[str, list[AuditEntry]] = {ref: [] for ref in refs}
    every = await tx.execute(select(table).where(table.c.ref.in_(found)).order_by(table.c.id))
    for row in every.mappings():
        found[row["ref"]].append(_entry(row))
    return tuple(tuple(entries) for entries in found.values())


def _row(entry: AuditEntry) -> dict[str, object]:
    return msgspec.structs.asdict(entry) | {
        "phase": entry.phase.value,
        "outcome": entry.outcome.value if entry.outcome else None,
        "arguments": msgspec.json.encode(entry.arguments).decode(),
    }


def _entry(row: RowMapping) -> AuditEntry:
    return AuditEntry(
        ref=row["ref"],
        phase=Phase(row["phase"]),
        at=row["at"],
        team=row["team"],
        server=row["server"],
        actor=row["actor"],
        channel=row["channel"],
        command=row["command"],
        session=row["session"],
        target=row["target"],
        arguments=msgspec.json.decode(row["arguments"], type=dict[str, str]),
        interaction=row["interaction"],
        outcome=Outcome(row["outcome"]) if row["outcome"] else None,
        answer=row["answer"],
        detail=row["detail"],
        process=row["process"],
    )
