"""How far the files of a server's CDR have been read."""

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import delete, select

from ovbot.store.database import Tx
from ovbot.store.tables import cdr as table
from ovbot.store.upsert import insert

_BEGUN = ""
"""The row of no file: the CDR was found, though it may have had none yet."""


class Place(msgspec.Struct, frozen=True):
    """``position`` bytes of a file are read; when it was last seen to have grown (ms)."""

    position: int
    grown_at: int


async def places(tx: Tx, server: str) -> Mapping[str, Place] | None:
    """How far each file is read; None where the CDR was never begun."""
    rows = await tx.execute(
        select(table.c.file, table.c.position, table.c.grown_at).where(table.c.server == server)
    )
    found = {file: Place(position, grown_at) for file, position, grown_at in rows}
    return found if found.pop(_BEGUN, None) else None


async def begin(tx: Tx, server: str, places: Mapping[str, Place], *, at: int) -> None:
    """Read on from these places, from now on; what is before them is history."""
    for file, place in {**places, _BEGUN: Place(0, at)}.items():
        await keep(tx, server, file, place)


async def keep(tx: Tx, server: str, file: str, place: Place) -> None:
    """A file is read so far."""
    row = {"position": place.position, "grown_at": place.grown_at}
    await tx.execute(
        insert(tx, table)
        .values(server=server, file=file, **row)
        .on_conflict_do_update(index_elements=["server", "file"], set_=row)
    )


async def forget(tx: Tx, server: str, files: Collection[str]) -> None:
    """The server has these files no more."""
    await tx.execute(delete(table).where(table.c.server == server, table.c.file.in_(files)))
