"""A command from outside stores what it likes in its outcome's transaction: the door knows no table
of a feature."""

import pytest
from sqlalchemy import text

from ovbot.domain.audit import Phase
from ovbot.engine.registry import Registry
from tests.desk import Desk

OUTSIDE = "tests.engine.outside"


async def kept(desk: Desk) -> list[str]:
    async with desk.store.read() as tx:
        return list(await tx.scalars(text("SELECT line FROM jotted ORDER BY line")))


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    """One that knows the commands of a package outside of ovbot."""
    desk.given(commands=Registry([*Registry.scan("ovbot.commands"), *Registry.scan(OUTSIDE)]))
    async with desk.store.begin() as tx:
        await tx.execute(text("CREATE TABLE jotted (ref TEXT PRIMARY KEY, line TEXT NOT NULL)"))
    return desk


async def test_an_effect_is_stored_with_its_outcome(desk: Desk) -> None:
    await desk.type("jot all is well")
    assert await kept(desk) == ["all is well"]
    assert "Kept “all is well”" in (await desk.told_one()).text


async def test_neither_an_effect_nor_its_outcome_is_there_without_the_other(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(name: str) -> None:
        if name == "outcome.written":
            raise KeyboardInterrupt

    monkeypatch.setattr("ovbot.engine.perform.reach", die)
    with pytest.raises(KeyboardInterrupt):
        await desk.type("jot lost")
    assert await kept(desk) == []
    assert [entry.phase for entry in await desk.audited()] == [Phase.INTENT, Phase.ATTEMPT]
    assert await desk.told() == []
