"""The last list a person was shown."""

from ovbot.store import last_lists
from ovbot.store.database import Database
from ovbot.store.last_lists import Shown


async def show(database: Database, user: str, connections: list[str], at: int) -> None:
    async with database.begin() as tx:
        await last_lists.remember(
            tx,
            team="T1",
            user=user,
            channel="C1",
            server="default",
            session="demo",
            connections=connections,
            at=at,
        )


async def test_the_last_list_counts(database: Database) -> None:
    await show(database, "U1", ["con_A", "con_B"], at=1)
    await show(database, "U1", ["con_B", "con,C"], at=2)
    await show(database, "U2", [], at=3)
    async with database.read() as tx:
        assert await last_lists.recall(tx, team="T1", user="U1") == Shown(
            server="default", session="demo", connections=("con_B", "con,C"), channel="C1", at=2
        )
        found = await last_lists.recall(tx, team="T1", user="U2")
        assert found is not None
        assert found.connections == ()
        assert await last_lists.recall(tx, team="T2", user="U1") is None
