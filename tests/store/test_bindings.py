"""Which channel is bound to what."""

import msgspec

from ovbot.domain.binding import Binding, Topic
from ovbot.store import bindings
from ovbot.store.database import Database

BINDING = Binding(
    team="T1",
    server="default",
    channel="C1",
    pattern="class-*",
    topics=(Topic.SESSION, Topic.RECORDINGS),
    created_by="U1",
    created_at=1_000,
)


async def test_a_binding_comes_back_as_it_was_added(database: Database) -> None:
    async with database.begin() as tx:
        assert await bindings.add(tx, BINDING) is True
    async with database.read() as tx:
        assert await bindings.in_channel(tx, "T1", "default", "C1") == (BINDING,)


async def test_binding_again_replaces_the_topics_and_nothing_else(database: Database) -> None:
    again = msgspec.structs.replace(
        BINDING, topics=(Topic.NODES,), created_by="U2", created_at=2_000
    )
    async with database.begin() as tx:
        await bindings.add(tx, BINDING)
        assert await bindings.add(tx, again) is False
        (found,) = await bindings.in_channel(tx, "T1", "default", "C1")
    assert found == msgspec.structs.replace(BINDING, topics=(Topic.NODES,))


async def test_teams_servers_and_channels_do_not_mix(database: Database) -> None:
    others = [
        msgspec.structs.replace(BINDING, team="T2"),
        msgspec.structs.replace(BINDING, server="other"),
        msgspec.structs.replace(BINDING, channel="C2"),
    ]
    async with database.begin() as tx:
        for binding in [BINDING, *others]:
            assert await bindings.add(tx, binding) is True
        assert await bindings.every(tx, "default") == (BINDING, others[0], others[2])
        assert await bindings.remove(tx, "T1", "default", "C1", "class-*") is True
        assert await bindings.remove(tx, "T1", "default", "C1", "class-*") is False
        assert await bindings.every(tx, "default") == (others[0], others[2])


async def test_a_channel_is_unbound_from_everything(database: Database) -> None:
    async with database.begin() as tx:
        for pattern in ("a", "b", "c"):
            await bindings.add(tx, msgspec.structs.replace(BINDING, pattern=pattern))
        await bindings.add(tx, msgspec.structs.replace(BINDING, channel="C2"))
        assert await bindings.remove_all(tx, "T1", "default", "C1") == 3
        assert await bindings.remove_all(tx, "T1", "default", "C1") == 0
        assert len(await bindings.every(tx, "default")) == 1


async def test_a_topic_of_a_newer_ovbot_is_left_out(database: Database) -> None:
    async with database.begin() as tx:
        await bindings.add(tx, BINDING)
        await tx.exec_driver_sql("UPDATE bindings SET topics = 'session,weather'")
        (found,) = await bindings.every(tx, "default")
    assert found.topics == (Topic.SESSION,)
