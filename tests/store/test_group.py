"""Group commit: together, in order, and nobody pays for another's fault."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from ovbot.store.database import Database, Tx
from ovbot.store.failures import StoreError
from ovbot.store.group import GroupCommit


class Rows:
    """Writes names into a table, and remembers what was written together."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    async def write(self, tx: Tx, names: Sequence[str]) -> Sequence[str]:
        self.batches.append(list(names))
        for name in names:
            await tx.execute(
                text("INSERT INTO outbox_channels (team, channel) VALUES ('T', :c)"), {"c": name}
            )
        return [f"{name}!" for name in names]


async def stored(database: Database) -> set[str]:
    async with database.read() as tx:
        return set(await tx.scalars(text("SELECT channel FROM outbox_channels")))


async def test_what_waits_together_is_written_together(database: Database) -> None:
    rows = Rows()
    group = GroupCommit(database.begin, rows.write, together=4)
    told = await asyncio.gather(*(group.submit(str(n)) for n in range(10)))
    assert told == [f"{n}!" for n in range(10)]
    assert rows.batches == [list("0123"), list("4567"), list("89")]
    assert await stored(database) == set("0123456789")


async def test_one_that_is_refused_does_not_take_the_others_along(database: Database) -> None:
    rows = Rows()
    group = GroupCommit(database.begin, rows.write)
    await group.submit("twice")
    answers = await asyncio.gather(
        *(group.submit(name) for name in ("a", "twice", "b")), return_exceptions=True
    )
    assert [type(answer) for answer in answers] == [str, StoreError, str]
    assert await stored(database) == {"twice", "a", "b"}


async def test_giving_up_takes_nothing_back(database: Database) -> None:
    group = GroupCommit(database.begin, Rows().write)
    waiter = asyncio.create_task(group.submit("kept"))
    await asyncio.sleep(0)
    waiter.cancel()
    await group.close()
    assert waiter.cancelled()
    assert await stored(database) == {"kept"}


async def test_too_much_at_once_is_refused(database: Database) -> None:
    group = GroupCommit(database.begin, Rows().write, waiting=1)
    first = asyncio.create_task(group.submit("first"))
    await asyncio.sleep(0)
    with pytest.raises(StoreError):
        await group.submit("second")
    await first


async def test_it_can_be_used_again_after_a_pause(database: Database) -> None:
    group = GroupCommit(database.begin, Rows().write)
    await group.close()
    await group.submit("a")
    await group.close()
    await group.submit("b")
    assert await stored(database) == {"a", "b"}
