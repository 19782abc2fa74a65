"""What waits for a second person, and what was decided of it."""

from msgspec.structs import asdict
from sqlalchemy import RowMapping, insert, select, update

from ovbot.domain.approval import Approval
from ovbot.store.database import Tx
from ovbot.store.tables import approvals as table


async def add(tx: Tx, approval: Approval) -> None:
    """Somebody asks."""
    await tx.execute(insert(table).values(asdict(approval)))


async def get(tx: Tx, team: str, server: str, ref: str) -> Approval | None:
    """One as it is now."""
    mine = (table.c.team == team, table.c.server == server, table.c.ref == ref)
    row = (await tx.execute(select(table).where(*mine))).mappings().first()
    return None if row is None else _approval(row)


async def waiting(
    tx: Tx, team: str, server: str, verb: str, session: str, target: str, *, since: int
) -> Approval | None:
    """The same, asked for since the moment (ms), that nobody has decided."""
    mine = (table.c.team == team, table.c.server == server, table.c.verb == verb)
    same = (table.c.session == session, table.c.target == target, table.c.answer == "")
    found = select(table).where(*mine, *same, table.c.asked_at > since).limit(1)
    row = (await tx.execute(found)).mappings().first()
    return None if row is None else _approval(row)


async def decide(tx: Tx, ref: str, *, at: int, by: str, answer: str) -> bool:
    """It is decided; False where it was before."""
    open_ = (table.c.ref == ref, table.c.answer == "")
    values = {"decided_at": at, "decided_by": by, "answer": answer}
    return (await tx.execute(update(table).where(*open_).values(values))).rowcount > 0


def _approval(row: RowMapping) -> Approval:
    return Approval(**{name: row[name] for name in Approval.__struct_fields__})
